//! On a server of our own, which the outside would refuse.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::calendar::view::Draft;
use domain::{Kind, Locale};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::{Clock, Config, Via, Visit};

const START: i64 = 1_795_317_850_000;

async fn house() -> (Ctx, Arc<AtomicI64>) {
    let clock = Arc::new(AtomicI64::new(START));
    let app = App::open(Config::in_memory(), Clock::fixed(clock.clone())).await.unwrap();
    let visit = Visit { app: app.clone(), ctx: None, locale: Locale::En, address: "127.0.0.1".to_owned(), agent: "Mozilla/5.0".to_owned() };
    let setup = domain::auth::Setup {
        workspace: "Halyard".to_owned(),
        name: "Olena".to_owned(),
        email: "olena@halyard.example".to_owned(),
        password: "correct horse battery".to_owned(),
        currency: "USD".to_owned(),
        locale: Locale::En,
        time_zone: "Europe/Kyiv".to_owned(),
    };
    (crate::auth::set_up(&visit, setup).await.unwrap().ctx, clock)
}

/// Serves these texts, one a connection; "" is a broken answer.
async fn server(answers: Vec<&'static str>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/a.ics", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for body in answers {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let head = if body.is_empty() { "503 Away" } else { "200 OK" };
            let answer = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

const DENTIST: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1@x\r\nDTSTART:20261124T080000Z\r\nDTEND:20261124T090000Z\r\nSUMMARY:Dentist\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
const EMPTY: &str = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";

/// As the job does, without the job: what it may not reach.
async fn follow(ctx: &Ctx, address: String) -> Id {
    let doc = json!({"user": ctx.me.id, "address": address, "host": "x", "name": "Mine", "next_at": ctx.app.now_text(), "version": 0});
    let id = new_id();
    ctx.app.0.store.put_doc(Table::CalendarSource, &id.to_string(), doc.as_object().cloned().unwrap()).await.unwrap();
    round(&ctx.app, Reach::Anywhere).await.unwrap();
    id
}

async fn meeting(ctx: &Ctx) -> Vec<domain::calendar::Conflict> {
    let fields = json!({"title": "x", "start": "2026-11-24T08:30:00Z", "end": "2026-11-24T09:30:00Z"});
    let draft = Draft { fields: fields.as_object().cloned().unwrap(), ..Draft::default() };
    crate::calendar::check(ctx, &draft).await.unwrap().conflicts
}

#[tokio::test]
async fn inner_addresses_are_refused_and_nobody_touches_anothers() {
    let (ctx, _) = house().await;
    let wish = |address: &str| SourceWish { address: address.to_owned(), name: String::new() };
    for bad in ["file:///etc/passwd", "nonsense"] {
        assert!(matches!(add_source(&ctx, &wish(bad)).await, Err(Error::Invalid { .. })), "{bad}");
    }
    let inner = add_source(&ctx, &wish("http://127.0.0.1:9/a.ics")).await.unwrap();
    // The job says so where it can be seen.
    round(&ctx.app, Reach::Outside).await.unwrap();
    let failing = async {
        loop {
            let now = sources(&ctx).await.unwrap().remove(0);
            if now.state == SourceState::Failing {
                return now.error.map(|e| e.code);
            }
            tokio::task::yield_now().await;
        }
    };
    let said = tokio::time::timeout(Duration::from_secs(20), failing).await.expect("it is tried");
    assert_eq!(said.as_deref(), Some("source_inner"));
    let other = Ctx { me: Arc::new(domain::auth::Me { id: new_id(), ..(*ctx.me).clone() }), via: Via::Session(new_id()), ..ctx.clone() };
    assert_eq!(remove_source(&other, inner.id).await.err(), Some(Error::NotFound));
    assert!(sources(&other).await.unwrap().is_empty());
    assert_eq!(sources(&ctx.app.system("job")).await.err(), Some(Error::Forbidden));
}

#[tokio::test]
async fn what_lies_elsewhere_takes_time_until_it_is_gone() {
    let (ctx, clock) = house().await;
    let id = follow(&ctx, server(vec![DENTIST, "", EMPTY]).await).await;
    let found = meeting(&ctx).await;
    assert_eq!(found.len(), 1);
    let with = found.first().and_then(|c| c.with.clone()).unwrap();
    assert_eq!(with.title.as_deref(), Some("Dentist"));
    // It can be looked at, and not changed.
    let page = crate::calendar::event(&ctx, with.id.unwrap(), None).await.unwrap();
    assert!(page.event.title == "Dentist" && !page.can_edit && !page.can_delete);
    // To others it is busy time.
    let eve = Ctx { me: Arc::new(domain::auth::Me { id: new_id(), ..(*ctx.me).clone() }), ..ctx.clone() };
    assert_eq!(crate::calendar::event(&eve, with.id.unwrap(), None).await.err(), Some(Error::NotFound));
    // It is down: what was read still counts, and the state says so.
    clock.fetch_add(EVERY + 1, Ordering::SeqCst);
    round(&ctx.app, Reach::Anywhere).await.unwrap();
    let now = sources(&ctx).await.unwrap().remove(0);
    assert_eq!((now.state, now.error.map(|e| e.code)), (SourceState::Failing, Some("source_status".to_owned())));
    assert_eq!(meeting(&ctx).await.len(), 1);
    // Not tried again before its time, and then it is empty.
    round(&ctx.app, Reach::Anywhere).await.unwrap();
    assert_eq!(meeting(&ctx).await.len(), 1);
    clock.fetch_add(10 * MINUTE + 1, Ordering::SeqCst);
    round(&ctx.app, Reach::Anywhere).await.unwrap();
    assert_eq!(sources(&ctx).await.unwrap().remove(0).state, SourceState::Well);
    assert!(meeting(&ctx).await.is_empty());
    remove_source(&ctx, id).await.unwrap();
    assert!(sources(&ctx).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_taken_away_is_free_at_once() {
    let (ctx, _) = house().await;
    let id = follow(&ctx, server(vec![DENTIST]).await).await;
    assert_eq!(meeting(&ctx).await.len(), 1);
    remove_source(&ctx, id).await.unwrap();
    assert!(meeting(&ctx).await.is_empty());
}

#[tokio::test]
async fn of_two_who_see_that_it_is_due_one_reads() {
    let (ctx, _) = house().await;
    let address = server(vec![DENTIST, EMPTY]).await;
    let doc = json!({"user": ctx.me.id, "address": address, "next_at": ctx.app.now_text(), "version": 0});
    let (key, doc) = (new_id().to_string(), doc.as_object().cloned().unwrap());
    ctx.app.0.store.put_doc(Table::CalendarSource, &key, doc.clone()).await.unwrap();
    let both = tokio::join!(bring(&ctx.app, &key, doc.clone(), Reach::Anywhere), bring(&ctx.app, &key, doc, Reach::Anywhere));
    assert!(both.0.is_ok() && both.1.is_ok());
    assert_eq!(meeting(&ctx).await.len(), 1, "a second reading would have found it empty");
}

const VISIT: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1@x\r\nDTSTART:20261124T080000Z\r\nDTEND:20261124T090000Z\r\nSUMMARY:Dentist\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2@x\r\nDTSTART:20261126T190000Z\r\nDTEND:20261126T200000Z\r\nSUMMARY:Theatre\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

async fn clashes(ctx: &Ctx) -> Vec<domain::notices::Notice> {
    let mut found = crate::notices::list(ctx, None, 50).await.unwrap().items;
    found.retain(|n| n.news == domain::notices::News::Clash);
    found
}

#[tokio::test]
async fn what_comes_to_clash_elsewhere_is_told_once_to_whoever_follows_it_and_can_be_solved() {
    let (ctx, clock) = house().await;
    let object = |v: Value| v.as_object().cloned().unwrap();
    let ann = json!({"name": "Ann", "email": "ann@halyard.example", "role": "manager"});
    let ann = records::create(&ctx, Kind::User, object(ann), None).await.unwrap();
    let me = domain::auth::Me { id: ann.id, name: "Ann".to_owned(), role: domain::rights::Role::Manager, ..(*ctx.me).clone() };
    let ann = Ctx { me: Arc::new(me), via: Via::Session(new_id()), ..ctx.clone() };
    // Ann's meeting, to which the owner is asked.
    let meeting = json!({"title": "Plan", "start": "2026-11-24T08:30:00Z", "end": "2026-11-24T09:30:00Z", "zone": "Europe/Kyiv",
        "attendees": [ctx.me.id]});
    let meeting = records::create(&ann, Kind::Event, object(meeting), None).await.unwrap();
    follow(&ctx, server(vec![EMPTY, DENTIST, VISIT, DENTIST]).await).await;
    assert!(clashes(&ctx).await.is_empty());
    let again = async || {
        clock.fetch_add(EVERY + 1, Ordering::SeqCst);
        round(&ctx.app, Reach::Anywhere).await.unwrap();
    };
    again().await;
    let told = clashes(&ctx).await;
    assert_eq!(told.iter().map(|n| (n.event, n.title.as_str())).collect::<Vec<_>>(), [(Some(meeting.id), "Plan")]);
    assert!(clashes(&ann).await.is_empty(), "what lies in the owner's calendar elsewhere is nobody else's");
    // Another copy of it, with more in it that clashes with nothing of ours: nothing new.
    again().await;
    again().await;
    assert_eq!(clashes(&ctx).await.len(), 1);
    // What can be solved is our side of it; an evening at the theatre is no conflict.
    let open = crate::calendar::conflicts(&ctx).await.unwrap().conflicts;
    let shown: Vec<_> = open.iter().map(|c| (c.conflict.item, c.title.as_deref(), c.can_edit, c.asked)).collect();
    assert_eq!(shown, [(Some(meeting.id), Some("Plan"), true, true)]);
    let with = open.first().and_then(|c| c.conflict.with.clone()).unwrap();
    assert_eq!((with.title.as_deref(), time::instant(with.span.start).as_str()), (Some("Dentist"), "2026-11-24T08:00:00.000Z"));
    // Ann, who invited, sees that he is taken, and not by what.
    let hers = crate::calendar::conflicts(&ann).await.unwrap().conflicts;
    let with = hers.first().and_then(|c| c.conflict.with.clone()).unwrap();
    assert_eq!((hers.len(), with.title), (1, None));
}

#[tokio::test]
async fn who_stands_behind_a_slow_server_is_read_all_the_same() {
    let (ctx, _) = house().await;
    // Takes the connection and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let source = |address: String| json!({"user": ctx.me.id, "address": address, "next_at": ctx.app.now_text(), "version": 0});
    let put = async |address: String| {
        let doc = source(address).as_object().cloned().unwrap();
        ctx.app.0.store.put_doc(Table::CalendarSource, &new_id().to_string(), doc).await.unwrap();
    };
    put(format!("http://{}/a.ics", silent.local_addr().unwrap())).await;
    put(server(vec![DENTIST]).await.replace("127.0.0.1", "localhost")).await;
    let app = ctx.app.clone();
    let reading = tokio::spawn(async move { round(&app, Reach::Anywhere).await });
    let read = async {
        while meeting(&ctx).await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), read).await.expect("it does not wait for the first one");
    assert!(!reading.is_finished(), "the silent one is still waited for");
    reading.abort();
}
