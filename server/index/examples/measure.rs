//! How long the index takes: `cargo run --release -p index --example measure -- 10000 100000 1000000`.
//! N deals, N/5 companies and 2N/5 contacts on disk; each line is p50 and p95 of one kind of question.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::filter::Plain;
use domain::list::Sort;
use domain::{Id, Kind};
use index::{Group, Index, IndexDoc, Query, Scope};
use serde_json::json;
use uuid::Uuid;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    }
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len() as u64) as usize]
    }
}

const SYLLABLES: &[&str] =
    &["ka", "ro", "mi", "ten", "glo", "bex", "ac", "me", "ini", "tech", "so", "lu", "tions", "dyn", "vo", "lta", "ne", "xa", "pri", "ma"];
const HAN: &[&str] = &["北京", "上海", "科技", "有限", "公司", "国际", "贸易", "华", "明", "思", "远", "陈", "王", "小"];
const CYRILLIC: &[&str] = &["Ко", "ва", "лен", "ко", "Дні", "про", "буд", "Укр", "агро", "тех", "світ", "ло"];
const STAGES: &[&str] = &["prospecting", "engaging", "proposal", "negotiation", "won", "lost"];

const STATUS: &[&str] = &["open", "open", "open", "open", "won", "lost"];

fn name(d: &mut Dice) -> String {
    let from = match d.roll(10) {
        0 => HAN,
        1 => CYRILLIC,
        _ => SYLLABLES,
    };
    let word = |d: &mut Dice| {
        let n = 2 + d.roll(3);
        (0..n).map(|_| d.pick(from)).collect::<String>()
    };
    format!("{} {} {}", word(d), word(d), d.roll(1_000))
}

fn id(space: u64, n: u64) -> Id {
    Id(Uuid::from_u128((u128::from(0x0190_0000_0000_7000 + space + (n << 16)) << 64) | u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15))))
}

fn owner(n: u64) -> String {
    id(9, n).to_string()
}

fn day(n: u64) -> String {
    domain::time::date(domain::time::shift(domain::time::parse_date("2016-01-01").unwrap(), n as i64))
}

fn deal(d: &mut Dice, n: u64, version: i64, total: u64) -> IndexDoc {
    let stage = d.roll(6);
    let closed = stage >= 4;
    let opened = d.roll(700);
    let amount = d.roll(3_000_000) as i64;
    let mut fields = json!({
        "name": name(d), "company": id(1, d.roll(total / 5)).to_string(), "pipeline": id(8, 1).to_string(),
        "stage": STAGES[stage as usize], "status": STATUS[stage as usize],
        "amount": {"amount": format!("{}.{:02}", amount / 100, amount % 100), "currency": "USD"},
        "owner": owner(d.roll(35)), "products": [id(7, d.roll(7)).to_string()], "opened_on": day(opened),
        "expected_close": day(opened + 90), "probability": d.roll(100), "rank": domain::deals::rank_at_width(n, 6),
        "stage_since": domain::time::instant(1_480_000_000_000 + (d.roll(1 << 35) as i64)),
        "description": format!("{} {} {}", name(d), name(d), name(d)), "external_id": format!("X{n:08}"),
    });
    if closed {
        fields["closed_at"] = day(opened + d.roll(120)).into();
    }
    IndexDoc {
        kind: Kind::Deal,
        id: id(0, n),
        version,
        created_at: domain::time::instant(1_480_000_000_000 + n as i64 * 1_000),
        updated_at: domain::time::instant(1_480_000_000_000 + d.roll(1 << 35) as i64),
        deleted: false,
        fields: fields.as_object().unwrap().clone(),
        extra: Vec::new(),
    }
    .weighted(amount / 2)
}

