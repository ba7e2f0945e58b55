//! The index against the plain model, over random records, changes and questions; and what must hold across restarts.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use domain::filter::Plain;
use domain::list::Sort;
use domain::{Fields, Id, Kind};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::model::Model;
use crate::{Error, Group, Index, IndexDoc, Opened, Query, Scope};

fn wait<T>(f: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(f)
}

/// Small numbers in a reproducible order.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    }
    fn chance(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }
    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[usize::try_from(self.roll(from.len() as u64)).unwrap()]
    }
}

fn id(n: u64) -> Id {
    // Not in the order of the numbers, so that ids are no stand-in for anything.
    Id(Uuid::from_u128((u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64) | u128::from(n)))
}

const WORDS: &[&str] = &[
    "Globex",
    "Glöbex",
    "Acme",
    "Київ",
    "Українська",
    "компанія",
    "Коваленко",
    "北京",
    "北京市",
    "公司",
    "王小明",
    "臺灣",
    "GTX",
    "Plus-Pro",
    "GTXPro",
    "Snelling",
    "a",
    "aa",
    "aaa",
    "ab-cd",
    "Ｆｕｌｌ",
    "trading",
];
const STAGES: &[&str] = &["prospecting", "engaging", "Closed-Won", "lost"];

fn phrase(d: &mut Dice, most: u64) -> String {
    let n = 1 + d.roll(most);
    (0..n).map(|_| d.pick(WORDS)).collect::<Vec<_>>().join(if d.chance(80) { " " } else { "" })
}

fn date(d: &mut Dice) -> String {
    format!("201{}-{:02}-{:02}", 6 + d.roll(2), 1 + d.roll(12), 1 + d.roll(28))
}

fn instant(d: &mut Dice) -> String {
    format!("{}T{:02}:00:00.{:03}Z", date(d), d.roll(24), d.roll(3))
}

fn doc(d: &mut Dice, pool: u64) -> IndexDoc {
    let n = d.roll(pool);
    // The kind belongs to the id.
    let kind = [Kind::Deal, Kind::Deal, Kind::Company, Kind::Contact, Kind::Task][usize::try_from(n % 5).unwrap()];
    let mut f = Fields::new();
    let mut maybe = |d: &mut Dice, name: &str, make: &dyn Fn(&mut Dice) -> Value| {
        if kind.field(name).is_some() && d.chance(75) {
            f.insert(name.to_owned(), make(d));
        }
    };
    maybe(d, "name", &|d| phrase(d, 3).into());
    maybe(d, "description", &|d| phrase(d, 12).into());
    maybe(d, "body", &|d| phrase(d, 12).into());
    maybe(d, "owner", &|d| id(1_000_000 + d.roll(4)).to_string().into());
    maybe(d, "company", &|d| id(2_000_000 + d.roll(6)).to_string().into());
    maybe(d, "pipeline", &|d| id(3_000_000 + d.roll(2)).to_string().into());
    maybe(d, "stage", &|d| d.pick(STAGES).into());
    maybe(d, "status", &|d| d.pick(&["open", "won", "lost"]).into());
    maybe(d, "language", &|d| d.pick(&["en", "zh-Hans", "uk"]).into());
    maybe(d, "amount", &|d| json!({"amount": format!("{}.{:02}", d.roll(50), d.roll(3)), "currency": d.pick(&["USD", "EUR"])}));
    maybe(d, "probability", &|d| d.roll(5).into());
    maybe(d, "products", &|d| {
        let set: BTreeSet<String> = (0..=d.roll(3)).map(|_| id(4_000_000 + d.roll(4)).to_string()).collect();
        json!(set)
    });
    maybe(d, "tags", &|d| json!([d.pick(&["VIP", "новий", "重要", "old"])]));
    maybe(d, "emails", &|d| json!([format!("{}@x{}.com", d.pick(&["ann", "bob", "олена"]), d.roll(3)), "second@y.org"]));
    maybe(d, "phones", &|d| json!([format!("+38044{}", 1_230_000 + d.roll(40)), "+861012345678"]));
    maybe(d, "opened_on", &|d| date(d).into());
    maybe(d, "closed_at", &|d| date(d).into());
    maybe(d, "expected_close", &|d| date(d).into());
    maybe(d, "next_step_at", &|d| instant(d).into());
    maybe(d, "due_at", &|d| instant(d).into());
    maybe(d, "done", &|d| d.chance(50).into());
    maybe(d, "rank", &|d| format!("h{}", d.roll(30)).into());
    maybe(d, "city", &|d| phrase(d, 2).into());
    maybe(d, "external_id", &|d| format!("X-{}", d.roll(60)).into());
    let weighted = i64::try_from(d.roll(1_000)).unwrap() - 300;
    let doc = IndexDoc {
        kind,
        id: id(n),
        version: i64::try_from(d.roll(6)).unwrap(),
        created_at: instant(d),
        updated_at: instant(d),
        deleted: d.chance(12),
        fields: f,
        extra: Vec::new(),
    };
    if kind == Kind::Deal && d.chance(80) { doc.weighted(weighted) } else { doc }
}

