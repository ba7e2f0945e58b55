use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::pipelines::StageKind;

const HOUR: i64 = 60 * MINUTE;

fn id(n: u128) -> Id {
    Id(uuid::Uuid::from_u128(n))
}

/// Tuesday 24 November 2026, ten in the morning in UTC.
fn clock() -> Clock {
    let start = time::parse_instant("2026-11-24T00:00:00Z").unwrap();
    Clock { now: start + 10 * HOUR, today: Span::new(start, start + 24 * HOUR), date: time::parse_date("2026-11-24").unwrap() }
}

fn shown(n: u128, from: &str, to: &str) -> Shown {
    let at = |text: &str| time::parse_instant(&format!("2026-11-{text}:00Z")).unwrap();
    let span = Span::new(at(from), at(to));
    serde_json::from_value(json!({
        "id": id(n), "recurs": false, "start": time::instant(span.start), "end": time::instant(span.end), "span": span,
        "kind": "meeting", "status": "confirmed", "busy": true, "masked": false, "private": false, "title": format!("M{n}"), "place": "",
        "organiser": null, "subjects": [], "attendees": [], "contacts": [], "resources": [], "company": null, "deal": null,
        "travel_before": 0, "travel_after": 0, "answer": null, "clash": false, "version": 1, "can_edit": true,
    }))
    .unwrap()
}

fn record(n: u128, due: &str, more: serde_json::Value) -> Record {
    let mut fields = more.as_object().cloned().unwrap();
    fields.insert("due_at".into(), due.into());
    fields.entry("name").or_insert(format!("T{n}").into());
    let at = String::new();
    Record { id: id(n), kind: Kind::Task, version: 1, created_at: at.clone(), updated_at: at, deleted_at: None, fields }
}

fn due(n: u128, due: &str, more: serde_json::Value) -> Option<Line> {
    let when = (!due.is_empty()).then(|| (time::parse_instant(due).unwrap(), time::parse_date(&due[..10]).unwrap()));
    task(&record(n, due, more), when, true, &clock())
}

fn card(n: u128, amount: i64, since_days: i64, close: Option<&str>, step: bool) -> Card {
    let step = step.then(|| "Call".to_owned());
    Card {
        id: id(n),
        version: 1,
        name: format!("D{n}"),
        stage: "s".into(),
        amount: Some(Money::new(amount, Currency::USD)),
        probability: None,
        company: None,
        owner: None,
        expected_close: close.map(str::to_owned),
        stage_since: time::instant(clock().now - since_days * 24 * HOUR),
        rank: String::new(),
        next_step: step,
        next_step_at: None,
        can_edit: true,
    }
}

fn stage() -> Stage {
    let kind = StageKind::Open;
    Stage { id: "s".into(), name: "S".into(), kind, probability: 50, rotting_days: Some(10), required_fields: Vec::new() }
}

fn names(lines: &[Line]) -> Vec<(&str, Group)> {
    lines.iter().map(|l| (l.name.as_str(), l.group)).collect()
}

#[test]
fn what_has_an_hour_comes_by_the_hour_and_the_rest_by_points() {
    let c = clock();
    let lines = vec![
        meeting(&shown(1, "24T15:00", "24T16:00"), &c),
        meeting(&shown(2, "24T09:30", "24T10:30"), &c),
        meeting(&shown(3, "24T10:20", "24T11:00"), &c),
        meeting(&shown(4, "25T09:00", "25T10:00"), &c),
        meeting(&shown(5, "24T12:00", "24T13:00"), &c),
        due(10, "2026-11-24T09:00:00.000Z", json!({})),
        due(11, "2026-11-20T09:00:00.000Z", json!({})),
        due(12, "2026-11-24T17:00:00.000Z", json!({})),
        due(13, "2026-11-24T18:00:00.000Z", json!({"priority": "high"})),
        due(14, "2026-11-26T09:00:00.000Z", json!({})),
        deal(&card(20, 500, 1, None, false), &stage(), &c),
        deal(&card(21, 900, 25, None, true), &stage(), &c),
    ];
    let list = arrange(lines.into_iter().map(|l| l.unwrap()).collect(), &BTreeMap::new());
    use Group::*;
    let expected = [
        ("M2", Now),
        ("M3", Now),
        ("D21", Overdue),
        ("T11", Overdue),
        ("T10", Overdue),
        ("M5", Today),
        ("M1", Today),
        ("T13", Today),
        ("T12", Today),
        ("D20", Today),
        ("M4", Soon),
        ("T14", Soon),
    ];
    assert_eq!(names(&list), expected, "{:?}", list.iter().map(|l| (&l.name, l.points)).collect::<Vec<_>>());
    assert_eq!(list[0].why, [Why::Running]);
    assert_eq!(list[1].why, [Why::Begins { minutes: 20 }]);
    assert_eq!(list[3].why, [Why::TaskLate { days: 4 }]);
}

