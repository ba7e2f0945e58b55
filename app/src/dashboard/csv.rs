//! Tables as CSV files, made in the browser from what it shows: UTF-8 with a byte order mark, RFC 4180.

use domain::Money;

/// A table in plain text, the head first.
pub type Rows = Vec<Vec<String>>;

/// The amount as plain text, for a column beside one of its currency.
pub fn amounts(sum: &[Money]) -> Vec<(String, String)> {
    sum.iter().map(|m| (m.amount(), m.currency.code().to_owned())).collect()
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
    fn cells_are_quoted_and_formulas_disarmed() {
        let rows = vec![vec!["a,b".to_owned(), "say \"x\"".to_owned()], vec!["=1+1".to_owned(), "-3.20".to_owned()]];
        assert_eq!(text(&rows), "\u{feff}\"a,b\",\"say \"\"x\"\"\"\r\n'=1+1,-3.20\r\n");
    }
}
