//! Folding for comparisons, and what makes phone numbers, e-mail addresses and domains comparable.

/// Small letters, in all scripts. In the browser its engine is asked, which has the tables already: ours are 24 kB.
#[cfg(target_arch = "wasm32")]
pub fn lower(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

/// Small letters, in all scripts.
#[cfg(not(target_arch = "wasm32"))]
pub fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// Capital letters, in all scripts.
#[cfg(target_arch = "wasm32")]
pub fn upper(text: &str) -> String {
    js_sys::JsString::from(text).to_upper_case().into()
}

/// Capital letters, in all scripts.
#[cfg(not(target_arch = "wasm32"))]
pub fn upper(text: &str) -> String {
    text.to_uppercase()
}

/// The same with its first letter a capital one.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|c| upper(c.encode_utf8(&mut [0; 4])) + letters.as_str()).unwrap_or_default()
}

/// The first letter or digit of a name, as a capital: it stands for a company or a thing where a picture would.
pub fn first_letter(name: &str) -> String {
    name.chars().find(|c| c.is_alphanumeric()).map(|c| upper(c.encode_utf8(&mut [0; 4]))).unwrap_or_default()
}

/// Lower case, full-width forms to half-width, accents of Latin letters off, runs of space to one.
///
/// Cyrillic letters stay themselves: й and и, ї and і are different letters.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for c in lower(text).chars() {
        let c = match c {
            // A sigma at the end of a word is no other letter.
            'ς' => 'σ',
            '\u{3000}' => ' ',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            other => other,
        };
        if c.is_whitespace() {
            space = !out.is_empty();
            continue;
        }
        if space {
            out.push(' ');
            space = false;
        }
        match latin_base(c) {
            Some(base) => out.push_str(base),
            None => out.push(c),
        }
    }
    out
}

/// Takes room or joins letters, and shows nothing.
pub const fn is_unseen(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
}

/// What only says how the letter before it is drawn.
const fn is_variant(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
}

/// Without what nobody sees at its ends; "" when nobody sees anything of it.
pub fn trimmed(text: &str) -> &str {
    let text = text.trim_matches(|c: char| c.is_whitespace() || is_unseen(c));
    if text.chars().all(|c| c.is_whitespace() || is_unseen(c) || is_variant(c)) { "" } else { text }
}

fn latin_base(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => "i",
        'ł' | 'ľ' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => "o",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ť' | 'ț' | 'ţ' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ž' | 'ż' => "z",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        _ => return None,
    })
}

pub fn is_cjk_char(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

/// Does it hold nothing but Chinese, Japanese or Korean letters?
pub fn is_cjk(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| is_cjk_char(c) || c == '·')
}

/// Without what nobody sees, wherever it stands: marks of direction that come along with a number from elsewhere.
pub fn seen(text: &str) -> String {
    text.chars().filter(|c| !is_unseen(*c)).collect()
}

/// Longer ones are no phone numbers.
const MAX_PHONE: usize = 80;

/// A phone number as it was typed, in one line. Which number it is the server finds out, which knows the plans of all countries.
/// None: there is no digit in it.
pub fn typed_phone(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let line = words.into_iter().map(seen).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
    let digit = |c: char| c.is_ascii_digit() || matches!(c, '\u{ff10}'..='\u{ff19}');
    (line.chars().any(digit) && line.chars().count() <= MAX_PHONE).then_some(line)
}

