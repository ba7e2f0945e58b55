//! What is special to companies, people and deals, and how a file's kind is found.

use bytes::Bytes;
use domain::import::{ImportState, OnMatch, Reading, Replacement};
use domain::record::Patch;
use domain::{Error, Kind, Record};
use serde_json::json;
use service::{App, Clock, Config, import, records};

use super::{all, figures, look, named, take};
use crate::house::{House, object};

const COMPANIES: &str = "account,sector,revenue,subsidiary_of\nBluth,technolgy,5,Acme\nAcme,retail,1.5,\nIsdom,medical,,\n";

#[tokio::test]
async fn companies_with_parents_in_the_same_file_and_back() {
    let house = House::new().await;
    let seen = look(&house.owner, "accounts.csv", COMPANIES).await;
    assert_eq!((seen.format.as_str(), seen.encoding.as_str(), seen.delimiter.as_str(), seen.rows), ("csv", "UTF-8", ",", 3));
    assert_eq!(seen.columns[1].samples, ["technolgy", "retail", "medical"]);
    assert_eq!((seen.columns[3].filled, seen.guess.kind), (1, Kind::Company));
    let report = take(&house.owner, seen).await;
    assert_eq!(figures(&report), [3, 0, 0, 0, 0]);
    assert_eq!(report.unknown.len(), 1);
    assert_eq!((report.unknown[0].value.as_str(), report.unknown[0].closest.as_deref()), ("technolgy", Some("technology")));
    let list = all(&house.owner, Kind::Company).await;
    assert_eq!(named(&list, "Bluth").id_of("parent"), Some(named(&list, "Acme").id));
    assert_eq!(named(&list, "Bluth").text("industry"), "technology");
    assert_eq!(named(&list, "Acme").fields["revenue"], json!({"amount": "1.50", "currency": "USD"}));

    // The same file again changes nothing.
    let again = take(&house.owner, look(&house.owner, "accounts.csv", COMPANIES).await).await;
    assert_eq!(figures(&again), [0, 0, 3, 0, 0]);
    assert!(!again.can_undo);
    assert_eq!(import::undo(&house.owner, again.id).await.unwrap_err(), Error::invalid("import", "import_no_undo"));

    // A changed file changes what differs, and an empty cell takes nothing away.
    let changed = "account,sector,revenue\nAcme,,7\nIsdom,medical,\nNew Co,retail,1\n";
    let third = take(&house.owner, look(&house.owner, "accounts.csv", changed).await).await;
    assert_eq!(figures(&third), [1, 1, 1, 0, 0]);
    assert_eq!(named(&all(&house.owner, Kind::Company).await, "Acme").text("industry"), "retail");

    // Somebody renames a company of the first import; taking that import back leaves the new name, and bins the rest.
    let isdom = named(&list, "Isdom");
    let patch = Patch { fields: object(json!({"city": "Kyiv"})), version: isdom.version, base: object(json!({})) };
    records::update(&house.owner, Kind::Company, isdom.id, patch).await.unwrap();
    let back = import::undo_now(&house.owner, third.id).await.unwrap();
    assert_eq!(back.state, ImportState::Undone);
    let list = all(&house.owner, Kind::Company).await;
    assert_eq!(list.len(), 3);
    assert_eq!(named(&list, "Acme").fields["revenue"]["amount"], "1.50");
    let reports = import::list(&house.owner).await.unwrap();
    assert_eq!(reports.iter().map(|r| r.state).collect::<Vec<_>>(), [ImportState::Undone, ImportState::Done, ImportState::Done]);
    assert_eq!(reports[0], import::report(&house.owner, third.id).await.unwrap());
}

