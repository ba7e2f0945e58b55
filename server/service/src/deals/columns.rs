//! Which cards stand in which column. The index says which deals a column begins with, the store what they are now; where
//! another server has just moved one, the two differ for a moment. A card stands where the store has it, and only once.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use domain::deals::Card;
use domain::pipelines::{Stage, StageKind};
use domain::{Id, Record, text};

/// Is it (still) a deal of this pipeline?
pub(super) fn belongs(record: &Record, pipeline: Id) -> bool {
    record.deleted_at.is_none() && record.id_of("pipeline") == Some(pipeline)
}

pub(super) fn stands_in(its: &str, stage: &str) -> bool {
    its == stage || text::fold(its) == text::fold(stage)
}

/// The cards of each column, in order. `found`: a column's stage, the first ids that the index has in it, and whether more
/// follow. Cards that belong behind those of an unfinished column come with its next page; closed columns show none.
pub(super) fn laid_out(found: &[(&Stage, &[Id], bool)], cards: &BTreeMap<Id, Card>) -> Vec<Vec<Card>> {
    let order = |a: &Card, b: &Card| a.rank.cmp(&b.rank).then(a.id.cmp(&b.id));
    let column = |(stage, ids, more): &(&Stage, &[Id], bool)| {
        if stage.kind != StageKind::Open {
            return Vec::new();
        }
        let mut here: Vec<Card> = ids.iter().filter_map(|id| cards.get(id)).filter(|c| stands_in(&c.stage, &stage.id)).cloned().collect();
        let last = here.iter().max_by(|a, b| order(a, b)).cloned();
        let comes = |c: &&Card| !more || last.as_ref().is_some_and(|last| order(c, last) == Ordering::Less);
        here.extend(cards.values().filter(|c| stands_in(&c.stage, &stage.id) && !ids.contains(&c.id)).filter(comes).cloned());
        here.sort_by(order);
        here
    };
    found.iter().map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(n: u128, stage: &str, rank: &str) -> Card {
        Card {
            id: Id::parse(&format!("{n:032x}")).unwrap(),
            version: 1,
            name: format!("Deal {n}"),
            stage: stage.into(),
            amount: None,
            probability: None,
            company: None,
            owner: None,
            expected_close: None,
            stage_since: "2026-03-01T00:00:00.000Z".into(),
            rank: rank.into(),
            next_step: None,
            next_step_at: None,
            can_edit: true,
        }
    }

    fn stage(id: &str) -> Stage {
        let kind = if id == "won" { StageKind::Won } else { StageKind::Open };
        Stage { id: id.into(), name: id.into(), kind, probability: 50, rotting_days: None, required_fields: vec![] }
    }

    fn names(found: &[(&str, &[u128], bool)], cards: &[Card]) -> Vec<Vec<String>> {
        let ids: Vec<Vec<Id>> =
            found.iter().map(|(_, ids, _)| ids.iter().map(|n| Id::parse(&format!("{n:032x}")).unwrap()).collect()).collect();
        let stages: Vec<Stage> = found.iter().map(|(id, ..)| stage(id)).collect();
        let found: Vec<(&Stage, &[Id], bool)> =
            found.iter().zip(&stages).zip(&ids).map(|(((.., more), stage), ids)| (stage, ids.as_slice(), *more)).collect();
        let cards = cards.iter().map(|c| (c.id, c.clone())).collect();
        laid_out(&found, &cards).iter().map(|column| column.iter().map(|c| c.name.clone()).collect()).collect()
    }

    #[test]
    fn a_card_that_another_server_moved_stands_in_its_new_column_before_the_index_knows() {
        let cards = [card(1, "b", "m"), card(2, "a", "b"), card(3, "b", "a"), card(4, "b", "z")];
        assert_eq!(names(&[("a", &[1, 2], false), ("b", &[3, 4], false)], &cards), [vec!["Deal 2"], vec!["Deal 3", "Deal 1", "Deal 4"]]);
    }

    #[test]
    fn a_card_that_another_server_moved_to_won_is_gone_from_its_column() {
        let cards = [card(1, "won", "a"), card(2, "a", "b")];
        assert_eq!(names(&[("a", &[1, 2], false), ("won", &[], false)], &cards), [vec!["Deal 2"], vec![]]);
    }

    #[test]
    fn a_card_found_in_two_columns_stands_once() {
        let cards = [card(1, "b", "a")];
        assert_eq!(names(&[("a", &[1], false), ("b", &[1], false)], &cards), [vec![], vec!["Deal 1"]]);
    }

    #[test]
    fn what_lies_behind_an_unfinished_columns_first_page_comes_with_the_next() {
        let cards = [card(1, "b", "z"), card(2, "b", "a"), card(3, "b", "m"), card(4, "b", "c")];
        assert_eq!(names(&[("a", &[1, 4], false), ("b", &[2, 3], true)], &cards), [vec![], vec!["Deal 2", "Deal 4", "Deal 3"]]);
    }
}
