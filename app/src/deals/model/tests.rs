use domain::deals::rank_at_width;
use domain::money::Currency;

use super::*;

fn id(n: u128) -> Id {
    Id::parse(&format!("{n:032x}")).unwrap()
}

fn stage(id: &str, kind: StageKind, probability: u8) -> Stage {
    Stage { id: id.into(), name: id.to_uppercase(), kind, probability, rotting_days: Some(10), required_fields: vec![] }
}

fn card(n: u128, stage: &str, rank: u64, dollars: i64) -> Card {
    Card {
        id: id(n),
        version: 1,
        name: format!("Deal {n}"),
        stage: stage.into(),
        amount: Some(Money::new(dollars * 100, Currency::USD)),
        probability: None,
        company: None,
        owner: None,
        expected_close: None,
        stage_since: "2026-03-01T00:00:00.000Z".into(),
        rank: rank_at_width(rank, 6),
        next_step: None,
        next_step_at: None,
        can_edit: true,
    }
}

/// Two open columns (three cards worth 10, 20, 30; one worth 100), won and lost.
fn lanes() -> Lanes {
    let mut all = Lanes(
        [("a", StageKind::Open, 10), ("b", StageKind::Open, 50), ("won", StageKind::Won, 100), ("lost", StageKind::Lost, 0)]
            .map(|(i, k, p)| Lane { stage: Arc::new(stage(i, k, p)), totals: Totals::default(), cards: vec![], next: None })
            .into(),
    );
    for c in [card(1, "a", 1, 10), card(2, "a", 2, 20), card(3, "a", 3, 30), card(4, "b", 1, 100)] {
        let s = Arc::clone(&all.lane(&c.stage).unwrap().stage);
        let lane = all.0.iter_mut().find(|l| l.stage.id == c.stage).unwrap();
        count(&mut lane.totals, &c, &s, 1);
        lane.cards.push(Arc::new(c));
    }
    all
}

fn op(ids: &[u128], stage: &str, spot: Spot) -> Op {
    Op { no: 1, ids: ids.iter().map(|n| id(*n)).collect(), stage: stage.into(), spot, at: 1_775_000_000_000 }
}

fn ids(lanes: &Lanes, stage: &str) -> Vec<Id> {
    lanes.lane(stage).unwrap().cards.iter().map(|c| c.id).collect()
}

fn dollars(m: &[Money]) -> Vec<i64> {
    m.iter().map(|m| m.minor / 100).collect()
}

#[test]
fn a_move_shows_at_once_with_both_sums() {
    let truth = lanes();
    let seen = truth.with(&[op(&[2], "b", Spot::Between(None, Some(id(4))))]);
    assert_eq!(ids(&seen, "a"), [id(1), id(3)]);
    assert_eq!(ids(&seen, "b"), [id(2), id(4)]);
    assert_eq!(dollars(&seen.lane("a").unwrap().totals.sum), [40]);
    assert_eq!(dollars(&seen.lane("b").unwrap().totals.sum), [120]);
    assert_eq!(dollars(&seen.lane("b").unwrap().totals.weighted), [60], "weighed by the new stage");
    assert_eq!(seen.lane("b").unwrap().totals.count, 2);
    assert_eq!(seen.totals().count, 4);
    assert_eq!(seen.at(1, 0).unwrap().days_in_stage(1_775_000_000_000), 0, "its days begin anew");
    assert_eq!(truth.with(&[]), truth, "without the op everything is back in place");
}

#[test]
fn several_keep_their_order() {
    let seen = lanes().with(&[op(&[1, 3], "b", Spot::Between(Some(id(4)), None))]);
    assert_eq!(ids(&seen, "b"), [id(4), id(1), id(3)]);
    let ranks: Vec<&str> = seen.lane("b").unwrap().cards.iter().map(|c| c.rank.as_str()).collect();
    assert!(ranks.windows(2).all(|w| w[0] < w[1]), "{ranks:?}");
    let seen = lanes().with(&[op(&[3], "a", Spot::Between(None, Some(id(1))))]);
    assert_eq!(ids(&seen, "a"), [id(3), id(1), id(2)]);
    assert_eq!(seen.lane("a").unwrap().totals, lanes().lane("a").unwrap().totals, "order alone changes no sum");
}

#[test]
fn won_deals_leave_the_open_columns() {
    let seen = lanes().with(&[op(&[4], "won", Spot::Top)]);
    assert_eq!(seen.lane("won").unwrap().totals.count, 1);
    assert_eq!(dollars(&seen.lane("won").unwrap().totals.weighted), [100]);
    assert_eq!(seen.find(id(4)), None);
    assert_eq!(dollars(&seen.totals().sum), [60]);
}

