use domain::deals::{BoardQuery, MoveDeal};
use domain::list::ListQuery;
use domain::{Error, Fields, Kind, Money, money::Currency};
use serde_json::json;
use service::{dashboard, deals, history, records};

use crate::house::{House, object};

fn to(stage: &str, version: i64) -> MoveDeal {
    MoveDeal { stage: stage.into(), before: None, after: None, to_top: false, version, fields: Fields::new(), base: Fields::new() }
}

fn usd(minor: i64) -> Vec<Money> {
    vec![Money::new(minor, Currency::USD)]
}

#[tokio::test]
async fn a_moved_card_moves_its_sums_and_undo_puts_it_back() {
    let house = House::new().await;
    let me = house.owner.me.id;
    let a = house.deal("A", "1054.00", me).await;
    house.deal("B", "0.05", me).await;
    let board = deals::board(&house.owner, &BoardQuery::default()).await.unwrap();
    assert_eq!(board.columns[0].totals.count, 2);
    assert_eq!(board.columns[0].totals.sum, usd(105_405));
    // Rounded per deal: 105.40 + 0.01
    assert_eq!(board.columns[0].totals.weighted, usd(10_541));
    assert_eq!(board.columns[0].cards.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["B", "A"], "newest on top");

    let (card, change) = deals::move_to_stage(&house.owner, a.id, to("won", 1)).await.unwrap();
    assert_eq!((card.stage.as_str(), card.version), ("won", 2));
    let won = records::get(&house.owner, Kind::Deal, a.id).await.unwrap();
    assert_eq!((won.text("status"), won.text("closed_at")), ("won", "2026-11-22"));
    let figures = dashboard::load(&house.owner, &Default::default()).await.unwrap();
    assert_eq!((figures.won.count, figures.won.sum.clone(), figures.win_rate), (1, usd(105_400), Some(1000)));

    history::undo(&house.owner, &[change]).await.unwrap();
    let back = records::get(&house.owner, Kind::Deal, a.id).await.unwrap();
    assert_eq!((back.text("status"), back.text("closed_at"), back.text("stage")), ("open", "", "prospecting"));
    let board = deals::board(&house.owner, &BoardQuery::default()).await.unwrap();
    assert_eq!(board.columns[0].totals.sum, usd(105_405));
}

#[tokio::test]
async fn the_order_of_a_column_is_kept() {
    let house = House::new().await;
    let me = house.owner.me.id;
    let mut ids = Vec::new();
    for name in ["A", "B", "C"] {
        ids.push(house.deal(name, "1.00", me).await);
    }
    let names = async || {
        let board = deals::board(&house.owner, &BoardQuery::default()).await.unwrap();
        board.columns[0].cards.iter().map(|c| c.name.clone()).collect::<String>()
    };
    assert_eq!(names().await, "CBA");
    let before = MoveDeal { before: Some(ids[2].id), ..to("prospecting", 1) };
    deals::move_to_stage(&house.owner, ids[0].id, before).await.unwrap();
    assert_eq!(names().await, "ACB");
    let between = MoveDeal { before: Some(ids[2].id), after: Some(ids[0].id), ..to("prospecting", 1) };
    deals::move_to_stage(&house.owner, ids[1].id, between).await.unwrap();
    assert_eq!(names().await, "ABC");
    deals::move_to_stage(&house.owner, ids[0].id, to("prospecting", 2)).await.unwrap();
    assert_eq!(names().await, "BCA");
    let upwards = MoveDeal { before: Some(ids[2].id), ..to("prospecting", 3) };
    deals::move_to_stage(&house.owner, ids[0].id, upwards).await.unwrap();
    assert_eq!(names().await, "BAC", "between the two, though only one neighbour was named");
}

/// Whoever typed longer into the dialog of a stage wrote over what another had filled in meanwhile, and saw nothing of it.
#[tokio::test]
async fn what_somebody_filled_in_while_a_stage_asked_for_it_is_not_written_over() {
    let house = House::new().await;
    let deal = house.deal("A", "1.00", house.owner.me.id).await;
    let theirs = domain::record::Patch { fields: object(json!({"expected_close": "2027-02-02"})), version: 1, base: Fields::new() };
    records::update(&house.owner, Kind::Deal, deal.id, theirs).await.unwrap();
    let mine = MoveDeal {
        fields: object(json!({"expected_close": "2027-05-05"})),
        base: object(json!({"expected_close": null})),
        ..to("engaging", 2)
    };
    let Err(Error::Conflict(clash)) = deals::move_to_stage(&house.owner, deal.id, mine.clone()).await else { panic!("written over") };
    assert_eq!((clash.fields.as_slice(), clash.current.text("expected_close")), (&["expected_close".to_owned()][..], "2027-02-02"));
    assert_eq!(records::get(&house.owner, Kind::Deal, deal.id).await.unwrap().text("stage"), "prospecting", "nothing is half done");
    let seen = MoveDeal { base: object(json!({"expected_close": "2027-02-02"})), ..mine };
    deals::move_to_stage(&house.owner, deal.id, seen).await.expect("chosen over what was seen");
    assert_eq!(records::get(&house.owner, Kind::Deal, deal.id).await.unwrap().text("expected_close"), "2027-05-05");
}

