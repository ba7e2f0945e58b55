//! Answers that come back by mail: whose, in what order, and to what.

use domain::calendar::series::Scope;
use domain::calendar::view::Draft;
use domain::calendar::{Answer, Moment, stored};
use domain::{Error, Id, Kind, Record};
use serde_json::json;
use service::calendar::ics::{self, Look, Method};
use service::calendar::{self, Outcome};
use service::{Ctx, records};

use super::{House, change, meeting, save, with};

/// What a mail program sends back.
fn reply(event: Id, email: &str, says: &str, more: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:{event}@rapport\n{more}ATTENDEE;PARTSTAT={says}:mailto:{email}\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    .replace('\n', "\r\n")
}

async fn outcome(ctx: &Ctx, reply: &str) -> Outcome {
    let taken = calendar::take_replies(ctx, reply.as_bytes()).await.expect("read");
    assert_eq!(taken.len(), 1);
    taken[0].outcome
}

async fn answer_of(house: &House, event: Id, guest: Id) -> Answer {
    let event = stored::event(&records::get(&house.owner, Kind::Event, event).await.unwrap()).unwrap();
    event.answers.get(&guest).copied().unwrap_or_default()
}

async fn anna(house: &House) -> Record {
    house.create(Kind::Contact, json!({"given_name": "Anna", "emails": ["anna@far.example"]})).await
}

fn stamp(minute: u32) -> String {
    format!("DTSTAMP:20261122T02{minute:02}00Z\n")
}

#[tokio::test]
async fn forbidden_nobody_answers_for_others_whose_items_are_not_theirs_to_change() {
    let house = House::new().await;
    let (ann, eve, reader) = (house.person("sales", None).await, house.person("sales", None).await, house.person("read_only", None).await);
    let anna = anna(&house).await;
    let made = save(&ann, with(meeting("10:00", "11:00"), json!({"contacts": [anna.id]}))).await.record;
    let private = save(&ann, with(meeting("12:00", "13:00"), json!({"contacts": [anna.id], "private": true}))).await.record;
    let accepts = reply(made.id, "anna@far.example", "ACCEPTED", "");
    assert_eq!(calendar::take_replies(&reader, accepts.as_bytes()).await.err(), Some(Error::Forbidden));
    assert_eq!(outcome(&eve, &accepts).await, Outcome::Unknown, "as if there were none");
    assert_eq!(outcome(&eve, &reply(private.id, "anna@far.example", "ACCEPTED", "")).await, Outcome::Unknown);
    assert_eq!(answer_of(&house, made.id, anna.id).await, Answer::Pending);
    // Whoever was asked says it for themselves, and for nobody else.
    let invited = save(&ann, with(meeting("14:00", "15:00"), json!({"contacts": [anna.id], "attendees": [eve.me.id]}))).await.record;
    assert_eq!(outcome(&eve, &reply(invited.id, "anna@far.example", "DECLINED", "")).await, Outcome::Unknown);
    assert_eq!(outcome(&eve, &reply(invited.id, &eve.me.email, "DECLINED", "")).await, Outcome::Taken);
    assert_eq!(answer_of(&house, invited.id, eve.me.id).await, Answer::Declined);
}

/// A yes by mail after a no once took a time twice, and nobody heard of it.
#[tokio::test]
async fn a_yes_by_mail_to_a_time_that_was_taken_meanwhile_is_told() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let made = save(&ann, with(meeting("10:00", "11:00"), json!({"attendees": [bob.me.id]}))).await.record;
    calendar::answer(&bob, made.id, None, Answer::Declined).await.unwrap();
    let other = save(&bob, meeting("10:00", "11:00")).await;
    assert!(other.conflicts.is_empty());
    house.later(60_000);
    assert_eq!(outcome(&house.owner, &reply(made.id, &bob.me.email, "ACCEPTED", "")).await, Outcome::Taken);
    for person in [&ann, &bob] {
        let told = super::times::noticed(person, 1).await;
        assert!([made.id, other.record.id].contains(&told[0].event.unwrap()), "{told:?}");
    }
}

