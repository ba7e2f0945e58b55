//! Names of companies: what is the same company, however its legal form is written, is found to be the same.

use domain::text::{fold, is_cjk_char};

/// Legal forms as the last words of a name, each as [`fold`] and without signs.
const LAST: &[&str] = &[
    "aktiengesellschaft",
    "gesellschaft mit beschrankter haftung",
    "gmbh",
    "mbh",
    "ag",
    "kg",
    "kgaa",
    "ohg",
    "gbr",
    "ug",
    "ug haftungsbeschrankt",
    "e v",
    "ev",
    "eg",
    "e k",
    "ek",
    "se",
    "ltd",
    "limited",
    "llc",
    "l l c",
    "llp",
    "lp",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "and company",
    "and co",
    "und co",
    "plc",
    "public limited company",
    "pte",
    "pty",
    "pvt",
    "private limited",
    "sa",
    "s a",
    "sociedad anonima",
    "societe anonyme",
    "sas",
    "sasu",
    "sarl",
    "eurl",
    "snc",
    "scs",
    "sca",
    "spa",
    "s p a",
    "srl",
    "s r l",
    "sapi de cv",
    "sa de cv",
    "de cv",
    "ltda",
    "eireli",
    "lda",
    "sl",
    "slu",
    "s l",
    "bv",
    "b v",
    "nv",
    "n v",
    "vof",
    "bvba",
    "ab",
    "aktiebolag",
    "as",
    "a s",
    "asa",
    "aps",
    "ks",
    "oy",
    "oyj",
    "ou",
    "uab",
    "sia",
    "doo",
    "d o o",
    "dd",
    "ad",
    "eood",
    "ood",
    "kft",
    "zrt",
    "nyrt",
    "bt",
    "spzoo",
    "sp zoo",
    "sp z oo",
    "sp z o o",
    "sp j",
    "sp k",
    "spolka z ograniczona odpowiedzialnoscia",
    "spolka akcyjna",
    "sro",
    "s r o",
    "spol s r o",
    "vos",
    "as sti",
    "ltd sti",
    "kk",
    "k k",
    "yk",
    "gk",
    "godo kaisha",
    "kabushiki kaisha",
    "sdn bhd",
    "bhd",
    "tbk",
    "jsc",
    "pjsc",
    "cjsc",
    "ojsc",
    "fze",
    "fzco",
    "fz llc",
    "wll",
    "тов",
    "тзов",
    "пат",
    "прат",
    "ват",
    "зат",
    "ат",
    "пп",
    "ооо",
    "оао",
    "зао",
    "пао",
    "ао",
    "еоод",
    "оод",
    "ад",
];

/// The same where they come first.
const FIRST: &[&str] = &[
    "товариство з обмеженою відповідальністю",
    "товариство з додатковою відповідальністю",
    "публічне акціонерне товариство",
    "приватне акціонерне товариство",
    "акціонерне товариство",
    "приватне підприємство",
    "дочірнє підприємство",
    "державне підприємство",
    "комунальне підприємство",
    "фізична особа підприємець",
    "общество с ограниченной ответственностью",
    "акционерное общество",
    "тов",
    "тзов",
    "тдв",
    "пат",
    "прат",
    "ват",
    "зат",
    "ат",
    "пп",
    "дп",
    "кп",
    "фоп",
    "фг",
    "ооо",
    "оао",
    "зао",
    "пао",
    "ао",
    "ип",
    "чп",
    "pt",
    "cv",
    "ud",
];

/// Of scripts without spaces, at the end.
const JOINED_LAST: &[&str] = &[
    "股份有限责任公司",
    "有限责任公司",
    "有限責任公司",
    "股份有限公司",
    "有限公司",
    "集团公司",
    "集團公司",
    "公司",
    "集团",
    "集團",
    "株式会社",
    "株式會社",
    "有限会社",
    "合同会社",
    "주식회사",
    "유한회사",
];

const JOINED_FIRST: &[&str] = &["株式会社", "株式會社", "有限会社", "合同会社", "주식회사", "유한회사"];

