//! What becomes of single rows: taken, matched, left alone, refused, asked about.

use domain::import::{OnMatch, Replace, Replacement};
use domain::{Error, Kind};
use serde_json::json;
use service::import;

use super::{all, figures, look, named, take};
use crate::house::House;

#[tokio::test]
async fn a_refused_row_does_not_hide_a_good_one_with_its_key() {
    let house = House::new().await;
    let team = house.create(Kind::Team, json!({"name": "North"})).await;
    let manager = house.person("manager", Some(team.id)).await;
    house.create(Kind::User, json!({"name": "Strange Person", "role": "sales"})).await;
    let rows = "opportunity_id,deal,sales_agent,stage\nD1,Theirs,Strange Person,Won\nD1,Mine,,Won\nD1,Mine again,,Won\n";
    let mut seen = look(&manager, "deals.csv", rows).await;
    seen.guess.match_field = "external_id".into();
    let report = take(&manager, seen).await;
    assert_eq!(figures(&report), [1, 0, 1, 1, 0]);
    assert_eq!(named(&all(&manager, Kind::Deal).await, "Mine").text("external_id"), "D1");
}

#[tokio::test]
async fn good_rows_are_taken_and_bad_ones_named() {
    let house = House::new().await;
    let text = "name,employees,revenue,emails,founded,parent\n\
        Good,5,$1 000.50,a@b.example,1999,\n\
        Many,many,1,a@b.example,1999,\n\
        \"Torn,5,1,,,\n\
        Loop,1,1,,,Pool\n\
        Pool,1,1,,,Loop\n\
        Child,1,1,,,Bad mail\n\
        Bad mail,1,1,nobody,,\n\
        =cmd(),9,x,,,\n\
        Good,5,1,,,\n";
    let seen = look(&house.owner, "accounts.csv", text).await;
    let report = take(&house.owner, seen).await;
    assert_eq!(figures(&report), [1, 0, 1, 7, 0]);
    let why: Vec<(i64, String, String)> =
        report.rejects.iter().map(|r| (r.row, r.errors[0].column.clone(), r.errors[0].error.code.clone())).collect();
    let want = [
        (3, "employees", "int"),
        (4, "name", "csv_quote"),
        (5, "parent", "own_ancestor"),
        (6, "parent", "own_ancestor"),
        (7, "parent", "import_row_rejected"),
        (8, "emails", "emails"),
        (9, "revenue", "money"),
    ];
    for ((row, column, code), (r, c, k)) in why.iter().zip(want) {
        assert_eq!((*row, column.as_str()), (r, c));
        assert!(code == k || r == 8, "{row} {code}");
    }
    let file = import::rejected_rows(&house.owner, report.id).await.unwrap();
    let file = String::from_utf8(file.to_vec()).unwrap();
    assert!(file.starts_with("\u{feff}name,employees,revenue,emails,founded,parent,Why rejected\r\n"), "{file}");
    assert!(file.contains("Many,many,1,a@b.example,1999,,\"employees \"\"many\"\": This should be a whole number.\""), "{file}");
    assert!(file.contains("'=cmd(),9,x"), "a formula in {file}");
    assert_eq!(file.lines().count(), 8);
}

