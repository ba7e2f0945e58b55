//! The day on which a deal was closed, and why: only closed deals have them, and not before they were opened.

use domain::deals::MoveDeal;
use domain::list::Selection;
use domain::record::{Patch, TimelineEntry};
use domain::{Error, Fields, Kind, Record};
use serde_json::{Value, json};
use service::{Ctx, deals, history, import, records};

use crate::house::{House, object};

fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> Vec<String> {
    match answer {
        Err(Error::Invalid { fields }) => fields.iter().map(|f| format!("{}:{}", f.field, f.code)).collect(),
        other => panic!("{other:?}"),
    }
}

async fn patch(ctx: &Ctx, deal: &Record, fields: Value) -> Result<Record, Error> {
    let now = records::get(ctx, Kind::Deal, deal.id).await.unwrap();
    records::update(ctx, Kind::Deal, deal.id, Patch { version: now.version, base: Fields::new(), fields: object(fields) }).await
}

async fn make(ctx: &Ctx, fields: Value) -> Result<Record, Error> {
    records::create(ctx, Kind::Deal, object(fields), None).await
}

#[tokio::test]
async fn no_deal_was_closed_before_it_was_opened() {
    let house = House::new().await;
    let owner = &house.owner;
    let won = json!({"name": "A", "stage": "won", "opened_on": "2026-03-10", "closed_at": "2026-03-09"});
    assert_eq!(refused(make(owner, won).await), ["closed_at:closed_before_opened"]);
    let deal = house.create(Kind::Deal, json!({"name": "A", "opened_on": "2026-03-10"})).await;
    assert_eq!(refused(patch(owner, &deal, json!({"stage": "won", "closed_at": "2026-03-09"})).await), ["closed_at:closed_before_opened"]);
    let to = MoveDeal {
        stage: "won".into(),
        before: None,
        after: None,
        to_top: true,
        version: deal.version,
        fields: object(json!({"closed_at": "2026-03-09"})),
        base: Default::default(),
    };
    assert_eq!(refused(deals::move_to_stage(owner, deal.id, to).await), ["closed_at:closed_before_opened"]);
    // The same day is fine, and so is a later one.
    let deal = patch(owner, &deal, json!({"stage": "won", "closed_at": "2026-03-10"})).await.unwrap();
    let later = patch(owner, &deal, json!({"closed_at": "2026-03-20"})).await.unwrap();
    assert_eq!(refused(patch(owner, &later, json!({"opened_on": "2026-03-21"})).await), ["opened_on:opened_after_closed"]);
    let several = Selection::Ids { ids: vec![later.id] };
    let fields = object(json!({"closed_at": "2026-03-01"}));
    assert_eq!(
        refused(records::update_many(owner, Kind::Deal, &several, fields).await.map(|d| d.records.len())),
        ["closed_at:closed_before_opened"]
    );

    // What an undo brings back has to be in order too.
    patch(owner, &later, json!({"opened_on": "2026-03-15"})).await.unwrap();
    let changes = records::timeline(owner, Kind::Deal, later.id, "", None).await.unwrap();
    let moved = changes.entries.iter().find_map(|e| match e {
        TimelineEntry::Change { change, .. } if change.after.get("closed_at") == Some(&json!("2026-03-20")) => Some(change),
        _ => None,
    });
    let moved = moved.unwrap();
    assert_eq!(refused(history::undo(owner, &[moved.id]).await), ["closed_at:closed_before_opened"]);
}

#[tokio::test]
async fn an_open_deal_takes_no_closing_day_and_no_reason() {
    let house = House::new().await;
    let owner = &house.owner;
    let all = json!({"name": "A", "closed_at": "2026-03-09", "won_reason": "Price", "lost_reason": "Price"});
    let mut said = refused(make(owner, all).await);
    said.sort();
    assert_eq!(said, ["closed_at:only_closed", "lost_reason:only_lost", "won_reason:only_won"]);
    let deal = house.create(Kind::Deal, json!({"name": "A"})).await;
    for (field, value, code) in
        [("closed_at", "2026-11-22", "only_closed"), ("won_reason", "Price", "only_won"), ("lost_reason", "Price", "only_lost")]
    {
        assert_eq!(refused(patch(owner, &deal, json!({field: value})).await), [format!("{field}:{code}")]);
    }
    // With its stage it is taken; the reason of the other outcome is not.
    let both = json!({"stage": "won", "won_reason": "Price", "lost_reason": "Price"});
    assert_eq!(refused(patch(owner, &deal, both).await), ["lost_reason:only_lost"]);
    let won = patch(owner, &deal, json!({"stage": "won", "won_reason": "Price"})).await.unwrap();
    assert_eq!((won.text("closed_at"), won.text("won_reason")), ("2026-11-22", "Price"));
    // Going back empties them, and may say so.
    let open = patch(owner, &won, json!({"stage": "prospecting", "closed_at": null, "won_reason": ""})).await.unwrap();
    assert_eq!((open.text("closed_at"), open.text("won_reason"), open.text("status")), ("", "", "open"));
}