#[tokio::test]
async fn a_stage_asks_for_its_fields_on_entry() {
    let house = House::new().await;
    let mut stages = domain::pipelines::template(["a", "b", "c", "d", "w", "l"]);
    stages[2].required_fields = vec!["company".into(), "expected_close".into()];
    let pipeline = house.create(Kind::Pipeline, json!({"name": "Strict", "stages": stages})).await;
    let deal = house.create(Kind::Deal, json!({"name": "A", "pipeline": pipeline.id})).await;
    let Err(Error::Invalid { fields }) = deals::move_to_stage(&house.owner, deal.id, to("proposal", 1)).await else { panic!("moved") };
    assert_eq!(
        fields.iter().map(|f| (f.field.as_str(), f.code.as_str())).collect::<Vec<_>>(),
        [("company", "required_by_stage"), ("expected_close", "required_by_stage")]
    );
    let company = house.create(Kind::Company, json!({"name": "Isdom"})).await;
    let given = MoveDeal { fields: object(json!({"company": company.id, "expected_close": "2026-12-31"})), ..to("proposal", 1) };
    assert!(deals::move_to_stage(&house.owner, deal.id, given).await.is_ok());
}

#[tokio::test]
async fn a_stage_in_use_is_not_taken_away() {
    let house = House::new().await;
    let deal = house.deal("A", "1.00", house.owner.me.id).await;
    let pipeline = records::get(&house.owner, Kind::Pipeline, deal.id_of("pipeline").unwrap()).await.unwrap();
    let mut stages: Vec<serde_json::Value> = pipeline.fields["stages"].as_array().cloned().unwrap();
    stages.remove(0);
    let patch = domain::record::Patch { fields: object(json!({"stages": stages})), version: pipeline.version, base: Fields::new() };
    let Err(Error::Invalid { fields }) = records::update(&house.owner, Kind::Pipeline, pipeline.id, patch).await else { panic!("removed") };
    assert_eq!(fields[0].code, "stage_in_use");
}

#[tokio::test]
async fn other_probabilities_weigh_the_deals_anew() {
    let house = House::new().await;
    let deal = house.deal("A", "100.00", house.owner.me.id).await;
    let pipeline = records::get(&house.owner, Kind::Pipeline, deal.id_of("pipeline").unwrap()).await.unwrap();
    let mut stages = pipeline.fields["stages"].clone();
    stages[0]["probability"] = json!(40);
    let patch = domain::record::Patch { fields: object(json!({"stages": stages})), version: pipeline.version, base: Fields::new() };
    records::update(&house.owner, Kind::Pipeline, pipeline.id, patch).await.unwrap();
    let board = deals::board(&house.owner, &BoardQuery::default()).await.unwrap();
    assert_eq!(board.columns[0].totals.weighted, usd(4_000));
}

#[tokio::test]
async fn the_next_open_task_is_the_deals_next_step() {
    let house = House::new().await;
    let deal = house.deal("A", "1.00", house.owner.me.id).await;
    let late = house.create(Kind::Task, json!({"name": "Later", "deal": deal.id, "due_at": "2026-12-02T10:00:00Z"})).await;
    let soon = house.create(Kind::Task, json!({"name": "Soon", "deal": deal.id, "due_at": "2026-12-01T10:00:00Z"})).await;
    let step = async || records::get(&house.owner, Kind::Deal, deal.id).await.unwrap().text("next_step").to_owned();
    assert_eq!(step().await, "Soon");
    let done = domain::record::Patch { fields: object(json!({"done": true})), version: 1, base: Fields::new() };
    records::update(&house.owner, Kind::Task, soon.id, done).await.unwrap();
    assert_eq!(step().await, "Later");
    records::remove(&house.owner, Kind::Task, late.id, None).await.unwrap();
    assert_eq!(step().await, "");
}

