//! From bytes to text: byte order marks, UTF-8, UTF-16 with and without a mark, and the older encodings of China,
//! Taiwan and Ukraine by the frequency of their letters. What cannot be read becomes U+FFFD, and the rows that hold
//! one are rejected later, with their place: one broken letter never costs the whole file.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use domain::{Error, Locale, Result};
use encoding_rs::{
    BIG5, Encoding, GB18030, GBK, IBM866, ISO_8859_5, KOI8_R, KOI8_U, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, X_MAC_CYRILLIC,
};

pub struct Decoded<'a> {
    pub text: Cow<'a, str>,
    /// "UTF-8", "UTF-16LE", "GB18030", "Big5", "windows-1251", …
    pub encoding: &'static str,
    /// Some bytes meant nothing in that encoding; U+FFFD stands in their place.
    pub broken: bool,
}

/// `forced`: the person's own choice. `locale` decides between encodings that fit equally well.
pub fn decode<'a>(bytes: &'a [u8], forced: Option<&str>, locale: Locale) -> Result<Decoded<'a>> {
    let encoding = match forced.filter(|label| !label.is_empty()) {
        Some(label) => Encoding::for_label(label.as_bytes()).ok_or_else(|| Error::invalid("encoding", "encoding_unknown"))?,
        None => detect(bytes, locale)?,
    };
    // `decode` takes the byte order mark off, and believes it rather than us.
    let (text, used, broken) = encoding.decode(bytes);
    let name = if used == GBK || used == GB18030 { "GB18030" } else { used.name() };
    Ok(Decoded { text, encoding: name, broken })
}

fn detect(bytes: &[u8], locale: Locale) -> Result<&'static Encoding> {
    if let Some((by_mark, _)) = Encoding::for_bom(bytes) {
        return Ok(by_mark);
    }
    let sample = bytes.get(..bytes.len().min(1 << 20)).unwrap_or(bytes);
    if sample.contains(&0) {
        return utf_16(sample).ok_or_else(|| Error::invalid("file", "file_not_table"));
    }
    if is_binary(sample) {
        return Err(Error::invalid("file", "file_not_table"));
    }
    let (valid, invalid) = utf_8(bytes);
    // A few broken letters among many good ones are a damaged UTF-8 file, not another encoding.
    if invalid == 0 || valid > invalid.saturating_mul(20) {
        return Ok(UTF_8);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let place = match locale {
        Locale::En => None,
        Locale::ZhHans => Some(&b"cn"[..]),
        Locale::ZhHant => Some(&b"tw"[..]),
        Locale::Uk => Some(&b"ua"[..]),
    };
    let guess = detector.guess(place, Utf8Detection::Deny);
    Ok(if is_chinese(guess) || chinese_in_disguise(bytes, guess, locale) { between_chinese(bytes, &detector, locale) } else { guess })
}

/// For a Ukrainian reader the detector leans towards Cyrillic, where nearly every byte of a Chinese text is a letter too.
/// Such letters make no words, though: signs stand among them, and capitals within them.
fn chinese_in_disguise(bytes: &[u8], guess: &'static Encoding, locale: Locale) -> bool {
    let cyrillic = [WINDOWS_1251, KOI8_U, KOI8_R, IBM866, ISO_8859_5, X_MAC_CYRILLIC];
    if locale != Locale::Uk || !cyrillic.contains(&guess) {
        return false;
    }
    let text = guess.decode_without_bom_handling(bytes).0;
    let (mut letters, mut odd, mut small) = (0_usize, 0_usize, false);
    for c in text.chars() {
        let known = matches!(c, 'А'..='я' | 'Ё' | 'ё' | 'Є' | 'є' | 'І' | 'і' | 'Ї' | 'ї' | 'Ґ' | 'ґ' | 'Ў' | 'ў')
            || matches!(c, '«' | '»' | '“' | '”' | '„' | '’' | '‘' | '–' | '—' | '…' | '№' | '°' | '§' | '€' | '\u{a0}');
        letters += usize::from(!c.is_ascii());
        odd += usize::from(!c.is_ascii() && (!known || small && c.is_uppercase()));
        small = c.is_lowercase() && !c.is_ascii();
    }
    let reads = |e: &'static Encoding| e.decode_without_bom_handling_and_without_replacement(bytes).is_some();
    odd * 8 > letters && (reads(GB18030) || reads(BIG5))
}

