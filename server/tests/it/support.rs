//! A house to knock at: an owner, people in every role, and requests as any of them.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use domain::auth::{Setup, TokenScope};
use domain::rights::Role;
use domain::{Fields, Id, Kind, Locale};
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use server::{Options, router};
use service::{App, Clock, Config, Ctx, Visit};
use tower::ServiceExt;

/// 22 November 2026, 10:00 UTC.
pub const NOW: i64 = 1_795_341_600_000;
pub const PASSWORD: &str = "correct horse battery";

/// Runs a test on a worker with a stack as deep as the program's.
pub fn run<F: Future<Output = ()> + Send + 'static>(test: F) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_stack_size(10 * 1024 * 1024).enable_all().build().unwrap();
    let outcome = runtime.block_on(runtime.spawn(test));
    runtime.shutdown_background();
    if let Err(e) = outcome {
        std::panic::resume_unwind(e.into_panic());
    }
}

#[derive(Clone)]
pub struct House {
    pub app: App,
    pub router: Router,
    clock: Arc<AtomicI64>,
    pub owner: Person,
}

#[derive(Clone)]
pub struct Person {
    pub id: Id,
    pub email: String,
    /// A session, for the cookie.
    pub session: String,
    /// A token that may write.
    pub token: String,
    pub ctx: Ctx,
}

async fn app(tls: bool) -> (App, Arc<AtomicI64>) {
    app_on("mem://", tls).await
}

async fn app_on(database: &str, tls: bool) -> (App, Arc<AtomicI64>) {
    let clock = Arc::new(AtomicI64::new(NOW));
    let config = Config { database: database.to_owned(), tls, ..Config::in_memory() };
    // As the program does at its start: what passes is waited for.
    for _ in 0..4 {
        match App::open(config.clone(), Clock::fixed(clock.clone())).await {
            Err(e) if e.passing => eprintln!("once more: {e:?}"),
            done => return (done.unwrap(), clock),
        }
    }
    (App::open(config, Clock::fixed(clock.clone())).await.unwrap(), clock)
}

/// The router of a product that nobody has set up.
pub async fn untouched() -> (App, Router) {
    let (app, _) = app(false).await;
    let router = router(app.clone(), Options::default()).unwrap();
    (app, router)
}

