//! The sales dashboard's figures, within what the person may see. All of them come from three grouped sums of the index,
//! so a figure and the list behind it ask the same question.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use domain::dashboard::{Dashboard, DashboardQuery, Figure, ForecastRow, MonthRow, StageRow, TopRow};
use domain::filter::{Cond, Op};
use domain::pipelines::StageKind;
use domain::rights::Power;
use domain::{Error, FieldError, Filter, Id, Kind, Result, text, time};
use index::{Group, TotalsRow};

use crate::Ctx;
use crate::deals::{has_key, totals};
use crate::records::{self, of_index};

pub async fn load(ctx: &Ctx, query: &DashboardQuery) -> Result<Dashboard> {
    ctx.need(Power::Dashboard)?;
    let directory = ctx.app.directory();
    // Reports reckon in the workspace's zone, so that everybody sees the same figures.
    let today = records::today(records::zone(directory.time_zone()), ctx.app.now());
    let period = match query.period.as_str() {
        "" => None,
        days if days.contains("..") => Some(time::span(days).map_err(|code| Error::invalid("period", code))?),
        name => {
            let found = time::period(name, today, chrono::Weekday::Mon);
            Some(found.ok_or_else(|| no_period(name))?)
        }
    };
    let base = base(ctx, query);
    let closed = match period {
        Some((from, to)) => {
            base.clone().and(Filter::is("closed_at", Op::Gte, time::date(from))).and(Filter::is("closed_at", Op::Lt, time::date(to)))
        }
        None => base.clone(),
    };
    let with = |f: &Filter, field: &str, value: &str| f.clone().and(Filter::is(field, Op::Eq, value));
    let won_filter = with(&closed, "status", "won");
    let lost_filter = with(&closed, "status", "lost");
    let open_filter = with(&base, "status", "open");

    let ask = |filter: &Filter, groups: &[Group]| -> Result<Vec<TotalsRow>> {
        let question = records::question(ctx, Kind::Deal, &filter.to_string(), "", false)?;
        ctx.app.0.index.totals(&question, groups).map_err(of_index)
    };
    let figure = |rows: &[&TotalsRow], filter: String| {
        let t = totals(rows.iter().copied());
        Figure { count: t.count, sum: t.sum, filter }
    };

    // 1. Closed in the period, by month and outcome.
    let either = closed.clone().and(Filter::any_of("status", ["won".to_owned(), "lost".to_owned()]));
    let by_month = ask(&either, &[Group::STATUS, Group::CLOSED])?;
    let rows_of = |status: &str| by_month.iter().filter(|r| has_key(r, 0, status)).collect::<Vec<_>>();
    let (won_rows, lost_rows) = (rows_of("won"), rows_of("lost"));
    let won = figure(&won_rows, won_filter.to_string());
    let lost = figure(&lost_rows, lost_filter.to_string());
    let (days, spans) = won_rows.iter().fold((0, 0), |(d, n), r| (d + r.sums.days, n + r.sums.spans));

    // 2. Open now, by stage and expected month.
    let by_stage = ask(&open_filter, &[Group::PIPELINE, Group::STAGE, Group::EXPECTED])?;
    let open_totals = totals(by_stage.iter());

    // 3. Who and what won.
    let by_owner = ask(&either, &[Group::STATUS, Group::OWNER])?;
    let by_product = ask(&either, &[Group::STATUS, Group::PRODUCT])?;
    let owners = top(&by_owner, "owner", &won_filter);
    let products = top(&by_product, "products", &won_filter);

    let mut labels = domain::record::Labels::new();
    let wanted: BTreeMap<Kind, BTreeSet<Id>> = [
        (Kind::User, owners.iter().filter_map(|t| t.id).chain(query.owner).collect()),
        (Kind::Product, products.iter().filter_map(|t| t.id).chain(query.product).collect()),
        (Kind::Team, query.team.into_iter().collect()),
        (Kind::Pipeline, directory.pipelines.iter().map(|p| p.id).collect()),
    ]
    .into();
    labels.extend(records::label_ids(ctx, wanted).await?);

    let mut stages = Vec::new();
    for p in directory.pipelines.iter().filter(|p| query.pipeline.is_none_or(|id| id == p.id)) {
        for s in p.stages.iter().filter(|s| s.kind == StageKind::Open) {
            let rows = by_stage.iter().filter(|r| has_key(r, 0, &p.id.to_string()) && has_key(r, 1, &text::fold(&s.id)));
            stages.push(StageRow {
                pipeline: p.id,
                stage: s.id.clone(),
                name: s.name.clone(),
                totals: totals(rows),
                filter: with(&with(&open_filter, "pipeline", &p.id.to_string()), "stage", &s.id).to_string(),
            });
        }
    }

    Ok(Dashboard {
        win_rate: rate(won.count, lost.count),
        cycle: (spans > 0).then(|| (days * 10 + spans / 2) / spans),
        open: Figure { count: open_totals.count, sum: open_totals.sum, filter: open_filter.to_string() },
        weighted: open_totals.weighted,
        stages,
        months: months(&by_month, &won_filter, &lost_filter, chart_ends(today, period.map(|(_, to)| to))),
        forecast: forecast(&by_stage, &open_filter, &time::date(time::month_start(today))),
        won,
        lost,
        owners,
        products,
        labels,
        period: period.map(|(a, b)| (time::date(a), time::date(b))),
    })
}

