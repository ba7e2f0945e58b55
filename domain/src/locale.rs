//! The four languages, and how each writes numbers, money and dates. Server and browser share these rules, so that the
//! first picture is the same on both sides; the browser's own `Intl` serves instants, which need a zone.

use serde::{Deserialize, Serialize};

use crate::Money;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Locale {
    #[default]
    #[serde(rename = "en")]
    En,
    #[serde(rename = "zh-Hans")]
    ZhHans,
    #[serde(rename = "zh-Hant")]
    ZhHant,
    #[serde(rename = "uk")]
    Uk,
}

/// CLDR plural categories that these languages use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plural {
    One,
    Few,
    Many,
    Other,
}

impl Plural {
    pub const fn name(self) -> &'static str {
        match self {
            Plural::One => "one",
            Plural::Few => "few",
            Plural::Many => "many",
            Plural::Other => "other",
        }
    }
}

impl Locale {
    pub const ALL: [Locale; 4] = [Locale::En, Locale::ZhHans, Locale::ZhHant, Locale::Uk];

    /// BCP 47 tag, for `lang` and `Intl`.
    pub const fn tag(self) -> &'static str {
        match self {
            Locale::En => "en",
            Locale::ZhHans => "zh-Hans",
            Locale::ZhHant => "zh-Hant",
            Locale::Uk => "uk",
        }
    }

    /// What its speakers call it.
    pub const fn own_name(self) -> &'static str {
        match self {
            Locale::En => "English",
            Locale::ZhHans => "简体中文",
            Locale::ZhHant => "繁體中文",
            Locale::Uk => "Українська",
        }
    }

    pub fn parse(tag: &str) -> Option<Self> {
        let t = tag.trim().to_ascii_lowercase().replace('_', "-");
        match t.split('-').next().unwrap_or_default() {
            "en" => Some(Locale::En),
            "uk" => Some(Locale::Uk),
            "zh" if ["hant", "tw", "hk", "mo"].iter().any(|s| t.split('-').any(|p| p == *s)) => Some(Locale::ZhHant),
            "zh" => Some(Locale::ZhHans),
            _ => None,
        }
    }

    /// The best of an `Accept-Language` header (RFC 9110); English when nothing fits.
    pub fn negotiate(header: &str) -> Self {
        let mut best: Option<(Locale, f32)> = None;
        for part in header.split(',') {
            let mut bits = part.split(';');
            let Some(locale) = bits.next().and_then(Self::parse) else {
                continue;
            };
            let q = bits.find_map(|b| b.trim().strip_prefix("q=")).and_then(|q| q.parse().ok()).unwrap_or(1.0);
            if q > 0.0 && best.is_none_or(|(_, b)| q > b) {
                best = Some((locale, q));
            }
        }
        best.map_or(Locale::En, |(l, _)| l)
    }

    /// CLDR rules for whole numbers.
    pub const fn plural(self, n: i64) -> Plural {
        let n = n.unsigned_abs();
        match self {
            Locale::En => {
                if n == 1 {
                    Plural::One
                } else {
                    Plural::Other
                }
            }
            Locale::ZhHans | Locale::ZhHant => Plural::Other,
            Locale::Uk => match (n % 10, n % 100) {
                (1, h) if h != 11 => Plural::One,
                (2..=4, h) if !(h >= 12 && h <= 14) => Plural::Few,
                _ => Plural::Many,
            },
        }
    }

    const fn group(self) -> &'static str {
        match self {
            Locale::Uk => "\u{a0}",
            _ => ",",
        }
    }

    const fn point(self) -> &'static str {
        match self {
            Locale::Uk => ",",
            _ => ".",
        }
    }

    /// 1,234,567 · 1 234 567. Ukrainian leaves four digits together (CLDR minimum grouping 2 does not apply to uk: it groups from 1000).
    pub fn number(self, n: i64) -> String {
        let digits = n.unsigned_abs().to_string();
        let mut out = String::with_capacity(digits.len() * 2);
        if n < 0 {
            out.push('-');
        }
        for (i, c) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push_str(self.group());
            }
            out.push(c);
        }
        out
    }

    /// With a decimal digit: tenths → "46.5".
    pub fn tenths(self, tenths: i64) -> String {
        let sign = if tenths < 0 { "-" } else { "" };
        let abs = tenths.abs();
        format!("{sign}{}{}{}", self.number(abs / 10), self.point(), abs % 10)
    }

    /// Per mille → "63.1 %".
    pub fn percent(self, per_mille: i64) -> String {
        let space = match self {
            Locale::Uk => "\u{a0}",
            _ => "",
        };
        format!("{}{space}%", self.tenths(per_mille))
    }

    fn symbol(self, code: &str) -> &str {
        match (self, code) {
            (Locale::ZhHans, "USD") => "US$",
            (Locale::ZhHant, "USD") => "US$",
            (Locale::ZhHant, "TWD") => "$",
            (_, "USD") => "$",
            (_, "EUR") => "€",
            (_, "GBP") => "£",
            (_, "UAH") => "₴",
            (Locale::ZhHans, "CNY") => "¥",
            (_, "CNY") => "CN¥",
            (Locale::ZhHans | Locale::ZhHant, "JPY") => "JP¥",
            (_, "JPY") => "¥",
            (_, "TWD") => "NT$",
            _ => code,
        }
    }

    fn with_symbol(self, sign: &str, figure: &str, code: &str) -> String {
        let symbol = self.symbol(code);
        match self {
            Locale::Uk => format!("{sign}{figure}\u{a0}{symbol}"),
            _ if symbol.len() == 3 && symbol == code => format!("{sign}{symbol}\u{a0}{figure}"),
            _ => format!("{sign}{symbol}{figure}"),
        }
    }

    /// Exact: $1,054.00 · 1 054,00 $.
    pub fn money(self, m: Money) -> String {
        let sign = if m.minor < 0 { "-" } else { "" };
        let factor = m.currency.factor();
        let whole = self.number((m.minor / factor).abs());
        let width = usize::try_from(m.currency.digits()).unwrap_or(0);
        let figure = if width == 0 { whole } else { format!("{whole}{}{:0width$}", self.point(), (m.minor % factor).abs()) };
        self.with_symbol(sign, &figure, m.currency.code())
    }

    /// Without the small change, for boards and tiles; of little money it is not small.
    pub fn money_round(self, m: Money) -> String {
        if is_little(m) {
            return self.money(m);
        }
        let whole = rounded(m);
        let sign = if whole < 0 { "-" } else { "" };
        self.with_symbol(sign, &self.number(whole.abs()), m.currency.code())
    }

    /// $1.28M · 128万 · 1,28 млн $, for axes and narrow places.
    pub fn money_short(self, m: Money) -> String {
        if is_little(m) {
            return self.money(m);
        }
        let whole = rounded(m);
        let sign = if whole < 0 { "-" } else { "" };
        self.with_symbol(sign, &self.short(whole.abs()), m.currency.code())
    }

    /// 950 · 12.3K · 1.28M; 万/億 in Chinese; тис./млн in Ukrainian.
    pub fn short(self, n: i64) -> String {
        let steps: &[(i64, &str)] = match self {
            Locale::En => &[(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K")],
            Locale::ZhHans => &[(100_000_000, "亿"), (10_000, "万")],
            Locale::ZhHant => &[(100_000_000, "億"), (10_000, "萬")],
            Locale::Uk => &[(1_000_000_000, "\u{a0}млрд"), (1_000_000, "\u{a0}млн"), (1_000, "\u{a0}тис.")],
        };
        let sign = if n < 0 { "-" } else { "" };
        let n = n.abs();
        for (step, word) in steps {
            if n >= *step {
                let hundredths = (i128::from(n) * 100 + i128::from(step / 2)) / i128::from(*step);
                let hundredths = i64::try_from(hundredths).unwrap_or(i64::MAX);
                let (whole, part) = (hundredths / 100, hundredths % 100);
                let figure = match (whole, part) {
                    (w, p) if w >= 100 || p == 0 => self.number(w),
                    (w, p) if w >= 10 || p % 10 == 0 => format!("{w}{}{}", self.point(), p / 10),
                    (w, p) => format!("{w}{}{p:02}", self.point()),
                };
                let figure = figure.strip_suffix(&format!("{}0", self.point())).map(str::to_owned).unwrap_or(figure);
                return format!("{sign}{figure}{word}");
            }
        }
        format!("{sign}{}", self.number(n))
    }

    /// Plain date with its year: 31 Mar 2026 · 2026年3月31日 · 31 бер. 2026 р.
    pub fn date(self, date: &str) -> String {
        self.date_parts(date).map_or_else(
            || date.to_owned(),
            |(y, m, d)| match self {
                Locale::En => format!("{d} {} {y}", self.month_short(m)),
                Locale::ZhHans | Locale::ZhHant => format!("{y}年{m}月{d}日"),
                Locale::Uk => format!("{d} {} {y}\u{a0}р.", self.month_short(m)),
            },
        )
    }

    /// Without the year: 31 Mar · 3月31日 · 31 бер.
    pub fn date_short(self, date: &str) -> String {
        self.date_parts(date).map_or_else(
            || date.to_owned(),
            |(_, m, d)| match self {
                Locale::ZhHans | Locale::ZhHant => format!("{m}月{d}日"),
                _ => format!("{d} {}", self.month_short(m)),
            },
        )
    }

    /// With the day of the week, without the year: Thu 19 Mar · 3月19日 周四 · чт 19 бер.
    pub fn date_weekday(self, date: &str) -> String {
        use chrono::Datelike;
        const EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        const UK: [&str; 7] = ["пн", "вт", "ср", "чт", "пт", "сб", "нд"];
        const HANS: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
        const HANT: [&str; 7] = ["週一", "週二", "週三", "週四", "週五", "週六", "週日"];
        let Some(d) = crate::time::parse_date(date) else {
            return date.to_owned();
        };
        let i = usize::try_from(d.weekday().num_days_from_monday()).unwrap_or(0);
        let table = match self {
            Locale::En => &EN,
            Locale::Uk => &UK,
            Locale::ZhHans => &HANS,
            Locale::ZhHant => &HANT,
        };
        let day = table.get(i).copied().unwrap_or_default();
        let short = self.date_short(date);
        match self {
            Locale::ZhHans | Locale::ZhHant => format!("{short} {day}"),
            _ => format!("{day} {short}"),
        }
    }

    /// `2017-03` → Mar 2017 · 2017年3月 · бер. 2017.
    pub fn month(self, month: &str) -> String {
        self.date_parts(&format!("{month}-01")).map_or_else(
            || month.to_owned(),
            |(y, m, _)| match self {
                Locale::ZhHans | Locale::ZhHant => format!("{y}年{m}月"),
                _ => format!("{} {y}", self.month_short(m)),
            },
        )
    }

    fn date_parts(self, date: &str) -> Option<(i32, u32, u32)> {
        use chrono::Datelike;
        let d = crate::time::parse_date(date)?;
        Some((d.year(), d.month(), d.day()))
    }

    pub fn month_short(self, month: u32) -> &'static str {
        const EN: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        const UK: [&str; 12] = ["січ.", "лют.", "бер.", "квіт.", "трав.", "черв.", "лип.", "серп.", "вер.", "жовт.", "лист.", "груд."];
        const ZH: [&str; 12] = ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"];
        let table = match self {
            Locale::En => &EN,
            Locale::Uk => &UK,
            _ => &ZH,
        };
        let i = usize::try_from(month).unwrap_or(1).saturating_sub(1);
        table.get(i).copied().unwrap_or_default()
    }
}

