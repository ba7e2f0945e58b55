//! Records over REST: the life of one, lists, versions, and taking things back.

use domain::Kind;
use domain::rights::Role;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{House, run};

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
}

#[test]
fn a_stale_writer_gets_the_record_as_it_is() {
    run(async {
        let house = House::new().await;
        let made = house.make(&house.owner, Kind::Company, json!({"name": "Acme", "city": "Kyiv"})).await;
        let one = format!("/api/v1/companies/{}", id(&made));
        let patch = |version: &Value, fields: Value| house.patch(&one).by(&house.owner).version(version).json(&fields).send();

        let without = house.patch(&one).by(&house.owner).json(&json!({"name": "x"})).send().await;
        assert_eq!(without.problem().0, 428);
        for bad in ["\"x\"", "1.5", "\"1"] {
            let answer = house.patch(&one).by(&house.owner).header("if-match", bad).json(&json!({"name": "x"})).send().await;
            assert_eq!(answer.problem().0, 400, "{bad}");
        }

        let first = patch(&made["version"], json!({"name": "First"})).await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.text());
        // Another field: two people in the browser would both win, but a program said which version it means.
        let stale = patch(&made["version"], json!({"city": "Lviv", "country": "Ukraine"})).await;
        let (status, problem) = stale.problem();
        assert_eq!(status, 412);
        assert_eq!((problem["current"]["name"].as_str(), &problem["current"]["version"]), (Some("First"), &first.json()["version"]));
        assert!(problem["current"].get("kind").is_none());
        assert_eq!(stale.header("etag"), first.header("etag"));
        let now = house.get(&one).by(&house.owner).send().await.json();
        assert_eq!((now["city"].as_str(), now.get("country")), (Some("Kyiv"), None));

        let stale = house.delete(&one).by(&house.owner).version(&made["version"]).send().await;
        assert_eq!(stale.problem().0, 412);
        let reader = house.person(Role::Analyst).await;
        let may_not = house.delete(&one).by(&reader).version(&made["version"]).send().await;
        assert_eq!(may_not.problem().0, 403, "reading it anew would not help");
        let any = house.patch(&one).by(&house.owner).header("if-match", "*").json(&json!({"city": "Lviv"})).send().await;
        assert_eq!(any.status, StatusCode::OK);
    });
}

#[test]
fn of_many_writers_of_one_version_one_wins() {
    run(async {
        let house = House::new().await;
        let made = house.make(&house.owner, Kind::Company, json!({"name": "Acme"})).await;
        let one = format!("/api/v1/companies/{}", id(&made));
        let tries = (0..12).map(|n| {
            let knock = house.patch(&one).by(&house.owner).version(&made["version"]).json(&json!({"industry": format!("Industry {n}")}));
            tokio::spawn(knock.send())
        });
        let mut statuses = Vec::new();
        for answer in futures::future::join_all(tries).await {
            statuses.push(answer.unwrap().status.as_u16());
        }
        statuses.sort_unstable();
        assert_eq!(statuses.first(), Some(&200), "{statuses:?}");
        assert!(statuses.iter().skip(1).all(|s| *s == 412), "{statuses:?}");
    });
}

