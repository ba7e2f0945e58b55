//! The global search. Hits come in tiers: the name is exactly this; its words begin so; it contains them; another field
//! does; and when nothing does, nearly. Within a tier whole words come first, then whom and what one deals with before what
//! happens about it (a deal before a meeting), then short names, then what changed last.

use std::collections::HashSet;

use domain::{Id, Kind};
use uuid::Uuid;

use crate::Result;
use crate::cond::{ALWAYS, Cond};
use crate::eval::{Part, resolve};
use crate::grams::START;
use crate::layout::{Col, class, layout};
use crate::question::Query;
use crate::row::Row;
use crate::segment::{Doc, View};
use crate::snapshot::Snapshot;
use crate::words::Words;

/// Hits of a tier that are weighed against each other; of more, those written last.
const WEIGHED: usize = 400;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tier {
    Exact,
    Begins,
    Within,
    Anywhere,
    Nearly,
}

impl Tier {
    const fn score(self) -> f32 {
        match self {
            Self::Exact => 5.0,
            Self::Begins => 4.0,
            Self::Within => 3.0,
            Self::Anywhere => 2.0,
            Self::Nearly => 1.0,
        }
    }
}

/// Whole words, is it something lasting, how short its name is, when it changed last.
type Worth = (usize, bool, std::cmp::Reverse<usize>, i64);

struct Hit {
    kind: Kind,
    id: u128,
    /// Larger is better.
    worth: Worth,
}

/// What is asked of one kind.
struct Target {
    kind: Kind,
    class: u8,
    within: Option<Cond>,
}

pub fn search(snapshot: &Snapshot, input: &str, within: &[Query], limit: usize) -> Result<Vec<(Kind, Id, f32)>> {
    let words = Words::parse(input);
    if words.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let nothing = Words::parse("");
    let target = |q: &Query| {
        let cond = Cond::of(q, &nothing, false);
        Target { kind: q.kind, class: class(q.kind, q.deleted), within: (cond != ALWAYS).then_some(cond) }
    };
    let targets: Vec<Target> = within.iter().map(target).collect();
    let mut search = Search { snapshot, words: &words, whole: domain::text::fold(input), seen: HashSet::new(), out: Vec::new(), limit };
    for tier in [Tier::Exact, Tier::Begins, Tier::Within, Tier::Anywhere] {
        search.tier(tier, &targets)?;
    }
    if search.out.is_empty() && words.may_err() {
        search.tier(Tier::Nearly, &targets)?;
    }
    Ok(search.out)
}

struct Search<'a> {
    snapshot: &'a Snapshot,
    words: &'a Words,
    whole: String,
    seen: HashSet<u128>,
    out: Vec<(Kind, Id, f32)>,
    limit: usize,
}

