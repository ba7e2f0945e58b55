//! The store on both embedded engines.
// A test may break: that is what it is for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use domain::record::{Change, ChangeOp};
use domain::{Fields, Id, Kind, Record};
use rstest::rstest;
use store::{Mark, Put, Store, Table, Write, WriteError};

const T: &str = "2026-11-22T03:24:10.000Z";

async fn open(engine: &str) -> (Store, Option<tempfile::TempDir>) {
    if engine == "mem" {
        return (Store::open("mem://").await.unwrap(), None);
    }
    let dir = tempfile::tempdir().unwrap();
    (Store::open(&format!("surrealkv://{}", dir.path().join("db").display())).await.unwrap(), Some(dir))
}

fn id(n: u128) -> Id {
    Id(uuid::Uuid::from_u128(n))
}

fn record(kind: Kind, n: u128, version: i64, fields: serde_json::Value) -> Record {
    let fields: Fields = fields.as_object().cloned().unwrap();
    Record { id: id(n), kind, version, created_at: T.into(), updated_at: T.into(), deleted_at: None, fields }
}

fn change(n: u128, of: &Record) -> Change {
    Change {
        id: id(n),
        at: T.into(),
        actor: None,
        actor_name: "Ann".into(),
        op: ChangeOp::Create,
        kind: of.kind,
        record: of.id,
        name: of.name().into(),
        version: of.version,
        before: Fields::new(),
        after: of.fields.clone(),
        undoes: None,
        import: None,
    }
}

#[rstest]
#[tokio::test]
async fn a_record_comes_back_as_it_was_written(#[values("mem", "disk")] engine: &str) {
    let (store, _dir) = open(engine).await;
    let r = record(
        Kind::Deal,
        1,
        1,
        serde_json::json!({"name": "GTX «Плюс» 云帆", "amount": {"amount": "1054.00", "currency": "USD"}, "contacts": [id(9).to_string()], "probability": 50}),
    );
    let c = change(100, &r);
    store
        .write(&Write { puts: vec![Put { record: r.clone(), over: None }], changes: vec![(c.clone(), vec![id(9)])], ..Write::default() })
        .await
        .unwrap();
    assert_eq!(store.get(Kind::Deal, id(1)).await.unwrap().as_ref(), Some(&r));
    assert_eq!(store.get(Kind::Deal, id(2)).await.unwrap(), None);
    assert_eq!(store.history(id(9), None, 10).await.unwrap(), std::slice::from_ref(&c));
    assert_eq!(store.history(id(1), None, 10).await.unwrap(), std::slice::from_ref(&c));
    assert_eq!(store.changes_after(None, 10).await.unwrap(), std::slice::from_ref(&c));
    assert_eq!(store.changes_after(Some(id(100)), 10).await.unwrap(), []);
    assert_eq!(store.scan(Kind::Deal, None, 10).await.unwrap(), [r]);
}

/// A page of a large table cost as much as all that comes after it: whoever read the table page by page never came to the end.
#[rstest]
#[tokio::test]
async fn a_page_is_read_without_what_comes_after_it(#[values("mem", "disk")] engine: &str) {
    const ALL: u128 = 4_000;
    let (store, _dir) = open(engine).await;
    for begin in (0..ALL).step_by(500) {
        let company = |n: u128| record(Kind::Company, n, 1, serde_json::json!({"name": format!("Company {n}")}));
        let made: Vec<Record> = (begin + 1..=begin + 500).map(company).collect();
        let changes = made.iter().map(|r| (change(100_000 + r.id.0.as_u128(), r), vec![])).collect();
        let puts = made.into_iter().map(|record| Put { record, over: None }).collect();
        store.write(&Write { puts, changes, ..Write::default() }).await.unwrap();
    }
    let page = store.scan(Kind::Company, Some(id(10)), 3).await.unwrap();
    assert_eq!(page.iter().map(|r| r.id).collect::<Vec<_>>(), [id(11), id(12), id(13)]);
    // The quickest of some: the machine may be at work on something else.
    let mut quickest = [std::time::Duration::MAX; 4];
    for _ in 0..5 {
        for (n, limit) in [10, 4_000].into_iter().enumerate() {
            let began = std::time::Instant::now();
            store.scan(Kind::Company, None, limit).await.unwrap();
            quickest[n] = quickest[n].min(began.elapsed());
            let began = std::time::Instant::now();
            store.changes_after(None, limit).await.unwrap();
            quickest[n + 2] = quickest[n + 2].min(began.elapsed());
        }
    }
    let [few, all, few_changes, all_changes] = quickest;
    assert!(few * 10 < all && few_changes * 10 < all_changes, "{quickest:?}");
}

