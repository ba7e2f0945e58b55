//! The order of things: fill, measure the bare database, start the program, measure its doors, stop it; then what is
//! measured once.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::bare::Bare;
use crate::doors::{Target, World};
use crate::http::{As, Client, get};
use crate::load::{self, Figures, Round, Work};
use crate::program::{Scratch, Server, call, filled, sample};
use crate::table::{Table, ms};
use crate::{Options, bulk, calendar, live, reminders, visit};

/// The size that the targets are meant for.
const MEANT: u64 = 100_000;
pub const SOMEBODY: &str = "olena@halyard.example";

/// False: targets were missed, and that matters.
pub async fn run(options: Options) -> Result<bool> {
    std::fs::create_dir_all(&options.data)?;
    println!("{}", machine());
    let mut table =
        Table::new(&["deals", "what", "door", "users", "p50 ms", "p95", "p99", "per s", "bare db p50", "per s", "empty p50", "targets"]);
    let mut once = Table::new(&["what", "measured", "target"]);
    // Half a list page at each size, for the comparison of sizes.
    let mut lists: BTreeMap<(&'static str, u64), f64> = BTreeMap::new();
    let empty = empty(&options).await?;
    for deals in options.deals.clone() {
        eprintln!("{deals} deals");
        let kept = filled(&options.program, &options.site, &options.data, deals)?;
        let work = Scratch::copy(&options.data, &kept)?;
        size(&options, deals, &work.0, &empty, &mut table, &mut once, &mut lists).await?;
    }
    growth(&lists, &mut once);
    if options.wants("calendar") {
        calendar::measure(&options, &mut once).await?;
    }
    // A part of the calendar's.
    if options.wants("calendar") || options.wants("reminders") {
        // What cannot be measured on this machine takes no other figure with it.
        if let Err(e) = reminders::measure(&options, &mut once).await {
            let target = once.judge(false, "all within 60 s");
            once.row(vec!["reminders in one minute".to_owned(), format!("not measured: {e:#}"), target]);
        }
    }
    if options.wants("import") {
        let (took, _) = bulk::import(&options.program, &options.site, &options.data)?;
        let target = once.judge(took.as_secs() <= 60, "≤ 60 s");
        once.row(vec![format!("import of {} rows", bulk::ROWS), format!("{:.1} s", took.as_secs_f64()), target]);
    }
    if options.wants("memory") || options.wants("visit") {
        nothing_yet(&options, &mut once).await?;
    }
    let (met, missed) = (table.met + once.met, table.missed + once.missed);
    let text = format!("{}\n\n{}\n{}\n{met} targets met, {missed} missed\n", machine(), table.text(), once.text());
    println!("\n{text}");
    if let Some(file) = &options.output {
        std::fs::write(file, text)?;
    }
    Ok(missed == 0 || !options.strict)
}

/// One size: everything that is asked of it.
async fn size(
    options: &Options,
    deals: u64,
    data: &Path,
    empty: &BTreeMap<usize, Figures>,
    table: &mut Table,
    once: &mut Table,
    lists: &mut BTreeMap<(&'static str, u64), f64>,
) -> Result<()> {
    let time = Duration::from_secs_f64(options.seconds);
    let token = call(&options.program, data, &["token", "create", SOMEBODY, "--scope", "write", "--name", "bench"])?;
    // The second start: the first one after filling still brings in what was written last.
    let server = Server::start(&options.program, &options.site, data, false)?;
    let world = World::read(&mut Client::open(&server.address).await?, &token).await?;
    server.stop()?;
    let mut bare: BTreeMap<(&'static str, usize), Figures> = BTreeMap::new();
    if !options.no_bare {
        let db = Bare::open(data).await?;
        for door in world.doors().into_iter().filter(|d| wanted(options, d.room, d.door)) {
            for users in &options.users {
                // Hundreds of milliseconds each: with a million rows one user says it all.
                let known = bare.contains_key(&(door.room, *users)) || deals > MEANT && *users > 1;
                if known {
                    continue;
                }
                if let Some(figures) = db.measure(door.room, &world, *users, time.min(Duration::from_secs(2))).await? {
                    bare.insert((door.room, *users), figures);
                }
            }
        }
        drop(db);
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let server = Server::start(&options.program, &options.site, data, false)?;
    let started = server.memory()?;
    if options.wants("start") {
        let target = if deals == MEANT { once.judge(server.start.as_secs_f64() <= 1.0, "≤ 1 s") } else { String::new() };
        once.row(vec![format!("start with {deals} deals"), format!("{:.2} s", server.start.as_secs_f64()), target]);
    }
    for door in world.doors().iter().filter(|d| wanted(options, d.room, d.door)) {
        for users in &options.users {
            let figures = load::http(&server.address, world.works(door, *users), time).await?;
            let (half, rare) = (figures.percentile(50), figures.percentile(95));
            let mut targets = Vec::new();
            for target in door.targets.iter().filter(|_| deals == MEANT) {
                match *target {
                    Target::Half(most) if *users == 1 => {
                        targets.push(table.judge(half <= most, &format!("p50 ≤ {most}")));
                        targets.push(table.judge(rare <= half * 3.0, "p95 ≤ 3 × p50"));
                    }
                    Target::Rate(least) if *users == 10 => {
                        targets.push(table.judge(figures.per_second() >= least, &format!("≥ {least} per s")));
                    }
                    _ => {}
                }
            }
            if door.room == "list" && *users == 1 {
                lists.insert((door.door, deals), half);
            }
            let beside = bare.get(&(door.room, *users));
            let mut row = vec![deals.to_string(), door.room.to_owned(), door.door.to_owned(), users.to_string()];
            row.extend([half, rare, figures.percentile(99)].map(ms));
            row.push(format!("{:.0}", figures.per_second()));
            row.push(beside.map_or_else(|| "–".to_owned(), |f| ms(f.percentile(50))));
            row.push(beside.map_or_else(|| "–".to_owned(), |f| format!("{:.0}", f.per_second())));
            row.push(empty.get(users).map_or_else(|| "–".to_owned(), |f| ms(f.percentile(50))));
            row.push(targets.join(", "));
            table.row(row);
        }
    }
    if deals == MEANT && options.wants("live") {
        let (figures, expected) = live::measure(&server.address, &token, &world, Duration::from_secs(8)).await?;
        let target = once.judge(figures.percentile(99) <= 250.0 && figures.count() == expected, "p99 ≤ 250 ms, all heard");
        let said = format!(
            "p50 {} ms, p99 {} ms, longest {} ms; {} of {expected} heard",
            ms(figures.percentile(50)),
            ms(figures.percentile(99)),
            ms(figures.max()),
            figures.count()
        );
        once.row(vec![format!("a change seen by {} live streams", live::STREAMS), said, target]);
    }
    if options.wants("memory") {
        let (now, most) = server.memory()?;
        let target = if deals == MEANT { once.judge(now <= 300.0, "≤ 300 MB") } else { String::new() };
        let said = format!("{:.0} MB after the start, {now:.0} MB after all of this, {most:.0} MB at the most", started.0);
        once.row(vec![format!("memory with {deals} deals"), said, target]);
    }
    server.stop()
}

fn wanted(options: &Options, room: &str, door: &str) -> bool {
    options.wants(&format!("{room}-{}", door.to_lowercase()))
}

/// A page of a list must not take longer because there are more records.
fn growth(lists: &BTreeMap<(&'static str, u64), f64>, once: &mut Table) {
    for door in ["REST", "call", "page"] {
        if let (Some(few), Some(many)) = (lists.get(&(door, 10_000)), lists.get(&(door, 1_000_000))) {
            let target = once.judge(many <= &(few * 1.5), "≤ 1.5 ×");
            let said = format!("{} ms against {} ms: {:.2} ×", ms(*many), ms(*few), many / few);
            once.row(vec![format!("list ({door}) with 1,000,000 deals against 10,000"), said, target]);
        }
    }
}

/// The same load on a route that does nothing.
async fn empty(options: &Options) -> Result<BTreeMap<usize, Figures>> {
    let server = Server::empty_route()?;
    let mut out = BTreeMap::new();
    for users in &options.users {
        let requests = std::sync::Arc::new(vec![get("/", As::Stranger)]);
        let works = (0..*users).map(|_| Box::new(Round { requests: std::sync::Arc::clone(&requests), at: 0 }) as Box<dyn Work>).collect();
        out.insert(*users, load::http(&server.address, works, Duration::from_secs(1)).await?);
    }
    Ok(out)
}

/// What a database with nothing but the sample company says: memory, and the first visit.
async fn nothing_yet(options: &Options, once: &mut Table) -> Result<()> {
    let scratch = Scratch::new(&options.data, "empty")?;
    sample(&options.program, &options.site, &scratch.0)?;
    let server = Server::start(&options.program, &options.site, &scratch.0, false)?;
    if options.wants("visit") {
        let pieces = visit::first(&server.address).await?;
        for piece in &pieces {
            let path = piece.path.split('?').next().unwrap_or_default();
            once.row(vec![format!("first visit: {path}"), format!("{:.1} kB", piece.bytes as f64 / 1e3), String::new()]);
        }
        let program: usize = pieces.iter().filter(|p| p.path.contains(".wasm") || p.path.contains(".pack")).map(|p| p.bytes).sum();
        let target = once.judge(program <= 400_000, "≤ 400 kB");
        once.row(vec!["first visit: WebAssembly".to_owned(), format!("{:.1} kB", program as f64 / 1e3), target]);
        let all: usize = pieces.iter().map(|p| p.bytes).sum();
        once.row(vec!["first visit: all of it".to_owned(), format!("{:.1} kB", all as f64 / 1e3), String::new()]);
    }
    if options.wants("memory") {
        let mut client = Client::open(&server.address).await?;
        for _ in 0..20 {
            client.must(&get("/sign-in", As::Stranger)).await?;
        }
        let (now, _) = server.memory()?;
        let target = once.judge(now <= 120.0, "≤ 120 MB");
        once.row(vec!["memory with the sample company only".to_owned(), format!("{now:.0} MB"), target]);
    }
    server.stop()
}

/// What it was measured on. Others at work on the same processors show in the load.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let name = cpu.lines().find_map(|l| l.strip_prefix("model name")?.split_once(": ").map(|(_, n)| n)).unwrap_or("processor").to_owned();
    let memory = read("/proc/meminfo").lines().next().and_then(|l| l.split_whitespace().nth(1)?.parse::<f64>().ok()).unwrap_or(0.0);
    let load = read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{processors} × {name}, {:.0} GB memory; load {load}. The load generator runs on the same processors.", memory / 1048576.0)
}