fn other(d: &mut Dice, kind: Kind, n: u64, total: u64) -> IndexDoc {
    let fields = match kind {
        Kind::Company => json!({"name": name(d), "industry": d.pick(SYLLABLES), "owner": owner(d.roll(35)), "city": name(d),
            "domain": format!("x{n}.example"), "country": d.pick(HAN), "employees": d.roll(10_000)}),
        _ => json!({"name": name(d), "given_name": name(d), "company": id(1, d.roll(total / 5)).to_string(), "owner": owner(d.roll(35)),
            "emails": [format!("p{n}@x{}.example", d.roll(1_000))], "phones": [format!("+38044{:07}", d.roll(10_000_000))]}),
    };
    IndexDoc {
        kind,
        id: id(if kind == Kind::Company { 1 } else { 2 }, n),
        version: 1,
        created_at: domain::time::instant(1_480_000_000_000 + n as i64 * 1_000),
        updated_at: domain::time::instant(1_480_000_000_000 + d.roll(1 << 35) as i64),
        deleted: false,
        fields: fields.as_object().unwrap().clone(),
        extra: Vec::new(),
    }
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = |key: &str| {
        let line = status.lines().find(|l| l.starts_with(key)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) / 1024
    };
    format!("{} MB resident, {} of them our own", value("VmRSS"), value("RssAnon"))
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |p: usize| times[(times.len() * p / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    println!("  {what:<44} {:>14}  p50 {:>8.3}  p95 {:>8.3} ms", "", at(50), at(95));
}

fn time(what: &str, n: u32, mut f: impl FnMut(u32)) {
    let start = Instant::now();
    f(0);
    let first = start.elapsed().as_secs_f64() * 1e3;
    // Whatever is made beside the first question is ready for the others.
    std::thread::sleep(Duration::from_millis(if first > 1.0 { 900 } else { 20 }));
    let mut times: Vec<Duration> = (1..=n)
        .map(|i| {
            let start = Instant::now();
            f(i);
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let at = |p: usize| times[(times.len() * p / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    println!("  {what:<44} first {first:>8.3}  p50 {:>8.3}  p95 {:>8.3} ms", at(50), at(95));
}

fn main() {
    let sizes: Vec<u64> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    for n in if sizes.is_empty() { vec![10_000] } else { sizes } {
        run(n, &runtime);
    }
}

fn run(n: u64, runtime: &tokio::runtime::Runtime) {
    let dir = tempfile::tempdir().unwrap();
    let d = &mut Dice(7);
    println!("{n} deals");
    let (index, _) = Index::open(Some(dir.path())).unwrap();
    println!("  empty: {}", memory());
    let start = Instant::now();
    let mut batch = Vec::new();
    let all = n + n / 5 + n * 2 / 5;
    for i in 0..all {
        batch.push(match i % 8 {
            0..5 => deal(d, i, 1, n),
            5 => other(d, Kind::Company, i, n),
            _ => other(d, Kind::Contact, i, n),
        });
        if batch.len() == 2_000 || i + 1 == all {
            runtime.block_on(index.load(std::mem::take(&mut batch))).unwrap();
        }
    }
    runtime.block_on(index.loaded("1".to_owned())).unwrap();
    println!("  loaded in {:.1} s; {}", start.elapsed().as_secs_f64(), memory());
    let start = Instant::now();
    drop(index);
    println!("  closed in {:.2} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let (index, opened) = Index::open(Some(dir.path())).unwrap();
    println!("  opened in {:.3} s ({opened:?}); {} MB on disk, {}", start.elapsed().as_secs_f64(), size(dir.path()) >> 20, memory());

    questions(&index, n);
    println!("  after the questions: {}", memory());
    changes(&index, n, runtime, d);
    std::thread::sleep(Duration::from_secs(5));
    println!("  again, after the changes:");
    questions(&index, n);
    println!("  {} MB on disk, {}", size(dir.path()) >> 20, memory());
}

fn size(dir: &std::path::Path) -> u64 {
    std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum()
}

fn sort(field: &str, descending: bool) -> Sort {
    Sort { field: field.to_owned(), descending }
}

fn questions(index: &Index, n: u64) {
    let all = Query::all(Kind::Deal);
    let with = |filter: Plain| Query { filter, ..Query::all(Kind::Deal) };
    let stage = |s: &str| Plain::OneOf("stage".to_owned(), vec![s.to_owned()]);
    let words = |w: &str| Query { words: w.to_owned(), ..Query::all(Kind::Deal) };
    let list = |q: &Query, s: &Sort| assert!(!index.list(q, s, None, 0, 50, false).unwrap().ids.is_empty());
    let r = 200;

    time("list, by -updated_at", r, |_| list(&all, &sort("updated_at", true)));
    time("list, by name", r, |_| list(&all, &sort("name", false)));
    time("list, by -amount, of one owner", r, |i| {
        list(&with(Plain::OneOf("owner".to_owned(), vec![owner(u64::from(i) % 35)])), &sort("amount", true));
    });
    time("list, by name, 2 stages, amount range", r, |i| {
        let low = i64::from(i) * 1_000;
        let f = Plain::All(vec![
            Plain::OneOf("stage".to_owned(), vec!["engaging".to_owned(), "proposal".to_owned()]),
            Plain::Range("amount".to_owned(), Some(low), Some(low + 500_000)),
        ]);
        list(&with(f), &sort("name", false));
    });
    time("list, by -updated_at, narrow range (0.1 %)", r, |i| {
        let low = i64::from(i) * 10_000;
        list(&with(Plain::Range("amount".to_owned(), Some(low), Some(low + 3_000))), &sort("updated_at", true));
    });
    time("list, of one company", r, |i| {
        let q = with(Plain::OneOf("company".to_owned(), vec![id(1, u64::from(i)).to_string()]));
        index.list(&q, &sort("updated_at", true), None, 0, 50, false).unwrap();
    });
    let team = Scope { owners: (0..7).map(|n| id(9, n)).collect(), ownerless: true };
    time("list, team scope, by -updated_at", r, |_| list(&Query { scope: Some(team.clone()), ..all.clone() }, &sort("updated_at", true)));
    time("list with count, one stage", r, |i| {
        index.list(&with(stage(STAGES[i as usize % 6])), &sort("updated_at", true), None, 0, 50, true).unwrap();
    });
    time("list, from the middle, by -updated_at", 50, |_| {
        index.list(&all, &sort("updated_at", true), None, n as usize / 2, 50, false).unwrap();
    });
    time("list, from the middle, by name", 50, |_| {
        index.list(&all, &sort("name", false), None, n as usize / 2, 50, false).unwrap();
    });
    let mut cursor = None;
    time("list, next page, by name", r, |_| {
        let page = index.list(&all, &sort("name", false), cursor.as_deref(), 0, 50, false).unwrap();
        cursor = page.next;
    });
    time("board column, by rank", r, |i| list(&with(stage(STAGES[i as usize % 6])), &sort("rank", false)));
    time("list, name contains \"globex\"", r, |_| {
        list(&with(Plain::Contains("name".to_owned(), "globex".to_owned())), &sort("updated_at", true))
    });
    time("list, words, common", r, |_| list(&words("tech"), &sort("updated_at", true)));
    time("list, words, two", r, |_| list(&words("globex acme"), &sort("updated_at", true)));
    time("city of companies contains (no n-grams)", 50, |_| {
        let q = Query { filter: Plain::Contains("city".to_owned(), "globex".to_owned()), ..Query::all(Kind::Company) };
        index.list(&q, &sort("name", false), None, 0, 50, false).unwrap();
    });
    time("board totals by stage", r, |_| assert_eq!(index.totals(&all, &[Group::STAGE]).unwrap().len(), 6));
    time("totals by month and status of one owner", r, |i| {
        let q = with(Plain::OneOf("owner".to_owned(), vec![owner(u64::from(i) % 35)]));
        index.totals(&q, &[Group::CLOSED, Group::STATUS]).unwrap();
    });
    time("totals by owner, product, status, unseen", 20, |i| {
        let q = with(Plain::Range("amount".to_owned(), Some(i64::from(i)), None));
        index.totals(&q, &[Group::OWNER, Group::PRODUCT, Group::STATUS]).unwrap();
    });
    let kinds = [Kind::Deal, Kind::Company, Kind::Contact].map(Query::all);
    let search = |w: &str| index.search(w, &kinds, 20).unwrap();
    for (what, w) in [
        ("common", "tech"),
        ("two letters", "ro"),
        ("one Chinese letter", "明"),
        ("Chinese", "北京科技"),
        ("Cyrillic", "влен"),
        ("rare", "globexacmeini"),
        ("two words", "tech globex"),
        ("phone", "4412345"),
        ("mistyped", "globxeacme"),
    ] {
        time(&format!("search, {what}: {w}"), 100, |_| _ = search(w));
    }
    let d = &mut Dice(99);
    time("search, always another", r, |_| {
        let w = format!("{}{}", d.pick(SYLLABLES), d.pick(SYLLABLES));
        search(&w);
    });
}

fn changes(index: &Index, n: u64, runtime: &tokio::runtime::Runtime, d: &mut Dice) {
    let all = n + n / 5 + n * 2 / 5;
    let docs: Vec<IndexDoc> = (0..3_000).map(|i| deal(d, d_pick(i, all), 2, n)).collect();
    let mut times = Vec::new();
    for (i, doc) in docs.into_iter().enumerate() {
        let start = Instant::now();
        runtime.block_on(index.apply(vec![doc], i.to_string())).unwrap();
        times.push(start.elapsed());
    }
    report("apply, one after the other", times);

    let index = Arc::new(index.clone());
    let each = 2_000_u64;
    let batches: Vec<Vec<IndexDoc>> = (0..10).map(|t| (0..each).map(|i| deal(d, d_pick(t * each + i, all), 3, n)).collect()).collect();
    let start = Instant::now();
    let times: Vec<Duration> = runtime.block_on(async {
        let mut tasks = Vec::new();
        for batch in batches {
            let index = Arc::clone(&index);
            tasks.push(tokio::spawn(async move {
                let mut times = Vec::new();
                for doc in batch {
                    let start = Instant::now();
                    index.apply(vec![doc], "c".to_owned()).await.unwrap();
                    times.push(start.elapsed());
                }
                times
            }));
        }
        let mut times = Vec::new();
        for t in tasks {
            times.extend(t.await.unwrap());
        }
        times
    });
    println!("  {:.0} applies a second from 10 callers", (10 * each) as f64 / start.elapsed().as_secs_f64());
    report("apply, ten at once", times);
    println!("  {}", memory());
}

/// A deal's number: those that `run` made deals.
fn d_pick(i: u64, all: u64) -> u64 {
    let n = i.wrapping_mul(7_919) % all;
    n - n % 8 + n % 5
}
