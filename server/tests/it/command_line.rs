//! The program itself: what an operator types, and what it says when something is in the way.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::program::{Running, place, rapport, refused, serve, text};

#[test]
fn known_passwords_stay_on_this_machine() {
    let (_dir, data, site) = place();
    let mut command = rapport(&data);
    command.args(["serve", "--demo", "--listen", "0.0.0.0:0", "--site"]).arg(&site);
    refused(command, &["--demo", "127.0.0.1"]);
    assert!(!data.exists(), "nothing was made");

    let mut command = serve(&data, &site);
    command.arg("--demo");
    let running = Running::start(command);
    assert!(running.said.contains("sign in as") && running.said.contains("owner"), "{}", running.said);
    drop(running);
    let mut command = rapport(&data);
    command.args(["serve", "--listen", "0.0.0.0:0", "--site"]).arg(&site);
    refused(command, &["sample company", "127.0.0.1"]);
}

#[test]
fn whatever_is_in_the_way_is_said_with_what_to_do() {
    let (dir, data, site) = place();

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut command = rapport(&data);
    command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--site"]).arg(&site);
    refused(command, &[&format!("Port {port} is in use"), "--listen"]);

    refused(serve(&data, Path::new("/nonexistent")), &["What browsers load", "script/build-web"]);

    let mut command = serve(&data, &site);
    command.args(["--database", "mysql://x"]);
    refused(command, &["database", "surrealkv://"]);

    let mut command = serve(&data, &site);
    command.args(["--database", "ws://root:secret@127.0.0.1:9"]);
    refused(command, &["password", "RAPPORT_DATABASE"]);

    let mut command = rapport(&data);
    command.args(["user", "list"]).env("RAPPORT_DATABASE", "ws://root:secret@127.0.0.1:9");
    let said = refused(command, &["127.0.0.1:9", "does not answer"]);
    assert!(!said.contains("secret"), "{said}");

    // Into a database that holds no company yet nothing is generated: the set-up would find people and think it was done.
    let mut command = rapport(&dir.path().join("empty"));
    command.args(["generate", "--events", "10"]);
    refused(command, &["no company yet", "rapport serve --demo"]);

    let file = dir.path().join("a-file");
    std::fs::write(&file, "x").unwrap();
    let mut command = serve(&data, &site);
    command.env("RAPPORT_DATA", file.join("data"));
    refused(command, &["rapport: "]);

    let config = dir.path().join("rapport.toml");
    std::fs::write(&config, "listne = \"127.0.0.1:1\"").unwrap();
    let mut command = serve(&data, &site);
    command.arg("--config").arg(&config);
    refused(command, &["listne", "rapport.toml"]);

    let mut command = serve(&data, &site);
    command.args(["--public-url", "crm.example.com"]);
    refused(command, &["https://crm.example.com"]);
}

#[test]
fn a_held_database_is_named_and_the_holder_lives_on() {
    let (dir, data, site) = place();
    let running = Running::start(serve(&data, &site));
    let mut command = rapport(&data);
    command.args(["user", "list"]);
    refused(command, &["in use"]);
    let mut command = rapport(&data);
    command.args(["user", "add", "a@globex.example", "--name", "A", "--role", "owner", "--password-file"]).arg(dir.path().join("password"));
    refused(command, &["in use"]);
    assert!(running.get("/readyz").starts_with("HTTP/1.1 200"));
    assert!(running.get("/").contains("location: /set-up"), "{}", running.get("/"));
}