#[tokio::test]
async fn two_movers_of_one_card_the_second_is_told() {
    let house = House::new().await;
    let deal = house.deal("A", "1.00", house.owner.me.id).await;
    deals::move_to_stage(&house.owner, deal.id, to("engaging", 1)).await.unwrap();
    assert!(
        matches!(deals::move_to_stage(&house.owner, deal.id, to("won", 1)).await, Err(Error::Conflict(c)) if c.current.text("stage") == "engaging")
    );
}

#[tokio::test]
async fn tasks_that_are_done_together_leave_no_next_step_behind() {
    let house = House::new().await;
    let deal = house.deal("A", "1.00", house.owner.me.id).await;
    let mut ids = Vec::new();
    for day in 1..4 {
        let due = format!("2026-12-0{day}T10:00:00Z");
        ids.push(house.create(Kind::Task, json!({"name": format!("Step {day}"), "deal": deal.id, "due_at": due})).await.id);
    }
    let now = async || records::get(&house.owner, Kind::Deal, deal.id).await.unwrap();
    assert_eq!(now().await.text("next_step"), "Step 1");
    let all = domain::list::Selection::Ids { ids };
    let done = records::update_many(&house.owner, Kind::Task, &all, object(json!({"done": true}))).await.unwrap();
    assert_eq!(now().await.text("next_step"), "");
    history::undo(&house.owner, &done.changes).await.unwrap();
    assert_eq!(now().await.text("next_step"), "Step 1");
}

#[tokio::test]
async fn a_next_step_is_not_lost_to_somebody_who_writes_at_the_same_time() {
    let house = House::new().await;
    let deal = house.deal("A", "1.00", house.owner.me.id).await;
    house.create(Kind::Task, json!({"name": "Call", "deal": deal.id})).await;
    let now = records::get(&house.owner, Kind::Deal, deal.id).await.unwrap();
    // Another version is another record: whoever saw the one before starts again from this.
    assert_eq!((now.version, now.text("next_step")), (2, "Call"));
    let tasks = (0..6).map(|n| {
        let (ctx, deal) = (house.owner.clone(), deal.id);
        let fields = object(json!({"name": format!("T{n}"), "deal": deal, "due_at": format!("2026-12-0{}T10:00:00Z", n + 1)}));
        tokio::spawn(async move { records::create(&ctx, Kind::Task, fields, None).await.unwrap() })
    });
    let renamed = domain::record::Patch { fields: object(json!({"name": "B"})), version: 2, base: object(json!({"name": "A"})) };
    let (made, renamed) = tokio::join!(futures::future::join_all(tasks), records::update(&house.owner, Kind::Deal, deal.id, renamed));
    assert!(made.iter().all(Result::is_ok) && renamed.is_ok());
    let now = records::get(&house.owner, Kind::Deal, deal.id).await.unwrap();
    assert_eq!((now.name(), now.text("next_step")), ("B", "T0"));
}

#[tokio::test]
async fn cards_stay_on_a_board_that_asks_for_times_and_words() {
    let house = House::new().await;
    let deal = house.deal("Rollout of pumps", "1.00", house.owner.me.id).await;
    let other = house.deal("Spare parts", "1.00", house.owner.me.id).await;
    let ask = async |filter: &str, q: &str| {
        let query = BoardQuery { filter: filter.into(), q: q.into(), ..BoardQuery::default() };
        let (_, cards, _) = deals::refresh(&house.owner, &query, &[deal.id, other.id]).await.unwrap();
        cards.into_iter().map(|c| c.id).collect::<Vec<_>>()
    };
    assert_eq!(ask("created_at = today and updated_at <= now", "").await, [deal.id, other.id]);
    assert_eq!(ask("created_at < today", "").await, []);
    assert_eq!(ask("", "pumps").await, [deal.id]);
}

