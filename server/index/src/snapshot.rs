//! What a question sees: the written segments and the changes that are not written yet, at one moment.

use std::sync::Arc;

use domain::Id;

use crate::Result;
use crate::caches::Caches;
use crate::row::Row;
use crate::segment::{Doc, View};
use crate::words::Words;

#[derive(Clone, Default)]
pub struct Snapshot {
    pub views: Vec<View>,
    /// Each id once; whatever the segments hold of these ids is dead.
    pub fresh: Arc<Vec<Arc<Row>>>,
    pub caches: Arc<Caches>,
}

impl Snapshot {
    /// The written, living copy of a record: position of the segment, place in it, version.
    pub fn locate(&self, id: Id) -> Result<Option<(usize, Doc, i64)>> {
        for (i, view) in self.views.iter().enumerate() {
            if let Some(doc) = view.core.locate(id, |d| view.is_alive(d))? {
                return Ok(Some((i, doc, view.core.version(doc))));
            }
        }
        Ok(None)
    }

    /// Marks a written copy as dead.
    pub fn kill(&mut self, view: usize, doc: Doc) {
        if let Some(view) = self.views.get_mut(view) {
            let docs = view.core.docs;
            let alive = view.alive.get_or_insert_with(|| Arc::new(crate::set::Bits::full(docs)));
            Arc::make_mut(alive).remove(doc);
        }
    }

    /// Does any record of this kind have all the words exactly?
    pub fn any_exact(&self, words: &Words, kind: domain::Kind) -> Result<bool> {
        let class = crate::layout::class(kind, false);
        let cond = words.cond(kind, false);
        if self.fresh.iter().any(|row| row.class == class && cond.holds(row)) {
            return Ok(true);
        }
        for view in &self.views {
            let part = crate::eval::resolve(&view.core, &self.caches, class, &cond)?;
            if crate::eval::any_match(view, class, &part)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
