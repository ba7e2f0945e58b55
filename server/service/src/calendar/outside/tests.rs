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

const WEEKLY: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:w@x\r\nDTSTART:20261124T080000Z\r\nDTEND:20261124T090000Z\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nSUMMARY:Class\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn imported(uid: &str, more: Value) -> Fields {
    let mut fields =
        json!({"title": "Mine", "start": "2026-11-24T08:00:00Z", "end": "2026-11-24T09:00:00Z", "zone": "UTC", "external_id": uid});
    fields.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    fields.as_object().cloned().unwrap()
}

async fn day(ctx: &Ctx, from: &str, to: &str) -> Vec<String> {
    let day = |d: &str| time::parse_date(d).unwrap();
    let query = domain::calendar::view::CalendarQuery { from: day(from), to: day(to), ..Default::default() };
    crate::calendar::page(ctx, &query).await.unwrap().items.into_iter().map(|i| i.title).collect()
}

/// Who followed a calendar and imported its file as well had each meeting twice, and each clashed with itself.
#[tokio::test]
async fn what_is_followed_and_imported_is_one_item() {
    let (ctx, _) = house().await;
    follow(&ctx, server(vec![DENTIST]).await).await;
    // Another one's item of that name is another item: hers meets his, and his still counts.
    let ann = records::create(
        &ctx,
        Kind::User,
        json!({"name": "Ann", "email": "ann@halyard.example", "role": "sales"}).as_object().cloned().unwrap(),
        None,
    );
    let ann = ann.await.unwrap().id;
    records::create(&ctx, Kind::Event, imported("1@x", json!({"organiser": ann})), None).await.unwrap();
    assert_eq!(meeting(&ctx).await.len(), 1);
    // Before it is written nothing is told either.
    let draft = Draft { fields: imported("other", json!({})), ..Draft::default() };
    assert_eq!(crate::calendar::check(&ctx, &draft).await.unwrap().conflicts.len(), 1);
    let mine = records::create(&ctx, Kind::Event, imported("1@x", json!({})), None).await.unwrap();
    assert!(ctx.heard.conflicts().is_empty(), "it clashes with itself");
    assert_eq!(day(&ctx, "2026-11-24", "2026-11-25").await, ["Mine"]);
    assert_eq!(meeting(&ctx).await.len(), 1);
    assert!(crate::calendar::conflicts(&ctx).await.unwrap().conflicts.is_empty());
    // What is no longer here is there again.
    records::remove(&ctx, Kind::Event, mine.id, None).await.unwrap();
    assert_eq!(day(&ctx, "2026-11-24", "2026-11-25").await, ["Dentist"]);
}

