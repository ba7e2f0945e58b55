//! The frame around all rooms: who is signed in, navigation, top bar, palette, toasts, live events. Rooms use it; it
//! knows rooms only by their addresses.

use domain::Locale;
use domain::auth::Me;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::i18n::{I18n, Now};

mod bar;
mod conflict;
mod keys;
mod languages;
mod layout;
pub mod live;
mod not_found;
mod overlays;
mod palette;
mod return_door;
mod user;

pub use bar::TopBar;
pub use conflict::{Conflict, ConflictRow, Newest, Occasion};
pub use languages::Languages;
pub use layout::{Layout, Logo};
pub(crate) use live::calm;
pub use live::{Ask, Live, Status, look_at, signed_out, use_live};
pub use not_found::{NotFoundPage, Nothing};
pub use overlays::Overlays;
pub(crate) use overlays::overlays;
pub use return_door::sign_in_button;
pub use user::{Preferences, choose_language, set_theme};

/// What the page starts with; the server writes it into the document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Boot {
    pub me: Option<Me>,
    pub locale: Locale,
    /// "light", "dark", or "" for what the system says.
    pub theme: String,
    /// "compact", or "" for comfortable.
    pub density: String,
    /// "rail" when the navigation is folded.
    pub nav: String,
    /// The place in the stream of changes before anything was read for this page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<domain::Id>,
    /// Who may be tried out; only while nobody is signed in to a sample company.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub demo: Vec<DemoUser>,
}

/// A sign-in of the sample company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoUser {
    pub role: String,
    pub email: String,
    pub password: String,
}

/// What is typed at the sign-in page.
#[derive(Clone, Copy)]
pub struct Draft {
    pub email: RwSignal<String>,
    pub password: RwSignal<String>,
}

impl Boot {
    /// From the request at hand: cookies decide what nobody signed in has decided.
    #[cfg(feature = "ssr")]
    pub fn from_request() -> Self {
        if let Some(boot) = use_context::<Boot>() {
            return boot;
        }
        let visit = use_context::<service::Visit>();
        let cookie = |name: &str, allowed: &[&str]| {
            let parts = use_context::<http::request::Parts>()?;
            let header = parts.headers.get(http::header::COOKIE)?.to_str().ok()?.to_owned();
            let value = header.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned))?;
            allowed.contains(&value.as_str()).then_some(value)
        };
        Self {
            locale: visit.as_ref().map(|v| v.locale).unwrap_or_default(),
            since: visit.as_ref().filter(|v| v.ctx.is_some()).map(|v| v.app.live_place()),
            demo: visit.as_ref().filter(|v| v.ctx.is_none() && v.app.config().demo).map(|_| demo_users()).unwrap_or_default(),
            me: visit.and_then(|v| v.ctx).map(|c| (*c.me).clone()),
            theme: cookie("rapport_theme", &["light", "dark"]).unwrap_or_default(),
            density: cookie("rapport_density", &["compact"]).unwrap_or_default(),
            nav: cookie("rapport_nav", &["rail"]).unwrap_or_default(),
        }
    }
}

#[cfg(feature = "ssr")]
fn demo_users() -> Vec<DemoUser> {
    let own = |(role, email, password): &(&str, &str, &str)| DemoUser {
        role: (*role).to_owned(),
        email: (*email).to_owned(),
        password: (*password).to_owned(),
    };
    service::seed::SIGN_INS.iter().map(own).collect()
}

/// What a quick-create dialog starts with: the kind, and fields that are known already (the stage of a column, the
/// company of a page).
#[derive(Clone, Debug, PartialEq)]
pub struct NewRecord {
    pub kind: domain::Kind,
    pub fields: domain::Fields,
}

/// Signals that the whole page shares.
#[derive(Clone, Copy)]
pub struct Shell {
    pub me: RwSignal<Option<Me>>,
    /// Set to open the quick-create dialog.
    pub new_record: RwSignal<Option<NewRecord>>,
    /// Set to open the calendar's form; its pages listen.
    pub new_event: RwSignal<Option<domain::Fields>>,
    pub conflict: RwSignal<Option<Conflict>>,
    pub palette: RwSignal<bool>,
    pub keys: RwSignal<bool>,
    pub notepad: RwSignal<bool>,
    /// The page lives: handlers are attached.
    pub alive: RwSignal<bool>,
    /// "light", "dark", or "" for what the system says.
    pub theme: RwSignal<String>,
    pub density: RwSignal<String>,
    pub nav: RwSignal<String>,
    /// Notices that were not read.
    pub unread: RwSignal<u32>,
    pub demo: StoredValue<Vec<DemoUser>>,
    pub draft: Draft,
    /// No page was left yet.
    pub(crate) first_page: StoredValue<bool>,
}

impl Shell {
    fn new(boot: Boot) -> Self {
        Self {
            me: RwSignal::new(boot.me),
            new_record: RwSignal::new(None),
            new_event: RwSignal::new(None),
            conflict: RwSignal::new(None),
            palette: RwSignal::new(false),
            keys: RwSignal::new(false),
            notepad: RwSignal::new(false),
            alive: RwSignal::new(false),
            theme: RwSignal::new(boot.theme),
            density: RwSignal::new(boot.density),
            nav: RwSignal::new(boot.nav),
            unread: RwSignal::new(0),
            demo: StoredValue::new(boot.demo),
            draft: Draft { email: RwSignal::new(String::new()), password: RwSignal::new(String::new()) },
            first_page: StoredValue::new(true),
        }
    }

