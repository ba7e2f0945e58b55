//! Who may import what.

use bytes::Bytes;
use domain::import::Reading;
use domain::{Error, Kind};
use serde_json::json;
use service::{import, records};

use super::{all, figures, look, named, take};
use crate::house::House;

#[tokio::test]
async fn only_those_who_may_import_do() {
    let house = House::new().await;
    let file = || Bytes::from_static(b"name\nAcme\n");
    let theirs = import::inspect(&house.owner, "a.csv", file()).await.unwrap();
    let done = import::run(&house.owner, theirs.upload, theirs.guess.clone(), |_| ()).await.unwrap();
    for role in ["analyst", "read_only"] {
        let ctx = house.person(role, None).await;
        assert_eq!(import::inspect(&ctx, "a.csv", file()).await.unwrap_err(), Error::Forbidden, "{role}");
        assert_eq!(import::inspect_again(&ctx, theirs.upload, Reading::default()).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::dry_run(&ctx, theirs.upload, theirs.guess.clone()).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::start(&ctx, theirs.upload, theirs.guess.clone()).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::run(&ctx, theirs.upload, theirs.guess.clone(), |_| ()).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::report(&ctx, done.id).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::list(&ctx).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::waiting(&ctx).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::discard(&ctx, theirs.upload).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::rejected_rows(&ctx, done.id).await.unwrap_err(), Error::Forbidden);
        assert_eq!(import::undo(&ctx, done.id).await.unwrap_err(), Error::Forbidden);
    }
    // A manager imports, but neither users nor what others uploaded, and does not see what others imported.
    let manager = house.person("manager", None).await;
    assert_eq!(import::dry_run(&manager, theirs.upload, theirs.guess.clone()).await.unwrap_err(), Error::invalid("upload", "upload_gone"));
    assert_eq!(import::report(&manager, done.id).await.unwrap_err(), Error::NotFound);
    assert_eq!(import::undo(&manager, done.id).await.unwrap_err(), Error::NotFound);
    assert!(import::list(&manager).await.unwrap().is_empty());
    let users = look(&manager, "users.csv", "name,role\nAnna,sales\n").await;
    assert_eq!((users.guess.kind, import::dry_run(&manager, users.upload, users.guess).await.unwrap_err()), (Kind::User, Error::Forbidden));
}

#[tokio::test]
async fn a_managers_import_stays_within_the_team() {
    let house = House::new().await;
    let team = house.create(Kind::Team, json!({"name": "North"})).await;
    let manager = house.person("manager", Some(team.id)).await;
    let stranger = house.create(Kind::User, json!({"name": "Strange Person", "role": "sales"})).await;
    let theirs = house.create(Kind::Deal, json!({"name": "Theirs", "external_id": "D1", "owner": stranger.id})).await;
    let seen = look(&manager, "deals.csv", "opportunity_id,deal,sales_agent,stage\nD1,Mine now,Strange Person,Won\nD2,Mine,,Won\n").await;
    let report = take(&manager, seen).await;
    // The stranger's deal is neither changed nor told of: the row would make a deal for somebody outside the team.
    assert_eq!(figures(&report), [1, 0, 0, 1, 0]);
    assert_eq!((report.rejects[0].row, report.rejects[0].errors[0].error.code.as_str()), (2, "import_forbidden"));
    assert_eq!(records::get(&house.owner, Kind::Deal, theirs.id).await.unwrap().name(), "Theirs");
    assert_eq!(named(&all(&manager, Kind::Deal).await, "Mine").owner(), Some(manager.me.id));
}

/// A salesperson could subscribe to a calendar, and not bring a file of it.
#[tokio::test]
async fn whoever_has_a_calendar_brings_files_of_it_and_no_others() {
    let house = House::new().await;
    let theirs = import::inspect(&house.owner, "a.csv", Bytes::from_static(b"name\nAcme\n")).await.unwrap();
    let done = import::run(&house.owner, theirs.upload, theirs.guess.clone(), |_| ()).await.unwrap();
    let ics = |role: &str| {
        let item =
            format!("BEGIN:VEVENT\r\nUID:{role}@x\r\nDTSTART:20261201T100000Z\r\nDTEND:20261201T110000Z\r\nSUMMARY:Mine\r\nEND:VEVENT\r\n");
        Bytes::from(format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{item}END:VCALENDAR\r\n"))
    };
    for role in ["sales", "marketing", "service"] {
        let ctx = house.person(role, None).await;
        let table = import::inspect(&ctx, "a.ics", Bytes::from_static(b"name\nAcme\n")).await;
        assert!(table.is_err(), "{role}: a table under another name");
        assert_eq!(import::inspect(&ctx, "a.csv", Bytes::from_static(b"name\nAcme\n")).await.unwrap_err(), Error::Forbidden, "{role}");
        // What others sent and brought is not there for them.
        let gone = Error::invalid("upload", "upload_gone");
        assert_eq!(import::dry_run(&ctx, theirs.upload, theirs.guess.clone()).await.unwrap_err(), gone);
        assert_eq!(import::start(&ctx, theirs.upload, theirs.guess.clone()).await.unwrap_err(), gone);
        assert_eq!(import::report(&ctx, done.id).await.unwrap_err(), Error::NotFound);
        assert_eq!(import::rejected_rows(&ctx, done.id).await.unwrap_err(), Error::NotFound);
        assert_eq!(import::undo(&ctx, done.id).await.unwrap_err(), Error::NotFound);
        assert_eq!(import::list(&ctx).await.unwrap(), []);

        let seen = import::inspect(&ctx, "mine.ics", ics(role)).await.unwrap();
        let report = import::run(&ctx, seen.upload, seen.guess, |_| ()).await.unwrap();
        assert_eq!((report.created + report.updated + report.duplicate, report.rejected), (1, 0), "{role}: {report:?}");
    }
}