/// What was imported once and is followed too was taken for the same whenever it is: moved there, its new time counted as free.
#[tokio::test]
async fn what_was_imported_and_is_moved_elsewhere_takes_its_new_time() {
    let (ctx, clock) = house().await;
    let moved = DENTIST.replace("20261124T08", "20261124T11").replace("20261124T09", "20261124T12");
    follow(&ctx, server(vec![DENTIST, Box::leak(moved.into_boxed_str())]).await).await;
    records::create(&ctx, Kind::Event, imported("1@x", json!({})), None).await.unwrap();
    assert_eq!(day(&ctx, "2026-11-24", "2026-11-25").await, ["Mine"]);
    clock.fetch_add(EVERY + 1, Ordering::SeqCst);
    round(&ctx.app, Reach::Anywhere).await.unwrap();
    assert_eq!(day(&ctx, "2026-11-24", "2026-11-25").await, ["Mine", "Dentist"]);
    let late = imported("other", json!({"start": "2026-11-24T11:30:00Z", "end": "2026-11-24T12:30:00Z"}));
    let found = crate::calendar::check(&ctx, &Draft { fields: late, ..Draft::default() }).await.unwrap().conflicts;
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn of_what_was_imported_nothing_is_told_when_it_is_followed_too() {
    let (ctx, clock) = house().await;
    records::create(&ctx, Kind::Event, imported("1@x", json!({})), None).await.unwrap();
    records::create(
        &ctx,
        Kind::Event,
        imported("w@x", json!({"rrule": "FREQ=WEEKLY;COUNT=4", "start": "2026-11-27T08:00:00Z", "end": "2026-11-27T09:00:00Z"})),
        None,
    )
    .await
    .unwrap();
    records::create(
        &ctx,
        Kind::Event,
        imported("v@x/2026-11-25T08:00:00.000Z", json!({"start": "2026-11-25T08:00:00Z", "end": "2026-11-25T09:00:00Z"})),
        None,
    )
    .await
    .unwrap();
    let daily = WEEKLY.replace("UID:w@x", "UID:v@x").replace("FREQ=WEEKLY;COUNT=4", "FREQ=DAILY;COUNT=2");
    follow(&ctx, server(vec![EMPTY, DENTIST]).await).await;
    let fridays = WEEKLY.replace("20261124T", "20261127T");
    follow(&ctx, server(vec![Box::leak(fridays.into_boxed_str()), Box::leak(daily.into_boxed_str())]).await).await;
    clock.fetch_add(EVERY + 1, Ordering::SeqCst);
    round(&ctx.app, Reach::Anywhere).await.unwrap();
    // Of the series from elsewhere the other day; that one meets what is here, and is told of.
    let told = clashes(&ctx).await;
    assert_eq!(told.iter().map(|n| n.start.map(|s| s.to_string())).collect::<Vec<_>>(), [Some("2026-11-24T08:00:00.000Z".to_owned())]);
    let mut shown = day(&ctx, "2026-11-24", "2026-12-01").await;
    shown.sort();
    assert_eq!(shown, ["Class", "Mine", "Mine", "Mine"]);
}

/// The same calendar by two addresses, and one occurrence of a series that came in a letter.
#[tokio::test]
async fn what_is_followed_twice_is_one_item_and_of_a_series_only_the_occurrence_that_is_here() {
    let (ctx, _) = house().await;
    follow(&ctx, server(vec![WEEKLY]).await).await;
    follow(&ctx, server(vec![WEEKLY]).await).await;
    assert_eq!(day(&ctx, "2026-11-24", "2026-12-02").await, ["Class", "Class"]);
    records::create(&ctx, Kind::Event, imported("w@x/2026-11-24T08:00:00.000Z", json!({})), None).await.unwrap();
    assert_eq!(day(&ctx, "2026-11-24", "2026-12-02").await, ["Mine", "Class"]);
    assert!(crate::calendar::conflicts(&ctx).await.unwrap().conflicts.is_empty());
}

/// Answers when it is told to.
async fn held() -> (String, tokio::sync::oneshot::Receiver<()>, tokio::sync::oneshot::Sender<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/a.ics", listener.local_addr().unwrap());
    let ((came, asked), (go, may)) = (tokio::sync::oneshot::channel(), tokio::sync::oneshot::channel::<()>());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer).await;
        let _ = came.send(());
        let _ = may.await;
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{DENTIST}", DENTIST.len());
        let _ = stream.write_all(answer.as_bytes()).await;
    });
    (address, asked, go)
}

async fn put_source(ctx: &Ctx, address: String) -> Id {
    let doc = json!({"user": ctx.me.id, "address": address, "host": "x", "name": "Mine", "next_at": ctx.app.now_text(), "version": 0});
    let id = new_id();
    ctx.app.0.store.put_doc(Table::CalendarSource, &id.to_string(), doc.as_object().cloned().unwrap()).await.unwrap();
    id
}

#[tokio::test]
async fn what_is_taken_away_while_it_is_read_leaves_nothing() {
    let (ctx, _) = house().await;
    let (address, asked, go) = held().await;
    let id = put_source(&ctx, address).await;
    let app = ctx.app.clone();
    let reading = tokio::spawn(async move { round(&app, Reach::Anywhere).await });
    asked.await.unwrap();
    remove_source(&ctx, id).await.unwrap();
    go.send(()).unwrap();
    reading.await.unwrap().unwrap();
    assert_eq!(ctx.app.0.store.keys(Table::CalendarCopy).await.unwrap(), [""; 0]);
    assert!(sources(&ctx).await.unwrap().is_empty() && meeting(&ctx).await.is_empty());
}

