//! The calendar's speed: a house of 200 people with 200,000 items, 5,000 of them recurring. A week of a team of ten, a look at
//! what stands against a meeting of ten, and common times of ten in four weeks.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::http::{As, Client, get, request};
use crate::load::{self, Round, Work};
use crate::program::{Scratch, Server, call, sample};
use crate::table::{Table, ms};
use crate::{Options, run::SOMEBODY};

const PEOPLE: &str = "200";
/// Requests to go round in.
const KINDS: usize = 40;
const TEAM: usize = 10;

pub async fn measure(options: &Options, once: &mut Table) -> Result<()> {
    let events = options.events;
    let kept = filled(options)?;
    let work = Scratch::copy(&options.data, &kept)?;
    let token = call(&options.program, &work.0, &["token", "create", SOMEBODY, "--scope", "write", "--name", "bench"])?;
    // The second start: the first one after filling still brings in what was written last.
    Server::start(&options.program, &options.site, &work.0, false)?.stop()?;
    let server = Server::start(&options.program, &options.site, &work.0, false)?;
    let begun = Instant::now();
    let mut client = Client::open(&server.address).await?;
    let who = As::Program(&token);
    let page = client.json(&get("/api/v1/users?limit=500&sort=name&filter=name+~+%22Person%22", who)).await?;
    let items = page.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let people: Vec<String> = items.iter().filter_map(|u| Some(u.get("id")?.as_str()?.to_owned())).collect();
    let team = |n: usize| -> Vec<&String> { people.iter().cycle().skip(n * 7 % people.len().max(1)).take(TEAM).collect() };
    let today = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 86_400;
    let day = |offset: usize| date(today + u64::try_from(offset).unwrap_or(0)).context("no date");

    let rows: Vec<_> = (0..KINDS)
        .map(|n| {
            let from = n % 8 * 7;
            let query = json!({"query": {"from": day(from)?, "to": day(from + 7)?, "zone": "Europe/Kyiv", "users": team(n), "teams": [],
                "resources": [], "kinds": [], "cancelled": false}});
            Ok(request("POST", "/api/app/calendar/open", As::Page(&token), Some(&query.to_string())))
        })
        .collect::<Result<_>>()?;
    // Whoever asks first waits until all is read.
    client.must(rows.first().context("no requests")?).await?;
    let begin = server.start.as_secs_f64();
    let target = once.judge(begin <= 1.0, "≤ 1 s");
    let said = format!("{begin:.2} s, its calendar after {:.2} s", begin + begun.elapsed().as_secs_f64());
    once.row(vec![format!("start with {events} events"), said, target]);
    let checks = (0..KINDS)
        .map(|n| {
            let (start, end) = (format!("{}T09:00:00Z", day(n + 1)?), format!("{}T10:00:00Z", day(n + 1)?));
            let body = json!({"title": "New", "start": start, "end": end, "zone": "Europe/Kyiv", "attendees": team(n)});
            Ok(request("POST", "/api/v1/events/check", who, Some(&body.to_string())))
        })
        .collect::<Result<_>>()?;
    let finds = (0..KINDS)
        .map(|n| {
            let body =
                json!({"users": team(n), "duration_minutes": 60, "from": day(1)?, "to": day(29)?, "zone": "Europe/Kyiv", "limit": 10});
            Ok(request("POST", "/api/v1/events/find-times", who, Some(&body.to_string())))
        })
        .collect::<Result<_>>()?;
    let time = Duration::from_secs_f64(options.seconds);
    for (what, requests, most) in
        [("a week of ten", rows, 60.0), ("a check of ten", checks, 15.0), ("times of ten in four weeks", finds, 60.0)]
    {
        let work: Vec<Box<dyn Work>> = vec![Box::new(Round { requests: Arc::new(requests), at: 0 })];
        let figures = load::http(&server.address, work, time).await?;
        let rare = figures.percentile(95);
        let target = once.judge(rare <= most, &format!("p95 ≤ {most} ms"));
        let said = format!("p50 {} ms, p95 {} ms, p99 {} ms", ms(figures.percentile(50)), ms(rare), ms(figures.percentile(99)));
        once.row(vec![format!("calendar: {what}"), said, target]);
    }
    let (now, most) = server.memory()?;
    once.row(vec![format!("memory with {events} events"), format!("{now:.0} MB, {most:.0} MB at the most"), String::new()]);
    server.stop()
}

/// Made once and kept.
pub fn filled(options: &Options) -> Result<std::path::PathBuf> {
    let Options { program, site, data, .. } = options;
    let events = options.events.to_string();
    let kept = data.join(format!("events-{events}"));
    if kept.join("done").is_file() {
        return Ok(kept);
    }
    let scratch = Scratch::new(data, "filling-events")?;
    sample(program, site, &scratch.0)?;
    eprintln!("  filling a database with {events} events (kept for the next time)…");
    // As many customers and deals as so many items have to do with.
    let (companies, deals) = ((options.events / 100).to_string(), (options.events / 20).to_string());
    let args = ["generate", "--companies", &companies, "--deals", &deals, "--events", &events, "--users", PEOPLE, "--seed", "7"];
    eprintln!("  {}", call(program, &scratch.0, &args)?);
    std::fs::write(scratch.0.join("done"), "")?;
    let _ = std::fs::remove_dir_all(&kept);
    std::fs::rename(&scratch.0, &kept)?;
    Ok(kept)
}

/// Days since 1970 as `YYYY-MM-DD`.
pub fn date(days: u64) -> Option<String> {
    let days = i64::try_from(days).ok()? + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}