#[test]
fn the_life_of_a_record() {
    run(async {
        let house = House::new().await;
        let fields = json!({
            "name": "  Acme  ", "emails": ["Sales@Acme.Example"], "revenue": {"amount": "1054.00", "currency": "USD"},
            "tags": ["key", "key"], "employees": 7, "city": "",
        });
        let created = house.post("/api/v1/companies").by(&house.owner).json(&fields).send().await;
        assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
        let record = created.json();
        let one = created.header("location").to_owned();
        assert_eq!(one, format!("/api/v1/companies/{}", id(&record)));
        assert_eq!(created.header("etag"), "\"1\"");
        assert_eq!(record["name"], "Acme");
        assert_eq!(record["emails"], json!(["sales@acme.example"]));
        assert_eq!(record["revenue"], json!({"amount": "1054.00", "currency": "USD"}));
        assert!(record.get("kind").is_none() && record.get("city").is_none() && record.get("deleted_at").is_none(), "{record}");

        let read = house.get(&one).by(&house.owner).send().await;
        assert_eq!(read.json(), record);
        assert_eq!(house.get(&one).by(&house.owner).header("if-none-match", "\"1\"").send().await.status, StatusCode::NOT_MODIFIED);

        let changed =
            house.patch(&one).by(&house.owner).version(&record["version"]).json(&json!({"city": "Kyiv", "employees": null})).send().await;
        assert_eq!(changed.header("etag"), "\"2\"");
        assert_eq!((changed.json()["city"].as_str(), changed.json().get("employees")), (Some("Kyiv"), None));

        let binned = house.delete(&one).by(&house.owner).send().await;
        assert!(binned.json()["deleted_at"].is_string(), "{}", binned.text());
        let names = async |query: &str| {
            let list = house.get(&format!("/api/v1/companies{query}")).by(&house.owner).send().await.json();
            list["items"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert!(names("").await.is_empty());
        assert_eq!(names("?deleted=true").await, ["Acme"]);
        let edit = house.patch(&one).by(&house.owner).header("if-match", "*").json(&json!({"city": "Lviv"})).send().await;
        assert!(edit.status.is_client_error(), "what lies in the bin is not edited: {}", edit.text());

        let back = house.post(&format!("{one}/restore")).by(&house.owner).send().await;
        assert_eq!(back.status, StatusCode::OK, "{}", back.text());
        assert_eq!(names("").await, ["Acme"]);

        let timeline = house.get(&format!("{one}/timeline?only=change")).by(&house.owner).send().await.json();
        let ops: Vec<&str> = timeline["items"].as_array().unwrap().iter().map(|e| e["change"]["op"].as_str().unwrap()).collect();
        assert_eq!(ops, ["restore", "delete", "update", "create"]);
    });
}

#[test]
fn a_repeated_post_makes_one_record() {
    run(async {
        let house = House::new().await;
        let post = |key: &str, name: &str| {
            house.post("/api/v1/companies").by(&house.owner).header("idempotency-key", key).json(&json!({"name": name})).send()
        };
        let (first, again, other) = (post("k1", "Acme").await, post("k1", "Acme").await, post("k2", "Acme").await);
        assert_eq!(first.json()["id"], again.json()["id"]);
        assert_eq!(again.status, StatusCode::CREATED);
        assert_ne!(first.json()["id"], other.json()["id"]);
        let different = post("k1", "Different").await;
        assert!(different.status.is_client_error(), "the same key for something else: {}", different.text());
        assert_eq!(post(&"k".repeat(300), "Acme").await.problem().0, 400);
        let count = house.get("/api/v1/companies?count=true").by(&house.owner).send().await.json();
        assert_eq!(count["total"], 2);
    });
}

#[test]
fn lists_filter_sort_and_go_on() {
    run(async {
        let house = House::new().await;
        for n in 0..25 {
            let city = if n % 2 == 0 { "Kyiv" } else { "Lviv" };
            house.make(&house.owner, Kind::Company, json!({"name": format!("Company {n:02}"), "city": city, "employees": n})).await;
        }
        let get = async |query: &str| house.get(&format!("/api/v1/companies?{query}")).by(&house.owner).send().await.json();
        let names =
            |page: &Value| page["items"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>();

        let mut seen = Vec::new();
        let mut cursor = String::new();
        for _ in 0..10 {
            let page = get(&format!("sort=-employees&limit=10{cursor}")).await;
            seen.extend(names(&page));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={}", form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>()),
                None => break,
            }
        }
        let expected: Vec<String> = (0..25).rev().map(|n| format!("Company {n:02}")).collect();
        assert_eq!(seen, expected);

        let page = get("filter=city+%3D+Kyiv+and+employees+%3E%3D+20&sort=name&count=true").await;
        assert_eq!(names(&page), ["Company 20", "Company 22", "Company 24"]);
        assert_eq!(page["total"], 3);
        assert!(get("limit=1").await.get("total").is_none());
        // Sums are over all that is found, not over the page.
        let page = get("filter=employees+%3E%3D+20&limit=1&sums=true").await;
        assert_eq!(page["sums"], json!({"revenue": [], "employees": 20 + 21 + 22 + 23 + 24}));
        let refused = house.get("/api/v1/contacts?sums=true").by(&house.owner).send().await;
        assert_eq!(refused.problem().0, 400, "contacts have nothing to add up");
        assert_eq!(names(&get("q=Company+07").await).first().map(String::as_str), Some("Company 07"));
    });
}

#[test]
fn related_records_come_along_when_asked_for() {
    run(async {
        let house = House::new().await;
        let company = house.make(&house.owner, Kind::Company, json!({"name": "Acme"})).await;
        let contacts = [
            house.make(&house.owner, Kind::Contact, json!({"family_name": "Snelling", "company": company["id"]})).await,
            house.make(&house.owner, Kind::Contact, json!({"family_name": "Коваленко"})).await,
        ];
        let ids: Vec<&str> = contacts.iter().map(id).collect();
        let deal = house.make(&house.owner, Kind::Deal, json!({"name": "Deal", "company": id(&company), "contacts": ids})).await;
        for path in
            [format!("/api/v1/deals/{}?expand=company,contacts,owner", id(&deal)), "/api/v1/deals?expand=company,contacts,owner".to_owned()]
        {
            let answer = house.get(&path).by(&house.owner).send().await.json();
            let deal = if path.contains("deals?") { &answer["items"][0] } else { &answer };
            assert_eq!(deal["company"], company["id"], "relations stay ids");
            assert_eq!(deal["expanded"]["company"]["name"], "Acme");
            assert_eq!(deal["expanded"]["contacts"].as_array().unwrap().len(), 2);
        }
        let bad = house.get("/api/v1/deals?expand=name").by(&house.owner).send().await;
        assert_eq!(bad.errors(), ["expand:choice"]);
    });
}

#[test]
fn changes_are_taken_back() {
    run(async {
        let house = House::new().await;
        let made = house.make(&house.owner, Kind::Company, json!({"name": "Before"})).await;
        let one = format!("/api/v1/companies/{}", id(&made));
        house.patch(&one).by(&house.owner).version(&made["version"]).json(&json!({"name": "After"})).send().await;
        let timeline = house.get(&format!("{one}/timeline")).by(&house.owner).send().await.json();
        let change = &timeline["items"][0]["change"];
        assert_eq!((change["before"]["name"].as_str(), change["after"]["name"].as_str()), (Some("Before"), Some("After")));
        let undo = house.post("/api/v1/undo").by(&house.owner).json(&json!({"changes": [change["id"]]})).send().await;
        assert_eq!(undo.status, StatusCode::OK, "{}", undo.text());
        assert_eq!(house.get(&one).by(&house.owner).send().await.json()["name"], "Before");
        let unknown =
            house.post("/api/v1/undo").by(&house.owner).json(&json!({"changes": ["01890000-0000-7000-8000-000000000000"]})).send().await;
        assert_eq!(unknown.problem().0, 404);
    });
}

#[test]
fn many_at_once() {
    run(async {
        let house = House::new().await;
        let mut ids = Vec::new();
        for n in 0..4 {
            ids.push(house.make(&house.owner, Kind::Company, json!({"name": format!("C{n}")})).await["id"].clone());
        }
        let update = json!({"selection": {"of": "ids", "ids": ids}, "fields": {"industry": "Software"}});
        let done = house.post("/api/v1/companies/update").by(&house.owner).json(&update).send().await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text());
        assert_eq!(done.json()["changes"].as_array().unwrap().len(), 4);
        let remove = json!({"selection": {"of": "all", "query": {"filter": "industry = Software"}}});
        let done = house.post("/api/v1/companies/delete").by(&house.owner).json(&remove).send().await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text());
        assert_eq!(house.get("/api/v1/companies?count=true").by(&house.owner).send().await.json()["total"], 0);
        let undo = house.post("/api/v1/undo").by(&house.owner).json(&json!({"changes": done.json()["changes"]})).send().await;
        assert_eq!(undo.status, StatusCode::OK, "{}", undo.text());
        assert_eq!(house.get("/api/v1/companies?count=true").by(&house.owner).send().await.json()["total"], 4);
        let nothing = json!({"selection": {"of": "ids", "ids": ids}, "fields": {"industry": "x", "colour": "red"}});
        assert_eq!(house.post("/api/v1/companies/update").by(&house.owner).json(&nothing).send().await.errors(), ["colour:unknown_field"]);
    });
}

