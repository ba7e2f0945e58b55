//! What a first visit brings over the wire: the sign-in page and everything that it names.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::http::{As, Client, get};

pub struct Piece {
    pub path: String,
    pub bytes: usize,
}

pub async fn first(address: &str) -> Result<Vec<Piece>> {
    let mut client = Client::open(address).await?;
    // Uncompressed, to be read; its size over the wire is asked for like that of the others.
    let plain = b"GET /sign-in HTTP/1.1\r\nhost: bench\r\naccept: text/html\r\n\r\n";
    let page = String::from_utf8_lossy(client.must(plain).await?).into_owned();
    let mut paths = BTreeSet::from(["/sign-in".to_owned()]);
    for (name, value) in attributes(&page) {
        if matches!(name, "href" | "src") && (value.starts_with("/pkg/") || value.starts_with("/i18n/") || value.ends_with(".svg")) {
            paths.insert(value.replace("&amp;", "&"));
        }
    }
    // The script asks for the program itself; the page only announces it where it does.
    let script = paths.iter().find(|p| p.contains("/pkg/rapport.js")).cloned();
    if let Some(script) = script.filter(|_| !paths.iter().any(|p| p.contains(".wasm"))) {
        paths.insert(script.replace("rapport.js", "rapport_bg.wasm"));
    }
    let mut pieces = Vec::new();
    for path in paths {
        if client.ask(&get(&path, As::Stranger)).await? == 200 {
            pieces.push(Piece { bytes: client.body.len(), path });
        }
    }
    Ok(pieces)
}

fn attributes(page: &str) -> impl Iterator<Item = (&str, &str)> {
    page.split('<').flat_map(|tag| {
        let mut rest = tag;
        std::iter::from_fn(move || {
            let (before, after) = rest.split_once("=\"")?;
            let (value, more) = after.split_once('"')?;
            rest = more;
            Some((before.rsplit(' ').next().unwrap_or_default(), value))
        })
    })
}