    /// Opens the quick-create dialog; for event handlers, which have no context to ask.
    pub fn make(&self, kind: domain::Kind, fields: domain::Fields) {
        if kind == domain::Kind::Event {
            self.new_event.set(Some(fields));
        } else {
            self.new_record.set(Some(NewRecord { kind, fields }));
        }
    }
}

pub fn use_shell() -> Shell {
    use_context().unwrap_or_else(|| Shell::new(Boot::default()))
}

/// The signed-in person. Pages below the layout have one always; elsewhere nobody, who may do nothing.
pub fn use_me() -> Me {
    use_shell().me.get_untracked().unwrap_or_else(nobody)
}

fn nobody() -> Me {
    Me {
        id: domain::Id::parse("00000000-0000-0000-0000-000000000000").unwrap_or(domain::Id(Default::default())),
        name: String::new(),
        email: String::new(),
        role: domain::rights::Role::ReadOnly,
        team: None,
        team_members: Vec::new(),
        locale: Locale::En,
        time_zone: "UTC".to_owned(),
        workspace: String::new(),
        currency: "USD".to_owned(),
        demo: false,
    }
}

/// The session is over and somebody waits for what they did: asks for the password, above what is open and typed.
pub fn sign_in_again() {
    live::signed_out(live::Ask::Password);
}

/// To the sign-in page, and from there back to here.
pub fn leave_to_sign_in() {
    #[cfg(feature = "hydrate")]
    {
        let location = window().location();
        let here = format!("{}{}", location.pathname().unwrap_or_default(), location.search().unwrap_or_default());
        let next = String::from(js_sys::encode_uri_component(&here));
        crate::dom::go(&format!("/sign-in?next={next}"));
    }
}

/// Keeps a choice in a cookie and shows it on the document; "" is the default and leaves no attribute.
pub(crate) fn remember(cookie: &str, attribute: &str, value: &str) {
    crate::dom::set_cookie(cookie, value);
    crate::dom::set_root(attribute, (!value.is_empty()).then_some(value));
}

/// The picture of a kind.
pub const fn icon_of(kind: domain::Kind) -> &'static str {
    use domain::Kind;
    match kind {
        Kind::Company => "company",
        Kind::Contact => "people",
        Kind::Deal => "board",
        Kind::Product => "product",
        Kind::Pipeline => "filter",
        Kind::Task => "task",
        Kind::Note => "note",
        Kind::Call => "phone",
        Kind::User => "team",
        Kind::Team => "people",
        Kind::Event => "calendar",
        Kind::Resource => "key",
    }
}

/// Opens the quick-create dialog.
pub fn open_new(kind: domain::Kind, fields: domain::Fields) {
    use_shell().make(kind, fields);
}

/// Everything the page's contexts need, once, above the router.
pub(crate) fn provide() -> I18n {
    let boot = SharedValue::new(|| {
        #[cfg(feature = "ssr")]
        {
            Boot::from_request()
        }
        #[cfg(not(feature = "ssr"))]
        {
            Boot::default()
        }
    })
    .into_inner();
    let i18n = I18n { locale: RwSignal::new(boot.locale) };
    provide_context(i18n);
    set_zone(boot.me.as_ref().map(|m| m.time_zone.clone()));
    #[cfg(feature = "hydrate")]
    crate::records::keep::of_person(boot.me.as_ref().map(|m| m.id));
    let since = boot.since;
    let shell = Shell::new(boot);
    provide_context(shell);
    let now = Now(RwSignal::new(None));
    provide_context(now);
    provide_context(crate::ui::Toasts::new());
    provide_context(live::Live::new());
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        now.0.set(Some(crate::i18n::now()));
        let tick = set_interval_with_handle(move || now.0.set(Some(crate::i18n::now())), std::time::Duration::from_secs(60));
        on_cleanup(move || {
            if let Ok(tick) = tick {
                tick.clear();
            }
        });
        let signed_in = shell.me.with_untracked(Option::is_some);
        let live = live::use_live();
        crate::rooms::foresee(signed_in, move || {
            let _ = shell.alive.try_set(true);
            crate::dom::set_root("data-hydrated", Some("true"));
            if signed_in {
                live.connect(since);
            }
        });
    });
    i18n
}

#[cfg(feature = "hydrate")]
thread_local! {
    static ZONE: std::cell::RefCell<Option<String>> = const { std::cell::RefCell::new(None) };
}

/// The zone in which this page shows instants: the person's, else the browser's own.
#[cfg(feature = "hydrate")]
pub fn zone() -> Option<String> {
    ZONE.with_borrow(Clone::clone)
}

pub fn set_zone(zone: Option<String>) {
    #[cfg(feature = "hydrate")]
    ZONE.set(zone.filter(|z| !z.is_empty()));
    #[cfg(not(feature = "hydrate"))]
    let _ = zone;
}