#[rstest]
#[tokio::test]
async fn a_stale_write_changes_nothing_at_all(#[values("mem", "disk")] engine: &str) {
    let (store, _dir) = open(engine).await;
    let first = record(Kind::Company, 1, 1, serde_json::json!({"name": "Isdom"}));
    store.write(&Write { puts: vec![Put { record: first.clone(), over: None }], ..Write::default() }).await.unwrap();
    let second = record(Kind::Company, 1, 2, serde_json::json!({"name": "Isdom Ltd"}));
    store.write(&Write { puts: vec![Put { record: second.clone(), over: Some(1) }], ..Write::default() }).await.unwrap();
    let late = record(Kind::Company, 1, 2, serde_json::json!({"name": "Late"}));
    let other = record(Kind::Company, 2, 1, serde_json::json!({"name": "Other"}));
    for puts in [
        vec![Put { record: late.clone(), over: Some(1) }],
        vec![
            Put { record: other.clone(), over: None },
            Put { record: late.clone(), over: Some(1) },
            Put { record: second.clone(), over: Some(2) },
        ],
    ] {
        let changes = vec![(change(100, &late), vec![])];
        let got = store.write(&Write { puts, changes, ..Write::default() }).await;
        assert!(matches!(got, Err(WriteError::Stale(i)) if i == id(1)), "{got:?}");
    }
    assert_eq!(store.get(Kind::Company, id(1)).await.unwrap(), Some(second));
    assert_eq!(store.get(Kind::Company, id(2)).await.unwrap(), None);
    assert_eq!(store.history(id(1), None, 10).await.unwrap(), []);
}

#[rstest]
#[tokio::test]
async fn one_address_one_person(#[values("mem", "disk")] engine: &str) {
    let (store, _dir) = open(engine).await;
    let user =
        |n, email: Option<&str>| Put { record: record(Kind::User, n, 1, serde_json::json!({"name": "Ann", "email": email})), over: None };
    store.write(&Write { puts: vec![user(1, Some("a@b.example")), user(2, None), user(3, None)], ..Write::default() }).await.unwrap();
    let got = store.write(&Write { puts: vec![user(4, Some("a@b.example"))], ..Write::default() }).await;
    assert!(matches!(got, Err(WriteError::Taken { ref index }) if index == "user_email"), "{got:?}");
    assert_eq!(store.user_by_email("a@b.example").await.unwrap().map(|u| u.id), Some(id(1)));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_at_one_version_exactly_one_wins(#[values("mem", "disk")] engine: &str) {
    let (store, _dir) = open(engine).await;
    let first = record(Kind::Company, 1, 1, serde_json::json!({"name": "Isdom"}));
    store.write(&Write { puts: vec![Put { record: first, over: None }], ..Write::default() }).await.unwrap();
    let tries = (0..8).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            let r = record(Kind::Company, 1, 2, serde_json::json!({"name": format!("by {n}")}));
            store.write(&Write { puts: vec![Put { record: r, over: Some(1) }], ..Write::default() }).await.is_ok()
        })
    });
    let mut wins = 0;
    for t in tries.collect::<Vec<_>>() {
        wins += u32::from(t.await.unwrap());
    }
    assert_eq!(wins, 1);
}

