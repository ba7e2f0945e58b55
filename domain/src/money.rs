//! Money: whole minor units and an ISO 4217 currency. Two currencies are never added.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// ISO 4217 code, three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    pub const USD: Currency = Currency(*b"USD");
    /// One of those with the smallest coins: a thousandth.
    pub const KWD: Currency = Currency(*b"KWD");

    pub fn parse(text: &str) -> Option<Self> {
        let b: [u8; 3] = text.trim().as_bytes().try_into().ok()?;
        b.iter().all(u8::is_ascii_alphabetic).then(|| Self(b.map(|c| c.to_ascii_uppercase())))
    }

    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits after the point (ISO 4217's exponent).
    pub fn digits(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV"
            | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// Minor units in one major unit.
    pub fn factor(&self) -> i64 {
        10_i64.pow(self.digits())
    }
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount. In JSON `{"amount": "1054.00", "currency": "USD"}`: text, so that no reader rounds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// "1054", "1054.5", "-3.20"; digits beyond the currency's are refused, as is anything else.
    pub fn parse(amount: &str, currency: Currency) -> Option<Self> {
        let text = amount.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let places = usize::try_from(currency.digits()).ok()?;
        let kept = fraction.trim_end_matches('0');
        if kept.len() > places {
            return None;
        }
        let major: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let minor_part: i64 = if places == 0 { 0 } else { format!("{kept:0<places$}").parse().ok()? };
        let minor = major.checked_mul(currency.factor())?.checked_add(minor_part)?;
        Some(Self { minor: if negative { -minor } else { minor }, currency })
    }

    /// Plain decimal text, always with all the currency's digits: "1054.00".
    pub fn amount(&self) -> String {
        let places = self.currency.digits();
        let factor = self.currency.factor().unsigned_abs();
        let abs = self.minor.unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        if places == 0 {
            return format!("{sign}{abs}");
        }
        let width = usize::try_from(places).unwrap_or(2);
        format!("{sign}{}.{:0width$}", abs / factor, abs % factor)
    }

    pub fn from_json(value: &serde_json::Value) -> Option<Self> {
        let object = value.as_object()?;
        let currency = Currency::parse(object.get("currency")?.as_str()?)?;
        match object.get("amount")? {
            serde_json::Value::String(s) => Self::parse(s, currency),
            serde_json::Value::Number(n) => Self::parse(&n.to_string(), currency),
            _ => None,
        }
    }

    pub fn to_json(self) -> serde_json::Value {
        serde_json::json!({ "amount": self.amount(), "currency": self.currency.code() })
    }

    /// `percent` of it, rounded half away from zero to whole minor units.
    pub fn percent(self, percent: i64) -> Self {
        let product = i128::from(self.minor) * i128::from(percent);
        let rounded = (product.abs() + 50) / 100 * product.signum();
        Self { minor: i64::try_from(rounded).unwrap_or(i64::MAX), currency: self.currency }
    }

    /// None when the currencies differ or the sum does not fit.
    pub fn plus(self, other: Self) -> Option<Self> {
        (self.currency == other.currency).then(|| self.minor.checked_add(other.minor)).flatten().map(|minor| Self { minor, ..self })
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(s)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(d)?;
        Self::from_json(&value).ok_or_else(|| serde::de::Error::custom("money is {\"amount\": \"1054.00\", \"currency\": \"USD\"}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Option<i64> {
        Money::parse(text, Currency::USD).map(|m| m.minor)
    }

    #[test]
    fn amounts_are_exact() {
        assert_eq!(usd("1054"), Some(105_400));
        assert_eq!(usd("-3.2"), Some(-320));
        assert_eq!(usd(".05"), Some(5));
        assert_eq!(usd("1.005"), None);
        assert_eq!(usd("1.000"), Some(100));
        assert_eq!(usd("1,000"), None);
        assert_eq!(usd(""), None);
        assert_eq!(usd("99999999999999999999"), None);
        assert_eq!(Money::new(-5, Currency::USD).amount(), "-0.05");
        assert_eq!(Currency::parse("jpy").and_then(|c| Money::parse("500", c)).map(|m| m.amount()).as_deref(), Some("500"));
    }

    #[test]
    fn weighting_rounds_half_away_from_zero() {
        assert_eq!(Money::new(5, Currency::USD).percent(50).minor, 3);
        assert_eq!(Money::new(-5, Currency::USD).percent(50).minor, -3);
        assert_eq!(Money::new(105, Currency::USD).percent(10).minor, 11);
    }

    proptest::proptest! {
        #[test]
        fn text_round_trips(minor in proptest::num::i64::ANY.prop_map(|m| m / 1000)) {
            let m = Money::new(minor, Currency::USD);
            proptest::prop_assert_eq!(Money::parse(&m.amount(), m.currency), Some(m));
            proptest::prop_assert_eq!(Money::from_json(&m.to_json()), Some(m));
        }
    }
    use proptest::strategy::Strategy;
}
