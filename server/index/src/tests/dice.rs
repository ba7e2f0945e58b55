//! Random records and questions, the same for the same seed.

use std::collections::BTreeSet;

use domain::filter::Plain;
use domain::list::Sort;
use domain::{Fields, Kind};
use serde_json::{Value, json};

use super::id;
use crate::{Group, IndexDoc, Query, Scope};

/// Small numbers in a reproducible order.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    }
    pub fn chance(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }
    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[usize::try_from(self.roll(from.len() as u64)).unwrap()]
    }
}

pub const WORDS: &[&str] = &[
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
pub const STAGES: &[&str] = &["prospecting", "engaging", "Closed-Won", "lost"];

pub fn phrase(d: &mut Dice, most: u64) -> String {
    let n = 1 + d.roll(most);
    (0..n).map(|_| d.pick(WORDS)).collect::<Vec<_>>().join(if d.chance(80) { " " } else { "" })
}

pub fn date(d: &mut Dice) -> String {
    format!("201{}-{:02}-{:02}", 6 + d.roll(2), 1 + d.roll(12), 1 + d.roll(28))
}

pub fn instant(d: &mut Dice) -> String {
    format!("{}T{:02}:00:00.{:03}Z", date(d), d.roll(24), d.roll(3))
}

pub fn doc(d: &mut Dice, pool: u64) -> IndexDoc {
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
    maybe(d, "revenue", &|d| json!({"amount": format!("{}.5", d.roll(900)), "currency": d.pick(&["USD", "JPY"]) }));
    maybe(d, "employees", &|d| d.roll(5_000).into());
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
pub fn fragment(d: &mut Dice) -> String {
    let text = domain::text::fold(&phrase(d, 2));
    let letters: Vec<char> = text.chars().collect();
    let from = usize::try_from(d.roll(letters.len() as u64)).unwrap();
    let len = 1 + usize::try_from(d.roll(7)).unwrap();
    letters[from..].iter().take(len).collect::<String>().trim().to_owned()
}

pub fn filter(d: &mut Dice, depth: u8) -> Plain {
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

pub fn words(d: &mut Dice) -> String {
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

pub fn scope(d: &mut Dice) -> Option<Scope> {
    d.chance(30).then(|| Scope { owners: (0..d.roll(3)).map(|_| id(1_000_000 + d.roll(4))).collect(), ownerless: d.chance(50) })
}

pub fn query(d: &mut Dice) -> Query {
    Query {
        kind: *d.pick(&[&Kind::Deal, &Kind::Deal, &Kind::Company, &Kind::Contact, &Kind::Task]),
        filter: if d.chance(25) { Plain::All(Vec::new()) } else { filter(d, 2) },
        words: if d.chance(30) { words(d) } else { String::new() },
        scope: scope(d),
        deleted: d.chance(10),
    }
}

pub fn sort(d: &mut Dice, kind: Kind) -> Sort {
    let fields: Vec<&str> =
        kind.fields().iter().filter(|f| f.ty.is_sortable()).map(|f| f.name).chain(["updated_at", "created_at"]).collect();
    Sort { field: d.pick(&fields).to_owned(), descending: d.chance(50) }
}

pub fn groups(d: &mut Dice) -> Vec<Group> {
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
