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
const fn is_unseen(c: char) -> bool {
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

/// "+380 (44) 123-45-67" → "+380441234567". Numbers without a country code keep their digits. None: no phone number.
pub fn normal_phone(text: &str) -> Option<String> {
    let text = text.trim();
    let plus = text.starts_with('+') || text.starts_with("00");
    let mut digits = String::new();
    for c in fold(text).chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' | '-' | ' ' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}' => {}
            _ => return None,
        }
    }
    let digits = if text.starts_with("00") { digits.get(2..).unwrap_or_default().to_owned() } else { digits };
    if !(3..=15).contains(&digits.len()) {
        return None;
    }
    Some(if plus { format!("+{digits}") } else { digits })
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
    fn phones_become_comparable() {
        assert_eq!(normal_phone("+380 (44) 123-45-67").as_deref(), Some("+380441234567"));
        assert_eq!(normal_phone("0044 20 7946 0958").as_deref(), Some("+442079460958"));
        assert_eq!(normal_phone("call me"), None);
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