#[tokio::test]
async fn contacts_in_other_alphabets_find_themselves_again() {
    let house = House::new().await;
    let text = "姓名,公司,手机,邮箱,标签\n王小明,华信,+86 138 0000 0000,Wang@Hx.example,重要、老客户\n欧阳娜娜,华信,,,\n";
    let (bytes, _, _) = encoding_rs::GB18030.encode(text);
    let seen = import::inspect(&house.owner, "联系人.csv", Bytes::from(bytes.into_owned())).await.unwrap();
    assert_eq!((seen.encoding.as_str(), seen.guess.kind, seen.guess.match_field.as_str()), ("GB18030", Kind::Contact, "name"));
    let report = take(&house.owner, seen).await;
    assert_eq!(figures(&report), [2, 0, 0, 0, 1]);
    let list = all(&house.owner, Kind::Contact).await;
    let wang = named(&list, "王小明");
    assert_eq!((wang.text("given_name"), wang.text("family_name")), ("小明", "王"));
    assert_eq!(wang.fields["emails"], json!(["wang@hx.example"]));
    assert_eq!(wang.fields["tags"], json!(["重要", "老客户"]));
    assert_eq!(wang.id_of("company"), named(&list, "欧阳娜娜").id_of("company"));
    // Another address for the same person is added, not put in place of the old one.
    let mut seen = look(&house.owner, "联系人.csv", "姓名,邮箱\n王小明,w@x.example\n").await;
    assert_eq!(seen.guess.match_field, "emails");
    seen.guess.match_field = "name".into();
    let more = take(&house.owner, seen).await;
    assert_eq!(figures(&more), [0, 1, 0, 0, 0]);
    let list = all(&house.owner, Kind::Contact).await;
    assert_eq!(named(&list, "王小明").fields["emails"], json!(["wang@hx.example", "w@x.example"]));
}

#[tokio::test]
async fn people_in_teams_with_their_managers() {
    let house = House::new().await;
    let text = "sales_agent,manager,regional_office\nAnna,Dustin Brinkmann,Central\nMoses,Dustin Brinkmann,Central\nBo,Anna,East\n";
    let report = take(&house.owner, look(&house.owner, "sales_teams.csv", text).await).await;
    // Two teams, and one manager who is not in the file himself.
    assert_eq!(figures(&report), [3, 0, 0, 0, 3]);
    let users = all(&house.owner, Kind::User).await;
    let teams = all(&house.owner, Kind::Team).await;
    let central = named(&teams, "Dustin Brinkmann");
    assert_eq!((central.text("region"), central.id_of("manager")), ("Central", Some(named(&users, "Dustin Brinkmann").id)));
    assert_eq!(named(&teams, "Anna").id_of("manager"), Some(named(&users, "Anna").id));
    let roles: Vec<(&str, &str)> = ["Anna", "Moses", "Bo", "Dustin Brinkmann"].map(|n| (n, named(&users, n).text("role"))).into();
    assert_eq!(roles, [("Anna", "manager"), ("Moses", "sales"), ("Bo", "sales"), ("Dustin Brinkmann", "manager")]);
    assert_eq!(named(&users, "Moses").id_of("team"), Some(central.id));
    let again = take(&house.owner, look(&house.owner, "sales_teams.csv", text).await).await;
    assert_eq!(figures(&again), [0, 0, 3, 0, 0]);
    // All of it goes, teams and manager included.
    import::undo_now(&house.owner, report.id).await.unwrap();
    assert_eq!((all(&house.owner, Kind::User).await.len(), all(&house.owner, Kind::Team).await.len()), (1, 0));
}

#[tokio::test]
async fn deals_into_a_house_without_a_pipeline_bring_the_first_one_along() {
    let app = App::open(Config::in_memory(), Clock::system()).await.unwrap();
    let ctx = app.system("test");
    let text = "opportunity_id,product,deal_stage,close_value\nA1,Widget,Won,10\nA2,Widget,Engaging,5\n";
    let report = take(&ctx, look(&ctx, "sales_pipeline.csv", text).await).await;
    // The product, and the pipeline that a set-up makes.
    assert_eq!(figures(&report), [2, 0, 0, 0, 2], "{:?}", report.rejects);
    let pipelines = all(&ctx, Kind::Pipeline).await;
    assert_eq!(pipelines.iter().map(Record::name).collect::<Vec<_>>(), ["New business"]);
    let stages: Vec<String> = all(&ctx, Kind::Deal).await.iter().map(|d| d.text("stage").to_owned()).collect();
    assert_eq!(stages, ["won", "engaging"]);
    import::undo_now(&ctx, report.id).await.unwrap();
    assert_eq!((all(&ctx, Kind::Deal).await.len(), all(&ctx, Kind::Pipeline).await.len()), (0, 0));
    // And once more: the house is as empty as before.
    let again = take(&ctx, look(&ctx, "sales_pipeline.csv", text).await).await;
    assert_eq!(figures(&again), [2, 0, 0, 0, 2]);
}