/// However important or large, it stands last; and the deal that presses does not sink with it.
#[test]
fn a_task_without_a_date_stands_last_and_takes_no_deal_along() {
    let c = clock();
    let deal_id = json!(id(21));
    let lines = vec![
        due(10, "", json!({"priority": "high", "deal": deal_id})),
        due(11, "", json!({})),
        due(12, "", json!({"priority": "low"})),
        due(13, "2026-12-01T09:00:00.000Z", json!({"priority": "low"})),
        deal(&card(21, 900, 25, None, true), &stage(), &c),
    ];
    let list = arrange(lines.into_iter().map(|l| l.unwrap()).collect(), &BTreeMap::from([(id(21), Money::new(900, Currency::USD))]));
    use Group::*;
    assert_eq!(names(&list), [("D21", Overdue), ("T13", Soon), ("T10", Undated), ("T11", Undated), ("T12", Undated)]);
    assert_eq!((list[3].at, &list[3].why[0]), (None, &Why::TaskUndated));
    assert_eq!(until(&list, &c), c.today.end, "no hour changes it");
    assert_eq!(due(14, "", json!({"done": true})), None);
}

#[test]
fn what_asks_for_nothing_is_not_there() {
    let c = clock();
    assert_eq!(meeting(&shown(1, "24T08:00", "24T10:00"), &c), None, "over at this very instant");
    for (field, value) in [("status", json!("cancelled")), ("answer", json!("declined")), ("kind", json!("leave")), ("masked", json!(true))]
    {
        let mut item = serde_json::to_value(shown(1, "24T15:00", "24T16:00")).unwrap();
        item[field] = value;
        assert_eq!(meeting(&serde_json::from_value(item).unwrap(), &c), None, "{field}");
    }
    assert_eq!(due(1, "2026-11-20T09:00:00.000Z", json!({"done": true})), None);
    assert_eq!(due(1, "2026-12-02T09:00:00.000Z", json!({})), None, "in eight days");
    assert_eq!(deal(&card(1, 5, 9, Some("2026-12-02"), true), &stage(), &c), None, "it goes its way");
}

#[test]
fn every_reason_of_a_deal_is_named_the_strongest_first() {
    let c = clock();
    let line = deal(&card(1, 5, 12, Some("2026-11-20"), false), &stage(), &c).unwrap();
    assert_eq!(line.why, [Why::CloseMissed { days: 4 }, Why::Rotting { days: 12, limit: 10, twice: false }, Why::NoStep]);
    assert_eq!(line.group, Group::Overdue);
    let soon = deal(&card(1, 5, 1, Some("2026-11-27"), true), &stage(), &c).unwrap();
    assert_eq!((soon.group, soon.why.as_slice()), (Group::Soon, [Why::CloseSoon { days: 3 }].as_slice()));
    assert_eq!(deal(&card(1, 5, 1, Some("2026-11-24"), true), &stage(), &c).unwrap().group, Group::Today);
}

#[test]
fn a_deal_whose_step_is_in_the_list_stands_there_once() {
    let c = clock();
    let step = due(10, "2026-11-24T17:00:00.000Z", json!({"deal": id(1)})).unwrap();
    let rotten = deal(&card(1, 5, 30, None, true), &stage(), &c).unwrap();
    let worth = BTreeMap::from([(id(1), Money::new(5, Currency::USD))]);
    let list = arrange(vec![step, rotten], &worth);
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].kind, list[0].amount), (Kind::Task, Some(Money::new(5, Currency::USD))));
    assert_eq!(list[0].why, [Why::TaskToday, Why::Rotting { days: 30, limit: 10, twice: true }]);
}

