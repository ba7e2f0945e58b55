//! Passwords: argon2id (RFC 9106) with the OWASP parameters, off the async threads, two at a time so that a burst of
//! sign-ins does not eat the memory.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::{Error, Id, Record, Result};
use serde_json::json;
use store::Table;
use tokio::sync::Semaphore;

use crate::App;
use crate::ctx::{fault, internal};

static AT_ONCE: Semaphore = Semaphore::const_new(2);

fn argon() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let permit = AT_ONCE.acquire().await.map_err(|e| internal(&e))?;
    // The work goes on when whoever asked has gone: so does its place among the two.
    let work = move || {
        let _permit = permit;
        work()
    };
    tokio::task::spawn_blocking(work).await.map_err(|e| internal(&e))
}

pub(crate) async fn put_password(app: &App, user: &Record, field: &str, password: &str) -> Result<()> {
    domain::auth::check_password(field, password, user.text("email"), user.name()).map_err(|e| Error::Invalid { fields: vec![e] })?;
    let password = password.to_owned();
    let hash = off_thread(move || {
        let mut salt = [0_u8; 16];
        rand::RngCore::fill_bytes(&mut rand::rng(), &mut salt);
        let salt = SaltString::encode_b64(&salt)?;
        argon().hash_password(password.as_bytes(), &salt).map(|h| h.to_string())
    })
    .await?
    .map_err(|e| internal(&e))?;
    let doc = json!({"hash": hash, "updated_at": app.now_text()}).as_object().cloned().unwrap_or_default();
    app.0.store.put_doc(Table::Credential, &user.id.to_string(), doc).await.map_err(fault)
}

/// A hash that no password has: so that an unknown account takes as long as a known one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Wf0h1nK1Yc3hQ0n0oQ8v3m8b6b7mY6w4dX4d0c1p2aE";

pub(crate) async fn verify(app: &App, user: Option<Id>, password: &str) -> Result<bool> {
    let stored = match user {
        Some(id) => app.0.store.get_doc(Table::Credential, &id.to_string()).await.map_err(fault)?,
        None => None,
    };
    let known = stored.as_ref().and_then(|d| d.get("hash")).and_then(|h| h.as_str()).map(str::to_owned);
    let exists = known.is_some();
    let hash = known.unwrap_or_else(|| NOBODY.to_owned());
    let password: String = password.chars().take(domain::auth::PASSWORD_MAX + 1).collect();
    let right = off_thread(move || {
        let Ok(parsed) = PasswordHash::new(&hash) else { return false };
        argon().verify_password(password.as_bytes(), &parsed).is_ok()
    })
    .await?;
    Ok(right && exists)
}
