//! From what people write to a number that can be dialled from anywhere, and back to what they read.

use domain::text;

use super::plan;

/// Longer ones are no extensions.
const EXTENSION: usize = 7;

/// What stands before an extension; longer ones before those that begin them.
const MARKS: [&str; 24] = [
    ";ext=",
    "extension",
    "extn.",
    "extn",
    "ext.",
    "ext",
    "доб.",
    "доб",
    "дод.",
    "дод",
    "внутр.",
    "внутр",
    "вн.",
    "вн",
    "分机号",
    "分機號",
    "分机",
    "分機",
    "转",
    "轉",
    "内线",
    "內線",
    "x",
    "#",
];

struct Written {
    plus: bool,
    digits: String,
    /// `+44 (0)20 …`: the zero is for those who call from within.
    without_zero: Option<String>,
    extension: String,
}

/// None: there is more in it than one number.
fn read(input: &str) -> Option<Written> {
    let folded = text::fold(&text::seen(input));
    let line = folded.strip_prefix("tel:").unwrap_or(&folded).trim();
    let sign = |c: char| matches!(c, '+' | '-' | ' ' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let end = line.find(|c: char| !c.is_ascii_digit() && !sign(c)).unwrap_or(line.len());
    let (main, rest) = line.split_at_checked(end)?;
    let extension = if rest.is_empty() {
        ""
    } else {
        let mark = MARKS.iter().find(|m| rest.starts_with(**m))?;
        rest.get(mark.len()..)?.trim_matches([' ', ':', '.', '-', ')', '№', '#'])
    };
    if !rest.is_empty() && (extension.is_empty() || extension.len() > EXTENSION || !extension.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let plus = main.trim_start_matches(['(', ' ']).starts_with('+');
    // A second plus begins a second number.
    if main.matches('+').count() > usize::from(plus) {
        return None;
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let without_zero = (plus && main.contains("(0)")).then(|| digits(&main.replacen("(0)", "", 1)));
    Some(Written { plus, digits: digits(main), without_zero, extension: extension.to_owned() })
}

/// In E.164, with ` ext. 12` behind it where there is an extension. `country`: where it is dialled, two letters; None: nobody
/// knows, and only what says its country itself is recognised. None: it is kept as it was written.
pub fn recognised(input: &str, country: Option<&str>) -> Option<String> {
    let written = read(input)?;
    if !(4..=20).contains(&written.digits.len()) {
        return None;
    }
    let found = if written.plus {
        written.without_zero.as_deref().and_then(plan::international).or_else(|| plan::international(&written.digits))
    } else {
        let here = country.and_then(|c| plan::national(&written.digits, c));
        here.or_else(|| written.digits.strip_prefix("00").and_then(plan::international))
    }?;
    // The plus and fifteen digits.
    (found.len() <= 16).then(|| if written.extension.is_empty() { found } else { format!("{found} ext. {}", written.extension) })
}

/// As people read it, of a number in the form that [`recognised`] gives. None: it was never recognised.
pub fn spelled(stored: &str) -> Option<String> {
    let (number, extension) = text::e164(stored)?;
    let number = plan::spelled(number.strip_prefix('+')?)?;
    Some(if extension.is_empty() { number } else { format!("{number} ext. {extension}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(input: &str, country: &str) -> Option<String> {
        recognised(input, Some(country).filter(|c| !c.is_empty()))
    }

    #[test]
    fn no_other_countrys_guess() {
        // Nobody knows where.
        for written in ["044 123 45 67", "(503) 555-0100", "380441234567", "020 7946 0958"] {
            assert_eq!(of(written, ""), None, "{written}");
        }
        // A number that this country does not have is not made into one.
        for (written, country) in [
            ("(503) 555-0100", "UA"),
            ("044 123 45 67", "US"),
            ("380441234567", "US"),
            ("12", "UA"),
            ("044 123", "UA"),
            ("112", "UA"),
            ("044 123 45 67 89", "UA"),
            ("555-0100", "US"),
            ("044 123 45 67", "Narnia"),
        ] {
            assert_eq!(of(written, country), None, "{written} in {country}");
        }
        // What says its country itself belongs there, wherever it is written down.
        for country in ["", "UA", "US", "GB", "CN"] {
            assert_eq!(of("+380 44 123 45 67", country).as_deref(), Some("+380441234567"), "{country}");
            assert_eq!(of("+1 503 555 0100", country).as_deref(), Some("+15035550100"), "{country}");
        }
    }

    #[test]
    fn two_numbers_or_a_remark_are_not_made_into_one_number() {
        for written in [
            "044 123 45 67 (home)",
            "044 123 45 67, 067 123 45 67",
            "+380441234567 +380671234567",
            "1-800-FLOWERS",
            "call me",
            "",
            "044 123 45 67 after 5",
            "044 123 45 67 ext",
            "044 123 45 67 ext 12345678",
            "x12",
            "044 123 45 67 ext 1 or 2",
        ] {
            assert_eq!(of(written, "UA"), None, "{written}");
            assert_eq!(of(written, "US"), None, "{written}");
        }
    }

    #[test]
    fn as_people_write_them() {
        for (written, country, stored) in [
            ("044 123 45 67", "UA", "+380441234567"),
            ("0441234567", "UA", "+380441234567"),
            ("44 123 45 67", "UA", "+380441234567"),
            ("380441234567", "UA", "+380441234567"),
            ("00380 44 123-45-67", "UA", "+380441234567"),
            ("00380 44 123-45-67", "US", "+380441234567"),
            ("011 380 44 123 45 67", "US", "+380441234567"),
            ("+38 (044) 123-45-67", "UA", "+380441234567"),
            ("+38(067)123-45-67", "", "+380671234567"),
            ("\u{202a}+380 44 123 45 67\u{202c}", "", "+380441234567"),
            ("＋３８０ ４４ １２３ ４５ ６７", "", "+380441234567"),
            ("tel:+380-44-123-45-67", "", "+380441234567"),
            ("(503) 555-0100", "US", "+15035550100"),
            ("1-503-555-0100", "US", "+15035550100"),
            ("503.555.0100", "CA", "+15035550100"),
            ("(503) 555-0100 ext. 12", "US", "+15035550100 ext. 12"),
            ("503-555-0100x12", "US", "+15035550100 ext. 12"),
            ("503-555-0100 #12", "US", "+15035550100 ext. 12"),
            ("+15035550100;ext=12", "", "+15035550100 ext. 12"),
            ("044 123 45 67 доб. 12", "UA", "+380441234567 ext. 12"),
            ("044 123 45 67 вн 12", "UA", "+380441234567 ext. 12"),
            ("010-6554-2200 转 801", "CN", "+861065542200 ext. 801"),
            ("010 6554 2200", "CN", "+861065542200"),
            ("138 0013 8000", "CN", "+8613800138000"),
            ("+44 (0)20 7946 0958", "", "+442079460958"),
            ("020 7946 0958", "GB", "+442079460958"),
            ("+44 020 7946 0958", "", "+442079460958"),
            ("8 (495) 123-45-67", "RU", "+74951234567"),
            ("8 800 555 35 35", "RU", "+78005553535"),
            ("06 6982 1", "IT", "+390669821"),
            ("02 3661 8300", "IT", "+390236618300"),
            ("(06 1) 234-5678", "HU", "+3612345678"),
            ("(11) 96123-4567", "BR", "+5511961234567"),
            ("02-2345-6789", "TW", "+886223456789"),
            ("03-1234-5678", "JP", "+81312345678"),
            ("91 123 45 67", "ES", "+34911234567"),
            ("22 123 45 67", "PL", "+48221234567"),
            ("+800 1234 5678", "", "+80012345678"),
        ] {
            assert_eq!(of(written, country).as_deref(), Some(stored), "{written} in {country}");
            // Written again it stays what it is, wherever that is.
            for elsewhere in ["", "UA", "US", "GB", "CN", "RU", "IT", country] {
                assert_eq!(of(stored, elsewhere).as_deref(), Some(stored), "{stored} in {elsewhere}");
            }
        }
    }

    #[test]
    fn as_people_read_them() {
        for (stored, read) in [
            ("+380441234567", "+380 44 123 4567"),
            ("+15035550100", "+1 503-555-0100"),
            ("+15035550100 ext. 12", "+1 503-555-0100 ext. 12"),
            ("+442079460958", "+44 20 7946 0958"),
            ("+8613800138000", "+86 138 0013 8000"),
            ("+861065542200", "+86 10 6554 2200"),
            ("+390236618300", "+39 02 3661 8300"),
            ("+74951234567", "+7 495 123-45-67"),
            ("+12423221234", "+1 242-322-1234"),
        ] {
            assert_eq!(spelled(stored).as_deref(), Some(read));
            assert_eq!(recognised(read, None).as_deref(), Some(stored), "what is read can be written");
        }
        for never in ["044 123 45 67", "+38044", "+999123456789", "", "call me"] {
            assert_eq!(spelled(never), None, "{never}");
        }
    }

    proptest::proptest! {
        /// Whatever is recognised holds every digit that was written, but for what only says from where one calls.
        #[test]
        fn no_digit_is_lost(digits in "[0-9]{4,16}", country in "UA|US|GB|CN|RU|IT|AR|MX|BR|DE|JP|ES") {
            if let Some(stored) = recognised(&digits, Some(country.as_str())) {
                let own: String = stored.chars().filter(char::is_ascii_digit).collect();
                proptest::prop_assert!(stored.len() <= 16);
                proptest::prop_assert_eq!(recognised(&stored, None), Some(stored.clone()));
                // Argentina and Brazil move what is dialled for a mobile or a carrier.
                if !matches!(country.as_str(), "AR" | "BR" | "MX") {
                    let tail = |n: usize| digits.get(digits.len().saturating_sub(n)..).unwrap_or_default();
                    proptest::prop_assert!(own.ends_with(tail(4)), "{digits} {stored}");
                }
                proptest::prop_assert!(spelled(&stored).is_some(), "{stored}");
            }
        }

        #[test]
        fn anything_may_be_typed(input in "\\PC{0,40}", country in "UA|US|Narnia|") {
            if let Some(stored) = recognised(&input, Some(country.as_str())) {
                proptest::prop_assert!(text::e164(&stored).is_some());
            }
        }
    }
}