#[test]
fn a_deal_moves_over_the_board() {
    run(async {
        let house = House::new().await;
        let amount = |text: &str| json!({"amount": text, "currency": "USD"});
        let deal = house.make(&house.owner, Kind::Deal, json!({"name": "Big", "amount": amount("1054.00")})).await;
        house.make(&house.owner, Kind::Deal, json!({"name": "Small", "amount": amount("10.00")})).await;
        let board = house.get("/api/v1/deals/board").by(&house.owner).send().await.json();
        assert_eq!(board["totals"]["sum"], json!([amount("1064.00")]), "{board}");
        let first = board["columns"][0]["stage"]["id"].as_str().unwrap();
        let second = board["columns"][1]["stage"]["id"].as_str().unwrap();
        let column = house.get(&format!("/api/v1/deals/board/{first}?limit=1")).by(&house.owner).send().await.json();
        assert_eq!(column["items"].as_array().unwrap().len(), 1);
        assert!(column["next"].is_string());

        let path = format!("/api/v1/deals/{}/move", id(&deal));
        let nowhere = house.post(&path).by(&house.owner).json(&json!({"stage": "nowhere", "version": deal["version"]})).send().await;
        assert_eq!(nowhere.problem().0, 422);
        let moved = house.post(&path).by(&house.owner).json(&json!({"stage": second, "version": deal["version"]})).send().await;
        assert_eq!(moved.status, StatusCode::OK, "{}", moved.text());
        let moved = moved.json();
        assert_eq!(moved["card"]["stage"], second);
        let board = house.get("/api/v1/deals/board").by(&house.owner).send().await.json();
        assert_eq!(board["columns"][1]["totals"]["sum"], json!([amount("1054.00")]));
        let undo = house.post("/api/v1/undo").by(&house.owner).json(&json!({"changes": [moved["change"]]})).send().await;
        assert_eq!(undo.status, StatusCode::OK, "{}", undo.text());
        let now = house.get(&format!("/api/v1/deals/{}", id(&deal))).by(&house.owner).send().await.json();
        assert_eq!(now["stage"], first);
        let unknown = house.post(&path).by(&house.owner).json(&json!({"stage": second, "version": 1, "colour": 1})).send().await;
        assert_eq!(unknown.errors(), ["colour:unknown_field"]);
    });
}