fn is_chinese(e: &'static Encoding) -> bool {
    e == GBK || e == GB18030 || e == BIG5
}

/// Many texts fit both Chinese encodings: the one that reads without a fault and without letters for private use, else the
/// one whose letters are the more common; with few letters to judge by, the reader's own script decides.
fn between_chinese(bytes: &[u8], detector: &EncodingDetector, locale: Locale) -> &'static Encoding {
    let odd = |e: &'static Encoding| match e.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => text.chars().filter(|c| matches!(c, '\u{e000}'..='\u{f8ff}')).count(),
        None => usize::MAX,
    };
    match odd(GB18030).cmp(&odd(BIG5)) {
        std::cmp::Ordering::Less => return GB18030,
        std::cmp::Ordering::Greater => return BIG5,
        std::cmp::Ordering::Equal => {}
    }
    let few = bytes.iter().filter(|b| **b >= 0x80).count() < 40;
    match locale {
        Locale::ZhHant if few => BIG5,
        Locale::ZhHans if few => GB18030,
        _ if detector.guess(None, Utf8Detection::Deny) == BIG5 => BIG5,
        _ => GB18030,
    }
}

/// Valid sequences of more than one byte, and bytes that belong to none.
fn utf_8(bytes: &[u8]) -> (usize, usize) {
    let (mut valid, mut invalid) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().bytes().filter(|b| *b >= 0xc0).count();
        invalid += chunk.invalid().len().min(1);
    }
    (valid, invalid)
}

/// UTF-16 without a mark: the byte order in which nearly everything is a letter, digit or sign that tables hold.
fn utf_16(sample: &[u8]) -> Option<&'static Encoding> {
    let plausible = |e: &'static Encoding| {
        let (text, _) = e.decode_without_bom_handling(sample);
        let (mut good, mut all) = (0_usize, 0_usize);
        for c in text.chars() {
            all += 1;
            good += usize::from(matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a0}'..='\u{24f}' | '\u{400}'..='\u{52f}'
                | '\u{2010}'..='\u{203a}' | '\u{20a0}'..='\u{20bf}' | '\u{2116}' | '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}'));
        }
        // The wrong order turns "," and line ends into letters far away; the right one always has some of them.
        let signs = text.chars().filter(|c| matches!(c, '\n' | '\r' | ',' | ';' | '\t' | '|')).count();
        if all > 0 && good * 100 >= all * 95 { signs } else { 0 }
    };
    let (le, be) = (plausible(UTF_16LE), plausible(UTF_16BE));
    match le.cmp(&be) {
        std::cmp::Ordering::Greater => Some(UTF_16LE),
        std::cmp::Ordering::Less => Some(UTF_16BE),
        std::cmp::Ordering::Equal => None,
    }
}