#[test]
fn the_answer_counts_once_whoever_comes_first() {
    let mut answer = card(2, "b", 0, 20);
    answer.version = 2;
    // The answer first, then the refresh.
    let mut truth = lanes();
    truth.settle(answer.clone());
    let totals = truth.lane("b").unwrap().totals.clone();
    assert_eq!((totals.count, dollars(&totals.sum)), (2, vec![120]));
    // The refresh first (cards and totals), then the answer.
    let mut other = lanes();
    other.put(answer.clone());
    other.set_totals(vec![("b".into(), totals.clone()), ("a".into(), truth.lane("a").unwrap().totals.clone())]);
    other.settle(answer);
    assert_eq!(other, truth);
}

#[test]
fn late_news_are_no_news() {
    let mut truth = lanes();
    let mut newer = card(1, "b", 5, 10);
    newer.version = 3;
    assert!(truth.put(newer));
    assert!(!truth.put(card(1, "a", 1, 10)), "version 1 is older than version 3");
    assert_eq!(ids(&truth, "b"), [id(4), id(1)]);
}

#[test]
fn a_new_next_step_needs_no_new_version() {
    let mut truth = lanes();
    let mut same = card(1, "a", 1, 10);
    same.next_step = Some("Call".into());
    assert!(truth.put(same.clone()));
    assert_eq!(truth.card(id(1)).unwrap().next_step.as_deref(), Some("Call"));
    assert!(!truth.put(same), "nothing new");
}

#[test]
fn cards_beyond_the_loaded_ones_only_count() {
    let mut truth = lanes();
    truth.0[0].next = Some("more".into());
    assert!(truth.put(card(9, "a", 900, 5)));
    assert_eq!(ids(&truth, "a").len(), 3);
    truth.put(card(8, "a", 2, 5));
    assert_eq!(ids(&truth, "a"), [id(1), id(2), id(8), id(3)]);
    let page = ColumnPage { cards: vec![card(8, "a", 2, 5), card(9, "a", 900, 5)], labels: Default::default(), next: None };
    truth.page("a", page);
    assert_eq!(ids(&truth, "a"), [id(1), id(2), id(8), id(3), id(9)], "no card twice");
    assert!(truth.0[0].complete());
}

#[test]
fn two_currencies_are_listed_not_added() {
    let eur = Currency::parse("EUR").unwrap();
    let mut sums = vec![Money::new(5, Currency::USD)];
    add(&mut sums, Money::new(7, eur));
    add(&mut sums, Money::new(1, Currency::USD));
    assert_eq!(sums, [Money::new(6, Currency::USD), Money::new(7, eur)]);
}

#[test]
fn the_mean_age_follows_a_move() {
    let day = |d: u32| format!("2026-03-{d:02}T00:00:00.000Z");
    let mut totals = Totals { count: 1, since: Some(day(1)), ..Totals::default() };
    let s = stage("a", StageKind::Open, 10);
    let mut c = card(1, "a", 1, 1);
    c.stage_since = day(3);
    count(&mut totals, &c, &s, 1);
    assert_eq!(totals.since, Some(day(2)));
    count(&mut totals, &c, &s, -1);
    assert_eq!(totals.since, Some(day(1)));
    count(&mut totals, &c, &s, -1);
    assert_eq!(totals.since, None);
}

#[test]
fn shift_selects_what_lies_between() {
    let all = lanes();
    assert_eq!(range(&all, id(3), id(1)), [id(1), id(2), id(3)]);
    assert_eq!(range(&all, id(1), id(4)), [id(4)], "another column begins anew");
}

#[test]
fn places_become_neighbours() {
    let all = lanes();
    let a = &all.0[0];
    let between = |a: Option<u128>, b: Option<u128>| Spot::Between(a.map(id), b.map(id));
    assert_eq!(spot(a, &[id(2)], 1), between(Some(1), Some(3)));
    assert_eq!(spot(a, &[id(2)], 2), between(Some(3), None));
    assert_eq!(spot(a, &[], 0), between(None, Some(1)));
    let mut more = a.clone();
    more.next = Some("c".into());
    assert_eq!(spot(&more, &[], 3), between(Some(2), Some(3)), "behind the last loaded card nothing is known");
    assert_eq!(spot(&all.0[2], &[], 0), Spot::END);
    let seen = all.with(&[op(&[1], "b", Spot::END)]);
    assert_eq!(ids(&seen, "b"), [id(4), id(1)]);
}

/// Read from a server that knew of the move, but not yet that it leaves the column: the card said its new stage in the old one,
/// and the refresh that followed said the same card again.
#[test]
fn a_card_that_came_in_a_column_it_had_left_goes_to_its_own() {
    let mut all = lanes();
    let moved = Card { stage: "b".into(), version: 2, ..card(1, "a", 1, 10) };
    all.0[0].cards[0] = Arc::new(moved.clone());
    assert!(all.put(moved.clone()));
    assert_eq!(ids(&all, "a"), [id(2), id(3)]);
    assert_eq!(ids(&all, "b"), [id(1), id(4)]);
    assert!(!all.put(moved), "there it stays");
}