#[tokio::test]
async fn a_period_of_two_days_counts_both_and_says_what_is_wrong_with_them() {
    let house = House::new().await;
    for day in ["2026-03-09", "2026-03-10", "2026-03-15", "2026-03-20", "2026-03-21"] {
        let fields = json!({"name": day, "stage": "won", "closed_at": day, "amount": {"amount": "10.10", "currency": "USD"}});
        house.create(Kind::Deal, fields).await;
    }
    let ask = async |period: &str| {
        let query = domain::dashboard::DashboardQuery { period: period.to_owned(), ..Default::default() };
        dashboard::load(&house.owner, &query).await
    };
    for (period, code) in
        [("2026-03-20..2026-03-10", "date_span_order"), ("2026-02-30..2026-03-10", "date_span"), ("2026-03-10..", "date_span")]
    {
        assert_eq!(ask(period).await.unwrap_err(), Error::invalid("period", code), "{period}");
    }
    let figures = ask("2026-03-10..2026-03-20").await.unwrap();
    assert_eq!((figures.won.count, figures.won.sum.clone()), (3, usd(3_030)));
    assert_eq!(figures.period, Some(("2026-03-10".to_owned(), "2026-03-21".to_owned())));
    let behind = records::sums(&house.owner, Kind::Deal, &ListQuery { filter: figures.won.filter, ..ListQuery::default() }).unwrap();
    assert_eq!((behind.count, behind.money), (3, usd(3_030)));
    assert_eq!(ask("2026-03-15..2026-03-15").await.unwrap().won.count, 1);
}

#[tokio::test]
async fn the_forecast_adds_up_however_far_it_reaches() {
    let house = House::new().await;
    let days = ["2025-01-31", "2026-11-30", "2028-10-31", "2028-11-01", "2031-06-15", "2399-12-31", ""];
    for (n, day) in days.into_iter().enumerate() {
        let amount = json!({"amount": format!("{}.01", 10 + n), "currency": "USD"});
        house.create(Kind::Deal, json!({"name": format!("D{n}"), "amount": amount, "expected_close": day})).await;
    }
    let figures = dashboard::load(&house.owner, &Default::default()).await.unwrap();
    let sum = |m: &[Money]| m.iter().map(|m| m.minor).sum::<i64>();
    assert_eq!(figures.forecast.iter().map(|r| sum(&r.totals.sum)).sum::<i64>(), sum(&figures.open.sum));
    assert_eq!(figures.forecast.iter().map(|r| r.totals.count).sum::<i64>(), 7);
    let later = figures.forecast.iter().find(|r| r.month == "later").expect("a row for what is further away");
    assert_eq!(later.totals.count, 3);
    // Each figure and the list behind it are the same deals.
    for row in &figures.forecast {
        let query = domain::list::ListQuery { filter: row.filter.clone(), count: true, ..Default::default() };
        assert_eq!(records::list(&house.owner, Kind::Deal, &query).await.unwrap().total, Some(row.totals.count), "{}", row.month);
    }
}

#[tokio::test]
async fn a_list_adds_up_what_the_dashboard_figure_says_and_no_more_than_may_be_seen() {
    let house = House::new().await;
    let (ann, bob) = (house.person("sales", None).await, house.person("sales", None).await);
    house.deal("A", "1054.10", ann.me.id).await;
    house.deal("B", "0.05", ann.me.id).await;
    house.deal("C", "99.99", bob.me.id).await;
    let euro = json!({"name": "D", "amount": {"amount": "7.00", "currency": "EUR"}, "owner": ann.me.id});
    house.create(Kind::Deal, euro).await;
    house.create(Kind::Deal, json!({"name": "Without an amount", "owner": ann.me.id})).await;

    let all = ListQuery::default();
    let hers = records::sums(&ann, Kind::Deal, &all).unwrap();
    assert_eq!((hers.count, hers.money), (4, [vec![Money::new(700, Currency::parse("EUR").unwrap())], usd(105_415)].concat()));
    assert_eq!(records::sums(&bob, Kind::Deal, &all).unwrap().money, usd(9_999));

    let figures = dashboard::load(&house.owner, &Default::default()).await.unwrap();
    let behind = ListQuery { filter: figures.open.filter, ..ListQuery::default() };
    let sums = records::sums(&house.owner, Kind::Deal, &behind).unwrap();
    assert_eq!((sums.count, sums.money, sums.weighted), (figures.open.count, figures.open.sum, figures.weighted));
    let some = ListQuery { q: "without".into(), ..ListQuery::default() };
    let sums = records::sums(&house.owner, Kind::Deal, &some).unwrap();
    assert_eq!((sums.count, sums.money, sums.weighted), (1, vec![], vec![]));
}