impl Search<'_> {
    fn tier(&mut self, tier: Tier, targets: &[Target]) -> Result<()> {
        if self.out.len() >= self.limit {
            return Ok(());
        }
        let Some(name) = layout().col("name") else { return Ok(()) };
        let mut hits: Vec<Hit> = Vec::new();
        for target in targets {
            let cond = self.cond(tier, name, target.kind);
            for row in self.snapshot.fresh.iter() {
                let fits = row.class == target.class
                    && target.within.as_ref().is_none_or(|s| s.holds(row))
                    && holds(&cond, row)
                    && self.seen.insert(row.id.0.as_u128());
                if fits {
                    let text = row.texts(name).next().unwrap_or_default();
                    hits.push(Hit { kind: target.kind, id: row.id.0.as_u128(), worth: self.worth(target.kind, text, updated(row)) });
                }
            }
            for view in &self.snapshot.views {
                let Some((found, part)) = found(self.snapshot, view, target.class, &cond)? else { continue };
                let texts = view.core.texts(name)?;
                let names = texts.map(|t| t.all()).transpose()?.zip(texts.map(|t| t.column.ords()));
                let updated = layout().col("updated_at").map_or(Ok(None), |c| view.core.numbers(c))?;
                let within = target.within.as_ref().map(|s| resolve(&view.core, &self.snapshot.caches, target.class, s)).transpose()?;
                let mut room = WEIGHED;
                for doc in found.into_iter().rev() {
                    let fits = view.core.class(doc) == target.class
                        && view.is_alive(doc)
                        && part.node.holds(doc)
                        && within.as_ref().is_none_or(|s: &Part<'_>| s.node.holds(doc));
                    if !fits {
                        continue;
                    }
                    let id = view.core.record(doc);
                    if !self.seen.insert(id) {
                        continue;
                    }
                    let text = names.and_then(|(all, ords)| Some(all.text(ords.first(doc)?))).unwrap_or_default();
                    let at = updated.and_then(|c| c.first(doc)).unwrap_or(0);
                    hits.push(Hit { kind: target.kind, id, worth: self.worth(target.kind, text, at) });
                    room -= 1;
                    if room == 0 {
                        break;
                    }
                }
            }
        }
        hits.sort_unstable_by(|a, b| b.worth.cmp(&a.worth).then(a.id.cmp(&b.id)));
        let mut score = tier.score();
        for hit in hits {
            if self.out.len() >= self.limit {
                break;
            }
            self.out.push((hit.kind, Id(Uuid::from_u128(hit.id)), score));
            // Falls with every hit and never into the next tier.
            score -= 0.9 / 4096.0;
        }
        Ok(())
    }

    fn cond(&self, tier: Tier, name: Col, kind: Kind) -> Cond {
        let each = |f: &dyn Fn(&str) -> Cond| Cond::All(self.words.0.iter().map(|w| f(&w.text)).collect());
        match tier {
            Tier::Exact => Cond::OneOf(name, vec![self.whole.clone()]),
            Tier::Begins => each(&|w| Cond::Any(vec![Cond::Contains(name, format!("{START}{w}")), Cond::Contains(name, format!(" {w}"))])),
            Tier::Within => each(&|w| Cond::Contains(name, w.to_owned())),
            Tier::Anywhere => self.words.cond(kind, false),
            Tier::Nearly => self.words.cond(kind, true),
        }
    }

    fn worth(&self, kind: Kind, name: &str, updated: i64) -> Worth {
        let whole = |w: &str| name.match_indices(w).any(|(at, _)| is_word(name, at, at + w.len()));
        let count = self.words.0.iter().filter(|w| whole(&w.text)).count();
        (count, !matches!(kind, Kind::Task | Kind::Note | Kind::Call | Kind::Event), std::cmp::Reverse(name.chars().count()), updated)
    }
}

fn is_word(text: &str, from: usize, to: usize) -> bool {
    let letter = |c: char| c.is_alphanumeric() && !domain::text::is_cjk_char(c);
    !text.get(..from).and_then(|t| t.chars().next_back()).is_some_and(letter)
        && !text.get(to..).and_then(|t| t.chars().next()).is_some_and(letter)
}

/// As [`Cond::holds`], where a text may be asked to begin with something.
fn holds(cond: &Cond, row: &Row) -> bool {
    match cond {
        Cond::All(cs) => cs.iter().all(|c| holds(c, row)),
        Cond::Any(cs) => cs.iter().any(|c| holds(c, row)),
        Cond::Contains(col, text) => match text.strip_prefix(START) {
            Some(start) => row.texts(*col).any(|t| t.starts_with(start)),
            None => cond.holds(row),
        },
        other => other.holds(row),
    }
}

fn updated(row: &Row) -> i64 {
    layout().col("updated_at").and_then(|c| row.number(c)).unwrap_or(0)
}

/// Candidates in the order in which they lie, and what has to be checked of each.
fn found<'a>(snapshot: &'a Snapshot, view: &'a View, class: u8, cond: &Cond) -> Result<Option<(Vec<Doc>, Part<'a>)>> {
    let part = resolve(&view.core, &snapshot.caches, class, cond)?;
    let Some(driver) = &part.driver else { return Ok(None) };
    if driver.size == 0 || view.core.class_size(class) == 0 {
        return Ok(None);
    }
    Ok(Some((driver.candidates(&view.core)?, part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_letters_do() {
        assert!(is_word("globex corp", 0, 6));
        assert!(is_word("a-globex", 2, 8));
        assert!(!is_word("globexcorp", 0, 6));
    }
}
