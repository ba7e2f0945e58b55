//! What must hold for records that are known by name: how they are found, and what survives a restart.

use domain::Kind;
use domain::filter::Plain;
use serde_json::json;

use super::{id, wait};
use crate::{Error, Index, IndexDoc, Opened, Query};

fn named(n: u64, kind: Kind, name: &str) -> IndexDoc {
    IndexDoc {
        kind,
        id: id(n),
        version: 1,
        created_at: "2026-01-01T00:00:00.000Z".to_owned(),
        updated_at: "2026-01-01T00:00:00.000Z".to_owned(),
        deleted: false,
        fields: json!({ "name": name }).as_object().unwrap().clone(),
        extra: Vec::new(),
    }
}

fn found(index: &Index, words: &str) -> Vec<u64> {
    let hits = index.search(words, &[Query::all(Kind::Company), Query::all(Kind::Contact)], 20).unwrap();
    hits.into_iter().map(|(_, id, _)| u64::try_from(id.0.as_u128() & u128::from(u64::MAX)).unwrap()).collect()
}

#[test]
fn finds_fragments_in_every_script_names_first() {
    let (index, _) = Index::open(None).unwrap();
    let mut contact = named(5, Kind::Contact, "Anna Snelling");
    contact.fields.insert("phones".to_owned(), json!(["+380441234567"]));
    contact.fields.insert("emails".to_owned(), json!(["anna@globex.example"]));
    let docs = vec![
        named(1, Kind::Company, "Globex Corporation"),
        named(2, Kind::Company, "Acme Globex"),
        named(3, Kind::Company, "Supraglobex"),
        named(4, Kind::Company, "Globex"),
        contact,
        named(6, Kind::Company, "北京市大华科技有限公司"),
        named(7, Kind::Contact, "王小明"),
        named(8, Kind::Company, "Українська компанія"),
        named(9, Kind::Company, "Їжак"),
    ];
    for written in [false, true] {
        wait(index.apply(docs.clone(), "1".to_owned())).unwrap();
        if written {
            wait(index.flush()).unwrap();
        }
        assert_eq!(found(&index, "globex"), [4, 2, 1, 3, 5], "the name itself, words of names, inside of names, other fields");
        assert_eq!(found(&index, "Corp"), [1]);
        assert_eq!(found(&index, "大华"), [6]);
        assert_eq!(found(&index, "明"), [7]);
        assert_eq!(found(&index, "公司 北"), [6]);
        assert_eq!(found(&index, "раїнськ"), [8]);
        assert_eq!(found(&index, "їж"), [9]);
        assert_eq!(found(&index, "иж"), [0_u64; 0]);
        assert_eq!(found(&index, "044 123-45"), [5]);
        assert_eq!(found(&index, "(044) 123-45-67"), [5]);
        assert_eq!(found(&index, "@globex.ex"), [5]);
        assert_eq!(found(&index, "ｇｌｏｂｅｘ corp"), [1]);
        assert_eq!(found(&index, "anna acme"), [0_u64; 0]);
        assert_eq!(found(&index, "sneling"), [5], "a letter missing");
        assert_eq!(found(&index, "Українсьак"), [8], "two letters swapped");
        assert_eq!(found(&index, "amce"), [0_u64; 0], "short words are taken as they are");
        assert_eq!(found(&index, ""), [0_u64; 0]);
    }
}

#[test]
fn deals_and_people_stand_before_what_happens_about_them() {
    let (index, _) = Index::open(None).unwrap();
    let mut docs = vec![named(1, Kind::Deal, "Acme renewal of all licences for two years"), named(2, Kind::Company, "Acme Manufacturing")];
    // Shorter names, changed later.
    docs.extend((10..40).map(|n| named(n, Kind::Event, "Acme")));
    docs.extend((40..60).map(|n| named(n, Kind::Task, "Call Acme")));
    wait(index.apply(docs, "1".to_owned())).unwrap();
    let within = [Kind::Company, Kind::Deal, Kind::Task, Kind::Event].map(Query::all);
    let hits: Vec<Kind> = index.search("acme man", &within, 20).unwrap().into_iter().map(|h| h.0).collect();
    assert_eq!(hits, [Kind::Company]);
    let hits: Vec<Kind> = index.search("acm", &within, 20).unwrap().into_iter().map(|h| h.0).collect();
    assert_eq!(hits[..3], [Kind::Company, Kind::Deal, Kind::Event]);
}