#[tokio::test]
async fn documents_by_key_and_by_user() {
    let (store, _dir) = open("mem").await;
    let doc = |u: &str| serde_json::json!({"user": u, "n": 1}).as_object().cloned().unwrap();
    store.put_doc(Table::Session, "k1", doc("u1")).await.unwrap();
    store.put_doc(Table::Session, "k2", doc("u2")).await.unwrap();
    assert_eq!(store.get_doc(Table::Session, "k1").await.unwrap(), Some(doc("u1")));
    assert_eq!(store.docs(Table::Session, Some("u2")).await.unwrap(), [("k2".to_owned(), doc("u2"))]);
    store.delete_doc(Table::Session, "k1").await.unwrap();
    assert_eq!(store.docs(Table::Session, None).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_second_process_is_told_that_the_database_is_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("surrealkv://{}", dir.path().display());
    let _first = Store::open(&url).await.unwrap();
    assert!(matches!(Store::open(&url).await, Err(store::OpenError::Locked(_))));
}

#[rstest]
#[tokio::test]
async fn what_is_gone_is_not_renewed(#[values("mem", "disk")] engine: &str) {
    let (store, _dir) = open(engine).await;
    let doc = |n: i64| Fields::from_iter([("n".to_owned(), n.into())]);
    assert!(!store.renew_doc(Table::Session, "a", doc(1)).await.unwrap());
    assert!(store.get_doc(Table::Session, "a").await.unwrap().is_none());
    store.put_doc(Table::Session, "a", doc(1)).await.unwrap();
    assert!(store.renew_doc(Table::Session, "a", doc(2)).await.unwrap());
    assert_eq!(store.get_doc(Table::Session, "a").await.unwrap(), Some(doc(2)));
}

#[rstest]
#[tokio::test]
async fn a_database_is_itself(#[values("mem", "disk")] engine: &str) {
    let ((one, _dir), (other, _other_dir)) = (open(engine).await, open(engine).await);
    let first = one.identity().await.unwrap();
    assert_eq!(one.identity().await.unwrap(), first);
    assert_ne!(other.identity().await.unwrap(), first);
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("surrealkv://{}", dir.path().display());
    drop(Store::open(&url).await.unwrap());
    {
        let db = unlocked(&url).await;
        db.use_ns("rapport").use_db("rapport").await.unwrap();
        db.query("CREATE migration SET name = '9999_later'").await.unwrap().check().unwrap();
    }
    // As often as somebody tries: nothing is changed by it.
    for _ in 0..2 {
        let refused = eventually(&url).await;
        assert!(matches!(&refused, store::OpenError::Newer(why) if why.contains("9999_later")), "{refused:?}");
    }
}

/// Opened past the store, as soon as whoever had it has let go.
async fn unlocked(url: &str) -> surrealdb::Surreal<surrealdb::engine::any::Any> {
    loop {
        match surrealdb::engine::any::connect(url).await {
            Ok(db) => return db,
            Err(e) => assert!(e.to_string().contains("lock"), "{e}"),
        }
        tokio::task::yield_now().await;
    }
}

/// Why it does not open, apart from being held by whoever had it last.
async fn eventually(url: &str) -> store::OpenError {
    loop {
        match Store::open(url).await {
            Err(store::OpenError::Locked(_)) => tokio::task::yield_now().await,
            Err(e) => return e,
            Ok(_) => panic!("it opens"),
        }
    }
}

/// The engine would take it for a new database, and write over what is left of the old one.
#[tokio::test]
async fn data_without_a_manifest_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("sstables")).unwrap();
    let data = dir.path().join("sstables/00000000000000000001.sst");
    std::fs::write(&data, "precious").unwrap();
    let refused = Store::open(&format!("surrealkv://{}", dir.path().display())).await;
    assert!(matches!(refused, Err(store::OpenError::Damaged(_))));
    assert_eq!(std::fs::read_to_string(&data).unwrap(), "precious");
}

/// Each looks whether the other is there, and writes itself if not: without marks both would.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_who_look_at_what_the_other_writes_do_not_both_win(#[values("mem", "disk")] engine: &str) {
    let (store, _dir) = open(engine).await;
    let places: BTreeSet<String> = ["door".to_owned()].into();
    for round in 0..20_u128 {
        let seen = store.marks(&places).await.unwrap();
        let tries = (0..4_u128).map(|n| {
            let (store, marks) = (store.clone(), seen.clone());
            tokio::spawn(async move {
                let record = record(Kind::Company, 1 + round * 10 + n, 1, serde_json::json!({"name": "Isdom"}));
                store.write(&Write { puts: vec![Put { record, over: None }], marks, ..Write::default() }).await.is_ok()
            })
        });
        let won = futures::future::join_all(tries).await.into_iter().filter(|w| *w.as_ref().unwrap()).count();
        assert_eq!(won, 1, "round {round}");
    }
    // Who does not care who was there still makes the others look again.
    let seen = store.marks(&places).await.unwrap();
    let unseen = Mark { place: "door".into(), seen: None };
    store.write(&Write { marks: vec![unseen], ..Write::default() }).await.unwrap();
    let late = store.write(&Write { marks: seen, ..Write::default() }).await;
    assert!(matches!(late, Err(WriteError::Stale(_))), "{late:?}");
}

#[rstest]
#[tokio::test]
async fn a_write_is_refused_when_what_it_relies_on_changed(#[values("mem", "disk")] engine: &str) {
    let (store, _dir) = open(engine).await;
    let deal = record(Kind::Deal, 1, 1, serde_json::json!({"name": "A"}));
    store.write(&Write { puts: vec![Put { record: deal, over: None }], ..Write::default() }).await.unwrap();
    let note = |n| Put { record: record(Kind::Note, n, 1, serde_json::json!({"body": "x", "deal": id(1)})), over: None };
    let on = |n, version| Write { puts: vec![note(n)], expects: vec![(Kind::Deal, id(1), version)], ..Write::default() };
    store.write(&on(2, 1)).await.unwrap();
    assert!(matches!(store.write(&on(3, 2)).await, Err(WriteError::Stale(i)) if i == id(1)));
    assert_eq!(store.get(Kind::Note, id(3)).await.unwrap(), None);
}

#[tokio::test]
async fn a_write_that_would_fill_the_engines_memory_is_refused() {
    let (store, _dir) = open("mem").await;
    let put = |n: u128| Put { record: record(Kind::Note, n, 1, serde_json::json!({"body": "x".repeat(100_000)})), over: None };
    let write = |many: u128| Write { puts: (1..=many).map(put).collect(), ..Write::default() };
    assert!(matches!(store.write(&write(90)).await, Err(WriteError::Heavy)));
    assert!(store.get(Kind::Note, id(1)).await.unwrap().is_none());
    store.write(&write(70)).await.unwrap();
}
