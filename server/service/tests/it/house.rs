//! A small company to test in: an owner, people in every role, a pipeline, and a clock that tests turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::auth::{Setup, SignIn};
use domain::{Fields, Id, Kind, Locale, Record};
use serde_json::{Value, json};
use service::{App, Clock, Config, Ctx, Visit, auth, records, users};

pub struct House {
    pub app: App,
    pub owner: Ctx,
    pub clock: Arc<AtomicI64>,
}

/// Sunday 22 November 2026, 03:24 UTC.
const START: i64 = 1_795_317_850_000;
pub const PASSWORD: &str = "correct horse battery";

pub fn object(v: Value) -> Fields {
    v.as_object().cloned().expect("an object")
}

pub fn visit(app: &App) -> Visit {
    Visit {
        app: app.clone(),
        ctx: None,
        locale: Locale::En,
        address: "127.0.0.1".into(),
        agent: "Mozilla/5.0 (X11; Linux) Chrome/1".into(),
    }
}

impl House {
    pub async fn new() -> Self {
        Self::of(Config::in_memory()).await
    }

    pub async fn of(config: Config) -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let app = App::open(config, Clock::fixed(clock.clone())).await.expect("opens");
        let setup = Setup {
            workspace: "Halyard Supply".into(),
            name: "Олена Коваленко".into(),
            email: "olena@halyard.example".into(),
            password: PASSWORD.into(),
            currency: "USD".into(),
            locale: Locale::En,
            time_zone: "Europe/Kyiv".into(),
        };
        let owner = auth::set_up(&visit(&app), setup).await.expect("set up").ctx;
        Self { app, owner, clock }
    }

    pub fn later(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    pub async fn create(&self, kind: Kind, fields: Value) -> Record {
        records::create(&self.owner, kind, object(fields), None).await.expect("created")
    }

    /// A person of this role who can sign in, and has.
    pub async fn person(&self, role: &str, team: Option<Id>) -> Ctx {
        let email = format!("{role}{}@halyard.example", self.clock.fetch_add(1, Ordering::SeqCst));
        let user = self.create(Kind::User, json!({"name": format!("The {role}"), "email": email, "role": role, "team": team})).await;
        users::set_password(&self.owner, user.id, PASSWORD).await.expect("password");
        auth::sign_in(&visit(&self.app), SignIn { email, password: PASSWORD.into() }).await.expect("signs in").ctx
    }

    pub async fn deal(&self, name: &str, amount: &str, owner: Id) -> Record {
        self.create(Kind::Deal, json!({"name": name, "amount": {"amount": amount, "currency": "USD"}, "owner": owner})).await
    }
}
