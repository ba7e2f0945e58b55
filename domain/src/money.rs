//! Money: whole minor units and an ISO 4217 currency. Two currencies are never added.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The codes of ISO 4217 in which something is paid, or lately was (deals of those years are in them): no metals, no funds, no
/// code for testing or for "none". In order, so that one is found without reading all.
const IN_USE: &[u8] = b"AEDAFNALLAMDANGAOAARSAUDAWGAZNBAMBBDBDTBGNBHDBIFBMDBNDBOBBRLBSDBTNBWPBYNBZDCADCDFCHFCLPCNYCOPCRCCUCCUPCVECZK\
DJFDKKDOPDZDEGPERNETBEURFJDFKPGBPGELGHSGIPGMDGNFGTQGYDHKDHNLHRKHTGHUFIDRILSINRIQDIRRISKJMDJODJPYKESKGSKHRKMFKPWKRWKWDKYDKZT\
LAKLBPLKRLRDLSLLYDMADMDLMGAMKDMMKMNTMOPMRUMURMVRMWKMXNMYRMZNNADNGNNIONOKNPRNZDOMRPABPENPGKPHPPKRPLNPYGQARRONRSDRUBRWFSARSBD\
SCRSDGSEKSGDSHPSLESLLSOSSRDSSPSTNSVCSYPSZLTHBTJSTMTTNDTOPTRYTTDTWDTZSUAHUGXUSDUYIUYUUZSVEDVESVNDVUVWSTXAFXCDXCGXOFXPFYERZARZMW\
ZWGZWL";

/// Sums over a million records still fit: no amount is larger than this, in minor units.
pub const LARGEST: i64 = 1_000_000_000_000_000;

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

    /// Is it one of ISO 4217? [`Currency::parse`] reads any three letters, because what is stored has to be read; what is sent
    /// has to be one of these.
    pub fn is_known(&self) -> bool {
        IN_USE.as_chunks::<3>().0.binary_search(&self.0).is_ok()
    }

    /// [`LARGEST`] in whole units, as people read it.
    pub fn largest(&self) -> &'static str {
        match self.digits() {
            0 => "1\u{a0}000\u{a0}000\u{a0}000\u{a0}000\u{a0}000",
            3 => "1\u{a0}000\u{a0}000\u{a0}000\u{a0}000",
            _ => "10\u{a0}000\u{a0}000\u{a0}000\u{a0}000",
        }
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

    /// What is said of a text that is no amount: how one is written that has this currency's coins.
    pub fn no_amount(&self) -> &'static str {
        match self.digits() {
            0 => "money_whole",
            3 => "money_fine",
            _ => "money",
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

/// Why a text is no [`Money`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoMoney {
    /// No plain number, or finer than the currency's smallest coin.
    Form,
    TooLarge,
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
        Self::read(amount, currency).ok()
    }

    /// The same, with the reason.
    pub fn read(amount: &str, currency: Currency) -> Result<Self, NoMoney> {
        let text = amount.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(NoMoney::Form);
        }
        let places = usize::try_from(currency.digits()).unwrap_or(2);
        let kept = fraction.trim_end_matches('0');
        if kept.len() > places {
            return Err(NoMoney::Form);
        }
        let reckon = || {
            let major: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
            let minor_part: i64 = if places == 0 { 0 } else { format!("{kept:0<places$}").parse().ok()? };
            major.checked_mul(currency.factor())?.checked_add(minor_part)
        };
        let minor = reckon().ok_or(NoMoney::TooLarge)?;
        Ok(Self { minor: if negative { -minor } else { minor }, currency })
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
    fn only_codes_of_iso_4217_are_known() {
        let known = |code: &str| Currency::parse(code).is_some_and(|c| c.is_known());
        for code in ["USD", "usd", "EUR", "UAH", "CNY", "TWD", "JPY", "KWD", "AED", "ZWL", "XOF"] {
            assert!(known(code), "{code}");
        }
        for code in ["XYZ", "AAA", "XXX", "XTS", "ZZZ", "PCS", "EDA", ""] {
            assert!(!known(code), "{code}");
        }
        let codes = IN_USE.as_chunks::<3>();
        assert!(codes.0.is_sorted_by(|a, b| a < b) && codes.1.is_empty());
    }

    #[test]
    fn the_largest_amount_is_named_as_it_is() {
        for code in ["USD", "JPY", "KWD"] {
            let currency = Currency::parse(code).unwrap();
            let said = currency.largest().replace('\u{a0}', "");
            assert_eq!(Money::read(&said, currency), Ok(Money::new(LARGEST, currency)));
        }
        assert_eq!(Money::read("99999999999999999", Currency::USD), Err(NoMoney::TooLarge));
        assert_eq!(Money::read("99999999999999999999999", Currency::USD), Err(NoMoney::TooLarge));
        assert_eq!(Money::read("1.005", Currency::USD), Err(NoMoney::Form));
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