/// A piece of a folded text.
fn fragment(d: &mut Dice) -> String {
    let text = domain::text::fold(&phrase(d, 2));
    let letters: Vec<char> = text.chars().collect();
    let from = usize::try_from(d.roll(letters.len() as u64)).unwrap();
    let len = 1 + usize::try_from(d.roll(7)).unwrap();
    letters[from..].iter().take(len).collect::<String>().trim().to_owned()
}

fn filter(d: &mut Dice, depth: u8) -> Plain {
    let text = |d: &mut Dice| d.pick(&["name", "description", "body", "emails", "phones", "city", "external_id", "rank"]).to_owned();
    let value = |d: &mut Dice| match d.roll(4) {
        0 => fragment(d),
        1 => domain::text::fold(&phrase(d, 1)),
        2 => d.pick(&["x-7", "second@y.org", "comsecond"]).to_owned(),
        _ => String::new(),
    };
    match d.roll(if depth == 0 { 6 } else { 9 }) {
        0 => Plain::Contains(text(d), if d.chance(10) { value(d) } else { fragment(d) }),
        1 => Plain::OneOf(text(d), vec![value(d), value(d)]),
        2 => match d.roll(5) {
            0 => Plain::OneOf("stage".to_owned(), vec!["closed-won".to_owned(), "engaging".to_owned()]),
            1 => Plain::OneOf("owner".to_owned(), (0..d.roll(4)).map(|_| id(1_000_000 + d.roll(4)).to_string()).collect()),
            2 => Plain::OneOf("products".to_owned(), (0..4).map(|_| id(4_000_000 + d.roll(4)).to_string()).collect()),
            3 => Plain::OneOf("tags".to_owned(), vec!["новий".to_owned(), "vip".to_owned()]),
            _ => Plain::OneOf("company".to_owned(), vec![id(2_000_000 + d.roll(6)).to_string()]),
        },
        3 => {
            let (name, low, width) = match d.roll(4) {
                0 => ("amount", i64::try_from(d.roll(50_000)).unwrap(), 7_000),
                1 => ("probability", i64::try_from(d.roll(5)).unwrap(), 1),
                2 => ("closed_at", 16_800 + i64::try_from(d.roll(700)).unwrap(), 90),
                _ => ("updated_at", (16_800 + i64::try_from(d.roll(700)).unwrap()) * 86_400_000, 60 * 86_400_000),
            };
            let low = (!d.chance(20)).then_some(low);
            let high = (!d.chance(20)).then_some(low.unwrap_or(0) + width);
            Plain::Range(name.to_owned(), low, high)
        }
        4 => Plain::Empty(d.pick(&["name", "description", "amount", "owner", "tags", "closed_at", "done", "unknown"]).to_owned()),
        5 => Plain::Flag(d.pick(&["done", "done", "name"]).to_owned(), d.chance(50)),
        6 => Plain::Not(Box::new(filter(d, depth - 1))),
        7 => Plain::All((0..d.roll(4)).map(|_| filter(d, depth - 1)).collect()),
        _ => Plain::Any((0..d.roll(4)).map(|_| filter(d, depth - 1)).collect()),
    }
}

fn words(d: &mut Dice) -> String {
    match d.roll(8) {
        0 => "044-123".to_owned(),
        1 => "glpbex".to_owned(),
        2 => "Київ".to_owned(),
        // Where one value ends and the next begins there is no text.
        3 => "comsec".to_owned(),
        4 => format!("{} {}", fragment(d), fragment(d)),
        _ => fragment(d),
    }
}

fn scope(d: &mut Dice) -> Option<Scope> {
    d.chance(30).then(|| Scope { owners: (0..d.roll(3)).map(|_| id(1_000_000 + d.roll(4))).collect(), ownerless: d.chance(50) })
}

fn query(d: &mut Dice) -> Query {
    Query {
        kind: *d.pick(&[&Kind::Deal, &Kind::Deal, &Kind::Company, &Kind::Contact, &Kind::Task]),
        filter: if d.chance(25) { Plain::All(Vec::new()) } else { filter(d, 2) },
        words: if d.chance(30) { words(d) } else { String::new() },
        scope: scope(d),
        deleted: d.chance(10),
    }
}

fn sort(d: &mut Dice, kind: Kind) -> Sort {
    let fields: Vec<&str> =
        kind.fields().iter().filter(|f| f.ty.is_sortable()).map(|f| f.name).chain(["updated_at", "created_at"]).collect();
    Sort { field: d.pick(&fields).to_owned(), descending: d.chance(50) }
}

