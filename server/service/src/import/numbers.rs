//! Numbers and money as people write them: "$1,054.00", "1 054,00 грн", "(3.20)", "1.2M", "5万". Which sign divides the
//! thousands and which the decimals is decided once for a whole column, not cell by cell.

use domain::Money;
use domain::money::Currency;

/// The sign before the decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Point {
    #[default]
    Dot,
    Comma,
}

/// Looks for cells that leave no doubt; without any, "1,054" counts thousands, and so does "1.054" when every cell of the
/// column looks like it.
pub fn point<'a>(cells: impl Iterator<Item = &'a str>) -> Point {
    let (mut dot, mut comma) = (0_usize, 0_usize);
    let (mut only_thousand_dots, mut any_dot) = (true, false);
    for cell in cells {
        let figure: String = cell.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
        let (dots, commas) = (figure.matches('.').count(), figure.matches(',').count());
        let tail = |sign: char| figure.rsplit_once(sign).map_or(0, |(_, t)| t.len());
        match (dots, commas) {
            (0, 0) => {}
            (0, 1) => comma += usize::from(tail(',') != 3),
            (0, _) => dot += 1,
            (1, 0) => {
                any_dot = true;
                let head = figure.split('.').next().unwrap_or_default();
                let thousands = tail('.') == 3 && (1..=3).contains(&head.len()) && !head.starts_with('0');
                only_thousand_dots &= thousands;
                dot += usize::from(!thousands);
            }
            (_, 0) => comma += 1,
            _ if figure.rfind('.') > figure.rfind(',') => dot += 1,
            _ => comma += 1,
        }
    }
    if comma > dot || (comma == 0 && dot == 0 && any_dot && only_thousand_dots) { Point::Comma } else { Point::Dot }
}

/// A number and the letters around it.
struct Figure {
    mantissa: i128,
    /// Digits after the point.
    places: u32,
    /// Currency and the like, in lower case.
    words: String,
}

fn figure(text: &str, point: Point) -> Option<Figure> {
    let text = text.trim();
    let (text, bracketed) = match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) => (inner, true),
        None => (text, false),
    };
    let (thousand, decimal) = match point {
        Point::Dot => (',', '.'),
        Point::Comma => ('.', ','),
    };
    let mut negative = bracketed;
    let (mut digits, mut places, mut after, mut words, mut done) = (String::new(), 0_u32, false, String::new(), false);
    let mut group: Option<usize> = None;
    for c in text.chars() {
        let c = match c {
            '\u{ff10}'..='\u{ff19}' | '\u{ff0c}' | '\u{ff0e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            other => other,
        };
        match c {
            '0'..='9' if !done => {
                digits.push(c);
                places += u32::from(after);
                group = group.map(|g| g + 1);
            }
            // The sign of the thousands stands between digits and before groups of three.
            c if c == thousand && !done && !digits.is_empty() && !after && group.is_none_or(|g| g == 3) => group = Some(0),
            '\'' | '’' if !done && !digits.is_empty() && !after => {}
            c if c == decimal && !done && !after => {
                if group.is_some_and(|g| g != 3) {
                    return None;
                }
                after = true;
            }
            '-' | '−' | '–' if digits.is_empty() && !negative => negative = true,
            // "1 054": a space between digits; behind the last one it ends the figure.
            c if c.is_whitespace() || matches!(c, '\u{202f}' | '\u{a0}' | '\u{2009}') => {}
            '0'..='9' => return None,
            c => {
                done |= !digits.is_empty();
                words.extend(c.to_lowercase());
            }
        }
    }
    if digits.is_empty() || digits.len() > 30 || (!after && group.is_some_and(|g| g != 3)) {
        return None;
    }
    let mantissa: i128 = digits.parse().ok()?;
    Some(Figure { mantissa: if negative { -mantissa } else { mantissa }, places, words })
}

/// "1.2M", "5 тис.", "3万": what the word behind the figure multiplies by, and what is left of the word.
fn multiplier(words: &str) -> (i128, &str) {
    const WORDS: &[(&str, i128)] = &[
        ("тис.", 1_000),
        ("тис", 1_000),
        ("млн.", 1_000_000),
        ("млн", 1_000_000),
        ("млрд.", 1_000_000_000),
        ("млрд", 1_000_000_000),
        ("万", 10_000),
        ("萬", 10_000),
        ("亿", 100_000_000),
        ("億", 100_000_000),
    ];
    const ALONE: &[(&str, i128)] =
        &[("k", 1_000), ("m", 1_000_000), ("mn", 1_000_000), ("mio", 1_000_000), ("b", 1_000_000_000), ("bn", 1_000_000_000)];
    for (word, factor) in WORDS {
        if let Some(rest) = words.strip_prefix(word) {
            return (*factor, rest);
        }
    }
    let bare = words.trim_start_matches(['$', '€', '£', '¥', '₴']);
    if let Some((word, factor)) = ALONE.iter().find(|(w, _)| *w == bare) {
        return (*factor, words.strip_suffix(word).unwrap_or_default());
    }
    (1, words)
}

