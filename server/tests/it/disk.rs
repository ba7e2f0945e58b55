//! What can befall the data directory: no room, an abrupt end at any moment, files that are broken. Nothing that was said to
//! be saved may be lost, and what is in the way is said.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::program::{Running, done, place, prepared, rapport, refused, serve, until, with_owner};
use crate::support::run;

/// The program with a limit on the size of its files that can be set later: a disk that is full, for this process alone.
#[cfg(target_os = "linux")]
fn serve_with_limits(data: &Path, site: &Path) -> Command {
    let mut command = prepared(Command::new("sh"), data);
    // Ignored, the signal leaves the write with an error, as on a full disk.
    command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_rapport")]);
    command.args(["serve", "--listen", "127.0.0.1:0", "--site"]).arg(site);
    command
}

#[cfg(target_os = "linux")]
fn limit(running: &Running, bytes: &str) {
    let pid = running.child.id().to_string();
    let outcome = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:")]).output().unwrap();
    assert!(outcome.status.success(), "{}", String::from_utf8_lossy(&outcome.stderr));
}

fn largest_file(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).unwrap().flatten();
    entries.map(|e| if e.path().is_dir() { largest_file(&e.path()) } else { e.metadata().map_or(0, |m| m.len()) }).max().unwrap_or(0)
}