/// Whoever could decline for a colleague could take their time without an alert.
#[tokio::test]
async fn forbidden_nobody_answers_for_a_colleague_at_any_door() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let anna = anna(&house).await;
    let fields = |answers: serde_json::Value| {
        with(meeting("10:00", "11:00"), json!({"attendees": [bob.me.id], "contacts": [anna.id], "answers": answers}))
    };
    let refused = |e: Option<Error>| assert_eq!(e, Some(Error::invalid("answers", "answer_own")));
    let no = || json!({bob.me.id.to_string(): "declined"});
    refused(calendar::save(&ann, &super::draft(fields(no())), None).await.err());
    refused(records::create(&ann, Kind::Event, crate::house::object(fields(no())), None).await.err());
    // What a customer said may be noted down; one's own answer is one's own.
    let said = json!({anna.id.to_string(): "accepted", ann.me.id.to_string(): "tentative"});
    let made = save(&ann, fields(said.clone())).await.record;
    refused(calendar::save(&ann, &change(&made, json!({"answers": no()})), None).await.err());
    let picked = domain::list::Selection::Ids { ids: vec![made.id] };
    let many = records::update_many(&ann, Kind::Event, &picked, crate::house::object(json!({"answers": no()}))).await;
    assert_eq!(answer_of(&house, made.id, bob.me.id).await, Answer::Pending, "{many:?}");
    // Nor before they are asked: what was said of them then is nothing that they said.
    let planted = save(&ann, with(meeting("16:00", "17:00"), json!({"answers": no()}))).await.record;
    let asked = calendar::save(&ann, &change(&planted, json!({"attendees": [bob.me.id]})), None).await.unwrap().record;
    assert_eq!(answer_of(&house, asked.id, bob.me.id).await, Answer::Pending);
    // Of a series, one occurrence keeps what was said.
    let series = save(&bob, with(meeting("12:00", "12:30"), json!({"attendees": [ann.me.id], "rrule": "FREQ=DAILY;COUNT=3"}))).await.record;
    calendar::answer(&ann, series.id, None, Answer::Accepted).await.unwrap();
    let now = records::get(&bob, Kind::Event, series.id).await.unwrap();
    let slot = domain::calendar::Moment::parse("2026-11-25T10:00:00Z");
    let wish = domain::calendar::view::Draft {
        scope: Some(domain::calendar::series::Scope::This),
        slot,
        ..change(&now, json!({"title": "Longer"}))
    };
    let one = calendar::save(&bob, &wish, None).await.unwrap().record;
    assert_eq!(answer_of(&house, one.id, ann.me.id).await, Answer::Accepted);
}

#[tokio::test]
async fn an_answer_is_taken_once_and_an_older_one_never() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let anna = anna(&house).await;
    let made = save(&ann, with(meeting("10:00", "11:00"), json!({"contacts": [anna.id]}))).await.record;
    let says = |says: &str, minute: u32| reply(made.id, "Anna@Far.example", says, &stamp(minute));
    // The gateway's token belongs to whoever runs the house.
    assert_eq!(outcome(&house.owner, &says("TENTATIVE", 20)).await, Outcome::Taken);
    let told = service::notices::list(&ann, None, 10).await.unwrap().items;
    assert_eq!((told.len(), told[0].answer, told[0].actor_name.as_str()), (1, Some(Answer::Tentative), "Anna"));
    assert_eq!(outcome(&house.owner, &says("TENTATIVE", 20)).await, Outcome::Known, "the same letter again");
    assert_eq!(outcome(&house.owner, &says("DECLINED", 10)).await, Outcome::Older, "it was under way for longer");
    assert_eq!(answer_of(&house, made.id, anna.id).await, Answer::Tentative);
    assert_eq!(outcome(&house.owner, &says("ACCEPTED", 30)).await, Outcome::Taken);
    assert_eq!(outcome(&house.owner, &reply(made.id, "nobody@far.example", "ACCEPTED", "")).await, Outcome::NotInvited);
    assert_eq!(outcome(&house.owner, &says("NEEDS-ACTION", 40)).await, Outcome::NoAnswer);
    assert_eq!(outcome(&house.owner, &reply(anna.id, "anna@far.example", "ACCEPTED", "")).await, Outcome::Unknown);
    assert_eq!(answer_of(&house, made.id, anna.id).await, Answer::Accepted);
    calendar::remove(&ann, made.id, None, None, None).await.unwrap();
    assert_eq!(outcome(&house.owner, &says("DECLINED", 50)).await, Outcome::Over);
}