/// What is compared of a company's name: "Acme GmbH", "ACME, Inc." and "Acme" are one; «ТОВ "Рута"» and «Рута», 云帆科技有限公司 and
/// 云帆科技, too. A name that is nothing but a legal form stays what it is.
pub(crate) fn key(name: &str) -> String {
    let plain: String = fold(name)
        .chars()
        .filter(|c| !matches!(c, '.' | '\'' | '’' | 'ʼ' | '`'))
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    // "S.A." lost its points above, "S. A." is two words here.
    let mut words: Vec<&str> = plain.split_whitespace().collect();
    loop {
        let shorter = without_first(&words).or_else(|| without_last(&words));
        match shorter {
            Some(rest) => words = rest.to_vec(),
            None => break,
        }
    }
    let whole = words.join(" ");
    if whole.chars().any(is_cjk_char) { joined(&whole) } else { whole }
}

fn without_last<'a, 'b>(words: &'a [&'b str]) -> Option<&'a [&'b str]> {
    LAST.iter().filter_map(|form| cut(words, form, false)).min_by_key(|rest| rest.len())
}

fn without_first<'a, 'b>(words: &'a [&'b str]) -> Option<&'a [&'b str]> {
    FIRST.iter().filter_map(|form| cut(words, form, true)).min_by_key(|rest| rest.len())
}

/// The words without this form; None: it does not stand there, or nothing else does.
fn cut<'a, 'b>(words: &'a [&'b str], form: &str, first: bool) -> Option<&'a [&'b str]> {
    let count = form.split(' ').count();
    let (rest, end) = if first {
        let (form, rest) = words.split_at_checked(count)?;
        (rest, form)
    } else {
        words.split_at_checked(words.len().checked_sub(count)?)?
    };
    (!rest.is_empty() && end.iter().copied().eq(form.split(' '))).then_some(rest)
}

fn joined(whole: &str) -> String {
    let mut rest = whole;
    loop {
        let last = JOINED_LAST.iter().find_map(|form| rest.strip_suffix(form));
        let shorter = last.or_else(|| JOINED_FIRST.iter().find_map(|form| rest.strip_prefix(form))).map(str::trim);
        match shorter.filter(|s| !s.is_empty()) {
            Some(shorter) => rest = shorter,
            None => return rest.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legal_form_makes_no_other_company() {
        for (names, one) in [
            (
                &[
                    "Acme",
                    "ACME GmbH",
                    "Acme, Inc.",
                    "Acme Co., Ltd.",
                    "acme l.l.c.",
                    "Acme GmbH & Co. KG",
                    "Acme S. A.",
                    "Acmé Sp. z o.o.",
                ][..],
                "acme",
            ),
            (&["Рута", "ТОВ «Рута»", "Рута ТОВ", "Товариство з обмеженою відповідальністю \"Рута\"", "ПрАТ Рута"], "рута"),
            (&["云帆科技", "云帆科技有限公司", "云帆科技股份有限公司", "云帆科技（集团）有限公司", "雲帆"][..4], "云帆科技"),
            (&["トヨタ", "トヨタ株式会社", "株式会社トヨタ"], "トヨタ"),
            (&["Nordic Sea A/S", "Nordic Sea ApS"], "nordic sea"),
            (&["O'Brien & Sons Ltd", "O’Brien & Sons"], "obrien sons"),
        ] {
            for name in names {
                assert_eq!(key(name), one, "{name}");
            }
        }
    }

    #[test]
    fn other_names_stay_others() {
        assert_ne!(key("Acme Foods"), key("Acme"));
        assert_ne!(key("Coca"), key("Coca-Cola Co"));
        assert_eq!((key("Co"), key("SE"), key("公司"), key("ТОВ")), ("co".into(), "se".into(), "公司".into(), "тов".into()));
        assert_eq!(key("Компанія Атом"), "компанія атом", "no form, only its letters");
        assert_eq!(key("«»"), "");
    }
}