#[test]
fn views_are_saved_and_changed() {
    run(async {
        let house = House::new().await;
        let view =
            json!({"kind": "deal", "name": "Mine", "shared": false, "look": {"filter": "owner = me", "columns": ["name", "amount:120"]}});
        let created = house.post("/api/v1/views").by(&house.owner).json(&view).send().await;
        assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
        let one = created.header("location").to_owned();
        assert_eq!(house.get(&one).by(&house.owner).send().await.json()["look"]["filter"], "owner = me");
        let bad = json!({"kind": "deal", "name": "Mine", "look": {"filter": "colour = red"}});
        let put =
            |version: &str, view: &Value| house.knock(http::Method::PUT, &one).by(&house.owner).header("if-match", version).json(view);
        assert_eq!(put("\"1\"", &bad).send().await.problem().0, 422);
        let other = json!({"kind": "deal", "name": "Ours", "look": {}});
        assert_eq!(house.knock(http::Method::PUT, &one).by(&house.owner).json(&other).send().await.problem().0, 428);
        let saved = put("\"1\"", &other).send().await;
        assert_eq!((saved.json()["name"].as_str(), saved.header("etag")), (Some("Ours"), "\"2\""));
        // Who saw the first one does not write over the second.
        let stale = put("\"1\"", &view).send().await;
        let (status, problem) = stale.problem();
        assert_eq!((status, problem["current"]["name"].as_str(), stale.header("etag")), (412, Some("Ours"), "\"2\""));
        let list = house.get("/api/v1/views?kind=deal").by(&house.owner).send().await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        assert_eq!(house.delete(&one).by(&house.owner).send().await.status, StatusCode::NO_CONTENT);
        assert_eq!(house.get(&one).by(&house.owner).send().await.problem().0, 404);
    });
}

#[test]
fn settings_are_not_written_over_unseen() {
    run(async {
        let house = House::new().await;
        let patch =
            |version: &str, fields: Value| house.patch("/api/v1/workspace").by(&house.owner).header("if-match", version).json(&fields);
        let seen = house.get("/api/v1/workspace").by(&house.owner).send().await;
        assert_eq!((seen.header("etag"), &seen.json()["version"]), ("\"1\"", &json!(1)));
        assert_eq!(house.patch("/api/v1/workspace").by(&house.owner).json(&json!({"name": "x"})).send().await.problem().0, 428);
        let first = patch("\"1\"", json!({"name": "First"})).send().await;
        assert_eq!((first.json()["name"].as_str(), first.header("etag")), (Some("First"), "\"2\""));
        let stale = patch("\"1\"", json!({"name": "Second"})).send().await;
        let (status, problem) = stale.problem();
        assert_eq!((status, problem["current"]["name"].as_str()), (412, Some("First")));
        // Many at once: one of them.
        let tries = (0..8).map(|n| tokio::spawn(patch("\"2\"", json!({"name": format!("N{n}")})).send()));
        let all = futures::future::join_all(tries).await;
        assert_eq!(all.iter().filter(|a| a.as_ref().unwrap().status == StatusCode::OK).count(), 1);
    });
}