#[tokio::test]
async fn an_answer_to_a_time_that_was_changed_since_says_nothing() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let anna = anna(&house).await;
    let made = save(&ann, with(meeting("10:00", "11:00"), json!({"contacts": [anna.id]}))).await.record;
    let later = json!({"start": "2026-11-24T15:00:00+02:00", "end": "2026-11-24T16:00:00+02:00"});
    let moved = calendar::save(&ann, &change(&made, later), None).await.unwrap().record;
    calendar::save(&ann, &change(&moved, json!({"title": "Another name"})), None).await.unwrap();
    let says = |sequence: i64| reply(made.id, "anna@far.example", "ACCEPTED", &format!("SEQUENCE:{sequence}\n"));
    assert_eq!(outcome(&house.owner, &says(0)).await, Outcome::Older);
    assert_eq!(answer_of(&house, made.id, anna.id).await, Answer::Pending);
    assert_eq!(outcome(&house.owner, &says(1)).await, Outcome::Taken, "another name is no other time");
}

#[tokio::test]
async fn a_letter_that_comes_late_does_not_undo_what_was_said_here() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let made = save(&ann, with(meeting("10:00", "11:00"), json!({"attendees": [bob.me.id]}))).await.record;
    house.later(3_600_000);
    calendar::answer(&bob, made.id, None, Answer::Declined).await.unwrap();
    house.later(3_600_000);
    let before = format!("DTSTAMP:{}\n", "20261101T000000Z");
    assert_eq!(outcome(&house.owner, &reply(made.id, &bob.me.email, "ACCEPTED", &before)).await, Outcome::Older);
    assert_eq!(answer_of(&house, made.id, bob.me.id).await, Answer::Declined);
    assert_eq!(outcome(&house.owner, &reply(made.id, &bob.me.email, "ACCEPTED", "")).await, Outcome::Taken, "said now");
}

/// Numbers of invitations grow with every word that is changed: a letter that answers a later one was said no later for that.
#[tokio::test]
async fn a_late_letter_that_answers_a_higher_number_does_not_undo_what_was_said_here() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let made = save(&ann, with(meeting("10:00", "11:00"), json!({"attendees": [bob.me.id]}))).await.record;
    calendar::save(&ann, &change(&made, json!({"title": "Second review"})), None).await.unwrap();
    calendar::answer(&bob, made.id, None, Answer::Declined).await.unwrap();
    for sequence in ["1", "9000000000"] {
        let early = format!("SEQUENCE:{sequence}\nDTSTAMP:20261101T000000Z\n");
        assert_eq!(outcome(&house.owner, &reply(made.id, &bob.me.email, "ACCEPTED", &early)).await, Outcome::Older, "{sequence}");
    }
    house.later(60_000);
    assert_eq!(outcome(&house.owner, &reply(made.id, &bob.me.email, "TENTATIVE", "SEQUENCE:9000000000\n")).await, Outcome::Taken);
    house.later(60_000);
    assert_eq!(outcome(&house.owner, &reply(made.id, &bob.me.email, "ACCEPTED", "SEQUENCE:1\n")).await, Outcome::Taken, "said later");
}

#[tokio::test]
async fn one_occurrence_is_answered_alone() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let anna = anna(&house).await;
    let weekly = json!({"rrule": "FREQ=WEEKLY;COUNT=4", "contacts": [anna.id]});
    let series = save(&ann, with(meeting("10:00", "11:00"), weekly)).await.record;
    let says = |says: &str, slot: &str, minute: u32| {
        reply(series.id, "anna@far.example", says, &format!("{}RECURRENCE-ID{slot}\n", stamp(minute)))
    };
    let third = ";TZID=Europe/Kyiv:20261208T100000";
    assert_eq!(outcome(&house.owner, &says("DECLINED", ":20261209T080000Z", 10)).await, Outcome::Unknown, "no such occurrence");
    let taken = calendar::take_replies(&house.owner, says("DECLINED", third, 10).as_bytes()).await.unwrap().remove(0);
    assert_eq!(taken.outcome, Outcome::Taken);
    let part = taken.event.unwrap();
    assert_ne!(part, series.id);
    assert_eq!(answer_of(&house, part, anna.id).await, Answer::Declined);
    assert_eq!(answer_of(&house, series.id, anna.id).await, Answer::Pending);
    // The same occurrence in other words: in UTC, and by what stands for it now.
    assert_eq!(outcome(&house.owner, &says("ACCEPTED", ":20261208T080000Z", 5)).await, Outcome::Older);
    assert_eq!(outcome(&house.owner, &says("ACCEPTED", ":20261208T080000Z", 20)).await, Outcome::Taken);
    assert_eq!(answer_of(&house, part, anna.id).await, Answer::Accepted);
    assert_eq!(
        outcome(&house.owner, &reply(series.id, "anna@far.example", "TENTATIVE", &stamp(1))).await,
        Outcome::Taken,
        "the series is another matter"
    );
}