#[test]
fn every_reason_travels_flat_and_arrives_as_it_was() {
    let all = [
        Why::Running,
        Why::Begins { minutes: 20 },
        Why::Clash,
        Why::Unanswered,
        Why::Meeting,
        Why::TaskLate { days: 0 },
        Why::TaskToday,
        Why::TaskSoon { days: 2 },
        Why::Important,
        Why::Rotting { days: 24, limit: 10, twice: true },
        Why::NoStep,
        Why::CloseMissed { days: 3 },
        Why::CloseSoon { days: 0 },
        Why::Large,
    ];
    for why in all {
        let json = serde_json::to_value(&why).unwrap();
        assert_eq!(json["reason"], why.name());
        assert_eq!(serde_json::from_value::<Why>(json).unwrap(), why);
    }
    assert_eq!(serde_json::to_value(Why::NoStep).unwrap(), json!({"reason": "no_step"}));
    assert_eq!(serde_json::to_value(Why::TaskLate { days: 3 }).unwrap(), json!({"reason": "task_late", "days": 3}));
    assert!(serde_json::from_value::<Why>(json!({"reason": "mood"})).is_err());
}

#[test]
fn currencies_are_not_compared() {
    let c = clock();
    let mut lines: Vec<Line> =
        (1..=4_i64).map(|n| deal(&card(n.unsigned_abs().into(), n * 100, 1, None, false), &stage(), &c).unwrap()).collect();
    let dong = Money::new(9_000_000, Currency::parse("VND").unwrap());
    let mut alone = deal(&card(9, 1, 1, None, false), &stage(), &c).unwrap();
    alone.amount = Some(dong);
    lines.push(alone);
    let list = arrange(lines, &BTreeMap::new());
    let points: Vec<(&str, i64)> = list.iter().map(|l| (l.name.as_str(), l.points)).collect();
    assert_eq!(points, [("D4", 50), ("D3", 40), ("D2", 30), ("D9", 30), ("D1", 25)]);
    assert_eq!(list[0].why, [Why::NoStep, Why::Large]);
}

#[test]
fn the_list_says_until_when_it_holds() {
    let c = clock();
    let begins = meeting(&shown(1, "24T15:00", "24T16:00"), &c).unwrap();
    let runs = meeting(&shown(2, "24T09:30", "24T10:30"), &c).unwrap();
    assert_eq!(until(std::slice::from_ref(&begins), &c), c.today.start + 14 * HOUR + 30 * MINUTE, "when to get ready");
    assert_eq!(until(&[begins, runs], &c), c.today.start + 10 * HOUR + 30 * MINUTE, "when the other one ends");
    assert_eq!(until(&[], &c), c.today.end);
}

proptest! {
    /// However the lines come in, they stand in the same order; and that is the order the rule names.
    #[test]
    fn the_order_depends_on_nothing_else(
        tasks in proptest::collection::vec((0_i64..400, 0_usize..3, 0_i64..6), 0..12),
        deals in proptest::collection::vec((0_i64..6, 0_i64..40, any::<bool>()), 0..8),
        seed in any::<u64>(),
    ) {
        let c = clock();
        let mut lines = Vec::new();
        let mut worth = BTreeMap::new();
        for (n, (hours, priority, deal)) in tasks.iter().enumerate() {
            let at = time::instant(c.today.start - 200 * HOUR + hours * HOUR);
            let of = id(100 + u128::from(deal.unsigned_abs()));
            let more = json!({"priority": (["low", "normal", "high"][*priority]), "deal": of});
            lines.extend(due(n as u128, &at, more));
            worth.insert(of, Money::new(*deal, Currency::USD));
        }
        for (n, (amount, since, step)) in deals.iter().enumerate() {
            lines.extend(deal(&card(100 + n as u128, *amount, *since, None, *step), &stage(), &c));
        }
        let list = arrange(lines.clone(), &worth);
        let mut turned = lines.clone();
        let by = usize::try_from(seed % 7).unwrap().min(turned.len());
        turned.rotate_left(by);
        turned.reverse();
        let keys = |l: &[Line]| l.iter().map(|l| l.key.clone()).collect::<Vec<_>>();
        prop_assert_eq!(keys(&list), keys(&arrange(turned, &worth)));
        for pair in list.windows(2) {
            prop_assert!(pair[0].group < pair[1].group || (pair[0].group == pair[1].group && pair[0].points >= pair[1].points));
        }
        prop_assert!(list.iter().all(|l| !l.why.is_empty()));
    }
}