/// Less than a hundred, and no round sum.
fn is_little(m: Money) -> bool {
    let factor = m.currency.factor();
    m.minor.abs() < factor.saturating_mul(100) && m.minor % factor != 0
}

/// Whole major units, half away from zero.
fn rounded(m: Money) -> i64 {
    let factor = m.currency.factor();
    let half = factor / 2;
    if m.minor < 0 { (m.minor - half) / factor } else { (m.minor + half) / factor }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn plural_rules_of_ukrainian() {
        use Plural::*;
        let got: Vec<_> = [0, 1, 2, 4, 5, 11, 12, 14, 21, 22, 25, 101, 111].map(|n| Locale::Uk.plural(n)).into();
        assert_eq!(got, [Many, One, Few, Few, Many, Many, Many, Many, One, Few, Many, One, Many]);
    }

    #[test]
    fn money_in_four_languages() {
        let m = Money::new(128_461_050, Currency::USD);
        assert_eq!(
            Locale::ALL.map(|l| l.money(m)),
            ["$1,284,610.50", "US$1,284,610.50", "US$1,284,610.50", "1\u{a0}284\u{a0}610,50\u{a0}$"]
        );
        assert_eq!(Locale::ALL.map(|l| l.money_short(m)), ["$1.28M", "US$128万", "US$128萬", "1,28\u{a0}млн\u{a0}$"]);
        assert_eq!(Locale::En.money_round(Money::new(-15_050, Currency::USD)), "-$151");
        // Five cents were nothing on a board, and steps of 2.50 were 3, 5 and 8 beside a chart.
        let little = [5, -150, 250, 500].map(|minor| Locale::En.money_round(Money::new(minor, Currency::USD)));
        assert_eq!(little, ["$0.05", "-$1.50", "$2.50", "$5"]);
        assert_eq!(Locale::En.money_short(Money::new(1_250, Currency::USD)), "$12.50");
    }

    #[test]
    fn days_of_the_week() {
        assert_eq!(Locale::ALL.map(|l| l.date_weekday("2026-03-19")), ["Thu 19 Mar", "3月19日 周四", "3月19日 週四", "чт 19 бер."]);
    }

    #[test]
    fn the_browser_chooses_the_language_at_first() {
        assert_eq!(Locale::negotiate("fr, zh-TW;q=0.8, en;q=0.5"), Locale::ZhHant);
        assert_eq!(Locale::negotiate("zh-CN,zh;q=0.9"), Locale::ZhHans);
        assert_eq!(Locale::negotiate("uk-UA"), Locale::Uk);
        assert_eq!(Locale::negotiate("fr"), Locale::En);
    }
}
