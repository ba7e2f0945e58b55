//! Every collection as every role, at the door. The table of `domain::rights` is the expectation; what is secret is 404.

use domain::rights::{Act, Role, Scope, scope};
use domain::{Kind, Record};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{House, Person, run};

/// The least that makes a record of this kind.
fn least(kind: Kind, word: &str) -> Value {
    match kind {
        Kind::Contact => json!({"family_name": word}),
        Kind::Note => json!({"body": word}),
        Kind::User => json!({"name": word, "email": format!("{}@globex.example", word.replace(' ', "-")), "role": "sales"}),
        Kind::Pipeline => {
            let stages = domain::pipelines::template(["a", "b", "c", "d", "w", "l"]);
            json!({"name": word, "stages": stages})
        }
        Kind::Event => json!({"title": word, "start": "2026-11-24T09:00:00Z", "end": "2026-11-24T10:00:00Z"}),
        Kind::Resource => json!({"name": word, "type": "room"}),
        _ => json!({"name": word}),
    }
}

fn change(kind: Kind) -> Value {
    match kind {
        Kind::Contact => json!({"family_name": "Changed"}),
        Kind::Note => json!({"body": "Changed"}),
        Kind::Event => json!({"title": "Changed"}),
        _ => json!({"name": "Changed"}),
    }
}

async fn knock_everywhere(role: Role) {
    let house = House::new().await;
    let person = house.person(role).await;
    for kind in Kind::ALL {
        collection(&house, &person, role, kind).await;
    }
}

async fn collection(house: &House, person: &Person, role: Role, kind: Kind) {
    let many = format!("/api/v1/{}", kind.plural());
    let what = |act: &str| format!("{} {act} {}", role.name(), kind.name());

    // Somebody else's record.
    let other = house.make(&house.owner, kind, least(kind, &format!("Owner {} {}", kind.name(), role.name()))).await;
    let one = format!("{many}/{}", other["id"].as_str().unwrap());
    let record: Record = serde_json::from_value(with_kind(&other, kind)).unwrap();
    let who = person.ctx.me.who();
    let may = |act: Act| who.may(act, &record);

    let list = house.get(&many).by(person).send().await;
    let read = house.get(&one).by(person).send().await;
    if scope(role, Act::View, kind) == Scope::None {
        assert_ne!(list.status, StatusCode::OK, "{}", what("lists"));
    } else {
        assert_eq!(list.status, StatusCode::OK, "{} {}", what("lists"), list.text());
        let shown = list.json()["items"].as_array().unwrap().iter().any(|r| r["id"] == other["id"]);
        assert_eq!(shown, read.status == StatusCode::OK, "{}: the list and the record disagree", what("views"));
    }
    if may(Act::View) {
        assert_eq!(read.status, StatusCode::OK, "{}", what("reads"));
    } else if !kind.is_activity() {
        assert_eq!(read.problem().0, 404, "{}", what("reads"));
    }
    let seen = read.status == StatusCode::OK;
    for path in [format!("{one}/timeline"), format!("{many}?expand=owner").replace("?expand=owner", "")] {
        let answer = house.get(&path).by(person).send().await;
        assert!(seen == answer.status.is_success() || path == many, "{} {path} {}", what("timeline"), answer.status);
    }

    let patch = house.patch(&one).by(person).version(&other["version"]).json(&change(kind)).send().await;
    match (seen, may(Act::Edit)) {
        (false, _) => assert_eq!(patch.problem().0, 404, "{}", what("edits the invisible")),
        (true, false) => assert_eq!(patch.problem().0, 403, "{}", what("edits")),
        (true, true) => assert_eq!(patch.status, StatusCode::OK, "{} {}", what("edits"), patch.text()),
    }
    let restore_first = house.post(&format!("{one}/restore")).by(person).send().await;
    assert!(!restore_first.status.is_server_error(), "{}", what("restores"));
    let delete = house.delete(&one).by(person).send().await;
    match (seen, may(Act::Delete)) {
        (false, _) => assert_eq!(delete.problem().0, 404, "{}", what("deletes the invisible")),
        (true, false) => assert_eq!(delete.problem().0, 403, "{}", what("deletes")),
        (true, true) => assert_eq!(delete.status, StatusCode::OK, "{} {}", what("deletes"), delete.text()),
    }

    let create = house.post(&many).by(person).json(&least(kind, &format!("New {} {}", kind.name(), role.name()))).send().await;
    if who.may_some(Act::Create, kind) {
        assert_eq!(create.status, StatusCode::CREATED, "{} {}", what("creates"), create.text());
        let own = create.json();
        let path = format!("{many}/{}", own["id"].as_str().unwrap());
        assert_eq!(house.get(&path).by(person).send().await.status, StatusCode::OK, "{} one's own", what("reads"));
    } else {
        assert_eq!(create.problem().0, 403, "{}", what("creates"));
    }
}

fn with_kind(record: &Value, kind: Kind) -> Value {
    let mut record = record.clone();
    record["kind"] = json!(kind);
    record
}

