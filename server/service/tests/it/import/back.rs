//! Taking an import back, and what its report says of what the file held beside its records.

use bytes::Bytes;
use domain::import::{ImportState, KeptBecause};
use domain::record::Patch;
use domain::{Error, Kind};
use serde_json::json;
use service::{Ctx, history, import, records};

use super::{all, look, named, take};
use crate::house::{House, object};

async fn change(ctx: &Ctx, kind: Kind, name: &str, fields: serde_json::Value) {
    let record = named(&all(ctx, kind).await, name).clone();
    let patch = Patch { fields: object(fields), version: record.version, base: object(json!({})) };
    records::update(ctx, kind, record.id, patch).await.unwrap();
}

#[tokio::test]
async fn an_undo_keeps_what_was_worked_on_since_and_lists_it() {
    let house = House::new().await;
    let owner = &house.owner;
    house.create(Kind::Company, json!({"name": "Old", "city": "Kyiv", "country": "UA"})).await;
    let rows = "opportunity_id,deal,account,stage\nD1,Edited,Acme,Engaging\nD2,Noted,Bolts,Engaging\nD3,Alone,Cogs,Engaging\n\
        D4,To and fro,Acme,Engaging\n";
    let deals = take(owner, look(owner, "deals.csv", rows).await).await;
    assert_eq!((deals.created, deals.side_created), (4, 3));
    change(owner, Kind::Deal, "Edited", json!({"amount": {"amount": "5", "currency": "USD"}})).await;
    let noted = named(&all(owner, Kind::Deal).await, "Noted").id;
    house.create(Kind::Note, json!({"body": "They called", "deal": noted})).await;
    // An edit that was taken back is none.
    change(owner, Kind::Deal, "To and fro", json!({"description": "Hm"})).await;
    let last = records::timeline(owner, Kind::Deal, named(&all(owner, Kind::Deal).await, "To and fro").id, "change", None).await.unwrap();
    let domain::record::TimelineEntry::Change { change: hm, .. } = &last.entries[0] else { panic!("{last:?}") };
    history::undo(owner, &[hm.id]).await.unwrap();

    let back = import::undo_now(owner, deals.id).await.unwrap();
    assert_eq!(back.state, ImportState::Undone);
    let mut kept: Vec<(&str, KeptBecause)> = back.kept.iter().map(|k| (k.name.as_str(), k.why)).collect();
    kept.sort_by_key(|k| k.0);
    let want =
        [("Acme", KeptBecause::Needed), ("Bolts", KeptBecause::Needed), ("Edited", KeptBecause::Edited), ("Noted", KeptBecause::Used)];
    assert_eq!((kept, back.kept_count), (want.to_vec(), 4));
    let mut left: Vec<String> = all(owner, Kind::Deal).await.iter().map(|d| d.name().to_owned()).collect();
    left.sort();
    assert_eq!(left, ["Edited", "Noted"]);
    let mut companies: Vec<String> = all(owner, Kind::Company).await.iter().map(|d| d.name().to_owned()).collect();
    companies.sort();
    assert_eq!(companies, ["Acme", "Bolts", "Old"]);
    assert_eq!(named(&all(owner, Kind::Deal).await, "Edited").fields["amount"]["amount"], "5.00");
}

#[tokio::test]
async fn a_record_that_the_import_changed_is_listed_when_a_field_of_it_was_changed_again() {
    let house = House::new().await;
    let owner = &house.owner;
    house.create(Kind::Company, json!({"name": "Old", "city": "Kyiv", "country": "UA"})).await;
    let report = take(owner, look(owner, "accounts.csv", "account,city,country\nOld,Lviv,Ukraine\n").await).await;
    change(owner, Kind::Company, "Old", json!({"city": "Odesa"})).await;
    let back = import::undo_now(owner, report.id).await.unwrap();
    let old = named(&all(owner, Kind::Company).await, "Old").clone();
    assert_eq!((old.text("city"), old.text("country")), ("Odesa", "UA"));
    assert_eq!(back.kept.iter().map(|k| (k.name.as_str(), k.why)).collect::<Vec<_>>(), [("Old", KeptBecause::Edited)]);
}

#[tokio::test]
async fn rows_with_too_few_cells_and_columns_without_a_field_are_named() {
    let house = House::new().await;
    let owner = &house.owner;
    let seen = look(owner, "accounts.csv", "account,city,country,shoe size\nWhole,Kyiv,UA,42\nShort,Lviv\nAlone\n\nEmpty,,,\n").await;
    let mut plan = seen.guess.clone();
    plan.map.retain(|m| m.column != "country");
    let dry = import::dry_run(owner, seen.upload, plan.clone()).await.unwrap();
    let report = import::run(owner, seen.upload, plan, |_| ()).await.unwrap();
    for r in [&dry, &report] {
        let short: Vec<[i64; 3]> = r.short.iter().map(|s| [s.row, s.cells, s.expected]).collect();
        assert_eq!((r.created, r.short_rows, short), (4, 2, vec![[3, 2, 4], [4, 1, 4]]));
        assert_eq!(r.left_out, ["country", "shoe size"]);
    }
}

#[tokio::test]
async fn a_text_that_calls_itself_a_workbook_is_told_that_it_is_none() {
    let house = House::new().await;
    for text in ["hello", "Dear all,\nplease find below\nwhat we spoke of\n"] {
        let answer = import::inspect(&house.owner, "Deals.XLSX", Bytes::from(text)).await;
        assert_eq!(answer.unwrap_err(), Error::invalid("file", "file_not_spreadsheet"), "{text}");
    }
    // A table in text is one, whatever it is called.
    assert!(import::inspect(&house.owner, "deals.xlsx", Bytes::from("name,city\nAcme,Kyiv\n")).await.is_ok());
}
