//! What filters say, what they mean, and that their text form loses nothing.

use proptest::prelude::*;

use super::*;
use crate::Id;

fn me() -> Id {
    Id(uuid::Uuid::from_u128(7))
}

fn resolve(text: &str) -> Plain {
    let today = time::parse_date("2026-11-22").unwrap();
    let start = |d: NaiveDate| days_since_epoch(d) * 86_400_000;
    let m = Meaning { me: me(), team_members: &[], today, now_ms: 0, week_starts: Weekday::Mon, day_start: &start };
    Filter::parse(Kind::Deal, text).unwrap().resolve(Kind::Deal, &m)
}

#[test]
fn reads_what_people_write() {
    let text = "owner = me and (amount >= 1000 or stage = proposal,negotiation) and not name ~ \"big deal\"";
    let f = Filter::parse(Kind::Deal, text).unwrap();
    assert_eq!(f.to_string(), text);
}

#[test]
fn says_what_is_wrong() {
    for (text, code) in [
        ("nmae = x", "filter_field"),
        ("name < x", "filter_operator"),
        ("amount = much", "filter_value"),
        ("status = wn", "filter_choice"),
        ("name =", "filter_syntax"),
        ("(name = a", "filter_syntax"),
        ("name = \"a", "filter_syntax"),
        ("name = a b", "filter_syntax"),
        ("! = a", "filter_syntax"),
    ] {
        match Filter::parse(Kind::Deal, text) {
            Err(Error::Invalid { fields }) => assert_eq!(fields[0].code, code, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!(Filter::parse(Kind::Deal, &"(".repeat(5000)).is_err());
    let nested = |n: usize| format!("{}name = a{}", "(".repeat(n), ")".repeat(n));
    assert!(Filter::parse(Kind::Deal, &nested(30)).is_ok());
    let Err(Error::Invalid { fields }) = Filter::parse(Kind::Deal, &nested(60)) else { panic!("sixty brackets are taken") };
    assert_eq!((fields[0].code.as_str(), fields[0].params[0].1.as_str()), ("filter_deep", "40"));
}

#[test]
fn means_what_it_says() {
    let deal = serde_json::json!({"name": "GTX Плюс", "owner": me().to_string(), "amount": {"amount": "1054.00", "currency": "USD"},
        "expected_close": "2026-12-31", "products": []});
    let deal = deal.as_object().unwrap();
    for (text, want) in [
        ("owner = me", true),
        ("owner != me", false),
        ("owner = 00000000000000000000000000000007", true),
        ("amount > 1054", false),
        ("amount >= 1054 and amount <= 1054", true),
        ("expected_close = this-quarter", true),
        ("expected_close = next-month", true),
        ("expected_close < today", false),
        ("expected_close > this-month", true),
        ("name ~ \"x плю\"", true),
        ("company empty", true),
        ("name = \"gtx плюс\"", true),
        ("closed_at < today", false),
        ("not closed_at < today", true),
        ("", true),
        ("none", false),
    ] {
        assert_eq!(resolve(text).matches(Kind::Deal, deal), want, "{text}");
    }
}

#[test]
fn money_is_compared_in_whole_units_of_any_currency() {
    for (amount, currency) in [("1054.00", "USD"), ("1054", "JPY"), ("1054.000", "KWD")] {
        let deal = serde_json::json!({"amount": {"amount": amount, "currency": currency}});
        for (text, want) in [("amount = 1054", true), ("amount > 1053.99", true), ("amount >= 1054.01", false), ("amount < 1055", true)] {
            assert_eq!(resolve(text).matches(Kind::Deal, deal.as_object().unwrap()), want, "{amount} {currency}: {text}");
        }
    }
}

fn arb() -> impl Strategy<Value = Filter> {
    let value = "[a-zа-я一-龥0-9 \"\\\\,()<>=~!-]{0,12}";
    let leaf = prop_oneof![
        (
            prop_oneof![Just("name"), Just("external_id")],
            prop_oneof![Just(Op::Eq), Just(Op::Contains), Just(Op::Ne)],
            proptest::collection::vec(value, 1..3)
        )
            .prop_map(|(f, op, values)| Filter::Is(Cond { field: f.to_owned(), op, values })),
        Just(Filter::Is(Cond { field: "company".to_owned(), op: Op::Empty, values: vec![] })),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::All),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::Any),
            inner.prop_map(|f| Filter::Not(Box::new(f))),
        ]
    })
}

proptest! {
    #[test]
    fn the_text_form_round_trips(f in arb()) {
        let text = f.to_string();
        let back = Filter::parse(Kind::Deal, &text);
        prop_assert_eq!(back.as_ref().map(ToString::to_string), Ok(text.clone()));
        prop_assert_eq!(back, Ok(f), "{}", text);
    }

    #[test]
    fn no_input_panics(text in ".{0,80}") {
        let _ = Filter::parse(Kind::Deal, &text);
    }
}