/// A guest's yes was lost: the letter that they hold calls the occurrence by the hour that its series had then.
#[tokio::test]
async fn an_occurrence_that_stands_alone_is_answered_by_the_name_of_before_its_series_moved() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let anna = anna(&house).await;
    let weekly = json!({"rrule": "FREQ=WEEKLY;COUNT=4", "contacts": [anna.id]});
    let series = save(&ann, with(meeting("10:00", "11:00"), weekly)).await.record;
    let moved = json!({"start": "2026-12-09T12:00:00Z", "end": "2026-12-09T13:00:00Z"});
    let slot = Moment::parse("2026-12-08T08:00:00Z");
    let this = Draft { scope: Some(Scope::This), slot, ..change(&series, moved) };
    let part = calendar::save(&ann, &this, None).await.unwrap().record;
    let letter =
        ics::written(&house.app, std::slice::from_ref(&part), &Look { method: Some(Method::Request), ..Look::default() }).await.unwrap();
    let sequence = letter.lines().find(|l| l.starts_with("SEQUENCE:")).unwrap().trim().to_owned();
    let now = records::get(&ann, Kind::Event, series.id).await.unwrap();
    let later = json!({"start": "2026-11-24T09:00:00Z", "end": "2026-11-24T10:00:00Z"});
    calendar::save(&ann, &change(&now, later), None).await.unwrap();
    let held = format!("{}{sequence}\nRECURRENCE-ID;TZID=Europe/Kyiv:20261208T100000\n", stamp(10));
    assert_eq!(outcome(&house.owner, &reply(series.id, "anna@far.example", "ACCEPTED", &held)).await, Outcome::Taken);
    assert_eq!(answer_of(&house, part.id, anna.id).await, Answer::Accepted);
    let never = format!("{}RECURRENCE-ID;TZID=Europe/Kyiv:20261209T100000\n", stamp(11));
    assert_eq!(outcome(&house.owner, &reply(series.id, "anna@far.example", "DECLINED", &never)).await, Outcome::Unknown);
}

/// The number of an occurrence that was moved alone began at 0 again: a yes to its old time counted for the new one, and mail
/// programs took the letter about it for an old one.
#[tokio::test]
async fn a_yes_to_the_old_time_of_an_occurrence_that_was_moved_alone_says_nothing() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let anna = anna(&house).await;
    let weekly = json!({"rrule": "FREQ=WEEKLY;COUNT=4", "contacts": [anna.id]});
    let mut series = save(&ann, with(meeting("10:00", "11:00"), weekly)).await.record;
    for title in ["Second", "Third"] {
        series = calendar::save(&ann, &change(&series, json!({"title": title})), None).await.unwrap().record;
    }
    let says = |sequence: i64| {
        let more = format!("SEQUENCE:{sequence}\nRECURRENCE-ID:20261208T080000Z\n");
        reply(series.id, "anna@far.example", "ACCEPTED", &more)
    };
    let slot = Moment::parse("2026-12-08T08:00:00Z");
    let to = json!({"start": "2026-12-08T15:00:00+02:00", "end": "2026-12-08T16:00:00+02:00"});
    let wish = Draft { scope: Some(Scope::This), slot, ..change(&series, to) };
    let part = calendar::save(&ann, &wish, None).await.unwrap().record;
    assert_eq!(outcome(&house.owner, &says(2)).await, Outcome::Older, "it answers the series as it was");
    assert_eq!(answer_of(&house, part.id, anna.id).await, Answer::Pending);
    let look = Look { method: Some(Method::Request), ..Look::default() };
    let letter = ics::written(&house.owner.app, std::slice::from_ref(&part), &look).await.unwrap();
    let number = letter.lines().find_map(|l| l.strip_prefix("SEQUENCE:")?.trim().parse::<i64>().ok()).unwrap();
    assert!(number > 2, "{letter}");
    assert_eq!(outcome(&house.owner, &says(number)).await, Outcome::Taken);
    assert_eq!(answer_of(&house, part.id, anna.id).await, Answer::Accepted);
}