fn currency(words: &str, default: Currency) -> Option<Currency> {
    let code = |c: &str| Currency::parse(c);
    let dollars = ["USD", "CAD", "AUD", "NZD", "TWD", "HKD", "SGD", "MXN"];
    match words {
        "" => Some(default),
        "$" => {
            if dollars.contains(&default.code()) {
                Some(default)
            } else {
                code("USD")
            }
        }
        "us$" => code("USD"),
        "nt$" => code("TWD"),
        "hk$" => code("HKD"),
        "€" | "євро" | "欧元" | "歐元" => code("EUR"),
        "£" => code("GBP"),
        "₴" | "грн" | "грн." | "гривень" | "гривня" | "гривні" => code("UAH"),
        "¥" | "￥" => {
            if default.code() == "JPY" {
                Some(default)
            } else {
                code("CNY")
            }
        }
        "cn¥" | "rmb" | "人民币" | "人民幣" => code("CNY"),
        "元" | "圆" | "圓" => {
            if default.code() == "TWD" {
                Some(default)
            } else {
                code("CNY")
            }
        }
        "jp¥" | "円" | "日元" | "日圓" => code("JPY"),
        "美元" => code("USD"),
        "新台币" | "新台幣" | "新臺幣" => code("TWD"),
        "zł" => code("PLN"),
        "₩" => code("KRW"),
        "₹" => code("INR"),
        other if other.is_ascii() => code(other.trim_end_matches('.').trim_matches('$')),
        _ => None,
    }
}

/// `scale`: the column counts in thousands or millions. None: no money, or finer than the currency's smallest coin. What is
/// larger than any amount comes back as the largest that can be written, which the rules of amounts refuse by its size.
pub fn money(text: &str, point: Point, default: Currency, scale: i64) -> Option<Money> {
    let f = figure(text, point)?;
    let (factor, words) = multiplier(&f.words);
    let currency = currency(words, default)?;
    let by = factor.checked_mul(i128::from(scale.max(1)))?.checked_mul(i128::from(currency.factor()))?;
    let minor = match f.mantissa.checked_mul(by) {
        Some(wanted) => i64::try_from(divide(wanted, f.places)?).ok(),
        None => None,
    };
    let beyond = if f.mantissa < 0 { -i64::MAX } else { i64::MAX };
    Some(Money::new(minor.unwrap_or(beyond), currency))
}

/// Exact, except for the tail that floating point leaves behind ("99.99000000000001").
fn divide(n: i128, places: u32) -> Option<i128> {
    let by = 10_i128.checked_pow(places)?;
    match n % by {
        0 => Some(n / by),
        rest => {
            let noise = by / 1_000_000;
            let near_zero = rest.abs() <= noise;
            let near_whole = by - rest.abs() <= noise;
            match (noise > 0, near_zero, near_whole) {
                (true, true, _) => Some(n / by),
                (true, _, true) => Some(n / by + n.signum()),
                _ => None,
            }
        }
    }
}

/// "2,822", "10083.0", "1996-05-01" (the year, where a year is wanted).
pub fn int(text: &str, point: Point) -> Option<i64> {
    let f = figure(text, point)?;
    let (factor, words) = multiplier(&f.words);
    if !words.is_empty() {
        return None;
    }
    i64::try_from(divide(f.mantissa.checked_mul(factor)?, f.places)?).ok()
}

/// "25", "25 %", "0.25" (a share, as spreadsheets keep percent).
pub fn percent(text: &str, point: Point) -> Option<i64> {
    let bare = text.trim().trim_end_matches(['%', '％']).trim_end();
    let f = figure(bare, point)?;
    let share = bare.len() == text.trim().len() && f.places > 0 && f.mantissa.unsigned_abs() <= 10_u128.checked_pow(f.places)?;
    let n = if share { f.mantissa.checked_mul(100)? } else { f.mantissa };
    let whole = divide(n, f.places)?;
    (f.words.is_empty() && (0..=100).contains(&whole)).then(|| i64::try_from(whole).unwrap_or(0))
}