fn ask(d: &mut Dice, index: &Index, model: &Model) {
    let q = query(d);
    let s = sort(d, q.kind);
    let want = model.list(&q, &s);
    let context = format!("{q:?} {s:?}");

    // Page by page, everything exactly once and in order.
    let limit = 1 + usize::try_from(d.roll(9)).unwrap();
    let mut got = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = index.list(&q, &s, cursor.as_deref(), 0, limit, cursor.is_none()).unwrap();
        if cursor.is_none() {
            assert_eq!(page.total, Some(want.len() as i64), "{context}");
        }
        assert!(page.ids.len() <= limit);
        got.extend(page.ids);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(got, want, "{context}");
    assert_eq!(index.count(&q).unwrap(), want.len() as i64, "{context}");

    // From any row.
    let skip = usize::try_from(d.roll(want.len() as u64 + 3)).unwrap();
    let page = index.list(&q, &s, None, skip, limit, false).unwrap();
    assert_eq!(page.ids, want.iter().skip(skip).take(limit).copied().collect::<Vec<_>>(), "{context} from {skip}");
    assert_eq!(page.next.is_some(), skip + limit < want.len(), "{context} from {skip}");

    let groups = groups(d);
    sum(index, model, &q, &groups);

    let text = words(d);
    let within: Vec<Query> = [Kind::Deal, Kind::Contact, Kind::Company].into_iter().map(|kind| Query { kind, ..query(d) }).collect();
    let hits = index.search(&text, &within, 10_000).unwrap();
    assert!(hits.windows(2).all(|w| w[0].2 >= w[1].2));
    let got: BTreeSet<Id> = hits.iter().map(|h| h.1).collect();
    assert_eq!(got.len(), hits.len());
    assert_eq!(got, model.search(&text, &within), "{text} {within:?}");
}

fn groups(d: &mut Dice) -> Vec<Group> {
    let all = [
        Group::STAGE,
        Group::PIPELINE,
        Group::OWNER,
        Group::PRODUCT,
        Group::STATUS,
        Group::CLOSED,
        Group::EXPECTED,
        Group::Field("language"),
    ];
    (0..d.roll(4)).map(|_| all[usize::try_from(d.roll(8)).unwrap()]).collect()
}

fn sum(index: &Index, model: &Model, q: &Query, groups: &[Group]) {
    let rows = index.totals(q, groups).unwrap();
    let count = rows.len();
    let got: BTreeMap<_, _> = rows.into_iter().map(|r| ((r.keys, r.currency.map(|c| c.code().to_owned())), r.sums)).collect();
    assert_eq!(got.len(), count, "a group came twice");
    assert_eq!(got, model.totals(q, groups), "{q:?} {groups:?}");
    assert_eq!(index.count(q).unwrap(), model.list(q, &Sort { field: "name".to_owned(), descending: false }).len() as i64, "{q:?}");
}

/// Several rounds of changes of every sort, and questions after each.
fn rounds(seed: u64, dir: Option<&std::path::Path>, rounds: u64, size: u64) {
    let d = &mut Dice(seed);
    let (mut index, opened) = Index::open(dir).unwrap();
    assert_eq!(opened, Opened::Empty);
    let mut model = Model::default();
    let standing: Vec<(Query, Vec<Group>)> = (0..4).map(|_| (query(d), groups(d))).collect();
    let mut loading = false;
    for round in 0..rounds {
        for _ in 0..=d.roll(4) {
            if !loading {
                standing.iter().for_each(|(q, groups)| sum(&index, &model, q, groups));
            }
            let docs: Vec<IndexDoc> = (0..d.roll(size)).map(|_| doc(d, size * 3)).collect();
            model.put(&docs);
            match d.roll(4) {
                0 => {
                    loading = true;
                    wait(index.load(docs)).unwrap();
                }
                1 => {
                    for doc in docs {
                        wait(index.apply(vec![doc], format!("{round}"))).unwrap();
                    }
                }
                _ => wait(index.apply(docs, format!("{round}"))).unwrap(),
            }
            if d.chance(40) {
                loading = false;
                wait(index.flush()).unwrap();
            }
        }
        if d.chance(20) {
            let gone: Vec<Id> = (0..d.roll(10)).map(|_| id(d.roll(size * 3))).collect();
            gone.iter().for_each(|id| _ = model.docs.remove(id));
            wait(index.forget(gone, "f".to_owned())).unwrap();
        }
        wait(index.loaded(format!("{round}"))).unwrap();
        loading = false;
        if d.chance(30)
            && let Some(dir) = dir
        {
            drop(index);
            let (again, opened) = Index::open(Some(dir)).unwrap();
            assert_eq!(opened, Opened::Ready { cursor: Some(format!("{round}")), in_order: true });
            index = again;
        }
        for _ in 0..6 {
            ask(d, &index, &model);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_as_the_model_does(seed: u64) {
        rounds(seed, None, 4, 60);
    }
}

#[test]
fn answers_as_the_model_does_on_disk_with_many_records() {
    for seed in 0..3 {
        let dir = tempfile::tempdir().unwrap();
        rounds(seed, Some(dir.path()), 5, 400);
    }
}

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
