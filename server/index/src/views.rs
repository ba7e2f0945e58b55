//! Opens the committed segments, taking over what is open already.

use std::sync::Arc;

use tantivy::directory::{Directory as _, META_LOCK};
use tantivy::fastfield::AliveBitSet;
use tantivy::index::{Segment, SegmentComponent};
use tantivy::{Index, SegmentReader};

use crate::layout::layout;
use crate::segment::{Core, View};
use crate::set::Bits;
use crate::snapshot::Snapshot;
use crate::{Error, Result};

pub fn open_views(index: &Index, before: &Snapshot) -> Result<Vec<View>> {
    // Held so that no file goes away between the reading of the list and its opening.
    let _lock = index.directory().acquire_lock(&META_LOCK).map_err(|e| Error::Broken(e.to_string()))?;
    let mut views = Vec::new();
    let mut wanted: Vec<(u8, crate::layout::Col)> = Vec::new();
    for segment in index.searchable_segments()? {
        let stamp = segment.meta().delete_opstamp();
        views.push(match before.views.iter().find(|v| v.core.id == segment.id()) {
            // What fresh rows have put out of it stays out.
            Some(known) if known.stamp == stamp => known.clone(),
            Some(known) => View { core: Arc::clone(&known.core), alive: alive(&segment)?, stamp },
            None => View { core: Arc::new(Core::open(SegmentReader::open(&segment)?)?), alive: alive(&segment)?, stamp },
        });
    }
    // Orders and names that were used in segments now merged will be asked for again.
    let name = layout().col("name");
    let mut names = false;
    for gone in before.views.iter().filter(|v| !views.iter().any(|n| Arc::ptr_eq(&n.core, &v.core))) {
        wanted.extend(gone.core.known_orders());
        names |= name.map_or(Ok(None), |c| gone.core.texts(c))?.is_some_and(|t| t.has_all());
    }
    wanted.sort_unstable();
    wanted.dedup();
    for view in views.iter().filter(|v| !before.views.iter().any(|b| Arc::ptr_eq(&b.core, &v.core))) {
        for (class, col) in &wanted {
            if view.core.class_size(*class) > 0 {
                view.core.order(*class, *col)?;
            }
        }
        if names && let Some(texts) = name.map_or(Ok(None), |c| view.core.texts(c))? {
            texts.all()?;
        }
    }
    Ok(views)
}

fn alive(segment: &Segment) -> Result<Option<Arc<Bits>>> {
    if !segment.meta().has_deletes() {
        return Ok(None);
    }
    let bytes = segment.open_read(SegmentComponent::Delete)?.read_bytes()?;
    let mut bits = Bits::none(segment.meta().max_doc());
    AliveBitSet::open(bytes).iter_alive().for_each(|doc| bits.insert(doc));
    Ok(Some(Arc::new(bits)))
}