#[test]
fn people_tokens_and_data_without_a_browser() {
    let (dir, data, site) = place();
    let password = dir.path().join("password");
    let run = |args: &[&str]| {
        let mut command = rapport(&data);
        let output = command.args(args).output().unwrap();
        assert!(output.status.success(), "{args:?} {}", text(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let file = password.to_str().unwrap();

    let mut command = rapport(&data);
    command.args(["user", "add", "anna@globex.example", "--name", "Anna", "--role", "sales", "--password-file", file]);
    refused(command, &["must be the owner", "--role owner"]);
    run(&["user", "add", "olena@globex.example", "--name", "Olena", "--role", "owner", "--password-file", file, "--workspace", "Globex"]);
    run(&["user", "add", "anna@globex.example", "--name", "Anna", "--role", "sales", "--password-file", file]);
    let mut command = rapport(&data);
    command.args(["user", "add", "anna@globex.example", "--name", "Anna Again", "--role", "sales", "--password-file", file]);
    refused(command, &["email"]);
    let mut command = rapport(&data);
    command.args(["token", "create", "nobody@globex.example"]);
    refused(command, &["nobody@globex.example", "user list"]);

    let csv = dir.path().join("accounts.csv");
    std::fs::write(&csv, "Account,Employees\nAcme,12\nGlobex,many\n").unwrap();
    let map = r#"{"Account":"name","Employees":"employees"}"#;
    let args = ["import", csv.to_str().unwrap(), "--kind", "companies", "--map", map, "--match", "name"];
    let dry: Vec<&str> = args.iter().copied().chain(["--dry-run"]).collect();
    let said = text(&rapport(&data).args(&dry).output().unwrap());
    assert!(said.contains("1 created") && said.contains("1 rejected"), "{said}");
    assert!(!run(&["export", "--kind", "companies"]).contains("Acme"), "a try writes nothing");
    let output = rapport(&data).args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    let rejected = dir.path().join("accounts.rejected.csv");
    assert!(text(&output).contains(rejected.to_str().unwrap()), "{}", text(&output));
    assert!(std::fs::read_to_string(&rejected).unwrap().contains("Globex"));
    assert!(run(&["export", "--kind", "companies", "--columns", "name"]).contains("Acme"));

    let token = run(&["token", "create", "anna@globex.example", "--scope", "read"]).trim().to_owned();
    assert!(run(&["user", "list"]).contains("anna@globex.example"));
    run(&["check", "--site", site.to_str().unwrap()]);

    let running = Running::start(serve(&data, &site));
    let mut stream = std::net::TcpStream::connect(running.address).unwrap();
    write!(stream, "GET /api/v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("anna@globex.example") && answer.contains("\"scope\":\"read\""), "{answer}");
    drop(running);

    run(&["user", "disable", "anna@globex.example"]);
    assert!(run(&["user", "list"]).contains("disabled"));
}

#[test]
fn a_folder_for_rejected_rows_is_made_before_anything_is_written() {
    let (dir, data, _) = place();
    let csv = dir.path().join("accounts.csv");
    std::fs::write(&csv, "Account,Employees\nAcme,12\nGlobex,many\n").unwrap();
    let import = |folder: &Path| {
        let mut command = rapport(&data);
        command.arg("import").arg(&csv).arg("--rejected").arg(folder);
        command
    };
    // A file stands where the folder should be.
    refused(import(&dir.path().join("password/deep")), &["rejected rows", "Nothing was imported", "--rejected"]);
    let nothing = rapport(&data).args(["export", "--kind", "companies"]).output().unwrap();
    assert!(!text(&nothing).contains("Acme"), "{}", text(&nothing));
    let folder = dir.path().join("not/yet/there");
    let output = import(&folder).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(std::fs::read_to_string(folder.join("accounts.rejected.csv")).unwrap().contains("Globex"));
}

#[test]
fn a_try_names_the_columns_that_are_left_out_and_the_rows_that_are_short() {
    let (dir, data, _) = place();
    let csv = dir.path().join("accounts.csv");
    std::fs::write(&csv, "Account,Employees,Shoe size\nAcme,12,42\nGlobex,7\n").unwrap();
    let said = text(&rapport(&data).arg("import").arg(&csv).args(["--kind", "companies", "--dry-run"]).output().unwrap());
    for wanted in ["2 created", "columns left out: \"Shoe size\"", "row 3 has 2 of 3 cells"] {
        assert!(said.contains(wanted), "{wanted:?} missing in {said}");
    }
}

#[test]
fn a_file_that_fits_no_kind_stops_the_import_before_it_begins() {
    let (dir, data, _) = place();
    let (good, odd) = (dir.path().join("accounts.csv"), dir.path().join("data_dictionary.csv"));
    std::fs::write(&good, "Account,Employees\nAcme,12\n").unwrap();
    std::fs::write(&odd, "Table,Field,Description\nAccounts,account,Company name\n").unwrap();
    let mut command = rapport(&data);
    command.arg("import").args([&good, &odd]);
    refused(command, &["data_dictionary.csv", "Nothing was imported", "--kind"]);
    let nothing = rapport(&data).args(["export", "--kind", "companies"]).output().unwrap();
    assert!(!text(&nothing).contains("Acme"), "{}", text(&nothing));
}

#[cfg(unix)]
#[test]
fn it_closes_in_good_order_and_opens_again() {
    let (_dir, data, site) = place();
    let mut running = Running::start(serve(&data, &site));
    assert!(running.said.contains("ready at http://127.0.0.1:"), "{}", running.said);
    let begun = Instant::now();
    let pid = running.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let status = running.child.wait().unwrap();
    assert!(status.success(), "{status}");
    assert!(begun.elapsed() < Duration::from_secs(8));
    drop(running);
    let again = Running::start(serve(&data, &site));
    assert!(again.get("/healthz").starts_with("HTTP/1.1 200"));
}