pub(crate) fn no_period(name: &str) -> Error {
    let said: String = name.chars().take(40).collect();
    Error::Invalid { fields: vec![FieldError::new("period", "period").with("value", said)] }
}

/// Everything of the filter bar but the period.
fn base(ctx: &Ctx, query: &DashboardQuery) -> Filter {
    let directory = ctx.app.directory();
    let mut f = Filter::default();
    if let Some(team) = query.team {
        let members = directory.users.values().filter(|u| u.id_of("team") == Some(team)).map(|u| u.id.to_string());
        f = f.and(Filter::any_of("owner", members));
    }
    for (field, id) in [("owner", query.owner), ("pipeline", query.pipeline), ("products", query.product)] {
        if let Some(id) = id {
            f = f.and(Filter::is(field, Op::Eq, id));
        }
    }
    f
}

fn rate(won: i64, lost: i64) -> Option<i64> {
    let all = won + lost;
    (all > 0).then(|| (won * 1000 + all / 2) / all)
}

fn in_month(f: &Filter, field: &str, month: &str) -> String {
    f.clone().and(Filter::is(field, Op::Eq, month)).to_string()
}

/// Months of the chart: five years.
const BACK: u32 = 60;

/// The last month that the chart may show: this one, or the one where the period ends.
fn chart_ends(today: NaiveDate, period_end: Option<NaiveDate>) -> NaiveDate {
    time::month_start(period_end.and_then(|end| end.pred_opt()).unwrap_or(today))
}

/// To the last month with a figure up to `end`, from the first one in the five years before it: one stray date, in whichever
/// direction, must neither draw a chart of centuries nor push the real months out of it.
fn months(rows: &[TotalsRow], won: &Filter, lost: &Filter, end: NaiveDate) -> Vec<MonthRow> {
    let month = |d: NaiveDate| time::date(d).get(..7).unwrap_or_default().to_owned();
    let names: BTreeSet<&str> = rows.iter().filter_map(|r| r.keys.get(1).and_then(|k| k.as_deref())).collect();
    let end = month(end);
    let Some(last) = names.iter().copied().rfind(|m| *m <= end.as_str()) else { return Vec::new() };
    let begin = time::parse_date(&format!("{last}-01")).and_then(|d| d.checked_sub_months(chrono::Months::new(BACK - 1)));
    let begin = begin.map(month).unwrap_or_default();
    let first = names.iter().copied().find(|m| *m >= begin.as_str()).unwrap_or(last);
    month_range(first, last)
        .into_iter()
        .map(|month| {
            let figure = |status: &str, f: &Filter| {
                let t = totals(rows.iter().filter(|r| has_key(r, 0, status) && has_key(r, 1, &month)));
                Figure { count: t.count, sum: t.sum, filter: in_month(f, "closed_at", &month) }
            };
            MonthRow { won: figure("won", won), lost: figure("lost", lost), month }
        })
        .collect()
}