#[tokio::test]
async fn a_dry_run_of_several_files_knows_what_the_earlier_ones_would_make() {
    let app = App::open(Config::in_memory(), Clock::system()).await.unwrap();
    let ctx = app.system("test");
    let files = [
        ("sales_teams.csv", "sales_agent,manager,regional_office\nAnna Snelling,Dustin Brinkmann,Central\n"),
        ("products.csv", "product,series,sales_price\nGTX Pro,GTX,4821\n"),
        ("accounts.csv", "account,sector\nAcme,retail\n"),
        (
            "sales_pipeline.csv",
            "opportunity_id,sales_agent,product,account,deal_stage,close_value\nA1,Anna Snelling,GTXPro,Acme,Won,10\nA2,Anna Snelling,GTXPro,Acme,Lost,\n",
        ),
    ];
    let mut seen = Vec::new();
    for (name, text) in files {
        seen.push(look(&ctx, name, text).await);
    }
    let (mut ahead, mut promised) = (import::Ahead::default(), Vec::new());
    for s in &seen {
        let (report, more) = import::dry_run_after(&ctx, s.upload, s.guess.clone(), &ahead).await.unwrap();
        ahead.add(more);
        promised.push(report);
    }
    assert!(all(&ctx, Kind::Product).await.is_empty(), "nothing is written");
    let gtx = &promised[3].unknown;
    assert_eq!(gtx.iter().map(|u| (u.value.as_str(), &u.action)).collect::<Vec<_>>(), [("GTXPro", &Replacement::Use("GTX Pro".into()))]);
    for (s, promised) in seen.into_iter().zip(promised) {
        let report = import::run(&ctx, s.upload, s.guess, |_| ()).await.unwrap();
        assert_eq!((figures(&promised), &promised.unknown), (figures(&report), &report.unknown), "{}", report.file_name);
    }
}

#[tokio::test]
async fn a_file_whose_headings_fit_no_kind_is_not_guessed_with_certainty() {
    let house = House::new().await;
    let dictionary = "Table,Field,Description\nAccounts,account,Company name\nAccounts,sector,Industry\n";
    // Several tables drawn side by side and below one another.
    let layout = "accounts,,,,sales_teams,,\naccount,sector,employees,,sales_agent,manager,regional_office\n,,,,,,\n\
        products,,,,,,\nproduct,series,,,opportunity_id,sales_agent,product\n,,,,Relationship,,\n,,,,sales_teams,sales_pipeline,\n\
        ,,,,products,sales_pipeline,\n,,,,accounts,sales_pipeline,\n";
    for (name, text) in [("data_dictionary.csv", dictionary), ("data_dictionary.csv", layout), ("x.csv", "a,b,c,name\n1,2,3,Acme\n")] {
        let seen = look(&house.owner, name, text).await;
        assert!(!seen.certain, "{name} {text} as {:?}", seen.guess.kind);
        // Somebody who says it is believed.
        let told = Reading { kind: Some(Kind::Company), ..Reading::default() };
        assert!(import::inspect_again(&house.owner, seen.upload, told).await.unwrap().certain);
    }
    for text in ["name\nAcme\n", "sales_agent,manager,regional_office\nA,B,C\n", "姓名,公司,职位\n王小明,华信,经理\n"] {
        assert!(look(&house.owner, "x.csv", text).await.certain, "{text}");
    }
}

#[tokio::test]
async fn each_sheet_of_a_workbook_is_guessed_for_itself() {
    let house = House::new().await;
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheets = [("Companies", [["Name", "Industry"], ["Acme", "retail"]]), ("Products", [["Name", "Price"], ["GTX Pro", "5"]])];
    for (name, rows) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        for (r, row) in (0..).zip(rows) {
            for (c, cell) in (0..).zip(row) {
                sheet.write(r, c, cell).unwrap();
            }
        }
    }
    let seen = import::inspect(&house.owner, "book.xlsx", Bytes::from(book.save_to_buffer().unwrap())).await.unwrap();
    assert_eq!((seen.guess.kind, seen.sheets), (Kind::Company, vec!["Companies".to_owned(), "Products".to_owned()]));
    let other = Reading { sheet: Some("Products".into()), ..Reading::default() };
    let other = import::inspect_again(&house.owner, seen.upload, other).await.unwrap().guess;
    assert_eq!((other.kind, other.sheet.as_deref()), (Kind::Product, Some("Products")));
    assert_eq!(other.map.iter().map(|m| m.field.as_str()).collect::<Vec<_>>(), ["name", "price"]);
}