impl House {
    pub async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        Self::at(app(false).await, options).await
    }

    /// With a mail server that takes nothing: letters stay in the outbox.
    pub async fn with_mail() -> Self {
        let clock = Arc::new(AtomicI64::new(NOW));
        let mail = service::mail::Settings {
            host: "127.0.0.1".to_owned(),
            port: 1,
            security: service::mail::Security::Plain,
            login: None,
            from: ("crm@globex.example".to_owned(), String::new()),
            authorities: None,
        };
        let config = Config { mail: Some(mail), ..Config::in_memory() };
        let app = App::open(config, Clock::fixed(clock.clone())).await.unwrap();
        Self::at((app, clock), Options::default()).await
    }

    /// As behind a proxy that speaks TLS.
    pub async fn over_tls() -> Self {
        Self::at(app(true).await, Options { behind_proxy: true, ..Options::default() }).await
    }

    /// On this database.
    pub async fn on(database: &str) -> Self {
        Self::at(app_on(database, false).await, Options::default()).await
    }

    /// Another server of the same product, on the same database.
    pub async fn beside(&self, database: &str) -> Self {
        let (app, clock) = app_on(database, false).await;
        let router = router(app.clone(), Options::default()).unwrap();
        Self { app, router, clock, owner: self.owner.clone() }
    }

    async fn at((app, clock): (App, Arc<AtomicI64>), options: Options) -> Self {
        let setup = Setup {
            workspace: "Globex".to_owned(),
            name: "Olena Owner".to_owned(),
            email: "olena@globex.example".to_owned(),
            password: PASSWORD.to_owned(),
            currency: "USD".to_owned(),
            locale: Locale::En,
            time_zone: "Europe/Kyiv".to_owned(),
        };
        let signed_in = service::auth::set_up(&stranger(&app), setup).await.unwrap();
        let owner = Person::of(signed_in).await;
        let router = router(app.clone(), options).unwrap();
        Self { app, router, clock, owner }
    }

    /// Somebody new in this role.
    pub async fn person(&self, role: Role) -> Person {
        let n = self.clock.fetch_add(1, Ordering::SeqCst);
        let email = format!("{}{n}@globex.example", role.name());
        let fields = json!({"name": format!("{} {n}", role.name()), "email": email, "role": role.name()});
        let user = service::records::create(&self.owner.ctx, Kind::User, object(fields), None).await.unwrap();
        service::users::set_password(&self.owner.ctx, user.id, PASSWORD).await.unwrap();
        self.sign_in(&email).await
    }

    pub async fn sign_in(&self, email: &str) -> Person {
        let credentials = domain::auth::SignIn { email: email.to_owned(), password: PASSWORD.to_owned() };
        Person::of(service::auth::sign_in(&stranger(&self.app), credentials).await.unwrap()).await
    }

    /// A record made by this person.
    pub async fn make(&self, by: &Person, kind: Kind, fields: Value) -> Value {
        let answer = self.post(&format!("/api/v1/{}", kind.plural())).by(by).json(&fields).send().await;
        assert_eq!(answer.status, StatusCode::CREATED, "{} {}", kind.name(), answer.text());
        answer.json()
    }

    pub fn get(&self, path: &str) -> Knock {
        self.knock(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Knock {
        self.knock(Method::POST, path)
    }

    pub fn patch(&self, path: &str) -> Knock {
        self.knock(Method::PATCH, path)
    }

    pub fn delete(&self, path: &str) -> Knock {
        self.knock(Method::DELETE, path)
    }

    pub fn knock(&self, method: Method, path: &str) -> Knock {
        // Time passes between requests.
        self.clock.fetch_add(1, Ordering::SeqCst);
        Knock::new(self.router.clone(), method, path)
    }
}

pub fn object(value: Value) -> Fields {
    value.as_object().cloned().unwrap()
}

pub fn stranger(app: &App) -> Visit {
    Visit { app: app.clone(), ctx: None, locale: Locale::En, address: "203.0.113.1".to_owned(), agent: "test".to_owned() }
}

impl Person {
    async fn of(signed_in: service::auth::SignedIn) -> Self {
        let ctx = signed_in.ctx;
        // Those who may not make tokens come by session only.
        let token = match service::auth::create_token(&ctx, "test", TokenScope::Write, None).await {
            Ok(token) => token.secret,
            Err(domain::Error::Forbidden) => String::new(),
            Err(e) => panic!("{e}"),
        };
        Self { id: ctx.me.id, email: ctx.me.email.clone(), session: signed_in.secret, token, ctx }
    }

    pub fn cookie(&self) -> String {
        format!("rapport_session={}", self.session)
    }
}

/// One request.
#[must_use]
pub struct Knock {
    router: Router,
    request: Request<Body>,
}

impl Knock {
    pub fn new(router: Router, method: Method, path: &str) -> Self {
        let request = Request::builder().method(method).uri(path).header(header::HOST, "crm.example").body(Body::empty()).unwrap();
        Self { router, request }
    }

    /// By token, or by session for those who have none.
    pub fn by(self, person: &Person) -> Self {
        if person.token.is_empty() { self.in_session(person) } else { self.header("authorization", &format!("Bearer {}", person.token)) }
    }

    pub fn in_session(self, person: &Person) -> Self {
        self.header("cookie", &person.cookie())
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request.headers_mut().append(header::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        self
    }

    /// As a browser asks for a page.
    pub fn page(self) -> Self {
        self.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
    }

    pub fn version(self, version: &Value) -> Self {
        self.header("if-match", &format!("\"{version}\""))
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub fn body(mut self, content_type: &str, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self.header("content-type", content_type)
    }

    pub async fn send(self) -> Answer {
        let response = self.router.oneshot(self.request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 64 * 1024 * 1024).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|v| v.to_str().unwrap()).unwrap_or_default()
    }

    /// The status, and that it is a well-formed problem document that says the same.
    pub fn problem(&self) -> (u16, Value) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{} {}", self.status, self.text());
        let problem = self.json();
        assert_eq!(problem["status"], json!(self.status.as_u16()));
        for name in ["type", "title", "detail"] {
            assert!(problem[name].as_str().is_some_and(|t| !t.is_empty()), "{name} missing in {problem}");
        }
        (self.status.as_u16(), problem)
    }

    /// `field:code` of every error of a problem.
    pub fn errors(&self) -> Vec<String> {
        let (_, problem) = self.problem();
        let list = problem["errors"].as_array().cloned().unwrap_or_default();
        let text = |e: &Value, name: &str| e[name].as_str().unwrap_or_default().to_owned();
        list.iter()
            .inspect(|e| assert!(!text(e, "detail").is_empty(), "{e}"))
            .map(|e| format!("{}:{}", text(e, "field"), text(e, "code")))
            .collect()
    }
}