/// Pictures, archives and the like: control bytes that no text has.
fn is_binary(sample: &[u8]) -> bool {
    let control = sample.iter().filter(|b| matches!(b, 0x00..=0x08 | 0x0e..=0x1a | 0x1c..=0x1f)).count();
    control * 1000 > sample.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], locale: Locale) -> (String, &'static str) {
        let d = decode(bytes, None, locale).unwrap();
        assert!(!d.broken);
        (d.text.into_owned(), d.encoding)
    }

    const HANS: &str = "公司,行业,城市,备注\n北京华信科技有限公司,软件,北京,重要客户\n上海东方贸易公司,零售,上海,请在下周联系\n";
    const HANT: &str = "公司,產業,城市,備註\n臺北資訊股份有限公司,軟體,臺北,重要客戶\n高雄貿易公司,零售,高雄,請於下週聯絡\n";
    const UK: &str = "Компанія;Галузь;Місто\nТОВ «Ґанок»;будівництво;Київ\nПриватбуд;торгівля;Львів\nЇжак і Єнот;послуги;Чернігів\n";

    /// Real bytes, so that the test does not check the library with itself.
    #[test]
    fn the_five_encodings_are_recognised() {
        // 公司,名 / 北京 in GB18030
        let gb = [0xb9, 0xab, 0xcb, 0xbe, 0x2c, 0xc3, 0xfb, 0x0a, 0xb1, 0xb1, 0xbe, 0xa9, 0x2c, 0x31, 0x0a];
        assert_eq!(read(&gb, Locale::ZhHans), ("公司,名\n北京,1\n".into(), "GB18030"));
        // 公司,名 / 臺北 in Big5
        let big5 = [0xa4, 0xbd, 0xa5, 0x71, 0x2c, 0xa6, 0x57, 0x0a, 0xbb, 0x4f, 0xa5, 0x5f, 0x2c, 0x31, 0x0a];
        assert_eq!(read(&big5, Locale::ZhHant), ("公司,名\n臺北,1\n".into(), "Big5"));
        // Назва;Місто / Київ;Їжак in windows-1251
        let win = [
            0xcd, 0xe0, 0xe7, 0xe2, 0xe0, 0x3b, 0xcc, 0xb3, 0xf1, 0xf2, 0xee, 0x0a, 0xca, 0xe8, 0xbf, 0xe2, 0x3b, 0xaf, 0xe6, 0xe0, 0xea,
            0x0a,
        ];
        assert_eq!(read(&win, Locale::Uk), ("Назва;Місто\nКиїв;Їжак\n".into(), "windows-1251"));
        // "a,б\n" in UTF-16, both orders, with a mark
        let le = [0xff, 0xfe, 0x61, 0x00, 0x2c, 0x00, 0x31, 0x04, 0x0a, 0x00];
        assert_eq!(read(&le, Locale::En), ("a,б\n".into(), "UTF-16LE"));
        let be = [0xfe, 0xff, 0x00, 0x61, 0x00, 0x2c, 0x04, 0x31, 0x00, 0x0a];
        assert_eq!(read(&be, Locale::En), ("a,б\n".into(), "UTF-16BE"));
        // … and without
        assert_eq!(read(&le[2..], Locale::En).1, "UTF-16LE");
        assert_eq!(read(&be[2..], Locale::En).1, "UTF-16BE");
        // UTF-8 with a mark, which is not part of the first name
        assert_eq!(read(b"\xef\xbb\xbfname\nA", Locale::En), ("name\nA".into(), "UTF-8"));
        assert_eq!(read("name\nЇжак".as_bytes(), Locale::En).1, "UTF-8");
    }

    #[test]
    fn whole_tables_do_not_need_the_readers_language() {
        for locale in Locale::ALL {
            assert_eq!(read(&GB18030.encode(HANS).0, locale), (HANS.into(), "GB18030"), "{locale:?}");
            assert_eq!(read(&BIG5.encode(HANT).0, locale), (HANT.into(), "Big5"), "{locale:?}");
            assert_eq!(read(&WINDOWS_1251.encode(UK).0, locale), (UK.into(), "windows-1251"), "{locale:?}");
        }
        // A name is enough, and capitals alone are no Chinese.
        assert_eq!(read(&GB18030.encode("name,city\n华为技术有限公司,深圳\n").0, Locale::Uk).1, "GB18030");
        assert_eq!(read(&BIG5.encode("name,city\n臺灣積體電路,新竹\n").0, Locale::Uk).1, "Big5");
        assert_eq!(read(&WINDOWS_1251.encode("НАЗВА;МІСТО\nПриватБанк;Дніпро\nАТ «ОТП»;м. Київ\n").0, Locale::Uk).1, "windows-1251");
        assert_eq!(read(&KOI8_U.encode("Компанія;Місто;Примітка\nЛьвівська пивоварня;Львів;зустріч у четвер\n").0, Locale::Uk).1, "KOI8-U");
        // Letters beyond GBK take four bytes.
        let rare = format!("{HANS}㐀㐁𠀀,x,y,z\n");
        assert_eq!(read(&GB18030.encode(&rare).0, Locale::En), (rare.clone(), "GB18030"));
        let utf16: Vec<u8> = HANS.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&utf16, Locale::En), (HANS.into(), "UTF-16LE"));
    }

    #[test]
    fn one_broken_letter_does_not_change_the_encoding() {
        let mut bytes = UK.repeat(3).into_bytes();
        bytes.extend_from_slice(b"\xd0");
        let d = decode(&bytes, None, Locale::Uk).unwrap();
        assert_eq!((d.encoding, d.broken), ("UTF-8", true));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0"[..], &[0; 64][..], &[1, 2, 3, 4, 5, 6][..]] {
            assert!(decode(bytes, None, Locale::En).is_err(), "{bytes:?}");
        }
        assert!(decode(b"a", Some("klingon"), Locale::En).is_err());
        assert_eq!(decode(b"\xcd", Some("windows-1251"), Locale::En).unwrap().text, "Н");
    }
}