/// Does the column's name say that it counts in thousands or millions?
pub fn scale_in(header: &str) -> Option<i64> {
    let h = domain::text::fold(header);
    let has = |words: &[&str]| words.iter().any(|w| h.contains(w));
    if has(&["million", "mln", "млн", "百万", "百萬", "(m)", "in m ", "$m", "$mm", "m usd", "usd m", "мільйон"]) {
        Some(1_000_000)
    } else if has(&["thousand", "тис", "千元", "(k)", "$k", "000s", "'000", "тисяч"]) {
        Some(1_000)
    } else if has(&["万元", "萬元", "(万)", "(萬)"]) {
        Some(10_000)
    } else if has(&["亿元", "億元"]) {
        Some(100_000_000)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str, p: Point) -> Option<String> {
        money(text, p, Currency::USD, 1).map(|m| format!("{} {}", m.amount(), m.currency.code()))
    }

    #[test]
    fn money_as_people_write_it() {
        for (text, want) in [
            ("1054", "1054.00 USD"),
            ("$1,054.00", "1054.00 USD"),
            ("1 054.5", "1054.50 USD"),
            ("1'054.50 CHF", "1054.50 CHF"),
            ("-3.20", "-3.20 USD"),
            ("($3.20)", "-3.20 USD"),
            ("-$3.20", "-3.20 USD"),
            ("−3", "-3.00 USD"),
            ("€5", "5.00 EUR"),
            ("1,054,000", "1054000.00 USD"),
            ("$1.2M", "1200000.00 USD"),
            ("5k", "5000.00 USD"),
            ("3.5万元", "35000.00 CNY"),
            ("￥500", "500.00 CNY"),
            ("500 UAH", "500.00 UAH"),
            ("USD 12", "12.00 USD"),
            ("99.99000000000001", "99.99 USD"),
            ("99.98999999999999", "99.99 USD"),
            ("１２３", "123.00 USD"),
            ("0", "0.00 USD"),
        ] {
            assert_eq!(usd(text, Point::Dot).as_deref(), Some(want), "{text}");
        }
        for (text, want) in [
            ("1 054,00", "1054.00 USD"),
            ("1\u{a0}054,00 грн.", "1054.00 UAH"),
            ("1.054,5 €", "1054.50 EUR"),
            ("2 млн грн", "2000000.00 UAH"),
        ] {
            assert_eq!(usd(text, Point::Comma).as_deref(), Some(want), "{text}");
        }
        for bad in ["", "abc", "1.005", "12,34", "1,05,000", "1-2", "5 apples", "3/1/2017", "1.2.3", "--5"] {
            assert_eq!(usd(bad, Point::Dot), None, "{bad}");
        }
        // An amount all the same: the field says how large one may be.
        assert_eq!(money("99999999999999999999", Point::Dot, Currency::USD, 1).map(|m| m.minor), Some(i64::MAX));
        assert_eq!(money("1100.04", Point::Dot, Currency::USD, 1_000_000).map(|m| m.amount()).as_deref(), Some("1100040000.00"));
    }

    #[test]
    fn the_column_decides_what_a_comma_means() {
        assert_eq!(point(["1,054", "2,000"].into_iter()), Point::Dot);
        assert_eq!(point(["1,054", "3,5"].into_iter()), Point::Comma);
        assert_eq!(point(["1.054,00", "3"].into_iter()), Point::Comma);
        assert_eq!(point(["1.054", "2.300"].into_iter()), Point::Comma);
        assert_eq!(point(["1.054", "4269.9"].into_iter()), Point::Dot);
        assert_eq!(point(["0.125"].into_iter()), Point::Dot);
        assert_eq!(point(["1.054.000"].into_iter()), Point::Comma);
        assert_eq!(point(["5", ""].into_iter()), Point::Dot);
    }

    #[test]
    fn whole_numbers_and_percent() {
        assert_eq!(
            ["2,822", "10083.0", "-5", "1 200", "2.5", "x", "5%"].map(|t| int(t, Point::Dot)),
            [Some(2822), Some(10083), Some(-5), Some(1200), None, None, None]
        );
        assert_eq!(
            ["25", "25 %", "0.25", "1.0", "100", "0", "101", "0.255"].map(|t| percent(t, Point::Dot)),
            [Some(25), Some(25), Some(25), Some(100), Some(100), Some(0), None, None]
        );
    }

    #[test]
    fn a_scale_is_taken_from_the_header_only() {
        assert_eq!(scale_in("Revenue (USD millions)"), Some(1_000_000));
        assert_eq!(scale_in("年收入（万元）"), Some(10_000));
        assert_eq!(scale_in("Дохід, тис. грн"), Some(1_000));
        assert_eq!(scale_in("revenue"), None);
    }

    proptest::proptest! {
        #[test]
        fn what_we_show_can_be_read_back(minor in -100_000_000_000_i64..100_000_000_000) {
            let m = Money::new(minor, Currency::USD);
            for locale in domain::Locale::ALL {
                let p = if locale == domain::Locale::Uk { Point::Comma } else { Point::Dot };
                proptest::prop_assert_eq!(money(&locale.money(m), p, Currency::USD, 1), Some(m));
            }
        }

        #[test]
        fn nothing_makes_it_fall_over(text in "[-0-9.,' $€万mk()]{0,20}") {
            let _ = money(&text, Point::Dot, Currency::USD, 1_000_000);
            let _ = (int(&text, Point::Comma), percent(&text, Point::Dot), point([text.as_str()].into_iter()));
        }
    }
}