/// The number and its extension, of one that the server recognised: `+15035550100 ext. 12`.
pub fn e164(stored: &str) -> Option<(&str, &str)> {
    let (number, extension) = stored.split_once(" ext. ").unwrap_or((stored, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let national = number.strip_prefix('+')?;
    (digits(national) && (4..=15).contains(&national.len()) && digits(extension)).then_some((number, extension))
}

/// Under which id the spelling of a recognised number travels among the names of what records refer to.
pub fn phone_id(stored: &str) -> Option<crate::Id> {
    let (number, extension) = e164(stored)?;
    // Begun with 1: "007" and "7" are two extensions.
    let digits = |t: &str| t.bytes().filter(u8::is_ascii_digit).fold(1_u64, |n, d| n.wrapping_mul(10).wrapping_add(u64::from(d - b'0')));
    Some(crate::Id(uuid::Uuid::from_u64_pair(0x7465_6c00_0000_0000 ^ digits(extension), digits(number))))
}

/// What is compared of a phone number, however it was written: of one that is nothing but digits and signs the digits, and the
/// plus before them.
pub fn phone_key(text: &str) -> String {
    let folded = fold(&seen(text));
    if !folded.chars().all(|c| c.is_ascii_digit() || is_phone_sign(c)) {
        return folded;
    }
    let digits = folded.chars().filter(char::is_ascii_digit);
    let plus = folded.starts_with(['+', '(']) && folded.contains('+');
    plus.then_some('+').into_iter().chain(digits).collect()
}

pub const fn is_phone_sign(c: char) -> bool {
    matches!(c, '+' | '-' | ' ' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// The digits of a number, or of a part of one, as they may stand within one that says its country: as they are, and without what
/// is dialled first within a country (0; 8; 00 to go abroad). None: other than digits and signs, or too short to say anything.
pub fn phone_parts(text: &str) -> Option<Vec<String>> {
    let folded = fold(&seen(text));
    if !folded.chars().all(|c| c.is_ascii_digit() || is_phone_sign(c)) {
        return None;
    }
    let digits: String = folded.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 2 {
        return None;
    }
    let mut parts = vec![digits.clone()];
    if !folded.contains('+') {
        let abroad = digits.trim_start_matches('0');
        let trunk = digits.strip_prefix('8').map(|d| d.trim_start_matches('0')).unwrap_or_default();
        // Fewer would be found everywhere.
        if abroad.len() < digits.len() && abroad.len() >= 4 {
            parts.push(abroad.to_owned());
        }
        if trunk.len() >= 5 {
            parts.push(trunk.to_owned());
        }
    }
    Some(parts)
}

/// What a link says to a phone.
pub fn dialled(number: &str) -> String {
    match e164(number) {
        Some((_, "")) => "tel:".to_owned() + number,
        Some((number, extension)) => ["tel:", number, ";ext=", extension].concat(),
        None => "tel:".chars().chain(number.chars().filter(|c| c.is_ascii_digit() || *c == '+')).collect(),
    }
}

/// Lower-cased address, or None when it cannot be one.
pub fn normal_email(text: &str) -> Option<String> {
    let text = lower(text.trim());
    let (local, host) = text.rsplit_once('@')?;
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | ',' | ';' | '"' | '@');
    let ok = !local.is_empty()
        && local.chars().all(plain)
        && host.contains('.')
        && host.split('.').all(|p| !p.is_empty() && p.chars().all(|c| c.is_alphanumeric() || c == '-'))
        && text.len() <= 254;
    ok.then_some(text)
}

/// http(s) only, so that a link can never run a script.
pub fn normal_url(text: &str) -> Option<String> {
    let text = text.trim();
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let rest = with_scheme.strip_prefix("https://").or_else(|| with_scheme.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (host.contains('.') && !with_scheme.chars().any(|c| c.is_whitespace() || c.is_control())).then_some(with_scheme)
}

/// Up to two letters that stand for a name in an avatar.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|w| w.chars().next());
    let last = words.next_back().and_then(|w| w.chars().next());
    match first {
        Some(c) if is_cjk_char(c) => c.to_string(),
        Some(_) => upper(&String::from_iter(first.into_iter().chain(last))),
        None => "?".to_owned(),
    }
}

/// 1 to 8: the colour that a thing keeps everywhere.
pub fn kind_colour(seed: &str) -> u8 {
    let hash = seed.bytes().fold(2_166_136_261_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(16_777_619));
    u8::try_from(hash % 8).unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_no_text() {
        for nothing in
            ["", " ", "\u{200b}", "\u{200b} \u{feff}\u{2060}", "\u{3164}", "\u{2800}\u{ad}", "\u{fe0f}", "\u{202e}\u{a0}\u{3000}"]
        {
            assert_eq!(trimmed(nothing), "", "{nothing:?}");
        }
        assert_eq!(trimmed("\u{feff}Acme\u{200b} "), "Acme");
        // Within a text it has its sense: a family, an emoji's colour, a Persian word.
        for text in ["👨\u{200d}👩", "❤\u{fe0f}", "می\u{200c}خواهم"] {
            assert_eq!(trimmed(text), text);
        }
    }

    #[test]
    fn folding() {
        assert_eq!(fold("  Café  ＡＢＣ　Straße "), "cafe abc strasse");
        assert_eq!(fold("Київ"), "київ");
        assert_eq!(fold("ΟΔΟΣ"), fold("οδος"));
    }

    #[test]
    fn letters_that_begin_a_name() {
        assert_eq!((first_letter("«їжак»"), first_letter("…"), capital("ökologie")), ("Ї".into(), String::new(), "Ökologie".into()));
    }

    #[test]
    fn a_phone_number_is_kept_as_it_was_typed() {
        assert_eq!(typed_phone(" 044\u{a0}123  45\t67 ").as_deref(), Some("044 123 45 67"));
        assert_eq!(typed_phone("\u{202a}+380 44 123\u{202c}").as_deref(), Some("+380 44 123"));
        assert_eq!(typed_phone("44-12 (ask for Ann)").as_deref(), Some("44-12 (ask for Ann)"));
        assert_eq!(typed_phone("０４４ １２").as_deref(), Some("０４４ １２"));
        assert_eq!((typed_phone("call me"), typed_phone(&"1".repeat(81))), (None, None));
    }

    #[test]
    fn phones_become_comparable() {
        assert_eq!(phone_key("+380 (44) 123-45-67"), "+380441234567");
        assert_eq!(phone_key("(044) 123–45–67"), "0441234567");
        assert_eq!(phone_key("044 12 Ann"), "044 12 ann");
        assert_eq!(phone_parts("044 123-45-67"), Some(vec!["0441234567".to_owned(), "441234567".to_owned()]));
        assert_eq!(phone_parts("+380 44"), Some(vec!["38044".to_owned()]));
        assert_eq!(phone_parts("044"), Some(vec!["044".to_owned()]));
        assert_eq!(phone_parts("8 017 123 45 67").unwrap_or_default()[1], "171234567");
        assert_eq!((phone_parts("gtx 100"), phone_parts("7")), (None, None));
    }

    #[test]
    fn every_number_has_an_id_of_its_own() {
        let all = ["+380441234567", "+380441234568", "+15035550100", "+15035550100 ext. 7", "+15035550100 ext. 007"];
        let ids: std::collections::BTreeSet<_> = all.iter().filter_map(|n| phone_id(n)).collect();
        assert_eq!(ids.len(), all.len());
        assert_eq!((phone_id("044 123 45 67"), phone_id("+38044 12"), phone_id("")), (None, None, None));
    }

    #[test]
    fn what_a_phone_is_told() {
        assert_eq!(dialled("+15035550100 ext. 12"), "tel:+15035550100;ext=12");
        assert_eq!(dialled("+380441234567"), "tel:+380441234567");
        assert_eq!(dialled("044 123-45 \"><script>"), "tel:04412345");
    }

    #[test]
    fn emails_and_urls() {
        assert_eq!(normal_email(" Ann@Example.COM ").as_deref(), Some("ann@example.com"));
        for bad in ["ann", "ann@", "@b.c", "a b@c.d", "a@b", "a@b..c"] {
            assert_eq!(normal_email(bad), None, "{bad}");
        }
        assert_eq!(normal_url("javascript://x.y"), None);
        assert_eq!(normal_url("globex.example").as_deref(), Some("https://globex.example"));
    }

    #[test]
    fn initials_of_all_scripts() {
        assert_eq!(initials("Anna Maria Snelling"), "AS");
        assert_eq!(initials("陈思远"), "陈");
        assert_eq!(initials("олена коваленко"), "ОК");
    }
}
