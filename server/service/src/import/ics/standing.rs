//! What stands here already when a file comes: what is newer than the file stays as it is, and what stands for occurrences that
//! the file says nothing of goes along with its series.

use std::collections::BTreeSet;

use domain::calendar::Moment;
use domain::{Record, Result};

use super::{Group, Incoming, Take};
use crate::records::{self, Draft};

/// How often the one who invites had changed it (RFC 5545, 3.8.7.4) when what is here came. Our own items have their version.
fn sequence(record: &Record) -> i64 {
    record.fields.get("sequence").and_then(serde_json::Value::as_i64).unwrap_or(0)
}

pub(super) fn is_newer(known: &Record, item: &Incoming) -> bool {
    if !known.text("external_id").is_empty() {
        return sequence(known) > item.sequence;
    }
    // Our own, which went out before it changed here. Whoever changed it elsewhere since has written when.
    let changed = domain::time::parse_instant(&known.updated_at).unwrap_or(0);
    item.sequence < known.version - 1 && item.changed.is_none_or(|at| at < changed)
}

/// Kept with what came from elsewhere, when it is written anyway.
pub(super) fn remember(item: &Incoming, draft: &mut Draft) {
    if !draft.now.text("external_id").is_empty() && !draft.is_idle() && item.sequence > sequence(&draft.now) {
        draft.now.fields.insert("sequence".to_owned(), item.sequence.into());
    }
}

impl Take {
    /// What the file says nothing of goes along; where it has an item for the occurrence that such a one becomes, that one it is.
    pub(super) async fn along(&self, group: &Group<'_>, series: &Draft) -> Result<Vec<Draft>> {
        let Some(before) = &series.before else { return Ok(Vec::new()) };
        let said: BTreeSet<Moment> = group.parts.iter().filter_map(|p| p.slot).collect();
        let drafts = crate::calendar::go_along(&self.ctx, before, &series.now, |slot| !said.contains(&slot)).await?;
        let instead = |draft: Draft| match (Moment::parse(draft.now.text("slot")), &draft.before) {
            (Some(slot), Some(old)) if draft.now.deleted_at.is_none() && said.contains(&slot) => {
                records::draft_remove(&self.ctx, old.clone())
            }
            _ => Ok(draft),
        };
        drafts.into_iter().map(instead).collect()
    }
}