macro_rules! roles {
    ($($name:ident: $role:ident),+) => {$(
        #[test]
        fn $name() {
            run(knock_everywhere(Role::$role));
        }
    )+};
}

roles! {
    as_owner: Owner, as_admin: Admin, as_manager: Manager, as_sales: Sales, as_marketing: Marketing,
    as_service: Service, as_analyst: Analyst, as_read_only: ReadOnly
}

#[test]
fn powers_are_for_those_who_have_them() {
    run(async {
        use domain::rights::{Power, has};
        let house = House::new().await;
        for role in Role::ALL {
            let person = house.person(role).await;
            let knocks = [
                (Power::Import, "/api/v1/imports", true),
                (Power::Export, "/api/v1/companies/export?format=csv", true),
                (Power::Dashboard, "/api/v1/dashboard", true),
                (Power::ManageUsers, &format!("/api/v1/users/{}/sessions", house.owner.id), true),
            ];
            for (power, path, _) in knocks {
                let answer = house.get(path).by(&person).send().await;
                // Whoever has a calendar brings files of it, and sees those imports of theirs.
                let calendar = power == Power::Import && matches!(role, Role::Sales | Role::Marketing | Role::Service);
                let expected = if has(role, power) || calendar { 200 } else { 403 };
                assert_eq!(answer.status.as_u16(), expected, "{} {path} {}", role.name(), answer.text());
            }
            let token = house.post("/api/v1/tokens").in_session(&person).json(&json!({"name": "t", "scope": "read"})).send().await;
            assert_eq!(token.status.as_u16(), if has(role, Power::Tokens) { 201 } else { 403 }, "{} makes a token", role.name());
            let name =
                house.patch("/api/v1/workspace").in_session(&person).header("if-match", "*").json(&json!({"name": "Renamed"})).send().await;
            assert_eq!(
                name.status.as_u16(),
                if has(role, Power::ManageWorkspace) { 200 } else { 403 },
                "{} renames the house",
                role.name()
            );
            let view = json!({"kind": "deal", "name": format!("v {}", role.name()), "shared": true, "look": {}});
            let view = house.post("/api/v1/views").in_session(&person).json(&view).send().await;
            assert_eq!(view.status.as_u16(), if has(role, Power::ShareViews) { 201 } else { 403 }, "{} shares a view", role.name());
        }
    });
}

#[test]
fn a_salesperson_moves_only_own_deals_and_hears_nothing_of_others() {
    run(async {
        let house = House::new().await;
        let (anna, boris) = (house.person(Role::Sales).await, house.person(Role::Sales).await);
        let deal = house.make(&anna, Kind::Deal, json!({"name": "Anna's"})).await;
        let path = format!("/api/v1/deals/{}", deal["id"].as_str().unwrap());
        let to = json!({"stage": "engaging", "version": deal["version"]});
        assert_eq!(house.post(&format!("{path}/move")).by(&boris).json(&to).send().await.problem().0, 404);
        let board = house.get("/api/v1/deals/board").by(&boris).send().await;
        assert!(!board.text().contains("Anna's"), "{}", board.text());
        assert_eq!(board.json()["totals"]["count"], json!(0));
        let found = house.get("/api/v1/search?q=Anna").by(&boris).send().await.json();
        assert!(!found.to_string().contains("Anna's"), "{found}");
        let export = house.get("/api/v1/deals/export?format=csv").by(&boris).send().await;
        assert!(!export.text().contains("Anna's"));
        let dashboard = house.get("/api/v1/dashboard").by(&boris).send().await.json();
        assert_eq!(dashboard["open"]["count"], json!(0));
        let changes = house.get(&format!("{path}/timeline")).by(&anna).send().await.json();
        let change = changes["items"][0]["change"]["id"].clone();
        let undo = house.post("/api/v1/undo").by(&boris).json(&json!({"changes": [change]})).send().await;
        assert_eq!(undo.problem().0, 404);
        assert_eq!(house.post(&format!("{path}/move")).by(&anna).json(&to).send().await.status, StatusCode::OK);
    });
}

#[test]
fn expanding_shows_nothing_that_may_not_be_seen() {
    run(async {
        let house = House::new().await;
        let (anna, boris) = (house.person(Role::Sales).await, house.person(Role::Sales).await);
        let company = house.make(&anna, Kind::Company, json!({"name": "Acme"})).await;
        let deal = house.make(&anna, Kind::Deal, json!({"name": "Secret", "company": company["id"]})).await;
        let task =
            house.make(&anna, Kind::Task, json!({"name": "Call", "deal": deal["id"], "owner": anna.id, "company": company["id"]})).await;
        let path = format!("/api/v1/tasks/{}?expand=deal,company", task["id"].as_str().unwrap());
        let mine = house.get(&path).by(&anna).send().await.json();
        assert_eq!(
            (mine["expanded"]["deal"]["name"].as_str(), mine["expanded"]["company"]["name"].as_str()),
            (Some("Secret"), Some("Acme"))
        );
        let theirs = house.get(&path).by(&boris).send().await;
        assert!(!theirs.text().contains("Secret"), "{}", theirs.text());
    });
}
