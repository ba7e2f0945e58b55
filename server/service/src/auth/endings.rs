//! Word that a session or token is over: whoever holds a line open for it hears so at once, on every server. The servers
//! that share a database see it by a mark there, and then ask for all their open lines at once which still hold.

use std::collections::{HashMap, HashSet};

use domain::{Fields, Result};
use parking_lot::Mutex;
use store::Table;
use tokio::sync::oneshot;

use super::digest;
use crate::App;
use crate::ctx::{fault, new_id};

/// The lines that are open, by the digest of what opened them.
#[derive(Default)]
pub(crate) struct Endings(Mutex<HashMap<String, Vec<oneshot::Sender<()>>>>);

impl Endings {
    fn tell(&self, key: &str) {
        for line in self.0.lock().remove(key).into_iter().flatten() {
            // Whoever has gone meanwhile need not hear it.
            let _ = line.send(());
        }
    }

    fn keys(&self) -> Vec<String> {
        self.0.lock().keys().cloned().collect()
    }
}

/// A line that listens; it takes its place away with it.
struct Line {
    app: App,
    key: String,
    over: oneshot::Receiver<()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.over.close();
        let mut open = self.app.0.guard.endings.0.lock();
        if let Some(lines) = open.get_mut(&self.key) {
            lines.retain(|l| !l.is_closed());
            if lines.is_empty() {
                open.remove(&self.key);
            }
        }
    }
}

/// Waits until the session or token with this secret was revoked.
pub fn until_over(app: &App, secret: &str) -> impl Future<Output = ()> + Send + 'static {
    // From this call on, not only from when it is waited for.
    let (tell, over) = oneshot::channel();
    let mut line = Line { app: app.clone(), key: digest(secret), over };
    app.0.guard.endings.0.lock().entry(line.key.clone()).or_default().push(tell);
    async move {
        let _ = (&mut line.over).await;
    }
}

/// Where the servers tell each other.
const MARK: &str = "doors";

/// It was revoked here.
pub(super) async fn over(app: &App, key: &str) {
    app.0.guard.endings.tell(key);
    if app.config().is_shared() {
        let mark = Fields::from_iter([("moved".to_owned(), new_id().to_string().into())]);
        if let Err(e) = app.0.store.put_doc(Table::Workspace, MARK, mark).await {
            // Their lines ask by themselves now and then.
            tracing::warn!(error = %e, "the other servers hear a little later that a session is over");
        }
    }
}

/// Was any revoked elsewhere since this mark? Then those that were open here are over, too.
pub(crate) async fn follow(app: &App, known: &mut Option<String>) -> Result<()> {
    let mark = app.0.store.get_doc(Table::Workspace, MARK).await.map_err(fault)?;
    let mark = mark.and_then(|m| m.get("moved")?.as_str().map(str::to_owned));
    if mark == *known {
        return Ok(());
    }
    let open = app.0.guard.endings.keys();
    let mut hold: HashSet<String> = HashSet::new();
    for table in [Table::Session, Table::Token] {
        hold.extend(app.0.store.docs_of(table, &open).await.map_err(fault)?.into_iter().map(|(key, _)| key));
    }
    for key in open.iter().filter(|key| !hold.contains(*key)) {
        app.0.guard.endings.tell(key);
    }
    *known = mark;
    Ok(())
}
