use bytes::Bytes;
use domain::import::{ImportReport, ImportState, Inspection, OnMatch, Reading, Replace, Replacement};
use domain::list::ListQuery;
use domain::record::Patch;
use domain::{Error, Kind, Record};
use serde_json::json;
use service::{App, Clock, Config, Ctx, import, records};

use crate::house::{House, object};

async fn look(ctx: &Ctx, name: &str, text: &str) -> Inspection {
    import::inspect(ctx, name, Bytes::from(text.to_owned())).await.unwrap()
}

/// Dry run and run with the plan as guessed; their figures must agree.
async fn take(ctx: &Ctx, seen: Inspection) -> ImportReport {
    let dry = import::dry_run(ctx, seen.upload, seen.guess.clone()).await.unwrap();
    let report = import::run(ctx, seen.upload, seen.guess, |_| ()).await.unwrap();
    assert_eq!(figures(&dry), figures(&report), "the dry run promised something else");
    assert_eq!(dry.unknown, report.unknown);
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

#[tokio::test]
async fn only_those_who_may_import_do() {
    let house = House::new().await;
    let file = || Bytes::from_static(b"name\nAcme\n");
    let theirs = import::inspect(&house.owner, "a.csv", file()).await.unwrap();
    let done = import::run(&house.owner, theirs.upload, theirs.guess.clone(), |_| ()).await.unwrap();
    for role in ["sales", "marketing", "service", "analyst", "read_only"] {
        let ctx = house.person(role, None).await;
        assert_eq!(import::inspect(&ctx, "a.csv", file()).await.unwrap_err(), Error::Forbidden, "{role}");
        assert_eq!(import::inspect_again(&ctx, theirs.upload, Reading::default()).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::dry_run(&ctx, theirs.upload, theirs.guess.clone()).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::start(&ctx, theirs.upload, theirs.guess.clone()).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::run(&ctx, theirs.upload, theirs.guess.clone(), |_| ()).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::report(&ctx, done.id).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::list(&ctx).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::rejected_rows(&ctx, done.id).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::undo(&ctx, done.id).await.unwrap_err(), Error::Forbidden);
    }
    // A manager imports, but neither users nor what others uploaded, and does not see what others imported.
    let manager = house.person("manager", None).await;
    assert_eq!(import::dry_run(&manager, theirs.upload, theirs.guess.clone()).await.unwrap_err(), Error::invalid("upload", "upload_gone"));
    assert_eq!(import::report(&manager, done.id).await.unwrap_err(), Error::NotFound);
    assert_eq!(import::undo(&manager, done.id).await.unwrap_err(), Error::NotFound);
    assert!(import::list(&manager).await.unwrap().is_empty());
    let users = look(&manager, "users.csv", "name,role\nAnna,sales\n").await;
    assert_eq!((users.guess.kind, import::dry_run(&manager, users.upload, users.guess).await.unwrap_err()), (Kind::User, Error::Forbidden));
}

#[tokio::test]
async fn a_managers_import_stays_within_the_team() {
    let house = House::new().await;
    let team = house.create(Kind::Team, json!({"name": "North"})).await;
    let manager = house.person("manager", Some(team.id)).await;
    let stranger = house.create(Kind::User, json!({"name": "Strange Person", "role": "sales"})).await;
    let theirs = house.create(Kind::Deal, json!({"name": "Theirs", "external_id": "D1", "owner": stranger.id})).await;
    let seen = look(&manager, "deals.csv", "opportunity_id,deal,sales_agent,stage\nD1,Mine now,Strange Person,Won\nD2,Mine,,Won\n").await;
    let report = take(&manager, seen).await;
    // The stranger's deal is neither changed nor told of: the row would make a deal for somebody outside the team.
    assert_eq!(figures(&report), [1, 0, 0, 1, 0]);
    assert_eq!((report.rejects[0].row, report.rejects[0].errors[0].error.code.as_str()), (2, "import_forbidden"));
    assert_eq!(records::get(&house.owner, Kind::Deal, theirs.id).await.unwrap().name(), "Theirs");
    assert_eq!(named(&all(&manager, Kind::Deal).await, "Mine").owner(), Some(manager.me.id));
}

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
async fn files_that_are_no_tables_say_what_to_do() {
    let house = House::new().await;
    let code = async |bytes: &'static [u8]| match import::inspect(&house.owner, "x", Bytes::from_static(bytes)).await {
        Err(Error::Invalid { fields }) => fields[0].code.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(code(b"").await, "file_empty");
    assert_eq!(code(b" \n\n").await, "file_empty");
    assert_eq!(code(b"name,city\n").await, "file_no_rows");
    assert_eq!(code(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").await, "file_not_table");
    assert_eq!(code(b"%PDF-1.7\n\x01\x02\x03\x04\x05").await, "file_not_table");
    assert_eq!(code(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1........").await, "file_old_excel");
    assert_eq!(code(b"PK\x03\x04 no archive").await, "file_damaged");
    let large = Bytes::from(vec![b'a'; import::MAX_BYTES + 1]);
    assert!(matches!(import::inspect(&house.owner, "x", large).await, Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn an_upload_is_kept_for_an_hour() {
    let house = House::new().await;
    let seen = look(&house.owner, "a.csv", "name\nAcme\n").await;
    let as_contacts = Reading { kind: Some(Kind::Contact), ..Reading::default() };
    assert_eq!(import::inspect_again(&house.owner, seen.upload, as_contacts).await.unwrap().guess.kind, Kind::Contact);
    house.later(3_600_001);
    assert_eq!(import::dry_run(&house.owner, seen.upload, seen.guess).await.unwrap_err(), Error::invalid("upload", "upload_gone"));
}

#[tokio::test]
async fn in_the_background_with_progress() {
    let house = House::new().await;
    let mut text = "name,external_id\n".to_owned();
    for n in 0..1_200 {
        text.push_str(&format!("Company {n},X{n}\n"));
    }
    let seen = look(&house.owner, "companies.csv", &text).await;
    let begun = import::start(&house.owner, seen.upload, seen.guess).await.unwrap();
    assert_eq!((begun.state, begun.rows), (ImportState::Planned, 1_200));
    let mut between = 0;
    let done = loop {
        let r = import::report(&house.owner, begun.id).await.unwrap();
        between += i64::from(r.state == ImportState::Running && r.progress > 0 && r.progress < r.rows);
        if !matches!(r.state, ImportState::Planned | ImportState::Running) {
            break r;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    };
    assert_eq!((done.state, done.created, done.can_undo), (ImportState::Done, 1_200, true));
    assert!(between > 0, "progress is seen");
    let undoing = import::undo(&house.owner, begun.id).await.unwrap();
    assert_eq!(undoing.state, ImportState::Undoing);
    loop {
        let r = import::report(&house.owner, begun.id).await.unwrap();
        if r.state == ImportState::Undone {
            break;
        }
        assert_eq!(r.state, ImportState::Undoing);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(all(&house.owner, Kind::Company).await.len(), 0);
}

/// `sales_pipeline.csv` and its friends, beside the checkout or where RAPPORT_SAMPLE_DATA says.
fn sample_data() -> Option<std::path::PathBuf> {
    if let Some(dir) = std::env::var_os("RAPPORT_SAMPLE_DATA") {
        return Some(dir.into());
    }
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().map(|d| d.join("shared/data/crm-sales-opportunities")).find(|d| d.is_dir())
}

#[tokio::test]
async fn a_sales_teams_real_pipeline() {
    let Some(dir) = sample_data() else {
        eprintln!("SKIPPED: shared/data/crm-sales-opportunities is not beside the checkout; set RAPPORT_SAMPLE_DATA to run this");
        return;
    };
    let house = House::new().await;
    let mut reports = Vec::new();
    for file in ["accounts.csv", "products.csv", "sales_teams.csv", "sales_pipeline.csv"] {
        let bytes = Bytes::from(std::fs::read(dir.join(file)).unwrap());
        let began = std::time::Instant::now();
        let seen = import::inspect(&house.owner, file, bytes).await.unwrap();
        let report = take(&house.owner, seen).await;
        eprintln!("{file}: {:?} in {:?}, {} unknown", figures(&report), began.elapsed(), report.unknown.len());
        reports.push(report);
    }
    assert_eq!(
        reports.iter().map(figures).collect::<Vec<_>>(),
        [[85, 0, 0, 0, 0], [7, 0, 0, 0, 0], [35, 0, 0, 0, 12], [8_800, 0, 0, 0, 0]]
    );
    let unknown: Vec<(&str, &str, i64, Option<&str>)> = reports
        .iter()
        .flat_map(|r| &r.unknown)
        .filter(|u| u.field != "team.manager")
        .map(|u| (u.field.as_str(), u.value.as_str(), u.rows, u.closest.as_deref()))
        .collect();
    assert_eq!(
        unknown,
        [
            ("industry", "technolgy", 12, Some("technology")),
            ("country", "Philipines", 1, Some("Philippines")),
            ("products", "GTXPro", 1_480, Some("GTX Pro")),
        ]
    );
    let count = async |kind: Kind, filter: &str| {
        let query = ListQuery { filter: filter.into(), count: true, ..ListQuery::default() };
        records::list(&house.owner, kind, &query).await.unwrap().total.unwrap()
    };
    assert_eq!((count(Kind::Company, "").await, count(Kind::Product, "").await), (85, 7));
    assert_eq!(
        (count(Kind::User, "role = sales").await, count(Kind::User, "role = manager").await, count(Kind::Team, "").await),
        (35, 6, 6)
    );
    assert_eq!(count(Kind::Company, "parent filled").await, 15);
    let by_stage: Vec<i64> = [
        count(Kind::Deal, "status = won").await,
        count(Kind::Deal, "status = lost").await,
        count(Kind::Deal, "stage = engaging").await,
        count(Kind::Deal, "stage = prospecting").await,
    ]
    .into();
    assert_eq!(by_stage, [4_238, 2_473, 1_589, 500]);
    let deals = all(&house.owner, Kind::Deal).await;
    let won: i64 = deals.iter().filter(|d| d.text("status") == "won").filter_map(|d| d.money("amount")).map(|m| m.minor).sum();
    assert_eq!((deals.len(), won), (8_800, 1_000_553_400));
    assert_eq!(deals.iter().filter(|d| d.id_of("company").is_none()).count(), 1_425);
    assert!(deals.iter().all(|d| d.ids_of("products").len() == 1 && d.owner().is_some_and(|o| o != house.owner.me.id)));
    assert_eq!(deals.iter().filter(|d| d.text("status") != "open").filter(|d| d.text("closed_at").starts_with("2017-")).count(), 6_711);

    // The same again: nothing new, nothing changed.
    for (file, n) in [("accounts.csv", 85), ("products.csv", 7), ("sales_teams.csv", 35), ("sales_pipeline.csv", 8_800)] {
        let bytes = Bytes::from(std::fs::read(dir.join(file)).unwrap());
        let seen = import::inspect(&house.owner, file, bytes).await.unwrap();
        let report = import::run(&house.owner, seen.upload, seen.guess, |_| ()).await.unwrap();
        assert_eq!(figures(&report), [0, 0, n, 0, 0], "{file}");
    }
    // And all of it can be taken back.
    let began = std::time::Instant::now();
    for report in reports.iter().rev() {
        import::undo_now(&house.owner, report.id).await.unwrap();
    }
    eprintln!("taken back in {:?}", began.elapsed());
    assert_eq!((count(Kind::Deal, "").await, count(Kind::Company, "").await, count(Kind::User, "").await), (0, 0, 1));
}