#[test]
fn comes_back_with_its_cursor_and_is_wiped_when_it_cannot_be_trusted() {
    let dir = tempfile::tempdir().unwrap();
    let open = || Index::open(Some(dir.path())).unwrap();
    let everything = Query::all(Kind::Company);

    let (index, opened) = open();
    assert_eq!(opened, Opened::Empty);
    assert!(matches!(Index::open(Some(dir.path())), Err(Error::Broken(_))), "one at a time");
    wait(index.apply(vec![named(1, Kind::Company, "A")], "1".to_owned())).unwrap();
    drop(index);
    assert_eq!(open().1, Opened::Empty, "filling had not ended");

    let (index, _) = open();
    wait(index.load(vec![named(1, Kind::Company, "A"), named(2, Kind::Company, "B")])).unwrap();
    wait(index.loaded("7".to_owned())).unwrap();
    wait(index.apply(vec![named(3, Kind::Company, "C")], "8".to_owned())).unwrap();
    drop(index);
    let (index, opened) = open();
    assert_eq!(opened, Opened::Ready { cursor: Some("8".to_owned()), in_order: true });
    assert_eq!(index.count(&everything), Ok(3));
    drop(index);

    // Another schema.
    let meta = dir.path().join("meta.json");
    let text = std::fs::read_to_string(&meta).unwrap();
    let print = crate::layout::layout().fingerprint();
    assert!(text.contains(&print));
    std::fs::write(&meta, text.replace(&print, "0-old")).unwrap();
    let (index, opened) = open();
    assert_eq!((opened, index.count(&everything)), (Opened::Empty, Ok(0)));
    wait(index.load(vec![named(1, Kind::Company, "A")])).unwrap();
    wait(index.loaded("9".to_owned())).unwrap();
    drop(index);

    // A file with a wrong byte, after a crash.
    let (index, opened) = open();
    assert_eq!(opened, Opened::Ready { cursor: Some("9".to_owned()), in_order: true });
    std::mem::forget(index.clone());
    let file =
        std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()).find(|p| p.extension().is_some_and(|e| e == "fast")).unwrap();
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    // Whole, but not closed.
    assert_eq!(Index::open(Some(copy.path())).unwrap().1, Opened::Ready { cursor: Some("9".to_owned()), in_order: false });
    std::fs::write(copy.path().join("open"), "").unwrap();
    let file = copy.path().join(file.file_name().unwrap());
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[3] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(Index::open(Some(copy.path())).unwrap().1, Opened::Empty);

    // A file that is missing, or cut off, though all seemed well.
    for cut in [None, Some(10)] {
        let dir = tempfile::tempdir().unwrap();
        let (index, _) = Index::open(Some(dir.path())).unwrap();
        wait(index.load(vec![named(1, Kind::Company, "A")])).unwrap();
        wait(index.loaded("1".to_owned())).unwrap();
        drop(index);
        assert!(!dir.path().join("open").exists());
        let file =
            std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()).find(|p| p.extension().is_some_and(|e| e == "fast")).unwrap();
        match cut {
            None => std::fs::remove_file(file).unwrap(),
            Some(n) => std::fs::OpenOptions::new().write(true).open(file).unwrap().set_len(n).unwrap(),
        }
        assert_eq!(Index::open(Some(dir.path())).unwrap().1, Opened::Empty);
    }

    // Nonsense.
    let junk = tempfile::tempdir().unwrap();
    std::fs::write(junk.path().join("meta.json"), "{").unwrap();
    assert_eq!(Index::open(Some(junk.path())).unwrap().1, Opened::Empty);
}

#[test]
fn what_was_applied_is_seen_by_whoever_asks_next() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let (index, _) = Index::open(None).unwrap();
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for t in 0..8_u64 {
            let index = index.clone();
            tasks.push(tokio::spawn(async move {
                for i in 0..60_u64 {
                    let n = t * 1_000 + i;
                    index.apply(vec![named(n, Kind::Company, &format!("company {n} of"))], n.to_string()).await.unwrap();
                    let filter = Plain::OneOf("name".to_owned(), vec![format!("company {n} of")]);
                    assert_eq!(index.count(&Query { filter, ..Query::all(Kind::Company) }), Ok(1));
                    if i % 20 == 7 {
                        index.flush().await.unwrap();
                    }
                }
            }));
        }
        for t in tasks {
            t.await.unwrap();
        }
        let old = IndexDoc { version: 0, ..named(1, Kind::Company, "older") };
        index.apply(vec![old], "x".to_owned()).await.unwrap();
    });
    assert_eq!(index.count(&Query::all(Kind::Company)), Ok(480));
    assert_eq!(found(&index, "older"), [0_u64; 0], "an older version never wins");
}
