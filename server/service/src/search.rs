//! The global search: fragments in any script, phone digits, names before texts.

use std::collections::BTreeMap;

use domain::list::{Hit, ListQuery};
use domain::{Error, Id, Kind, Record, Result};

use crate::Ctx;
use crate::records::{self, of_index};

/// What the search looks through unless told otherwise.
const KINDS: [Kind; 10] =
    [Kind::Company, Kind::Contact, Kind::Deal, Kind::Product, Kind::Task, Kind::Note, Kind::Call, Kind::Event, Kind::Resource, Kind::User];

/// Best first; `kinds` empty: all.
pub async fn find(ctx: &Ctx, words: &str, kinds: &[Kind], limit: u32) -> Result<Vec<Hit>> {
    let words = &crate::forms::line(words);
    if words.chars().count() > 200 {
        return Err(Error::Invalid { fields: vec![domain::FieldError::new("q", "too_long").with("max", 200)] });
    }
    if words.trim().is_empty()
        && let [kind] = kinds
    {
        return first(ctx, *kind, limit).await;
    }
    let kinds = if kinds.is_empty() { &KINDS[..] } else { kinds };
    // The same question as a list's: what this person may not see takes no hit's place.
    let within: Vec<_> = kinds.iter().filter_map(|k| records::question(ctx, *k, "", "", false).ok()).collect();
    let limit = usize::try_from(limit.clamp(1, 50)).unwrap_or(20);
    let found = ctx.app.0.index.search(words, &within, limit).map_err(of_index)?;
    let ids: Vec<(Kind, Id)> = found.iter().map(|(kind, id, _)| (*kind, *id)).collect();
    let mut records: BTreeMap<Id, Record> = records::get_mixed(ctx, &ids).await?.into_iter().map(|r| (r.id, r)).collect();
    let shown: Vec<Record> =
        found.iter().filter_map(|(_, id, _)| records.remove(id)).filter(|r| r.deleted_at.is_none()).take(limit).collect();
    hits(ctx, &shown).await
}

/// So many are compared by name; more that hold the same words are no help to anybody who types.
const COMPARED: u32 = 50;
/// So many are shown.
const ALIKE: usize = 4;

/// Records of this kind that may be the one that somebody is about to make: called the same, however their legal form or the order
/// of their names is written, or with one of `keys` (an address, a number, a domain, a code) of their own. The likeliest first.
pub async fn alike(ctx: &Ctx, kind: Kind, name: &str, keys: &[String]) -> Result<Vec<Hit>> {
    let mut all: Vec<Hit> = Vec::new();
    for key in keys.iter().filter(|k| k.chars().count() >= 3).take(8) {
        // By what is nobody else's every hit counts.
        let key = crate::forms::domain(key).unwrap_or_else(|| key.clone());
        all.extend(find(ctx, &key, &[kind], 5).await?);
    }
    let wanted = comparable(kind, name);
    if wanted.chars().count() >= 2 {
        let mut named: Vec<(u8, Hit)> = Vec::new();
        for hit in find(ctx, &wanted, &[kind], COMPARED).await? {
            let theirs = comparable(kind, &hit.name);
            let nearness = if theirs == wanted {
                0
            } else if theirs.contains(&wanted) || (theirs.chars().count() > 3 && wanted.contains(&theirs)) {
                1
            } else {
                continue;
            };
            named.push((nearness, hit));
        }
        named.sort_by_key(|(nearness, _)| *nearness);
        all.extend(named.into_iter().map(|(_, hit)| hit));
    }
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|hit| seen.insert(hit.id));
    all.truncate(ALIKE);
    Ok(all)
}

/// What of a name is compared.
fn comparable(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Company => crate::forms::company_key(name),
        // "Snelling, Anna" is Anna Snelling.
        Kind::Contact => {
            let folded = domain::text::fold(&name.replace(',', " "));
            let mut words: Vec<&str> = folded.split(' ').collect();
            words.sort_unstable();
            words.join(" ")
        }
        _ => domain::text::fold(name),
    }
}

/// Before anything is typed: what a list of this kind begins with.
async fn first(ctx: &Ctx, kind: Kind, limit: u32) -> Result<Vec<Hit>> {
    let sort = if kind.field("name").is_some() { "name" } else { "" };
    let query = ListQuery { sort: sort.to_owned(), limit: limit.clamp(1, 50), ..ListQuery::default() };
    match records::list(ctx, kind, &query).await {
        Ok(page) => hits(ctx, &page.records).await,
        Err(Error::Forbidden) => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

async fn hits(ctx: &Ctx, shown: &[Record]) -> Result<Vec<Hit>> {
    let labels = records::labels(ctx, shown).await?;
    let name = |id: Option<Id>| id.and_then(|id| labels.get(&id)).map(|l| l.name.clone()).unwrap_or_default();
    let hits = shown.iter().map(|r| {
        let hint = match r.kind {
            Kind::Company => r.text("city").to_owned(),
            Kind::Contact | Kind::Deal => name(r.id_of("company")),
            Kind::Product => r.text("series").to_owned(),
            Kind::Event => name(r.id_of("company")),
            Kind::Resource => r.text("place").to_owned(),
            Kind::User => r.text("email").to_owned(),
            Kind::Task | Kind::Note | Kind::Call => [name(r.id_of("deal")), name(r.id_of("contact")), name(r.id_of("company"))]
                .into_iter()
                .find(|n| !n.is_empty())
                .unwrap_or_default(),
            _ => String::new(),
        };
        Hit { kind: r.kind, id: r.id, name: r.name().to_owned(), hint }
    });
    Ok(hits.collect())
}
