//! Whatever is sent, the answer is the sender's fault and says which: 4xx with a problem document, never 5xx.

use domain::Kind;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{House, Knock, run};

#[test]
fn everything_wrong_is_named_at_once() {
    run(async {
        let house = House::new().await;
        let fields = json!({
            "nam": "x", "emails": "not a list", "employees": "seven", "revenue": {"amount": "1.005", "currency": "USD"},
            "owner": "nobody", "created_at": "2020-01-01T00:00:00Z",
        });
        let answer = house.post("/api/v1/companies").by(&house.owner).json(&fields).send().await;
        assert_eq!(answer.status.as_u16(), 422);
        let errors = answer.errors();
        for wanted in ["nam:unknown_field", "emails:list", "employees:int", "revenue:money", "owner:reference", "name:required"] {
            assert!(errors.iter().any(|e| e == wanted), "{wanted} missing in {errors:?}");
        }
        assert!(errors.iter().any(|e| e.starts_with("created_at:")), "{errors:?}");
    });
}

#[test]
fn a_body_has_to_be_json_and_of_a_size() {
    run(async {
        let house = House::new().await;
        let post = || house.post("/api/v1/companies").by(&house.owner);
        for (body, status) in
            [("{", 400), ("", 400), ("{\"name\": \"x\"", 400), ("[]", 422), ("null", 422), ("\"text\"", 422), ("{\"name\":1}", 422)]
        {
            let answer = post().body("application/json", body).send().await;
            assert_eq!(answer.problem().0, status, "{body:?} {}", answer.text());
        }
        let bytes = post().body("application/json", vec![b'{', 0xff, 0xfe, b'}']).send().await;
        assert_eq!(bytes.problem().0, 400);
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "text/json", ""] {
            let answer = post().body(content_type, "{\"name\":\"x\"}").send().await;
            assert_eq!(answer.problem().0, 415, "{content_type}");
        }
        let large = json!({"name": "x", "description": "y".repeat(1024 * 1024)}).to_string();
        assert_eq!(post().body("application/json", large.clone()).send().await.problem().0, 413);
        let announced = post().header("content-length", &large.len().to_string()).body("application/json", large.clone()).send().await;
        assert_eq!(announced.problem().0, 413);
        let function = house.post("/api/app/search/find").in_session(&house.owner).body("application/json", large).send().await;
        assert_eq!(function.status, StatusCode::PAYLOAD_TOO_LARGE);

        let deep = format!("{{\"name\":{}}}", "[".repeat(50_000));
        assert_eq!(post().body("application/json", deep).send().await.problem().0, 400);
        assert_eq!(
            post().body("application/merge-patch+json; charset=utf-8", "{\"name\":\"fine\"}").send().await.status,
            StatusCode::CREATED
        );
    });
}

#[test]
fn queries_are_checked() {
    run(async {
        let house = House::new().await;
        let cases = [
            ("companies?colour=red", 400, "colour:unknown_parameter"),
            ("companies?limit=0", 400, "limit:parameter_number"),
            ("companies?limit=501", 400, "limit:parameter_number"),
            ("companies?limit=-1", 400, "limit:parameter_number"),
            ("companies?count=maybe", 400, "count:bool"),
            ("companies?sort=name&sort=city", 400, "sort:parameter_repeated"),
            ("companies?sort=colour", 422, "sort:sort_field"),
            ("companies?sort=tags", 422, "sort:sort_field"),
            ("companies?filter=name+%3D", 422, "filter:filter_syntax"),
            ("companies?filter=colour+%3D+red", 422, "filter:filter_field"),
            ("companies?filter=employees+~+x", 422, "filter:filter_operator"),
            ("companies?filter=employees+%3D+many", 422, "filter:filter_value"),
            ("deals/board?pipeline=x", 400, "pipeline:reference"),
            ("dashboard?owner=x", 400, "owner:reference"),
            ("dashboard?period=bogus", 422, "period:period"),
            ("reports/time?period=bogus", 422, "period:period"),
            ("dashboard?period=2017-02-30..2017-03-01", 422, "period:date_span"),
            ("dashboard?period=2017-03-01..", 422, "period:date_span"),
            ("dashboard?period=2017-03-01..2017-02-28", 422, "period:date_span_order"),
            ("views?kind=dragon", 400, "kind:choice"),
            ("live?last=x", 400, "last:reference"),
        ];
        for (path, status, error) in cases {
            let answer = house.get(&format!("/api/v1/{path}")).by(&house.owner).send().await;
            assert_eq!((answer.problem().0, answer.errors().first().map(String::as_str)), (status, Some(error)), "{path}");
        }
        for path in
            ["companies?cursor=nonsense", "dashboard?period=someday", "companies?filter=%FF%FE", "companies?filter=((((((((((((name"]
        {
            let answer = house.get(&format!("/api/v1/{path}")).by(&house.owner).send().await;
            assert!(answer.status.is_client_error(), "{path} {}", answer.text());
            answer.problem();
        }
        // A view that names what is not there says what it may have meant.
        let view = |name: &str, look: serde_json::Value| json!({"kind": "deal", "name": name, "shared": true, "look": look});
        for (look, error, near) in [
            (json!({"columns": ["name", "amuont:120"]}), "columns:column_nearest", "amount"),
            (json!({"sort": "-expected_closed"}), "sort:sort_nearest", "expected_close"),
            (json!({"sort": "products"}), "sort:sort_nearest", ""),
        ] {
            let answer = house.post("/api/v1/views").by(&house.owner).json(&view("Mine", look)).send().await;
            assert_eq!((answer.problem().0, answer.errors().first().map(String::as_str)), (422, Some(error)));
            assert!(answer.text().contains(near), "{}", answer.text());
        }
        let good = json!({"columns": ["name", "amount:120", "created_at"], "sort": "-updated_at"});
        assert_eq!(house.post("/api/v1/views").by(&house.owner).json(&view("Mine", good.clone())).send().await.status, 201);
        let again = house.post("/api/v1/views").by(&house.owner).json(&view(" MINE", good.clone())).send().await;
        assert_eq!(again.errors(), ["name:view_taken"], "two of the same name nobody can tell apart");
        let other = json!({"kind": "company", "name": "Mine", "shared": true, "look": {}});
        assert_eq!(house.post("/api/v1/views").by(&house.owner).json(&other).send().await.status, 201, "another list has its own");

        let deep = format!("companies?filter={}name+%3D+a{}", "(".repeat(2000), ")".repeat(2000));
        assert!(house.get(&format!("/api/v1/{deep}")).by(&house.owner).send().await.status.is_client_error());
    });
}

