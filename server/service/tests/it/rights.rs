use domain::deals::MoveDeal;
use domain::list::{ListQuery, Selection};
use domain::record::Patch;
use domain::rights::{Act, Role, Scope, scope};
use domain::{Error, Fields, Id, Kind};
use serde_json::json;
use service::{dashboard, deals, history, records, search};

use crate::house::{House, object};

#[tokio::test]
async fn a_salesperson_meets_a_colleagues_deal_at_no_door() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let bob = house.person("sales", None).await;
    let deal = house.deal("Secret rollout", "1000.00", bob.me.id).await;
    let note = house.create(Kind::Note, json!({"body": "Secret note", "deal": deal.id, "owner": bob.me.id})).await;
    let (id, kind) = (deal.id, Kind::Deal);
    assert_eq!(records::get(&ann, kind, id).await, Err(Error::NotFound));
    assert_eq!(records::page(&ann, kind, id).await.err(), Some(Error::NotFound));
    assert_eq!(records::timeline(&ann, kind, id, "", None).await.err(), Some(Error::NotFound));
    let patch = Patch { fields: object(json!({"name": "x"})), version: 1, base: Fields::new() };
    assert_eq!(records::update(&ann, kind, id, patch).await, Err(Error::NotFound));
    assert_eq!(records::remove(&ann, kind, id, None).await, Err(Error::NotFound));
    let to = MoveDeal {
        stage: "engaging".into(),
        before: None,
        after: None,
        to_top: true,
        version: 1,
        fields: Fields::new(),
        base: Fields::new(),
    };
    assert_eq!(deals::move_to_stage(&ann, id, to).await.err(), Some(Error::NotFound));
    let all = ListQuery { count: true, ..ListQuery::default() };
    assert_eq!(records::list(&ann, kind, &all).await.unwrap().total, Some(0));
    let found = ListQuery { q: "secret".into(), count: true, ..ListQuery::default() };
    assert_eq!(records::list(&ann, kind, &found).await.unwrap().total, Some(0));
    assert_eq!(search::find(&ann, "secret", &[], 10).await.unwrap(), []);
    assert_eq!(deals::board(&ann, &Default::default()).await.unwrap().totals.count, 0);
    assert_eq!(dashboard::load(&ann, &Default::default()).await.unwrap().open.count, 0);
    assert_eq!(records::get(&ann, Kind::Note, note.id).await, Err(Error::NotFound));
    assert_eq!(records::list(&ann, Kind::Note, &all).await.unwrap().total, Some(0));
    let bulk = Selection::Ids { ids: vec![id] };
    assert_eq!(records::update_many(&ann, kind, &bulk, object(json!({"name": "x"}))).await.unwrap().records, []);
    // And a deal cannot be made for, or hung onto, somebody else's.
    let theirs = object(json!({"name": "x", "owner": bob.me.id}));
    assert_eq!(records::create(&ann, kind, theirs, None).await, Err(Error::Forbidden));
    let hung = object(json!({"body": "x", "deal": id}));
    assert!(matches!(records::create(&ann, Kind::Note, hung, None).await, Err(Error::Invalid { .. })));
    assert_eq!(service::live::look_at(&ann, "tab", Some(id), None).await, Err(Error::NotFound));
    // The change cannot be undone by who cannot see it.
    let changes: Vec<Id> = records::timeline(&bob, kind, id, "change", None)
        .await
        .unwrap()
        .entries
        .iter()
        .filter_map(|e| match e {
            domain::record::TimelineEntry::Change { change, .. } => Some(change.id),
            domain::record::TimelineEntry::Activity { .. } => None,
        })
        .collect();
    assert_eq!(history::undo(&ann, &changes).await.err(), Some(Error::NotFound));
    assert!(records::get(&bob, kind, id).await.is_ok());
}

#[tokio::test]
async fn a_manager_sees_the_teams_deals_only() {
    let house = House::new().await;
    let boss = house.person("manager", None).await;
    let team = house.create(Kind::Team, json!({"name": "East", "manager": boss.me.id})).await;
    let ann = house.person("sales", Some(team.id)).await;
    let other = house.person("sales", None).await;
    house.deal("ours", "1.00", ann.me.id).await;
    house.deal("theirs", "2.00", other.me.id).await;
    let boss = service::auth::act_as(&house.app, &boss.me.email).await.unwrap();
    let names: Vec<String> =
        records::list(&boss, Kind::Deal, &ListQuery::default()).await.unwrap().records.iter().map(|r| r.name().to_owned()).collect();
    assert_eq!(names, ["ours"]);
}