#[tokio::test]
async fn what_an_import_of_people_changes_of_their_teams_is_told_and_taken_back() {
    let house = House::new().await;
    let team = house.create(Kind::Team, json!({"name": "Central", "region": "Centre"})).await;
    house.create(Kind::User, json!({"name": "Moses", "email": "moses@halyard.example", "role": "sales", "team": team.id})).await;
    let text = "sales_agent,email,team,regional_office\nMoses,moses@halyard.example,Central,East\n";
    let mut seen = look(&house.owner, "people.csv", text).await;
    seen.guess.on_match = OnMatch::Update;
    let report = take(&house.owner, seen).await;
    assert_eq!((figures(&report), report.side_updated), ([0, 0, 1, 0, 0], 1), "{report:?}");
    assert_eq!(named(&all(&house.owner, Kind::Team).await, "Central").text("region"), "East");
    assert!(report.can_undo);
    import::undo_now(&house.owner, report.id).await.unwrap();
    assert_eq!(named(&all(&house.owner, Kind::Team).await, "Central").text("region"), "Centre");
}

#[tokio::test]
async fn a_chain_of_parents_without_end_is_bounded() {
    let house = House::new().await;
    let chain: String =
        (0..60).map(|n| format!("Company {n},{}\n", if n == 0 { String::new() } else { format!("Company {}", n - 1) })).collect();
    let report = take(&house.owner, look(&house.owner, "accounts.csv", &format!("account,subsidiary_of\n{chain}")).await).await;
    assert_eq!(figures(&report), [50, 0, 0, 10, 0]);
    assert!(report.rejects.iter().all(|r| r.errors[0].error.code == "parent_too_deep"), "{:?}", report.rejects);
}

#[tokio::test]
async fn no_first_pipeline_is_told_of_when_every_row_is_rejected() {
    let app = App::open(Config::in_memory(), Clock::system()).await.unwrap();
    let ctx = app.system("test");
    let text = "opportunity_id,deal_stage,close_value\nA1,Won,much\nA2,Engaging,more\n";
    let report = take(&ctx, look(&ctx, "sales_pipeline.csv", text).await).await;
    assert_eq!((report.rejected, report.first_pipeline), (2, None));
}

const DEALS: &str = "deal,deal_stage,engage_date,close_date,close_value\n\
    Old,Prospecting,2016-11-01,,\n\
    No day,Prospecting,,,\n\
    Nor here,Engaging,,,\n\
    Closed long ago,Won,,2017-03-01,1054\n\
    Closed some day,Lost,,,\n";

#[tokio::test]
async fn what_rows_do_not_say_and_get_all_the_same_is_told_before_and_after() {
    let house = House::new().await;
    let seen = look(&house.owner, "sales_pipeline.csv", DEALS).await;
    let fields: Vec<&str> = seen.guess.map.iter().map(|m| m.field.as_str()).collect();
    assert_eq!(fields, ["name", "stage", "opened_on", "close_date", "amount"]);
    let report = take(&house.owner, seen).await;
    let today = domain::time::date(domain::time::utc_date(house.app.clock().now()));
    let mut told: Vec<(&str, &str, i64)> = report.assumed.iter().map(|a| (a.field.as_str(), a.value.as_str(), a.rows)).collect();
    told.sort_unstable();
    let me = house.owner.me.name.as_str();
    assert_eq!(told, [("closed_at", today.as_str(), 1), ("opened_on", today.as_str(), 3), ("owner", me, 5)]);
    // It is what the records have.
    let list = all(&house.owner, Kind::Deal).await;
    assert_eq!(list.iter().filter(|d| d.text("opened_on") == today).count(), 3);
    assert_eq!(named(&list, "Closed long ago").text("opened_on"), "", "better no day than a wrong one");

    // Said in the plan: for the open ones only, and nothing is assumed of them.
    import::undo_now(&house.owner, report.id).await.unwrap();
    let mut seen = look(&house.owner, "sales_pipeline.csv", DEALS).await;
    seen.guess.defaults.insert("opened_on".into(), "2017-01-01".into());
    let report = take(&house.owner, seen).await;
    assert_eq!(figures(&report)[0], 5, "a deal that was closed before that day is no reason to refuse it: {:?}", report.rejects);
    let list = all(&house.owner, Kind::Deal).await;
    assert_eq!(named(&list, "No day").text("opened_on"), "2017-01-01");
    assert_eq!(named(&list, "Old").text("opened_on"), "2016-11-01");
    assert_eq!(named(&list, "Closed long ago").text("opened_on"), "");
}