/// Where the series takes nobody's time no calendar's mark stood between two who answered, and the occurrence was there twice.
#[tokio::test]
async fn those_who_answer_one_occurrence_at_the_same_moment_answer_the_same_item() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let mut guests = Vec::new();
    for _ in 0..5 {
        guests.push(house.person("sales", None).await);
    }
    let asked: Vec<Id> = guests.iter().map(|g| g.me.id).collect();
    let weekly = json!({"rrule": "FREQ=WEEKLY;COUNT=4", "attendees": asked, "busy": false});
    let series = save(&ann, with(meeting("10:00", "11:00"), weekly)).await.record;
    let slot = Moment::parse("2026-12-08T08:00:00Z");
    let all = guests.iter().map(|g| calendar::answer(g, series.id, slot, Answer::Accepted));
    for saved in futures::future::join_all(all).await {
        saved.expect("answered");
    }
    let parts: Vec<Record> = everything(&house).await.into_values().filter(|r| r.id_of("part_of") == Some(series.id)).collect();
    let [part] = parts.as_slice() else { panic!("{} items stand for one occurrence", parts.len()) };
    let said = stored::event(part).unwrap().answers;
    assert!(asked.iter().all(|g| said.get(g) == Some(&Answer::Accepted)), "{said:?}");
}

#[tokio::test]
async fn what_was_called_off_takes_no_answer_and_a_delegate_answers_for_nobody() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let anna = anna(&house).await;
    let made = save(&ann, with(meeting("10:00", "11:00"), json!({"contacts": [anna.id]}))).await.record;
    // Whom she sends in her place is not asked; what she says of both at once is nobody's answer.
    let instead = reply(made.id, "bo@far.example", "ACCEPTED", "");
    let from = instead.replace(";PARTSTAT", ";DELEGATED-FROM=\"mailto:anna@far.example\";PARTSTAT");
    assert_eq!(outcome(&house.owner, &from).await, Outcome::NotInvited);
    let both = "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:bo@far.example\":mailto:anna@far.example\n";
    assert_eq!(outcome(&house.owner, &reply(made.id, "bo@far.example", "ACCEPTED", both)).await, Outcome::NoAnswer);
    assert_eq!(outcome(&house.owner, &reply(made.id, "anna@far.example", "DELEGATED", "")).await, Outcome::NoAnswer);
    // Her secretary says it in her name.
    let hers = reply(made.id, "anna@far.example", "TENTATIVE", "").replace(";PARTSTAT", ";SENT-BY=\"mailto:bo@far.example\";PARTSTAT");
    assert_eq!(outcome(&house.owner, &hers).await, Outcome::Taken);
    let current = records::get(&house.owner, Kind::Event, made.id).await.unwrap();
    calendar::save(&ann, &change(&current, json!({"status": "cancelled"})), None).await.unwrap();
    assert_eq!(outcome(&house.owner, &reply(made.id, "anna@far.example", "ACCEPTED", "")).await, Outcome::Over);
    assert_eq!(answer_of(&house, made.id, anna.id).await, Answer::Tentative);
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn of<T: Copy>(&mut self, sides: &[T]) -> T {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        sides[usize::try_from(self.0 >> 33).unwrap() % sides.len()]
    }
}

/// All items as they are, also those in the bin.
async fn everything(house: &House) -> std::collections::BTreeMap<Id, Record> {
    let ids: Vec<Id> = {
        let mut query = domain::list::ListQuery { limit: 500, ..Default::default() };
        let mut found = records::list(&house.owner, Kind::Event, &query).await.unwrap().records;
        query.deleted = true;
        found.extend(records::list(&house.owner, Kind::Event, &query).await.unwrap().records);
        found.iter().map(|r| r.id).collect()
    };
    let mut out = std::collections::BTreeMap::new();
    for id in ids {
        out.insert(id, records::get(&house.owner, Kind::Event, id).await.unwrap());
    }
    out
}

