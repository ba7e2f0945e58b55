//! Files before and while they are read.

use bytes::Bytes;
use domain::import::{ImportState, Reading};
use domain::{Error, Kind};
use service::import;

use super::{all, look};
use crate::house::House;

#[tokio::test]
async fn files_that_are_no_tables_say_what_to_do() {
    let house = House::new().await;
    let code = async |bytes: &'static [u8]| match import::inspect(&house.owner, "x", Bytes::from_static(bytes)).await {
        Err(Error::Invalid { fields }) => fields[0].code.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(code(b"").await, "file_empty");
    assert_eq!(code(b" \n\n").await, "file_empty");
    assert_eq!(code(b"name,city\n").await, "file_no_rows");
    assert_eq!(code(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").await, "file_not_table");
    assert_eq!(code(b"%PDF-1.7\n\x01\x02\x03\x04\x05").await, "file_not_table");
    assert_eq!(code(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1........").await, "file_old_excel");
    assert_eq!(code(b"PK\x03\x04 no archive").await, "file_damaged");
    let large = Bytes::from(vec![b'a'; import::MAX_BYTES + 1]);
    assert!(matches!(import::inspect(&house.owner, "x", large).await, Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn an_upload_is_kept_for_a_day() {
    let house = House::new().await;
    let seen = look(&house.owner, "a.csv", "name\nAcme\n").await;
    let as_contacts = Reading { kind: Some(Kind::Contact), ..Reading::default() };
    assert_eq!(import::inspect_again(&house.owner, seen.upload, as_contacts).await.unwrap().guess.kind, Kind::Contact);
    house.later(86_400_001);
    assert_eq!(import::waiting(&house.owner).await.unwrap(), []);
    assert_eq!(import::dry_run(&house.owner, seen.upload, seen.guess).await.unwrap_err(), Error::invalid("upload", "upload_gone"));
}

/// Files went only when another one came: the last of them stayed for ever.
#[tokio::test]
async fn an_upload_whose_day_is_over_goes_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::of(service::Config { data_dir: Some(dir.path().to_owned()), ..service::Config::in_memory() }).await;
    look(&house.owner, "a.csv", "name\nAcme\n").await;
    let uploads = dir.path().join("uploads");
    std::fs::write(uploads.join("01890000-0000-7000-8000-000000000000.bin"), b"half of an upload").unwrap();
    let files = || std::fs::read_dir(&uploads).unwrap().count();
    service::upkeep::sweep(&house.app).await.unwrap();
    assert_eq!(files(), 3, "what was just written may be on its way");
    // Beyond what the disk's clock says, too.
    house.later(100 * 365 * 86_400_000);
    service::upkeep::sweep(&house.app).await.unwrap();
    assert_eq!(files(), 0);
}

#[tokio::test]
async fn nobody_fills_the_disk_with_files_that_wait() {
    let house = House::new().await;
    for n in 0..50 {
        look(&house.owner, &format!("{n}.csv"), "name\nAcme\n").await;
    }
    let file = || Bytes::from_static(b"name\nAcme\n");
    let refused = import::inspect(&house.owner, "one more.csv", file()).await.unwrap_err();
    assert!(matches!(&refused, Error::Invalid { fields } if fields[0].code == "import_waiting"), "{refused:?}");
    let one = import::waiting(&house.owner).await.unwrap().remove(7).upload;
    import::discard(&house.owner, one).await.unwrap();
    import::inspect(&house.owner, "one more.csv", file()).await.unwrap();
}

/// Files that waited for their turn were once forgotten with the browser's tab.
#[tokio::test]
async fn files_wait_until_they_are_imported_or_thrown_away_by_whoever_sent_them() {
    let house = House::new().await;
    let names = async |ctx: &service::Ctx| import::waiting(ctx).await.unwrap().into_iter().map(|w| (w.name, w.rows)).collect::<Vec<_>>();
    let waiting = |all: &[(&str, i64)]| all.iter().map(|(name, rows)| ((*name).to_owned(), *rows)).collect::<Vec<_>>();
    look(&house.owner, "deals.csv", "opportunity_id,deal,sales_agent,stage\nD1,One,,Won\nD2,Two,,Won\n").await;
    let companies = look(&house.owner, "companies.csv", "account,industry,employees\nAcme,tools,20\n").await;
    let whatever = look(&house.owner, "whatever.csv", "a,b\n1,2\n3,4\n5,6\n").await;
    // What is named comes before what names it; what nobody knows comes last.
    assert_eq!(names(&house.owner).await, waiting(&[("companies.csv", 1), ("deals.csv", 2), ("whatever.csv", 3)]));

    let manager = house.person("manager", None).await;
    assert_eq!(names(&manager).await, []);
    import::discard(&manager, whatever.upload).await.unwrap();
    assert_eq!(names(&house.owner).await.len(), 3, "nobody throws away what others sent");

    import::discard(&house.owner, whatever.upload).await.unwrap();
    import::discard(&house.owner, whatever.upload).await.unwrap();
    import::run(&house.owner, companies.upload, companies.guess.clone(), |_| ()).await.unwrap();
    assert_eq!(names(&house.owner).await, waiting(&[("deals.csv", 2)]));
    // It waits no longer, and is there still for whoever goes back to it.
    assert!(import::dry_run(&house.owner, companies.upload, companies.guess).await.is_ok());
}

#[tokio::test]
async fn in_the_background_with_progress() {
    let house = House::new().await;
    let mut text = "name,external_id\n".to_owned();
    for n in 0..1_200 {
        text.push_str(&format!("Company {n},X{n}\n"));
    }
    let seen = look(&house.owner, "companies.csv", &text).await;
    let begun = import::start(&house.owner, seen.upload, seen.guess).await.unwrap();
    assert_eq!((begun.state, begun.rows), (ImportState::Planned, 1_200));
    let mut between = 0;
    let done = loop {
        let r = import::report(&house.owner, begun.id).await.unwrap();
        between += i64::from(r.state == ImportState::Running && r.progress > 0 && r.progress < r.rows);
        if !matches!(r.state, ImportState::Planned | ImportState::Running) {
            break r;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    };
    assert_eq!((done.state, done.created, done.can_undo), (ImportState::Done, 1_200, true));
    assert!(between > 0, "progress is seen");
    let undoing = import::undo(&house.owner, begun.id).await.unwrap();
    assert_eq!(undoing.state, ImportState::Undoing);
    loop {
        let r = import::report(&house.owner, begun.id).await.unwrap();
        if r.state == ImportState::Undone {
            break;
        }
        assert_eq!(r.state, ImportState::Undoing);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(all(&house.owner, Kind::Company).await.len(), 0);
}