#[test]
fn exports_are_files() {
    run(async {
        let house = House::new().await;
        house.make(&house.owner, Kind::Company, json!({"name": "Acme, \"the\" one", "city": "Київ"})).await;
        let csv = house.get("/api/v1/companies/export?columns=name,city").by(&house.owner).send().await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(csv.header("content-disposition"), "attachment; filename=\"companies-2026-11-22.csv\"");
        assert!(csv.body.starts_with(b"\xef\xbb\xbf"), "spreadsheets need the mark");
        assert!(csv.text().contains("\"Acme, \"\"the\"\" one\",Київ"), "{}", csv.text());
        let json = house.get("/api/v1/companies/export?format=json&columns=name").by(&house.owner).send().await;
        assert!(json.json().to_string().contains("Acme"), "{}", json.text());
        let xlsx = house.get("/api/v1/companies/export?format=xlsx").by(&house.owner).send().await;
        assert!(xlsx.body.starts_with(b"PK"));
        let bad = house.get("/api/v1/companies/export?format=pdf&columns=colour").by(&house.owner).send().await;
        assert_eq!(bad.errors(), ["format:choice", "columns:unknown_field"]);
    });
}

#[test]
fn chosen_records_are_a_file_in_the_order_they_were_chosen() {
    run(async {
        let house = House::new().await;
        let mut ids = Vec::new();
        for name in ["First", "Second", "Third"] {
            let made = house.make(&house.owner, Kind::Company, json!({"name": name})).await;
            ids.push(made["id"].as_str().unwrap_or_default().to_owned());
        }
        let ask =
            |form: String| house.post("/api/v1/companies/export").by(&house.owner).body("application/x-www-form-urlencoded", form).send();
        let csv = ask(format!("format=csv&columns=name&ids={},{}", ids[2], ids[0])).await;
        assert_eq!(csv.text().lines().skip(1).collect::<Vec<_>>(), ["Third", "First"]);
        assert_eq!(ask("format=csv".to_owned()).await.errors(), ["ids:required"]);
        assert_eq!(ask("ids=nonsense&colour=red".to_owned()).await.errors(), ["ids:reference", "colour:unknown_parameter"]);
        let json = house.post("/api/v1/companies/export").by(&house.owner).json(&json!({"ids": ids})).send().await;
        assert_eq!(json.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    });
}

#[test]
fn the_search_finds_fragments_in_any_script() {
    run(async {
        let house = House::new().await;
        for name in ["Acme Corporation", "上海明德科技", "Коваленко і партнери"] {
            house.make(&house.owner, Kind::Company, json!({"name": name})).await;
        }
        for (q, name) in [("acm", "Acme Corporation"), ("明德", "上海明德科技"), ("партнер", "Коваленко і партнери")]
        {
            let q = form_urlencoded::byte_serialize(q.as_bytes()).collect::<String>();
            let hits = house.get(&format!("/api/v1/search?q={q}&kinds=company")).by(&house.owner).send().await.json();
            assert_eq!(hits["items"][0]["name"], name, "{hits}");
        }
        assert_eq!(house.get("/api/v1/search?kinds=dragon").by(&house.owner).send().await.errors(), ["kinds:choice"]);
        assert_eq!(house.get("/api/v1/search").by(&house.owner).send().await.json()["items"], json!([]));
    });
}

/// Every door that does something takes a key; the second time it does nothing and says the same.
#[test]
fn every_post_is_safe_to_repeat() {
    run(async {
        let house = House::new().await;
        let owner = &house.owner;
        let document = house.get("/api/v1/openapi.json").send().await.json();
        // They change nothing, or (the password) refuse the second time by themselves; the same answer again changes nothing.
        let asks = [
            "/events/check",
            "/events/find-times",
            "/events/{id}/answer",
            "/me/password",
            "/notices/read",
            "/notices/{notice}/snooze",
            "/mail/{letter}/retry",
            "/mail/dead/retry",
            "/mail/dead/give-up",
            "/mail/test",
            // The time is taken by then; one follows that address already.
            "/book/{slug}",
            "/calendar-sources",
            // Read again, taken in again, another secret for the one that was lost.
            "/calendar-sources/{id}/refresh",
            "/calendar/replies",
            "/calendar-feeds/{id}/renew",
        ];
        let exempt = |path: &str| path.ends_with("/dry-run") || path.ends_with("/export") || asks.contains(&path);
        for (path, methods) in document["paths"].as_object().unwrap() {
            let Some(post) = methods.get("post") else { continue };
            let parameters = post["parameters"].as_array().cloned().unwrap_or_default();
            assert_eq!(parameters.iter().any(|p| p["name"] == "Idempotency-Key"), !exempt(path), "{path}");
        }

        let twice = async |path: &str, body: Value| {
            let send =
                async |body: &Value| house.post(path).by(owner).header("idempotency-key", &format!("k {path}")).json(body).send().await;
            let first = send(&body).await;
            assert!(first.status.is_success(), "{path} {}", first.text());
            let again = send(&body).await;
            assert_eq!((again.status, again.header("location")), (first.status, first.header("location")), "{path} {}", again.text());
            (first.json(), again.json())
        };
        let count = async |path: &str| house.get(path).by(owner).send().await.json()["items"].as_array().unwrap().len();

        let company = house.make(owner, Kind::Company, json!({"name": "Acme"})).await;
        let these = json!({"of": "ids", "ids": [company["id"]]});
        let version = async || house.get(&format!("/api/v1/companies/{}", id(&company))).by(owner).send().await.json()["version"].clone();
        let (first, again) = twice("/api/v1/companies/update", json!({"selection": these, "fields": {"city": "Kyiv"}})).await;
        assert_eq!((&first["changes"], &first["records"], version().await), (&again["changes"], &again["records"], json!(2)));
        let (first, again) = twice("/api/v1/undo", json!({"changes": first["changes"]})).await;
        assert_eq!((first["changes"].clone(), version().await), (again["changes"].clone(), json!(3)));
        let (first, again) = twice("/api/v1/companies/delete", json!({"selection": these})).await;
        assert_eq!(first["changes"], again["changes"]);
        let (first, again) = twice(&format!("/api/v1/companies/{}/restore", id(&company)), json!({})).await;
        assert_eq!((&first, &first["version"]), (&again, &json!(5)));

        let deal = house.make(owner, Kind::Deal, json!({"name": "A"})).await;
        let other = house.make(owner, Kind::Deal, json!({"name": "B"})).await;
        let to = json!({"stage": "engaging", "version": 1});
        let (first, again) = twice(&format!("/api/v1/deals/{}/move", id(&deal)), to).await;
        assert_eq!((&first, &first["card"]["version"]), (&again, &json!(2)));
        let several = json!({"ids": [deal["id"], other["id"], "01890000-0000-7000-8000-000000000000"], "stage": "proposal"});
        let (first, again) = twice("/api/v1/deals/move", several).await;
        assert_eq!((&first, first["refused"].as_array().unwrap().len()), (&again, 1));

        let (first, again) = twice("/api/v1/views", json!({"kind": "deal", "name": "Mine"})).await;
        assert_eq!((first, count("/api/v1/views?kind=deal").await), (again, 1));

        // The secret of a token is kept nowhere: the second answer has another one for the same token.
        let tokens = count("/api/v1/tokens").await;
        let (first, again) = twice("/api/v1/tokens", json!({"name": "t", "scope": "read"})).await;
        assert_eq!((&first["info"]["id"], count("/api/v1/tokens").await), (&again["info"]["id"], tokens + 1));
        let me = async |token: &Value| {
            house.get("/api/v1/me").header("authorization", &format!("Bearer {}", token["secret"].as_str().unwrap())).send().await.status
        };
        assert_eq!((me(&first).await, me(&again).await), (StatusCode::UNAUTHORIZED, StatusCode::OK));

        // Other content under the same key is no repetition.
        let other = json!({"kind": "deal", "name": "Other"});
        let refused = house.post("/api/v1/views").by(owner).header("idempotency-key", "k /api/v1/views").json(&other).send().await;
        assert_eq!(refused.errors(), ["Idempotency-Key:idempotency_key"]);
    });
}