#[tokio::test]
async fn whatever_letters_come_only_who_was_asked_changes_only_their_own_answer() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    let anna = anna(&house).await;
    let asked = json!({"contacts": [anna.id], "attendees": [bob.me.id]});
    let make = async |from: &str, to: &str| save(&ann, with(meeting(from, to), asked.clone())).await.record;
    let live = make("10:00", "11:00").await;
    let moved = make("12:00", "13:00").await;
    let later = json!({"start": "2026-11-24T15:00:00+02:00", "end": "2026-11-24T16:00:00+02:00"});
    calendar::save(&ann, &change(&moved, later), None).await.unwrap();
    let off = make("13:00", "14:00").await;
    calendar::save(&ann, &change(&off, json!({"status": "cancelled"})), None).await.unwrap();
    let binned = make("14:00", "15:00").await;
    calendar::remove(&ann, binned.id, None, None, None).await.unwrap();
    let weekly = with(meeting("16:00", "17:00"), json!({"rrule": "FREQ=WEEKLY;COUNT=4"}));
    let series = save(&ann, with(weekly, asked.clone())).await.record;
    let alone = save(&ann, meeting("18:00", "19:00")).await.record;

    let upper = bob.me.email.to_uppercase();
    let who = ["anna@far.example", "ANNA@Far.Example", &bob.me.email, &upper, "stranger@far.example", ""];
    let items = [live.id, series.id, live.id, moved.id, off.id, binned.id, series.id, alone.id, anna.id];
    let slots = ["", "", "", "RECURRENCE-ID:20261201T140000Z\n", "RECURRENCE-ID:20261208T140000Z\n", "RECURRENCE-ID:20261209T080000Z\n"];
    let sequences = ["", "", "SEQUENCE:0\n", "SEQUENCE:1\n", "SEQUENCE:2\n", "SEQUENCE:-7\n", "SEQUENCE:99999999999999999999\n"];
    let others = ["", "", "", "", "ATTENDEE;PARTSTAT=DELEGATED:mailto:anna@far.example\n", "STATUS:CANCELLED\nSUMMARY:Stolen\n"];
    let says = ["ACCEPTED", "DECLINED", "TENTATIVE", "NEEDS-ACTION", "DELEGATED", "NONSENSE"];
    let minutes: Vec<u32> = (0..59).collect();
    let (mut dice, mut taken) = (Dice(5545), 0);
    for _ in 0..300 {
        let (item, person) = (dice.of(&items), dice.of(&who));
        let said_at = if dice.of(&[true, true, false]) { stamp(dice.of(&minutes)) } else { String::new() };
        let more = format!("{said_at}{}{}{}", dice.of(&sequences), dice.of(&slots), dice.of(&others));
        let letter = reply(item, person, dice.of(&says), &more);
        let before = everything(&house).await;
        let found = calendar::take_replies(&house.owner, letter.as_bytes()).await.unwrap().remove(0);
        let after = everything(&house).await;
        let changed: Vec<&Record> = after.values().filter(|r| before.get(&r.id) != Some(*r)).collect();
        if found.outcome != Outcome::Taken {
            assert!(changed.is_empty() && before.len() == after.len(), "{:?} changed something: {letter}", found.outcome);
            continue;
        }
        taken += 1;
        assert!([live.id, moved.id, series.id].contains(&item), "{letter}");
        let id = if person.eq_ignore_ascii_case("anna@far.example") { anna.id } else { bob.me.id };
        assert!(person.eq_ignore_ascii_case("anna@far.example") || person.eq_ignore_ascii_case(&bob.me.email), "{letter}");
        // Of a series also what stands for its occurrences.
        let answered = |r: &&Record| r.id == found.event.unwrap() || r.id_of("part_of") == found.event;
        assert!(!changed.is_empty() && changed.iter().all(answered), "{letter}");
        for now in changed {
            let part = !before.contains_key(&now.id);
            let was = before.get(if part { &series.id } else { &now.id }).unwrap();
            for name in was.fields.keys().chain(now.fields.keys()).filter(|n| was.fields.get(*n) != now.fields.get(*n)) {
                let of_a_part = part && ["part_of", "slot", "start", "end", "rrule"].contains(&name.as_str());
                assert!(name == "answers" || of_a_part, "{name} changed: {letter}");
            }
            let (mut old, mut new) = (stored::event(was).unwrap().answers, stored::event(now).unwrap().answers);
            assert_eq!(new.get(&id), Some(&found.answer));
            old.remove(&id);
            new.remove(&id);
            assert_eq!(old, new, "nobody else's answer: {letter}");
        }
        // The same letter a second time.
        assert_ne!(outcome(&house.owner, &letter).await, Outcome::Taken, "{letter}");
        assert_eq!(everything(&house).await, after);
    }
    assert!(taken > 10, "only {taken} were taken: the letters prove little");
}