/// Every kind as every role: what the table of rights says is what the doors do.
#[tokio::test]
async fn every_kind_as_every_role() {
    let house = House::new().await;
    for role in Role::ALL {
        if role == Role::Owner {
            continue;
        }
        let ctx = house.person(role.name(), None).await;
        for kind in Kind::ALL {
            let fields = match kind {
                Kind::Contact => json!({"family_name": "X"}),
                Kind::Note => json!({"body": "X"}),
                Kind::User => json!({"name": "X", "role": "sales"}),
                Kind::Pipeline => json!({"name": "X", "stages": domain::pipelines::template(["a", "b", "c", "d", "w", "l"])}),
                Kind::Event => json!({"title": "X", "start": "2026-11-24T09:00:00Z", "end": "2026-11-24T10:00:00Z"}),
                Kind::Resource => json!({"name": "X", "type": "room"}),
                _ => json!({"name": "X"}),
            };
            let made = records::create(&ctx, kind, object(fields), None).await;
            let may = scope(role, Act::Create, kind) != Scope::None;
            assert_eq!(made.is_ok(), may, "{role:?} creates {kind:?}: {made:?}");
            assert!(may || made == Err(Error::Forbidden), "{role:?} {kind:?}: {made:?}");
            assert_eq!(records::list(&ctx, kind, &ListQuery::default()).await.is_ok(), scope(role, Act::View, kind) != Scope::None);
            if let Ok(record) = made {
                let named = match kind {
                    Kind::Contact => "family_name",
                    Kind::Note => "body",
                    Kind::Event => "title",
                    _ => "name",
                };
                let patch = Patch { fields: object(json!({named: "Y"})), version: 1, base: Fields::new() };
                let edited = records::update(&ctx, kind, record.id, patch).await;
                assert_eq!(edited.is_ok(), scope(role, Act::Edit, kind) != Scope::None, "{role:?} edits {kind:?}: {edited:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_owners_door_is_touched_by_owners_only_and_one_owner_stays() {
    let house = House::new().await;
    let second = house.person("owner", None).await;
    let admin = house.person("admin", None).await;
    let code = |e: Option<Error>| match e {
        Some(Error::Invalid { fields }) => fields[0].code.clone(),
        other => panic!("{other:?}"),
    };
    let version = async |id: Id| records::get(&house.owner, Kind::User, id).await.unwrap().version;
    for change in [json!({"disabled": true}), json!({"email": "mine@halyard.example"}), json!({"role": "sales"})] {
        let patch = Patch { fields: object(change), version: version(second.me.id).await, base: Fields::new() };
        assert_eq!(code(records::update(&admin, Kind::User, second.me.id, patch).await.err()), "owner_only");
    }
    assert_eq!(code(records::remove(&admin, Kind::User, second.me.id, None).await.err()), "owner_only");
    // All of them at once.
    let owners = Selection::Ids { ids: vec![house.owner.me.id, second.me.id] };
    let demoted = records::update_many(&house.owner, Kind::User, &owners, object(json!({"role": "sales"}))).await;
    assert_eq!(code(demoted.err()), "last_owner");
    // Each the other.
    let demote = async |by: &service::Ctx, whom: Id| {
        let patch = Patch { fields: object(json!({"role": "sales"})), version: version(whom).await, base: Fields::new() };
        records::update(by, Kind::User, whom, patch).await
    };
    let (first, other) = tokio::join!(demote(&house.owner, second.me.id), demote(&second, house.owner.me.id));
    assert_ne!(first.is_ok(), other.is_ok(), "one of them stays");
}

/// Notes on a colleague's deals that fit the words as well as her own: they must not take the places of what she may see.
#[tokio::test]
async fn hidden_hits_do_not_crowd_out_visible_ones() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let bob = house.person("sales", None).await;
    let (hers, his) = (house.deal("Globex renewal", "1.00", ann.me.id).await, house.deal("Other", "1.00", bob.me.id).await);
    // All of his fit better: their names are exactly this.
    for _ in 0..60 {
        house.create(Kind::Call, json!({"name": "Globex", "deal": his.id, "owner": bob.me.id})).await;
    }
    let hit = search::find(&ann, "globex", &[], 8).await.unwrap();
    assert_eq!(hit.iter().map(|h| h.id).collect::<Vec<_>>(), [hers.id]);
    assert_eq!(search::find(&bob, "globex", &[], 8).await.unwrap().len(), 8);
}

#[tokio::test]
async fn a_bulk_act_names_what_it_left_out_and_why() {
    let house = House::new().await;
    let admin = house.person("admin", None).await;
    let analyst = house.person("analyst", None).await;
    let both = Selection::Ids { ids: vec![house.owner.me.id, analyst.me.id] };
    let done = records::update_many(&admin, Kind::User, &both, object(json!({"role": "sales"}))).await.unwrap();
    assert_eq!(done.records.iter().map(|r| r.id).collect::<Vec<_>>(), [analyst.me.id]);
    let [left] = &done.refused[..] else { panic!("{:?}", done.refused) };
    assert_eq!((left.id, left.name.as_str()), (house.owner.me.id, house.owner.me.name.as_str()));
    assert!(matches!(&left.why, Error::Invalid { fields } if fields[0].code == "owner_only"), "{:?}", left.why);
    // What is so already was not left out.
    let one = Selection::Ids { ids: vec![analyst.me.id] };
    let again = records::update_many(&house.owner, Kind::User, &one, object(json!({"role": "sales"}))).await.unwrap();
    assert_eq!(again.refused, []);
}
