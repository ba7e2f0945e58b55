//! Amounts of money: what is none is refused at every door, with the reason.

use domain::record::Patch;
use domain::{Error, Fields, Kind};
use serde_json::{Value, json};
use service::{Ctx, import, records, workspace};

use crate::house::{House, object};

fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> Vec<String> {
    match answer {
        Err(Error::Invalid { fields }) => fields.iter().map(|f| format!("{}:{}", f.field, f.code)).collect(),
        other => panic!("{other:?}"),
    }
}

async fn make(ctx: &Ctx, kind: Kind, field: &str, amount: &str, currency: &str) -> Vec<String> {
    let fields = object(json!({"name": "New", field: {"amount": amount, "currency": currency}}));
    refused(records::create(ctx, kind, fields, None).await)
}

#[tokio::test]
async fn three_letters_are_not_yet_a_currency() {
    let house = House::new().await;
    let owner = &house.owner;
    for code in ["XYZ", "AAA", "xxx"] {
        assert_eq!(make(owner, Kind::Deal, "amount", "5", code).await, ["amount:currency"]);
        assert_eq!(make(owner, Kind::Product, "price", "5", code).await, ["price:currency"]);
        let now = workspace::get(owner).await.unwrap();
        assert_eq!(
            refused(workspace::update(owner, domain::workspace::Workspace { currency: code.into(), ..now }).await),
            ["currency:currency"]
        );
        let pipeline =
            object(json!({"name": "P", "currency": code, "stages": domain::pipelines::template(["a", "b", "c", "d", "e", "f"])}));
        assert_eq!(refused(records::create(owner, Kind::Pipeline, pipeline, None).await), ["currency:currency"]);
    }
    // With what else is wrong, at once.
    let fields = object(json!({"nam": "x", "name": "A", "amount": {"amount": "5", "currency": "XYZ"}}));
    let mut both = refused(records::create(owner, Kind::Deal, fields, None).await);
    both.sort();
    assert_eq!(both, ["amount:currency", "nam:unknown_field"]);

    let deal = house.deal("A", "5.00", owner.me.id).await;
    let patch = |amount: Value| Patch { version: deal.version, base: Fields::new(), fields: object(json!({"amount": amount})) };
    assert_eq!(
        refused(records::update(owner, Kind::Deal, deal.id, patch(json!({"amount": "5", "currency": "XYZ"}))).await),
        ["amount:currency"]
    );
    let euro = records::update(owner, Kind::Deal, deal.id, patch(json!({"amount": "5", "currency": "eur"}))).await.unwrap();
    assert_eq!(euro.fields["amount"]["currency"], "EUR");
}

#[tokio::test]
async fn what_is_too_large_or_below_zero_is_called_so() {
    let house = House::new().await;
    let owner = &house.owner;
    for (amount, code) in [("99999999999999999", "money_range"), ("-5", "money_negative"), ("five", "money")] {
        assert_eq!(make(owner, Kind::Deal, "amount", amount, "USD").await, [format!("amount:{code}")]);
        assert_eq!(make(owner, Kind::Product, "price", amount, "USD").await, [format!("price:{code}")]);
    }
    let fields = object(json!({"name": "New", "amount": {"amount": "99999999999999999", "currency": "JPY"}}));
    let Err(Error::Invalid { fields }) = records::create(owner, Kind::Deal, fields, None).await else { panic!("took it") };
    assert_eq!(
        fields[0].params,
        [("max".into(), "1\u{a0}000\u{a0}000\u{a0}000\u{a0}000\u{a0}000".into()), ("currency".into(), "JPY".to_owned())]
    );
}

#[tokio::test]
async fn a_row_with_such_an_amount_is_refused_with_the_reason() {
    let house = House::new().await;
    let rows = "name,price,currency\nGood,5,eur\nNo currency,5,XYZ\nToo large,99999999999999999,\nHuge,9999999999999999999999999999,\nBelow,-5,\nWritten out,5 AAA,\nIn brackets,(5),\n";
    let seen = import::inspect(&house.owner, "products.csv", bytes::Bytes::from(rows)).await.unwrap();
    let dry = import::dry_run(&house.owner, seen.upload, seen.guess.clone()).await.unwrap();
    let report = import::run(&house.owner, seen.upload, seen.guess.clone(), |_| ()).await.unwrap();
    assert_eq!((dry.created, dry.rejected), (report.created, report.rejected), "the dry run promised something else");
    let why: Vec<(i64, &str, &str)> =
        report.rejects.iter().map(|r| (r.row, r.errors[0].column.as_str(), r.errors[0].error.code.as_str())).collect();
    let want = [
        (3, "currency", "currency"),
        (4, "price", "money_range"),
        (5, "price", "money_range"),
        (6, "price", "money_negative"),
        (7, "price", "currency"),
        (8, "price", "money_negative"),
    ];
    assert_eq!((report.created, why), (1, want.to_vec()));
    let mut plan = seen.guess;
    plan.currency = "AAA".into();
    assert_eq!(refused(import::dry_run(&house.owner, seen.upload, plan).await), ["currency:currency"]);
}