fn month_range(first: &str, last: &str) -> Vec<String> {
    let parse = |m: &str| time::parse_date(&format!("{m}-01"));
    let (Some(mut at), Some(end)) = (parse(first), parse(last)) else { return Vec::new() };
    let mut out = Vec::new();
    while at <= end && out.len() < 12_000 {
        out.push(format!("{:04}-{:02}", at.year(), at.month()));
        at = at.checked_add_months(chrono::Months::new(1)).unwrap_or(end + chrono::Days::new(1));
    }
    out
}

/// Months of the forecast with a row of their own.
const AHEAD: usize = 24;

fn forecast(rows: &[TotalsRow], open: &Filter, month_start: &str) -> Vec<ForecastRow> {
    let this = month_start.get(..7).unwrap_or_default().to_owned();
    let key = |r: &TotalsRow| r.keys.get(2).cloned().flatten();
    let mut out = Vec::new();
    let late = totals(rows.iter().filter(|r| key(r).is_some_and(|m| m < this)));
    if late.count > 0 {
        let filter = open.clone().and(Filter::is("expected_close", Op::Lt, month_start)).to_string();
        out.push(ForecastRow { month: String::new(), totals: late, filter });
    }
    let ahead: BTreeSet<String> = rows.iter().filter_map(key).filter(|m| *m >= this).collect();
    if let Some(last) = ahead.last() {
        let mut months = month_range(&this, last).into_iter();
        for month in months.by_ref().take(AHEAD) {
            let t = totals(rows.iter().filter(|r| has_key(r, 2, &month)));
            out.push(ForecastRow { filter: in_month(open, "expected_close", &month), totals: t, month });
        }
        // All that is further away, so that the rows together are the open deals.
        if let Some(first) = months.next() {
            let t = totals(rows.iter().filter(|r| key(r).is_some_and(|m| m >= first)));
            let filter = open.clone().and(Filter::is("expected_close", Op::Gte, format!("{first}-01"))).to_string();
            out.push(ForecastRow { month: "later".to_owned(), totals: t, filter });
        }
    }
    let none = totals(rows.iter().filter(|r| key(r).is_none()));
    if none.count > 0 {
        let empty = Filter::Is(Cond { field: "expected_close".to_owned(), op: Op::Empty, values: Vec::new() });
        out.push(ForecastRow { month: "none".to_owned(), totals: none, filter: open.clone().and(empty).to_string() });
    }
    out
}

fn top(rows: &[TotalsRow], field: &str, won: &Filter) -> Vec<TopRow> {
    let ids: BTreeSet<&str> = rows.iter().filter_map(|r| r.keys.get(1).and_then(|k| k.as_deref())).collect();
    let mut out: Vec<TopRow> = ids
        .into_iter()
        .map(|id| {
            let t = |status: &str| totals(rows.iter().filter(|r| has_key(r, 0, status) && has_key(r, 1, id)));
            let (w, l) = (t("won"), t("lost"));
            let filter = won.clone().and(Filter::is(field, Op::Eq, id)).to_string();
            TopRow { id: Id::parse(id), win_rate: rate(w.count, l.count), won: Figure { count: w.count, sum: w.sum, filter } }
        })
        .filter(|t| t.won.count > 0)
        .collect();
    let worth = |t: &TopRow| t.won.sum.iter().map(|m| m.minor).max().unwrap_or(0);
    out.sort_by_key(|t| std::cmp::Reverse((worth(t), t.won.count)));
    out.truncate(10);
    out
}
