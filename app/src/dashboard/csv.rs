//! Tables as CSV files, made in the browser from what it shows: UTF-8 with a byte order mark, RFC 4180.

use domain::Money;

/// A table in plain text, the head first.
pub type Rows = Vec<Vec<String>>;

/// Count, amount and currency as plain text, a line for each currency. The count stands in the first of them alone: whoever
/// adds up the column counts nothing twice.
pub fn amounts(count: i64, sum: &[Money]) -> Vec<[String; 3]> {
    if sum.is_empty() {
        return vec![[count.to_string(), "0".to_owned(), String::new()]];
    }
    let count = |n: usize| if n == 0 { count.to_string() } else { String::new() };
    sum.iter().enumerate().map(|(n, m)| [count(n), m.amount(), m.currency.code().to_owned()]).collect()
}

pub fn text(rows: &[Vec<String>]) -> String {
    let mut out = String::from('\u{feff}');
    for row in rows {
        for (i, cell) in row.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            out.push_str(&quoted(cell));
        }
        out.push_str("\r\n");
    }
    out
}

/// Spreadsheets would run a name that begins like a formula.
fn quoted(cell: &str) -> String {
    let number = cell.parse::<f64>().is_ok();
    let cell = if !number && cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

/// Hands the browser a file to keep.
pub fn download(name: &str, rows: &[Vec<String>]) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::document;
        use wasm_bindgen::JsCast;
        let parts = js_sys::Array::of1(&text(rows).into());
        let Ok(blob) = web_sys::Blob::new_with_str_sequence(&parts) else { return };
        let Ok(address) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
        if let Some(link) = document().create_element("a").ok().and_then(|e| e.dyn_into::<web_sys::HtmlAnchorElement>().ok()) {
            link.set_href(&address);
            link.set_download(name);
            link.click();
        }
        let _ = web_sys::Url::revoke_object_url(&address);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (name, rows);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_stands_once_however_many_currencies_there_are() {
        use domain::money::Currency;
        let sum = [Money::new(100, Currency::USD), Money::new(250, Currency::parse("EUR").unwrap())];
        let text = |rows: Vec<[String; 3]>| rows.iter().map(|r| r.join(" ")).collect::<Vec<_>>();
        assert_eq!(text(amounts(6, &sum)), ["6 1.00 USD", " 2.50 EUR"]);
        assert_eq!(text(amounts(0, &[])), ["0 0 "]);
    }

    #[test]
    fn cells_are_quoted_and_formulas_disarmed() {
        let rows = vec![vec!["a,b".to_owned(), "say \"x\"".to_owned()], vec!["=1+1".to_owned(), "-3.20".to_owned()]];
        assert_eq!(text(&rows), "\u{feff}\"a,b\",\"say \"\"x\"\"\"\r\n'=1+1,-3.20\r\n");
    }
}
