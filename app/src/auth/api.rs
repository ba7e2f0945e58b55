//! The doors of sign-in. The session's secret goes into a cookie that scripts cannot read.

use domain::auth::{self, Me, Setup};
use domain::{Locale, Result as Checked};
use leptos::prelude::*;

use crate::api::{Call, Fault};
#[cfg(feature = "ssr")]
use crate::api::{ctx, visit};

/// `keep`: for 30 days on this device, else until the browser closes.
#[server(prefix = "/api/app", endpoint = "auth/sign_in", protocol = Call)]
pub async fn sign_in(credentials: auth::SignIn, keep: bool) -> Result<(), Fault> {
    let visit = visit()?;
    let signed_in = service::auth::sign_in(&visit, credentials).await?;
    cookie::keep(&visit, &signed_in.secret, keep);
    Ok(())
}

#[server(prefix = "/api/app", endpoint = "auth/set_up", protocol = Call)]
pub async fn set_up(setup: Setup) -> Result<(), Fault> {
    let visit = visit()?;
    let signed_in = service::auth::set_up(&visit, setup).await?;
    cookie::keep(&visit, &signed_in.secret, true);
    Ok(())
}

#[server(prefix = "/api/app", endpoint = "auth/sign_out", protocol = Call)]
pub async fn sign_out() -> Result<(), Fault> {
    let visit = visit()?;
    // Whatever the database says: this browser forgets.
    cookie::forget(&visit);
    Ok(service::auth::sign_out(&ctx()?).await?)
}

/// Role and team as they are now: a page that has been open for long may show others.
#[server(prefix = "/api/app", endpoint = "auth/standing", protocol = Call)]
pub async fn standing() -> Result<(domain::rights::Role, Vec<domain::Id>), Fault> {
    let me = ctx()?.me;
    Ok((me.role, me.team_members.clone()))
}

#[server(prefix = "/api/app", endpoint = "auth/set_language", protocol = Call)]
pub async fn set_language(locale: Locale) -> Result<Me, Fault> {
    let ctx = ctx()?;
    Ok(service::auth::update_me(&ctx, &ctx.me.name, locale, &ctx.me.time_zone).await?)
}

/// What the form can find out by itself before it asks the server.
pub fn check_sign_in(email: &str, password: &str) -> Checked<()> {
    let missing = [("email", email), ("password", password)]
        .into_iter()
        .filter(|(_, value)| value.trim().is_empty())
        .map(|(field, _)| domain::FieldError::new(field, "required"))
        .collect::<Vec<_>>();
    if missing.is_empty() { Ok(()) } else { Err(domain::Error::Invalid { fields: missing }) }
}

#[cfg(feature = "ssr")]
mod cookie {
    use http::{HeaderValue, header};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;

    const DAYS_30: u32 = 30 * 86_400;

    /// Over TLS the browser itself holds a `__Host-` cookie to this host.
    fn name(visit: &service::Visit) -> &'static str {
        if visit.app.config().tls { "__Host-rapport_session" } else { "rapport_session" }
    }

    fn set(visit: &service::Visit, value: &str, age: Option<u32>) {
        let secure = if visit.app.config().tls { "; Secure" } else { "" };
        let age = age.map(|s| format!("; Max-Age={s}")).unwrap_or_default();
        let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", name(visit));
        if let (Some(options), Ok(header)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&text)) {
            options.append_header(header::SET_COOKIE, header);
        }
    }

    pub fn keep(visit: &service::Visit, secret: &str, long: bool) {
        set(visit, secret, long.then_some(DAYS_30));
    }

    pub fn forget(visit: &service::Visit) {
        set(visit, "", Some(0));
    }
}
