//! The parts that a browser loads when they are needed: each room, and what lies over all pages. The server holds all of
//! them, and so does a browser half that was built whole (feature `parts` off: while developing).
//!
//! The part of the page at hand is loaded before that page comes to life, so server and browser draw the same. What opens
//! on it follows at once; another room when somebody points at a link to it, and all of them once a page has been open for
//! a while: then going there costs no wait, and works while the network is away.

use domain::pipelines::Stage;
use domain::{Id, Kind, Record};
use leptos::prelude::*;

use crate::calendar::deeds::Deed;
use crate::calendar::desk::Panel;
use crate::deals::{Act, Ask, Desk, Moving};
use crate::records::draft::{Beside, Draft};
use crate::records::filters::{Bar, Part};
use crate::records::list::ListCx;
use crate::records::names::Names;
use crate::records::page::composer::Composer;
use crate::records::page::{self, PageCx};
use crate::records::views::Views;
use crate::shell::NewRecord;

mod coming;
mod room;

use coming::{later, lost, shown, within};
pub use room::Room;

/// A part did not come: the network is gone, or the server has a newer one by now.
#[derive(Clone, Copy, Debug)]
struct Lost;

impl From<leptos::wasm_split::SplitLoaderError> for Lost {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

/// Makes the function of a part, and the one that loads it.
macro_rules! part {
    ($part:ident, $name:ident, $load:ident, ($($arg:ident: $ty:ty),*), $view:expr) => {
        #[cfg(feature = "parts")]
        #[leptos::wasm_split::wasm_split($part, wasm_split_path = ::leptos::wasm_split, preload($load), fallible)]
        fn $name($($arg: $ty),*) -> Result<AnyView, Lost> {
            Ok($view)
        }
        #[cfg(not(feature = "parts"))]
        async fn $name($($arg: $ty),*) -> Result<AnyView, Lost> {
            Ok($view)
        }
        #[cfg(not(feature = "parts"))]
        async fn $load() -> Result<(), Lost> {
            Ok(())
        }
    };
}

/// The two pages before the door.
#[derive(Clone, Copy)]
enum Door {
    SignIn,
    SetUp,
}

part!(door, door, load_door, (page: Door), match page {
    Door::SignIn => view! { <crate::auth::SignInPage/> }.into_any(),
    Door::SetUp => view! { <crate::auth::SetUpPage/> }.into_any(),
});
/// The two pages for strangers.
#[derive(Clone, Copy)]
enum Book {
    Page,
    Booked,
}

part!(book, book, load_book, (page: Book), match page {
    Book::Page => view! { <crate::booking::BookPage/> }.into_any(),
    Book::Booked => view! { <crate::booking::BookedPage/> }.into_any(),
});
part!(bookable, bookable, load_bookable, (), view! { <crate::booking::PagesSettings/> }.into_any());
part!(board, board, load_board, (), view! { <crate::deals::board::BoardPage/> }.into_any());
part!(list, list, load_list, (kind: Kind), view! { <crate::records::ListPage kind=kind/> }.into_any());
part!(record, record, load_record, (kind: Kind, id: Id), view! { <crate::records::RecordPage kind=kind id=id/> }.into_any());
part!(dashboard, dashboard, load_dashboard, (), view! { <crate::dashboard::DashboardPage/> }.into_any());
part!(time, time, load_time, (), view! { <crate::dashboard::TimePage/> }.into_any());
part!(notepad, notepad, load_notepad, (), crate::notepad::panel());
part!(import, import, load_import, (id: Option<Id>), match id {
    Some(id) => view! { <crate::import::ImportPage id=id/> }.into_any(),
    None => view! { <crate::import::ImportsPage/> }.into_any(),
});
part!(bin, bin, load_bin, (), view! { <crate::bin::BinPage/> }.into_any());
part!(settings, settings, load_settings, (), view! { <crate::settings::SettingsPage/> }.into_any());
part!(today, today, load_today, (), view! { <crate::today::TodayPage/> }.into_any());
part!(calendar, calendar, load_calendar, (), view! { <crate::calendar::CalendarPage/> }.into_any());
/// What opens above the calendar.
#[derive(Clone)]
#[allow(clippy::large_enum_variant)]
pub enum Plan {
    Panel(crate::calendar::Desk, Panel),
    Ask(crate::calendar::Desk),
    Carried(crate::calendar::Desk),
    Zones(crate::calendar::Desk),
    Deed(crate::calendar::Desk, Deed),
}

part!(planner, plan, load_planner, (what: Plan), match what {
    Plan::Panel(desk, panel) => crate::calendar::planner::panel(desk, panel),
    Plan::Ask(desk) => crate::calendar::planner::question(desk),
    Plan::Carried(desk) => crate::calendar::planner::carried(desk),
    Plan::Zones(desk) => crate::calendar::planner::zone::choose(desk),
    Plan::Deed(desk, deed) => {
        deed.done(desk);
        ().into_any()
    }
});
part!(hours, hours, load_hours, (), view! { <crate::calendar::habits::HabitsPage/> }.into_any());
/// The list, or what has just rung.
#[derive(Clone, Copy)]
enum Told {
    Page,
    #[cfg(feature = "hydrate")]
    Ring,
}

part!(notices, notices, load_notices, (what: Told), match what {
    Told::Page => view! { <crate::notices::NoticesPage/> }.into_any(),
    #[cfg(feature = "hydrate")]
    Told::Ring => {
        crate::notices::ring();
        ().into_any()
    }
});
part!(conflicts, conflicts, load_conflicts, (), view! { <crate::calendar::conflicts::ConflictsPage/> }.into_any());
part!(letters, letters, load_letters, (), crate::settings::letters::page());
part!(feeds, feeds, load_feeds, (), crate::calendar::feeds::page());
part!(overlays, overlays, load_overlays, (), crate::shell::overlays());
/// What may be asked of the forms' part. A part has one function: the one that is known to be here once it has come.
#[derive(Clone)]
#[allow(clippy::large_enum_variant)] // one of them lives for a moment
enum Form {
    Control(Draft, Beside),
    New(NewRecord, RwSignal<bool>, Callback<Record>, bool),
    Stage(Desk, Ask),
    Move(Desk, Moving),
}

part!(forms, forms, load_forms, (form: Form), match form {
    Form::Control(draft, beside) => crate::records::draft::control_here(draft, beside),
    Form::New(new, open, made, again) => crate::records::quick::form(new, open, made, again),
    Form::Stage(desk, ask) => crate::deals::ask_form(desk, ask),
    Form::Move(desk, moving) => crate::deals::stages(desk, moving),
});

/// What opens from a row of filters.
#[derive(Clone)]
#[allow(clippy::large_enum_variant)]
enum Inside {
    Condition(Kind, Names, Part, bool, Callback<Part>),
    Text(Bar),
}

part!(filters, filters, load_filters, (what: Inside), match what {
    Inside::Condition(kind, names, part, any, done) => crate::records::filters::editor(kind, names, &part, any, done),
    Inside::Text(bar) => crate::records::filters::advanced(bar),
});

/// What opens from the tools of a page.
#[derive(Clone)]
pub enum Tool {
    Columns(ListCx),
    Views(Views),
    SaveView(Views),
    Files(ListCx),
    /// For so many rows.
    Picked(ListCx, Memo<i64>),
    Cards(Desk),
    Pipelines(Desk),
    StageMenu(Desk, StoredValue<String>),
    Call(Composer),
    Task(Composer),
    Owner(PageCx),
    Stage(PageCx, Stage, RwSignal<bool>),
    Activity(PageCx, RwSignal<Record>),
    /// How the product looks and speaks to this person.
    Preferences,
}

part!(tools, tools, load_tools, (tool: Tool), match tool {
    Tool::Columns(cx) => crate::records::list::columns::panel(cx),
    Tool::Views(views) => (move || views.menu()).into_any(),
    Tool::SaveView(views) => views.dialog(),
    Tool::Files(cx) => crate::records::list::tools::links(cx),
    Tool::Picked(cx, count) => crate::records::list::bulk::acts(cx, count),
    Tool::Pipelines(desk) => crate::deals::bar::pipelines(desk),
    Tool::StageMenu(desk, stage) => crate::deals::head::menu(desk, stage),
    Tool::Cards(desk) => crate::deals::picks::acts(desk),
    Tool::Call(composer) => page::composer::call(composer),
    Tool::Task(composer) => page::composer::task(composer),
    Tool::Owner(cx) => page::head::choose_owner(cx),
    Tool::Stage(cx, stage, open) => page::path::questions(cx, stage, open),
    Tool::Activity(cx, record) => page::timeline::acts(cx, record),
    Tool::Preferences => view! { <crate::shell::Preferences/> }.into_any(),
});

part!(hands, hands, load_hands, (act: Act), {
    crate::deals::act(act);
    ().into_any()
});

/// Does at once what a hand did on the board, or as soon as its part is here.
pub fn act(act: Act) {
    if loader::is_here(Room::Hands) {
        let _ = now(hands(act));
    } else if act.can_wait() {
        loader::then(Room::Hands, move |there| {
            if there && act.is_alive() {
                let _ = now(hands(act));
            }
        });
    }
}

pub fn tool(what: Tool) -> AnyView {
    later(Room::Tools, move || now(tools(what.clone())))
}

fn form(what: Form) -> AnyView {
    later(Room::Forms, move || now(forms(what.clone())))
}

pub fn field_control(draft: Draft, beside: Beside) -> AnyView {
    form(Form::Control(draft, beside))
}

pub fn new_record_form(new: NewRecord, open: RwSignal<bool>, made: Callback<Record>, again: bool) -> AnyView {
    form(Form::New(new, open, made, again))
}

pub fn stage_form(desk: Desk, ask: Ask) -> AnyView {
    form(Form::Stage(desk, ask))
}

pub fn move_form(desk: Desk, moving: Moving) -> AnyView {
    form(Form::Move(desk, moving))
}

fn filter(what: Inside) -> AnyView {
    later(Room::Filters, move || now(filters(what.clone())))
}

pub fn filter_editor(kind: Kind, names: Names, part: Part, any: bool, done: Callback<Part>) -> AnyView {
    filter(Inside::Condition(kind, names, part, any, done))
}

pub fn filter_as_text(bar: Bar) -> AnyView {
    filter(Inside::Text(bar))
}

pub fn sign_in_page() -> AnyView {
    shown(Room::Door, || now(door(Door::SignIn)))
}

pub fn set_up_page() -> AnyView {
    shown(Room::Door, || now(door(Door::SetUp)))
}

pub fn book_page() -> AnyView {
    shown(Room::Book, || now(book(Book::Page)))
}

pub fn booked_page() -> AnyView {
    shown(Room::Book, || now(book(Book::Booked)))
}

/// A page within the settings, which are there first.
pub fn bookable_page() -> AnyView {
    within(Room::Bookable, || now(bookable()))
}

pub fn board_page() -> AnyView {
    shown(Room::Board, || now(board()))
}

/// Hands come right after the board that they work on.
pub fn hands_soon() {
    loader::then(Room::Hands, |_| {});
}

pub fn list_page(kind: Kind) -> AnyView {
    shown(Room::List, move || now(list(kind)))
}

pub fn record_page(kind: Kind, id: Id) -> AnyView {
    shown(Room::Record, move || now(record(kind, id)))
}

pub fn calendar_page() -> AnyView {
    shown(Room::Calendar, || now(calendar()))
}

/// Something above the calendar.
pub fn planner(what: Plan) -> AnyView {
    later(Room::Planner, move || now(plan(what.clone())))
}

/// What hands did in the calendar.
pub fn deed(desk: crate::calendar::Desk, deed: Deed) {
    if loader::is_here(Room::Planner) {
        let _ = now(plan(Plan::Deed(desk, deed)));
    } else if deed.can_wait() {
        loader::then(Room::Planner, move |there| {
            // Whoever has left the page meanwhile has nothing to do on it.
            if there && desk.focus.try_with_untracked(|_| ()).is_some() {
                let _ = now(plan(Plan::Deed(desk, deed)));
            }
        });
    }
}

/// A page within the settings, which are there first.
pub fn hours_page() -> AnyView {
    within(Room::Hours, || now(hours()))
}

pub fn notices_page() -> AnyView {
    shown(Room::Notices, || now(notices(Told::Page)))
}

/// Something may have rung.
#[cfg(feature = "hydrate")]
pub fn ring() {
    loader::then(Room::Notices, |there| {
        if there {
            let _ = now(notices(Told::Ring));
        }
    });
}

pub fn conflicts_page() -> AnyView {
    shown(Room::Conflicts, || now(conflicts()))
}

pub fn today_page() -> AnyView {
    shown(Room::Today, || now(today()))
}

pub fn time_page() -> AnyView {
    shown(Room::Time, || now(time()))
}

/// Within the settings: their first page begins without it.
pub fn feeds_section() -> AnyView {
    within(Room::Feeds, || now(feeds()))
}

/// Within the settings: only those who run the house ever open it.
pub fn letters_page() -> AnyView {
    within(Room::Letters, || now(letters()))
}

pub fn dashboard_page() -> AnyView {
    shown(Room::Dashboard, || now(dashboard()))
}

pub fn import_page(id: Option<Id>) -> AnyView {
    shown(Room::Import, move || now(import(id)))
}

pub fn bin_page() -> AnyView {
    shown(Room::Bin, || now(bin()))
}

pub fn settings_page() -> AnyView {
    shown(Room::Settings, || now(settings()))
}

/// Somebody will want it soon.
pub fn expect(room: Room) {
    loader::then(room, |_| {});
}

/// Nothing on the server and while the page comes to life; there from the first time that one of them is `wanted`.
pub fn overlays_when(wanted: Signal<bool>) -> AnyView {
    when(Room::Overlays, wanted, || now(overlays()))
}

/// The same, for the notepad.
pub fn notepad_when(wanted: Signal<bool>) -> AnyView {
    when(Room::Notepad, wanted, || now(notepad()))
}

fn when(room: Room, wanted: Signal<bool>, make: fn() -> AnyView) -> AnyView {
    let here = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    {
        let alive = crate::shell::use_shell().alive;
        Effect::new(move |_| {
            if alive.get() && wanted.get() && !here.get_untracked() {
                loader::then(room, move |there| {
                    let _ = here.try_set(there);
                });
            }
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (room, wanted);
    (move || here.get().then(make)).into_any()
}

/// A part that is here answers at the first question.
fn now(view: impl Future<Output = Result<AnyView, Lost>>) -> AnyView {
    use std::task::{Context, Poll, Waker};
    match std::pin::pin!(view).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(view)) => view,
        _ => lost(),
    }
}

#[cfg(not(feature = "hydrate"))]
mod loader {
    use super::Room;

    pub fn is_here(_room: Room) -> bool {
        true
    }

    pub fn then(_room: Room, _done: impl FnOnce(bool) + 'static) {}
}

#[cfg(feature = "hydrate")]
mod loader;

#[cfg(feature = "hydrate")]
pub use loader::{foresee, with_part_of_this_page};