#[tokio::test]
async fn a_new_deal_that_was_closed_keeps_its_day() {
    let house = House::new().await;
    let won = house.create(Kind::Deal, json!({"name": "A", "stage": "won", "closed_at": "2026-03-09"})).await;
    assert_eq!((won.text("closed_at"), won.text("opened_on")), ("2026-03-09", ""), "nobody said when it was opened");
    let today = house.create(Kind::Deal, json!({"name": "B", "stage": "won"})).await;
    assert_eq!((today.text("closed_at"), today.text("opened_on")), ("2026-11-22", "2026-11-22"));
}

#[tokio::test]
async fn who_sits_west_of_the_company_closes_today_what_was_opened_today() {
    let house = House::new().await;
    let west = house.person("manager", None).await;
    let user = records::get(&house.owner, Kind::User, west.me.id).await.unwrap();
    let zone = Patch { version: user.version, base: Fields::new(), fields: object(json!({"time_zone": "America/Los_Angeles"})) };
    records::update(&house.owner, Kind::User, west.me.id, zone).await.unwrap();
    let visit = domain::auth::SignIn { email: user.text("email").to_owned(), password: crate::house::PASSWORD.into() };
    let west = service::auth::sign_in(&crate::house::visit(&house.app), visit).await.unwrap().ctx;
    // In Kyiv it is the 22nd, in Los Angeles still the 21st.
    let deal = make(&west, json!({"name": "A"})).await.unwrap();
    assert_eq!(deal.text("opened_on"), "2026-11-22");
    let won = patch(&west, &deal, json!({"stage": "won", "closed_at": "2026-11-21"})).await.unwrap();
    assert_eq!(won.text("closed_at"), "2026-11-22", "the company's day");
    assert_eq!(refused(patch(&west, &won, json!({"closed_at": "2026-11-20"})).await), ["closed_at:closed_before_opened"]);
}

#[tokio::test]
async fn a_row_that_was_closed_before_it_was_opened_is_refused_in_the_dry_run_too() {
    let house = House::new().await;
    let rows = "opportunity_id,deal,stage,engage_date,close_date\n\
        1,Good,Won,2016-10-20,2017-03-01\n2,Backwards,Won,2017-03-01,2016-10-20\n3,Open,Engaging,2017-03-01,2016-10-20\n4,No start,Lost,,2016-10-20\n";
    let seen = import::inspect(&house.owner, "deals.csv", bytes::Bytes::from(rows)).await.unwrap();
    let dry = import::dry_run(&house.owner, seen.upload, seen.guess.clone()).await.unwrap();
    let report = import::run(&house.owner, seen.upload, seen.guess.clone(), |_| ()).await.unwrap();
    for r in [&dry, &report] {
        let why: Vec<_> = r.rejects.iter().map(|r| (r.row, r.errors[0].column.as_str(), r.errors[0].error.code.as_str())).collect();
        assert_eq!((r.created, why), (3, vec![(3, "close_date", "closed_before_opened")]));
    }
    // A later file that says so of a deal which is there.
    let rows = "opportunity_id,deal,stage,close_date\n1,Good,Won,2016-10-19\n";
    let seen = import::inspect(&house.owner, "deals.csv", bytes::Bytes::from(rows)).await.unwrap();
    let mut plan = seen.guess.clone();
    plan.match_field = "external_id".into();
    let dry = import::dry_run(&house.owner, seen.upload, plan).await.unwrap();
    assert_eq!((dry.updated, dry.rejected), (0, 1), "{:?}", dry.rejects);
}
