//! The time report: `/api/v1/reports/time`, and the rows behind its figures.

use domain::time_report::{By, TimeQuery};
use serde_json::json;

use super::api::{self, Api, Op, schema};
use super::params::Params;
use crate::fault::{Fault, Result};
use crate::visits::Caller;

fn asked(op: Op) -> Op {
    op.query("period", api::string(), "`this-month`, `last-30-days`, `2026`, `2026-Q3`, `2026-11`, or the first and the last day: `2026-11-02..2026-11-08`. This month when not said; two years at most.")
        .query("team", api::id(), "Only members of this team.")
        .query("person", api::id(), "Only this person.")
        .query("company", api::id(), "Only what was for this company.")
        .query("by", json!({"type": "string", "enum": By::ALL.map(By::name)}), "What the figures are grouped by; companies when not said.")
        .refuses(&[422])
}

const ABOUT: &str = "Counted are events that are over and took time at an hour of the day, for whoever organised them or said yes or maybe, and \
    logged calls with a length. People see their own time, managers that of their team, those who run the house everybody's. Of others' \
    private events there is the time and nothing else: they form the group `private`.";

pub fn put_up(api: Api) -> Api {
    let report = asked(Op::new("reports", "getTimeReport", "Hours by customer, kind of activity or person")).about(ABOUT).ok(
        200,
        "The figures.",
        schema("TimeReport"),
    );
    let rows = asked(Op::new("reports", "getTimeReportRows", "The rows behind a figure of the time report"))
        .about("The same question, and `of`, the key of a group. The rows' minutes add up to the figure's.")
        .query("of", api::string(), "The `key` of a group; all rows when not said.")
        .ok(200, "The rows, the latest first.", schema("TimeRows"));
    api.get("/reports/time", report, async |Caller(ctx): Caller, mut params: Params| {
        let query = query(&mut params);
        params.done()?;
        Ok::<_, Fault>(axum::Json(service::time_report::load(&ctx, &query).await?))
    })
    .get("/reports/time/rows", rows, async |Caller(ctx): Caller, mut params: Params| {
        let (query, of) = (query(&mut params), params.text("of").unwrap_or_default());
        let done: Result<()> = params.done();
        done?;
        Ok::<_, Fault>(axum::Json(service::time_report::rows(&ctx, &query, &of).await?))
    })
}

fn query(params: &mut Params) -> TimeQuery {
    TimeQuery {
        period: params.text("period").unwrap_or_default(),
        team: params.id("team"),
        person: params.id("person"),
        company: params.id("company"),
        by: params.choice("by", &By::ALL.map(By::name)).and_then(By::parse).unwrap_or_default(),
    }
}
