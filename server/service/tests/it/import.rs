//! Imports: what a file becomes. Each room holds the tests of one question; this one what they share.

use bytes::Bytes;
use domain::import::{ImportReport, ImportState, Inspection};
use domain::list::ListQuery;
use domain::{Kind, Record};
use service::{Ctx, import, records};

mod back;
mod calendars;
mod doors;
mod items;
mod kinds;
mod namesakes;
mod rows;
mod sales;
mod uploads;

pub(crate) async fn look(ctx: &Ctx, name: &str, text: &str) -> Inspection {
    import::inspect(ctx, name, Bytes::from(text.to_owned())).await.unwrap()
}

/// Dry run and run with the plan as guessed; their figures must agree.
pub(crate) async fn take(ctx: &Ctx, seen: Inspection) -> ImportReport {
    let dry = import::dry_run(ctx, seen.upload, seen.guess.clone()).await.unwrap();
    let report = import::run(ctx, seen.upload, seen.guess, |_| ()).await.unwrap();
    assert_eq!(figures(&dry), figures(&report), "the dry run promised something else");
    assert_eq!(dry.unknown, report.unknown);
    assert_eq!(dry.assumed, report.assumed);
    assert_eq!(report.state, ImportState::Done);
    report
}

/// created, updated, duplicate, rejected, made along the way
fn figures(r: &ImportReport) -> [i64; 5] {
    assert_eq!(r.created + r.updated + r.duplicate + r.rejected, r.rows, "{r:?}");
    assert_eq!(r.progress, r.rows);
    [r.created, r.updated, r.duplicate, r.rejected, r.side_created]
}

async fn all(ctx: &Ctx, kind: Kind) -> Vec<Record> {
    let mut query = ListQuery { limit: 500, sort: "created_at".into(), ..ListQuery::default() };
    let mut out = Vec::new();
    loop {
        let page = records::list(ctx, kind, &query).await.unwrap();
        out.extend(page.records);
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => return out,
        }
    }
}

fn named<'a>(list: &'a [Record], name: &str) -> &'a Record {
    list.iter()
        .find(|r| r.name() == name)
        .unwrap_or_else(|| panic!("no {name} among {:?}", list.iter().map(Record::name).collect::<Vec<_>>()))
}