async fn names(running: &Running, token: &str) -> Vec<String> {
    let list = running.read("/companies?sort=name&limit=500", token).await;
    list["items"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_refuses_writes_keeps_reading_and_heals_by_itself() {
    run(async {
        let (dir, data, site) = place();
        let token = with_owner(dir.path(), &data);
        let running = Running::start(serve_with_limits(&data, &site));
        let make = |name: String| {
            let (running, token) = (&running, &token);
            async move {
                let body = json!({"name": name, "description": "ж".repeat(20_000)});
                running.call(Method::POST, "/companies", token, Some(body)).await
            }
        };
        assert_eq!(make("Company 000".to_owned()).await.0, 201);

        limit(&running, &(largest_file(&data) + 1_000_000).to_string());
        let mut kept = vec!["Company 000".to_owned()];
        let problem = loop {
            let name = format!("Company {:03}", kept.len());
            let (status, answer) = make(name.clone()).await;
            if status != 201 {
                break (status, answer["type"].as_str().unwrap_or_default().to_owned());
            }
            kept.push(name);
            assert!(kept.len() < 300, "never full");
        };
        assert_eq!(problem, (507, "/api/docs#error-full".to_owned()), "{}", running.log());
        for n in 0..10 {
            let (status, answer) = make(format!("Refused {n}")).await;
            assert_eq!(status, 507, "{answer} {}", running.log());
        }
        assert!(running.get("/sign-in").starts_with("HTTP/1.1 200"), "pages go on");
        assert_eq!(names(&running, &token).await, kept, "what was saved is there");
        assert!(running.get("/readyz").starts_with("HTTP/1.1 200"));

        limit(&running, "unlimited");
        until(Duration::from_secs(60), "writes after room was made", || async { make("Room".to_owned()).await.0 == 201 }).await;
        for n in 0..10 {
            assert_eq!(make(format!("Row {n}")).await.0, 201);
            kept.push(format!("Row {n}"));
        }
        let found = names(&running, &token).await;
        assert!(kept.iter().all(|name| found.contains(name)), "{found:?}");
        assert!(!found.iter().any(|name| name.starts_with("Refused")), "{found:?}");

        // And all of it outlives an abrupt end.
        running.kill();
        let running = Running::start(serve(&data, &site));
        let again = names(&running, &token).await;
        assert_eq!(again, found);
    });
}

fn import(rows: usize) -> (String, Value) {
    let csv = std::iter::once("Account\n".to_owned()).chain((0..rows).map(|n| format!("Row {n:05}\n"))).collect();
    (csv, json!({"kind": "company", "map": [{"column": "Account", "field": "name"}], "match_field": "name"}))
}

#[test]
fn an_abrupt_end_in_the_middle_of_an_import_leaves_a_start_and_an_undo() {
    run(async {
        let (dir, data, site) = place();
        let token = with_owner(dir.path(), &data);
        let running = Running::start(serve(&data, &site));
        let (csv, plan) = import(5_000);
        let body = format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"rows.csv\"\r\n\r\n{csv}\r\n--b--\r\n");
        let sent = reqwest::Client::new().post(format!("http://{}/api/v1/imports", running.address)).bearer_auth(&token);
        let sent = sent.header("content-type", "multipart/form-data; boundary=b").body(body).send().await.unwrap();
        let inspection: Value = sent.json().await.unwrap();
        let mut whole = inspection["guess"].clone();
        for (name, value) in plan.as_object().unwrap() {
            whole[name] = value.clone();
        }
        let path = format!("/imports/{}/run", inspection["upload"].as_str().unwrap());
        let (status, report) = running.call(Method::POST, &path, &token, Some(whole)).await;
        assert_eq!(status, 202, "{report}");
        let place = format!("/imports/{}", report["id"].as_str().unwrap());
        until(Duration::from_secs(60), "some rows", || async { running.read(&place, &token).await["created"].as_i64().unwrap() >= 300 })
            .await;
        running.kill();

        let running = Running::start(serve(&data, &site));
        let report = running.read(&place, &token).await;
        assert_eq!((report["state"].as_str(), &report["can_undo"]), (Some("failed"), &json!(true)), "{report}");
        let count = running.read("/companies?count=true&limit=1", &token).await["total"].as_i64().unwrap();
        assert!((300..5_000).contains(&count), "{count}");
        let export = reqwest::Client::new().get(format!("http://{}/api/v1/companies/export?format=csv&columns=name", running.address));
        let export = export.bearer_auth(&token).send().await.unwrap().text().await.unwrap();
        assert_eq!(i64::try_from(export.lines().count()).unwrap() - 1, count, "list and database agree");

        assert!(running.call(Method::POST, &format!("{place}/undo"), &token, None).await.0 < 300);
        until(Duration::from_secs(120), "taken back", || async { running.read(&place, &token).await["state"] == "undone" }).await;
        assert_eq!(running.read("/companies?count=true&limit=1", &token).await["total"], 0);
    });
}

/// Killed as soon as there is anything at all, and again a little later: the first start is not special.
#[test]
fn a_first_start_that_ended_abruptly_is_begun_again() {
    let (_dir, data, site) = place();
    for part in ["database", "database/LOCK", "database/wal", "database/manifest", "index"] {
        let mut child = serve(&data, &site).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        while !data.join(part).exists() {
            assert!(child.try_wait().unwrap().is_none(), "it ended before {part} was there");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let running = Running::start(serve(&data, &site));
    assert!(running.get("/").contains("location: /set-up"), "{}", running.get("/"));
}

/// The index is made of the records: it may be lost, or be half-written.
#[test]
fn a_broken_index_is_made_anew() {
    run(async {
        let (dir, data, site) = place();
        let token = with_owner(dir.path(), &data);
        let running = Running::start(serve(&data, &site));
        let (status, _) = running.call(Method::POST, "/companies", &token, Some(json!({"name": "Acme"}))).await;
        assert_eq!(status, 201);
        stop(running);
        let index = std::fs::read_dir(data.join("index")).unwrap().flatten().next().unwrap().path();
        for file in std::fs::read_dir(&index).unwrap().flatten().map(|f| f.path()).filter(|p| p.is_file()) {
            std::fs::write(&file, "half").unwrap();
            let running = Running::start(serve(&data, &site));
            assert_eq!(names(&running, &token).await, ["Acme"], "{}", file.display());
            stop(running);
        }
    });
}

#[test]
fn a_broken_database_is_named_with_what_to_do() {
    run(async {
        let (dir, data, site) = place();
        with_owner(dir.path(), &data);
        let path = data.display().to_string();
        let first = |folder: &str| std::fs::read_dir(data.join("database").join(folder)).unwrap().flatten().next();
        // Closed in haste, the newest still lies in the log: the next opening lays it into a table.
        for _ in 0..5 {
            if first("sstables").is_some() {
                break;
            }
            let mut list = rapport(&data);
            list.args(["user", "list"]);
            done(list);
        }
        let only = |folder: &str| first(folder).unwrap().path();
        let files = [only("manifest"), only("sstables")];
        for file in &files {
            let good = std::fs::read(file).unwrap();
            let mut flipped = good.clone();
            flipped[good.len() / 2] ^= 0xff;
            for bad in [Vec::new(), b"half".to_vec(), flipped] {
                std::fs::write(file, bad).unwrap();
                refused(serve(&data, &site), &["cannot be opened", "backup", &path]);
                let mut list = rapport(&data);
                list.args(["user", "list"]);
                refused(list, &["cannot be opened", "backup"]);
            }
            std::fs::write(file, good).unwrap();
        }
        // Without its table of contents the directory would pass for an empty one.
        for file in &files {
            let aside = file.with_extension("aside");
            std::fs::rename(file, &aside).unwrap();
            refused(serve(&data, &site), &["cannot be opened", "backup", &path]);
            std::fs::rename(&aside, file).unwrap();
        }
        let mut list = rapport(&data);
        list.args(["user", "list"]);
        assert!(done(list).contains("olena@globex.example"), "nothing was lost by trying");
    });
}

fn stop(mut running: Running) {
    let pid = running.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(running.child.wait().unwrap().success(), "{}", running.log());
}