/// Its lease was over, and another server has read meanwhile: what that one read counts.
#[tokio::test]
async fn a_late_answer_takes_the_place_of_no_newer_one() {
    let (ctx, clock) = house().await;
    let (address, asked, go) = held().await;
    let id = put_source(&ctx, address).await;
    let app = ctx.app.clone();
    let slow = tokio::spawn(async move { round(&app, Reach::Anywhere).await });
    asked.await.unwrap();
    clock.fetch_add(LEASE + 1, Ordering::SeqCst);
    let mut now = ctx.app.0.store.get_doc(Table::CalendarSource, &id.to_string()).await.unwrap().unwrap();
    assert_eq!(int(&now, "version"), 1, "it has the lease");
    now.insert("address".to_owned(), server(vec![VISIT]).await.into());
    ctx.app.0.store.put_doc(Table::CalendarSource, &id.to_string(), now).await.unwrap();
    round(&ctx.app, Reach::Anywhere).await.unwrap();
    assert_eq!(day(&ctx, "2026-11-24", "2026-11-30").await, ["Dentist", "Theatre"]);
    go.send(()).unwrap();
    slow.await.unwrap().unwrap();
    assert_eq!(day(&ctx, "2026-11-24", "2026-11-30").await, ["Dentist", "Theatre"]);
    let kept = ctx.app.0.store.keys(Table::CalendarCopy).await.unwrap();
    let source = ctx.app.0.store.get_doc(Table::CalendarSource, &id.to_string()).await.unwrap().unwrap();
    assert_eq!(kept, [copy_key(&id.to_string(), text(&source, "copy"))]);
    // Whoever starts now has the same.
    ctx.app.0.book.drop_foreign(id);
    load(&ctx.app).await.unwrap();
    assert_eq!(day(&ctx, "2026-11-24", "2026-11-30").await, ["Dentist", "Theatre"]);
}

#[tokio::test]
async fn read_now_reads_now_but_not_all_the_time_and_only_ones_own() {
    let (ctx, clock) = house().await;
    let eve = Ctx { me: Arc::new(domain::auth::Me { id: new_id(), ..(*ctx.me).clone() }), ..ctx.clone() };
    let id = follow(&ctx, server(vec![DENTIST, EMPTY]).await).await;
    assert_eq!(refresh_source(&eve, id).await.err(), Some(Error::NotFound));
    assert_eq!(refresh_source(&ctx, new_id()).await.err(), Some(Error::NotFound));
    let due = |info: &SourceInfo| info.next_at.as_deref().and_then(time::parse_instant).unwrap() - ctx.app.now();
    // Read a moment ago: nobody knocks again.
    assert_eq!(due(&refresh_source(&ctx, id).await.unwrap()), EVERY);
    clock.fetch_add(MINUTE + 1, Ordering::SeqCst);
    assert_eq!(due(&refresh_source(&ctx, id).await.unwrap()), 0);
    // While it is being read, the answer is what is stored, and its reader is not disturbed.
    let mut now = ctx.app.0.store.get_doc(Table::CalendarSource, &id.to_string()).await.unwrap().unwrap();
    let version = int(&now, "version");
    now.insert("lease_until".to_owned(), time::instant(ctx.app.now() + LEASE).into());
    now.insert("tried_at".to_owned(), ctx.app.now_text().into());
    now.insert("version".to_owned(), (version + 1).into());
    ctx.app.0.store.put_doc(Table::CalendarSource, &id.to_string(), now).await.unwrap();
    refresh_source(&ctx, id).await.unwrap();
    let now = ctx.app.0.store.get_doc(Table::CalendarSource, &id.to_string()).await.unwrap().unwrap();
    assert_eq!(int(&now, "version"), version + 1);
}

#[tokio::test]
async fn for_who_no_longer_works_here_nothing_is_fetched() {
    let (ctx, _) = house().await;
    let fields = json!({"name": "Ann", "email": "ann@halyard.example", "role": "sales", "disabled": true});
    let ann = records::create(&ctx, Kind::User, fields.as_object().cloned().unwrap(), None).await.unwrap();
    let address = server(vec![DENTIST]).await;
    let doc = json!({"user": ann.id, "address": address, "next_at": ctx.app.now_text(), "version": 0});
    ctx.app.0.store.put_doc(Table::CalendarSource, "a", doc.as_object().cloned().unwrap()).await.unwrap();
    round(&ctx.app, Reach::Anywhere).await.unwrap();
    let now = ctx.app.0.store.get_doc(Table::CalendarSource, "a").await.unwrap().unwrap();
    assert_eq!(int(&now, "version"), 0, "nobody took it");
}