#[tokio::test]
async fn unknown_names_are_offered_and_the_person_decides() {
    let house = House::new().await;
    house.create(Kind::Product, json!({"name": "GTX Pro"})).await;
    house.create(Kind::Company, json!({"name": "Cancity"})).await;
    house.create(Kind::User, json!({"name": "Anna Kim", "role": "sales"})).await;
    let text = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n\
        A1,Anna Lim,GTXPro,Cancity,Won,10/20/2016,3/1/2017,1054\n\
        A2,Anna Kim,GTXPro,Nova,Engagin,10/25/2016,,\n\
        A3,,Widget,,Prospecting,,,\n";
    let seen = look(&house.owner, "pipeline.csv", text).await;
    assert_eq!(seen.guess.date_order, "mdy");
    let mut plan = seen.guess.clone();
    let dry = import::dry_run(&house.owner, seen.upload, plan.clone()).await.unwrap();
    let of = |field: &str, value: &str| dry.unknown.iter().find(|u| u.field == field && u.value == value).unwrap().clone();
    assert_eq!((of("products", "GTXPro").rows, of("products", "GTXPro").action), (2, Replacement::Use("GTX Pro".into())));
    assert_eq!((of("owner", "Anna Lim").closest.as_deref(), of("owner", "Anna Lim").action), (Some("Anna Kim"), Replacement::Leave));
    assert_eq!(of("company", "Nova").action, Replacement::Create);
    assert_eq!(of("stage", "Engagin").action, Replacement::Use("Engaging".into()));
    assert!(of("stage", "Engagin").options.iter().any(|s| s == "Won"), "whatever else it could be is offered");
    assert_eq!(figures(&dry), [3, 0, 0, 0, 2]);

    let say = |field: &str, value: &str, by| Replace { field: field.into(), value: value.into(), by };
    plan.replace = vec![
        say("owner", "anna lim", Replacement::Use("Anna Kim".into())),
        say("products", "Widget", Replacement::Leave),
        say("company", "Nova", Replacement::Reject),
    ];
    let report = import::run(&house.owner, seen.upload, plan.clone(), |_| ()).await.unwrap();
    assert_eq!(figures(&report), [2, 0, 0, 1, 0]);
    assert_eq!(report.rejects[0].errors[0].error.code, "import_refused");
    let deals = all(&house.owner, Kind::Deal).await;
    let won = named(&deals, "GTX Pro – Cancity");
    assert_eq!((won.text("status"), won.text("closed_at"), won.text("opened_on")), ("won", "2017-03-01", "2016-10-20"));
    assert_eq!(won.fields["amount"], json!({"amount": "1054.00", "currency": "USD"}));
    let anna = named(&all(&house.owner, Kind::User).await, "Anna Kim").id;
    assert_eq!(won.owner(), Some(anna));
    let open = named(&deals, "Widget – A3");
    assert_eq!((open.text("status"), open.ids_of("products").len(), open.id_of("company")), ("open", 0, None));

    // What cannot be is refused before anything is written.
    plan.replace = vec![say("products", "GTXPro", Replacement::Use("Nothing like it".into()))];
    assert!(matches!(import::dry_run(&house.owner, seen.upload, plan.clone()).await, Err(Error::Invalid { .. })));
    plan.replace.clear();
    plan.map[0].field = "no_such".into();
    plan.match_field = "website".into();
    let Err(Error::Invalid { fields }) = import::start(&house.owner, seen.upload, plan).await else { panic!("took it") };
    assert_eq!(fields.iter().map(|f| f.code.as_str()).collect::<Vec<_>>(), ["import_field", "import_match"]);
}

#[tokio::test]
async fn every_row_new_or_matches_left_alone() {
    let house = House::new().await;
    house.create(Kind::Company, json!({"name": "Acme", "city": "Kyiv"})).await;
    let seen = look(&house.owner, "a.csv", "name,city\nACME,Lviv\nBee,\n").await;
    let mut plan = seen.guess.clone();
    plan.on_match = OnMatch::Skip;
    let report = import::run(&house.owner, seen.upload, plan.clone(), |_| ()).await.unwrap();
    assert_eq!(figures(&report), [1, 0, 1, 0, 0]);
    plan.match_field = String::new();
    let report = import::run(&house.owner, seen.upload, plan, |_| ()).await.unwrap();
    assert_eq!(figures(&report), [2, 0, 0, 0, 0]);
    assert_eq!(all(&house.owner, Kind::Company).await.len(), 4);
}

#[tokio::test]
async fn a_name_one_slip_away_is_taken_as_the_known_one() {
    let house = House::new().await;
    house.create(Kind::Company, json!({"name": "Cheers"})).await;
    let text = "opportunity_id,account,deal_stage,close_value\nA1,Cheerz,Won,10\n";
    let report = take(&house.owner, look(&house.owner, "deals.csv", text).await).await;
    assert_eq!((figures(&report), report.unknown[0].action.clone()), ([1, 0, 0, 0, 0], Replacement::Use("Cheers".into())));
    assert_eq!(all(&house.owner, Kind::Company).await.len(), 1);
}

#[tokio::test]
async fn a_rejected_row_names_all_its_errors() {
    let house = House::new().await;
    let text = "Name,Employees,Annual revenue\n,ten,abc\nAcme,5,1\n";
    let report = take(&house.owner, look(&house.owner, "companies.csv", text).await).await;
    let mut named: Vec<&str> = report.rejects[0].errors.iter().map(|e| e.column.as_str()).collect();
    named.sort_unstable();
    assert_eq!((report.rejected, named), (1, vec!["Annual revenue", "Employees", "Name"]));
}