#[test]
fn unknown_things_are_not_found() {
    run(async {
        let house = House::new().await;
        let unknown = "01890000-0000-7000-8000-000000000000";
        for kind in Kind::ALL {
            for id in [unknown, "x", "1", "%00", "..", "{id}", "01890000000070008000000000000000x"] {
                let one = format!("/api/v1/{}/{id}", kind.plural());
                let owner = &house.owner;
                assert_eq!(house.get(&one).by(owner).send().await.problem().0, 404, "{one}");
                assert_eq!(house.patch(&one).by(owner).version(&json!(1)).json(&json!({})).send().await.problem().0, 404, "{one}");
                assert_eq!(house.delete(&one).by(owner).send().await.problem().0, 404, "{one}");
                assert_eq!(house.post(&format!("{one}/restore")).by(owner).send().await.problem().0, 404, "{one}");
                assert_eq!(house.get(&format!("{one}/timeline")).by(owner).send().await.problem().0, 404, "{one}");
            }
        }
        // The id of one kind names nothing of another.
        let company = house.make(&house.owner, Kind::Company, json!({"name": "Acme"})).await;
        let path = format!("/api/v1/contacts/{}", company["id"].as_str().unwrap());
        assert_eq!(house.get(&path).by(&house.owner).send().await.problem().0, 404);
        let dangling = house.post("/api/v1/deals").by(&house.owner).json(&json!({"name": "x", "company": unknown})).send().await;
        assert_eq!(dangling.problem().0, 422, "a record may not point at nothing");
    });
}

/// Every operation of the document, fed with rubbish.
#[test]
fn no_operation_breaks() {
    run(async {
        let house = House::new().await;
        let document = house.get("/api/v1/openapi.json").send().await.json();
        let rubbish = [
            json!(null),
            json!([]),
            json!("x"),
            json!({"": ""}),
            json!({"name": {"a": [1]}, "ids": "x", "changes": [null], "selection": 1, "look": [], "stage": [], "version": "x"}),
            json!({"name": "\u{0}\u{202e}", "email": "😀@😀", "kind": "dragon", "password": "", "old": "", "new": "", "scope": "root"}),
            json!({"kind": "company", "map": [], "match_field": "nope", "on_match": "update", "date_order": "xyz", "currency": "??"}),
            json!({"name": "x".repeat(100_000)}),
            json!({"version": i64::MAX, "stage": "won", "fields": {"amount": -1}}),
            json!({"changes": [], "ids": [], "selection": {"of": "ids", "ids": []}, "fields": {}}),
            json!({"selection": {"of": "all", "query": {"filter": "((("}}, "fields": {"name": null}}),
        ];
        let mut tried = 0;
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, op) in methods.as_object().unwrap() {
                // Ends the stream of the caller or their proof.
                let path = path
                    .replace("{id}", "01890000-0000-7000-8000-000000000000")
                    .replace("{stage}", "%F0%9F%92%A9")
                    .replace("{notice}", "x")
                    .replace("{letter}", "x");
                let method: Method = method.to_uppercase().parse().unwrap();
                let knock = || {
                    Knock::new(house.router.clone(), method.clone(), &format!("/api/v1{path}")).by(&house.owner).header("if-match", "\"1\"")
                };
                if op.get("requestBody").is_none() {
                    if path != "/live" {
                        check(&format!("{method} {path}"), knock().send().await, &json!(null));
                    }
                    continue;
                }
                for body in &rubbish {
                    check(&format!("{method} {path}"), knock().json(body).send().await, body);
                    tried += 1;
                }
                check(
                    &format!("{method} {path}"),
                    knock().body("multipart/form-data; boundary=x", "--x\r\nbroken").send().await,
                    &json!("multipart"),
                );
            }
        }
        assert!(tried > 300, "{tried}");
    });
}

fn check(what: &str, answer: crate::support::Answer, body: &Value) {
    assert!(!answer.status.is_server_error(), "{what} with {body}: {} {}", answer.status, answer.text());
    if answer.status.is_client_error() {
        answer.problem();
    }
}