#[tokio::test]
async fn copies_of_nothing_and_sources_of_nobody_are_swept_away() {
    let (ctx, clock) = house().await;
    let id = follow(&ctx, server(vec![DENTIST]).await).await.to_string();
    let store = &ctx.app.0.store;
    let named = store.keys(Table::CalendarCopy).await.unwrap();
    let some = || Fields::from_iter([("text".to_owned(), EMPTY.into())]);
    let read_now = json!({"user": ctx.me.id, "lease_until": time::instant(ctx.app.now() + LEASE)});
    store.put_doc(Table::CalendarSource, "b", read_now.as_object().cloned().unwrap()).await.unwrap();
    let nobody = json!({"user": new_id(), "address": "https://x.example/"});
    store.put_doc(Table::CalendarSource, "c", nobody.as_object().cloned().unwrap()).await.unwrap();
    for key in [id.clone(), copy_key(&id, "old"), "gone".to_owned(), copy_key("gone", "1"), copy_key("b", "1"), copy_key("c", "1")] {
        store.put_doc(Table::CalendarCopy, &key, some()).await.unwrap();
    }
    crate::upkeep::sweep(&ctx.app).await.unwrap();
    let left = store.keys(Table::CalendarCopy).await.unwrap();
    assert_eq!(left.into_iter().collect::<BTreeSet<_>>(), named.iter().cloned().chain([copy_key("b", "1")]).collect());
    assert!(store.get_doc(Table::CalendarSource, "c").await.unwrap().is_none());
    // Its reader has not come back.
    clock.fetch_add(LEASE + 1, Ordering::SeqCst);
    crate::upkeep::sweep(&ctx.app).await.unwrap();
    assert_eq!(store.keys(Table::CalendarCopy).await.unwrap(), named);
    assert_eq!(meeting(&ctx).await.len(), 1);
}

/// A calendar of so many items, each of them repeating (or not).
fn long(count: usize, rule: &str) -> &'static str {
    let mut text = "BEGIN:VCALENDAR\r\n".to_owned();
    for n in 0..count {
        let line = format!("BEGIN:VEVENT\r\nUID:{n}@x\r\nDTSTART:20261124T080000Z\r\nDTEND:20261124T080500Z\r\n{rule}END:VEVENT\r\n");
        text.push_str(&line);
    }
    text.push_str("END:VCALENDAR\r\n");
    Box::leak(text.into_boxed_str())
}

#[tokio::test]
async fn a_calendar_that_is_too_much_is_named_with_its_limit_and_what_was_read_still_counts() {
    let (ctx, clock) = house().await;
    let rule = "RRULE:FREQ=WEEKLY\r\n";
    follow(&ctx, server(vec![DENTIST, long(MAX_ITEMS + 1, ""), long(MAX_SERIES + 1, rule)]).await).await;
    for (code, max) in [("source_items", MAX_ITEMS), ("source_series", MAX_SERIES)] {
        clock.fetch_add(EVERY + 1, Ordering::SeqCst);
        round(&ctx.app, Reach::Anywhere).await.unwrap();
        let error = sources(&ctx).await.unwrap().remove(0).error.unwrap();
        assert_eq!((error.code.as_str(), error.params), (code, vec![("max".to_owned(), max.to_string())]));
        assert_eq!(meeting(&ctx).await.len(), 1);
    }
}

/// Each of ten thousand was looked for among all the others, while nobody could look anything up.
#[tokio::test]
async fn a_calendar_of_thousands_of_series_is_changed_in_one_move() {
    let (ctx, _) = house().await;
    let file = read::read(long(10_000, "RRULE:FREQ=WEEKLY\r\n").as_bytes(), chrono_tz::UTC, chrono_tz::UTC, START).unwrap();
    let source = new_id();
    let shelf = |copy: &str| Shelf::new(ctx.me.id, copy, items_of(source, ctx.me.id, &file));
    let (first, second) = (shelf("1"), shelf("2"));
    ctx.app.0.book.put_foreign(source, Arc::new(first));
    let began = std::time::Instant::now();
    ctx.app.0.book.put_foreign(source, Arc::new(second));
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
    assert_eq!(ctx.app.0.book.near(ctx.me.id, domain::calendar::Span::new(START, START + 30 * 24 * 60 * MINUTE)).len(), 10_000);
}