#[tokio::test]
async fn companies_add_up_their_people_and_revenue_wherever_they_lie_in_the_bin_or_not() {
    let house = House::new().await;
    let company = async |name: &str, employees: i64, revenue: &str, currency: &str| {
        let fields = json!({"name": name, "employees": employees, "revenue": {"amount": revenue, "currency": currency}});
        house.create(Kind::Company, fields).await
    };
    company("A", 40, "1000000.50", "USD").await;
    company("B", 2, "500", "JPY").await;
    let gone = company("C", 7, "1.00", "USD").await;
    records::remove(&house.owner, Kind::Company, gone.id, None).await.unwrap();
    let sums = |query| records::sums(&house.owner, Kind::Company, &query).unwrap();
    let used = sums(ListQuery::default());
    assert_eq!((used.count, used.number), (2, 42));
    assert_eq!(
        used.money.iter().map(|m| (m.amount(), m.currency.code())).collect::<Vec<_>>(),
        [("500".to_owned(), "JPY"), ("1000000.50".to_owned(), "USD")]
    );
    let bin = sums(ListQuery { deleted: true, ..ListQuery::default() });
    assert_eq!((bin.count, bin.number, bin.money), (1, 7, usd(100)));
}

#[tokio::test]
async fn one_stray_date_does_not_empty_the_chart_of_months() {
    let house = House::new().await;
    let days = ["1017-03-01", "2025-02-10", "2026-10-05", "2026-11-01", "2926-11-01", "9999-12-31"];
    for (n, day) in days.into_iter().enumerate() {
        let amount = json!({"amount": "10.00", "currency": "USD"});
        house.create(Kind::Deal, json!({"name": format!("D{n}"), "amount": amount, "stage": "won", "closed_at": day})).await;
    }
    let figures = dashboard::load(&house.owner, &Default::default()).await.unwrap();
    let months: Vec<(&str, i64)> = figures.months.iter().filter(|m| m.won.count > 0).map(|m| (m.month.as_str(), m.won.count)).collect();
    assert_eq!(months, [("2025-02", 1), ("2026-10", 1), ("2026-11", 1)]);
    assert_eq!(figures.months.len(), 22);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_do_the_last_two_tasks_leave_no_next_step() {
    let house = House::new().await;
    for round in 0..25 {
        let deal = house.deal("A", "1.00", house.owner.me.id).await;
        let task = async |name: &str, day: i64| {
            let due = format!("2026-12-0{day}T10:00:00Z");
            house.create(Kind::Task, json!({"name": name, "deal": deal.id, "due_at": due})).await
        };
        let both = [task("First", 1).await, task("Second", 2).await];
        let done = both.map(|t| {
            let ctx = house.owner.clone();
            let patch = domain::record::Patch { fields: object(json!({"done": true})), version: 1, base: Fields::new() };
            tokio::spawn(async move { records::update(&ctx, Kind::Task, t.id, patch).await.unwrap() })
        });
        futures::future::join_all(done).await;
        let now = records::get(&house.owner, Kind::Deal, deal.id).await.unwrap();
        assert_eq!(now.text("next_step"), "", "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_is_made_while_the_only_other_is_done_is_the_next_step() {
    let house = House::new().await;
    for round in 0..25 {
        let deal = house.deal("A", "1.00", house.owner.me.id).await;
        let first = house.create(Kind::Task, json!({"name": "First", "deal": deal.id, "due_at": "2026-12-01T10:00:00Z"})).await;
        let patch = domain::record::Patch { fields: object(json!({"done": true})), version: 1, base: Fields::new() };
        let later = object(json!({"name": "Later", "deal": deal.id, "due_at": "2026-12-02T10:00:00Z"}));
        let (a, b) = (house.owner.clone(), house.owner.clone());
        let done = tokio::spawn(async move { records::update(&a, Kind::Task, first.id, patch).await.unwrap() });
        let made = tokio::spawn(async move { records::create(&b, Kind::Task, later, None).await.unwrap() });
        let _ = tokio::join!(done, made);
        let now = records::get(&house.owner, Kind::Deal, deal.id).await.unwrap();
        assert_eq!(now.text("next_step"), "Later", "round {round}");
    }
}

/// A bulk act that named a record twice was told that the server is out of reach, however often it was sent.
#[tokio::test]
async fn a_record_that_a_bulk_act_names_twice_is_meant_once() {
    let house = House::new().await;
    let deal = house.deal("Twice", "10", house.owner.me.id).await;
    let both = domain::list::Selection::Ids { ids: vec![deal.id, deal.id] };
    let fields = object(json!({"probability": 5}));
    let done = records::update_many(&house.owner, Kind::Deal, &both, fields).await.unwrap();
    assert_eq!((done.records.len(), done.changes.len()), (1, 1));
    let gone = records::remove_many(&house.owner, Kind::Deal, &both).await.unwrap();
    assert_eq!((gone.records.len(), gone.changes.len()), (1, 1));
}
