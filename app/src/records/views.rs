//! Saved views: the menu behind a picker, and saving, renaming, sharing and deleting them. The list and the board of deals
//! have the same ones; which of the two opens a view is part of its look.

use domain::list::{Look, SaveView, View};
use domain::rights::Power;
use leptos::task::spawn_local;

use super::api;
use crate::prelude::*;
use crate::rooms::Tool;

/// The layout of a look that is a board; all others are tables.
pub const BOARD: &str = "board";

/// What the little dialog asks for.
#[derive(Clone, Copy, PartialEq)]
pub enum Ask {
    SaveAs,
    Rename,
}

/// That dialog while it waits for an answer.
#[derive(Clone, Copy)]
struct Asked {
    open: RwSignal<bool>,
    error: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
}

/// The views of a kind, as a list or a board offers them.
#[derive(Clone, Copy)]
pub struct Views {
    pub kind: Kind,
    /// "board" where this is one.
    pub layout: &'static str,
    pub all: RwSignal<Vec<View>>,
    /// The one that is shown, perhaps with changes.
    pub shown: Memo<Option<View>>,
    /// What is shown is not, or not quite, a view.
    pub edited: Memo<bool>,
    /// What is shown, to be saved.
    pub look: Callback<(), Look>,
    /// Shows a view; none: all records. True: in place of the present entry of the browser's history.
    pub go: Callback<(Option<View>, bool)>,
    pub asking: RwSignal<Option<Ask>>,
    pub toasts: Toasts,
}

/// The view as it is, to be saved over itself.
fn again(view: View) -> SaveView {
    SaveView { id: Some(view.id), version: view.version, kind: view.kind, name: view.name, shared: view.shared, look: view.look }
}

impl Views {
    /// What opens from the picker.
    pub fn menu(self) -> AnyView {
        let (shared, mine): (Vec<View>, Vec<View>) = self.all.get().into_iter().partition(|v| v.shared);
        view! {
            {self.line(None)}
            {self.group("view.mine", mine)}
            {self.group("view.shared", shared)}
            <MenuLine/>
            {move || self.shown.get().map(|view| self.own(view))}
            {move || self.begin(self.shown.get())}
            <MenuItem icon="plus" label=t("view.save_as") on_select=Callback::new(move |()| self.asking.set(Some(Ask::SaveAs)))/>
        }
        .into_any()
    }

    /// The little dialog, there from the first time that it is asked for.
    pub fn when_asked(self) -> AnyView {
        let asked = Memo::new(move |before: Option<&bool>| before == Some(&true) || self.asking.with(Option::is_some));
        (move || asked.get().then(|| crate::rooms::tool(Tool::SaveView(self)))).into_any()
    }

    /// What all records are called.
    pub fn all_records(self) -> String {
        t!("view.all", kind = domain::text::lower(&kind_plural(self.kind)))
    }

    fn group(self, title: &'static str, views: Vec<View>) -> Option<AnyView> {
        (!views.is_empty()).then(|| {
            let rows = views.into_iter().map(|v| self.line(Some(v))).collect_view();
            view! { <MenuLine text=t(title)/>{rows} }.into_any()
        })
    }

    fn line(self, view: Option<View>) -> AnyView {
        let label = view.as_ref().map_or_else(|| self.all_records(), |v| v.name.clone());
        let id = view.as_ref().map(|v| v.id);
        let checked = Signal::derive(move || self.shown.with(|v| v.as_ref().map(|v| v.id) == id) && (id.is_some() || !self.edited.get()));
        let note = if view.as_ref().is_some_and(|v| v.default) { t("view.default") } else { "" };
        // Only deals can be seen as a board.
        let icon = match (self.kind, view.as_ref().map_or(self.layout, |v| v.look.layout.as_str())) {
            (Kind::Deal, BOARD) => "board",
            (Kind::Deal, _) => "table",
            _ => "",
        };
        let go = Callback::new(move |()| self.go.run((view.clone(), false)));
        view! { <MenuItem label=label icon=icon checked=checked on_select=go note=note/> }.into_any()
    }

    /// Acts on the view that is shown.
    fn own(self, view: View) -> Option<AnyView> {
        if !view.can_edit {
            return None;
        }
        let can_share = use_me().who().has(Power::ShareViews);
        let (shared, id) = (view.shared, view.id);
        let share = Callback::new(move |()| {
            let view = view.clone();
            self.put(SaveView { shared: !view.shared, ..again(view) }, false, None);
        });
        Some(
            view! {
                {self.edited.get().then(|| view! { <MenuItem icon="save" label=t("view.save") on_select=Callback::new(move |()| self.save())/> })}
                <MenuItem icon="edit" label=t("view.rename") on_select=Callback::new(move |()| self.asking.set(Some(Ask::Rename)))/>
                {can_share.then(|| view! { <MenuItem icon="share" label=t(if shared { "view.unshare" } else { "view.share" }) on_select=share/> })}
                <MenuItem icon="bin" label=t("view.delete") danger=true on_select=Callback::new(move |()| self.delete(id))/>
            }
            .into_any(),
        )
    }

    /// Which view one's own lists begin with: this one, or no longer.
    fn begin(self, view: Option<View>) -> Option<AnyView> {
        let id = view.as_ref().map(|v| v.id);
        let is = view.as_ref().map_or(self.all.with(|v| v.iter().all(|v| !v.default)), |v| v.default);
        // All records are the beginning until somebody chooses; what is no view can be none.
        if id.is_none() && (is || self.edited.get()) {
            return None;
        }
        let to = if is { None } else { id };
        let set = Callback::new(move |()| {
            spawn_local(async move {
                match api::begin_with(self.kind, to).await {
                    Ok(()) => {
                        let _ = self.all.try_update(|views| views.iter_mut().for_each(|v| v.default = Some(v.id) == to));
                    }
                    Err(Fault(error)) => self.toasts.fail(&error),
                }
            });
        });
        let label = t(if is { "view.default_off" } else { "view.default_on" });
        Some(view! { <MenuItem icon="star" label=label on_select=set/> }.into_any())
    }

    /// The look into the view it was begun from.
    pub fn save(self) {
        if let Some(view) = self.shown.get_untracked() {
            let look = self.look.run(());
            self.put(SaveView { look, ..again(view) }, true, None);
        }
    }

    /// `asked`: the dialog that it comes from, which stays open with what was typed until it is saved.
    fn put(self, view: SaveView, go: bool, asked: Option<Asked>) {
        spawn_local(async move {
            let answer = api::put_view(view).await;
            if let Some(asked) = asked {
                let _ = asked.busy.try_set(false);
            }
            match answer {
                Ok(saved) => {
                    self.toasts.say(t!("toast.view_saved", name = saved.name));
                    self.keep(saved.clone());
                    if let Some(asked) = asked {
                        let _ = asked.open.try_set(false);
                    }
                    if go {
                        self.go.try_run((Some(saved), true));
                    }
                }
                Err(Fault(error)) => {
                    // Somebody else saved it meanwhile: saving once more is then meant to replace theirs.
                    let outdated = matches!(error, Error::Outdated { .. });
                    let text = match &error {
                        Error::Outdated { current } => {
                            if let Ok(theirs) = serde_json::from_str::<View>(&current.to_string()) {
                                self.keep(theirs);
                            }
                            tk("view.changed_since")
                        }
                        _ => error_text(&error),
                    };
                    match asked {
                        // Whoever closed the dialog meanwhile hears of it beside the page.
                        Some(asked) if error != Error::Unauthenticated && asked.open.try_get_untracked() == Some(true) => {
                            let _ = asked.error.try_set(Some(text));
                        }
                        _ if outdated => self.toasts.warn(text),
                        _ => self.toasts.fail(&error),
                    }
                }
            }
        });
    }

    /// As it is stored now.
    fn keep(self, view: View) {
        let _ = self.all.try_update(|views| {
            views.retain(|v| v.id != view.id);
            views.push(view);
            views.sort_by(|a, b| a.name.cmp(&b.name));
        });
    }

    fn delete(self, id: Id) {
        let gone = self.all.with_untracked(|views| views.iter().find(|v| v.id == id).cloned());
        spawn_local(async move {
            match api::delete_view(id).await {
                Ok(()) => {
                    let _ = self.all.try_update(|views| views.retain(|v| v.id != id));
                    self.go.try_run((None, false));
                    if let Some(View { kind, name, shared, look, .. }) = gone {
                        let text = t!("toast.view_deleted", name = name);
                        self.toasts.done(text, move || {
                            self.put(SaveView { id: None, version: 0, kind, name: name.clone(), shared, look: look.clone() }, true, None);
                        });
                    }
                }
                Err(Fault(error)) => self.toasts.fail(&error),
            }
        });
    }

    /// Asks for a name; stands beside the picker.
    pub fn dialog(self) -> AnyView {
        let asking = self.asking;
        let open = RwSignal::new(false);
        let name = RwSignal::new(String::new());
        let shared = RwSignal::new(false);
        let error = RwSignal::new(None::<String>);
        let busy = RwSignal::new(false);
        let can_share = use_me().who().has(Power::ShareViews);
        Effect::new(move |_| {
            if let Some(ask) = asking.get() {
                let view = self.shown.get_untracked().filter(|_| ask == Ask::Rename);
                name.set(view.as_ref().map(|v| v.name.clone()).unwrap_or_default());
                shared.set(view.is_some_and(|v| v.shared));
                error.set(None);
                open.set(true);
            }
        });
        let title = Signal::derive(move || t(if asking.get() == Some(Ask::Rename) { "view.rename" } else { "view.save_as" }).to_owned());
        let submit = Callback::new(move |()| {
            if busy.get_untracked() {
                return;
            }
            let called = name.get_untracked().trim().to_owned();
            if called.is_empty() {
                return error.set(Some(field_error_text(&FieldError::new("name", "required"))));
            }
            let old = self.shown.get_untracked().filter(|_| asking.get_untracked() == Some(Ask::Rename));
            let go = old.is_none();
            let look = old.as_ref().map_or_else(|| self.look.run(()), |v| v.look.clone());
            let (id, version) = old.map(|v| (v.id, v.version)).unzip();
            let view =
                SaveView { id, version: version.unwrap_or_default(), kind: self.kind, name: called, shared: shared.get_untracked(), look };
            busy.set(true);
            self.put(view, go, Some(Asked { open, error, busy }));
        });
        view! {
            <Dialog open=open title=title look="small" on_close=Callback::new(move |()| asking.set(None))>
                {form("", submit, view! {
                    <div class="body">
                        <Field label=t("view.name") error=error required=true><TextInput value=name autofocus=true/></Field>
                        {can_share.then(|| view! { <Checkbox value=shared label=t("view.share_with_all")/> })}
                    </div>
                    <FormFoot open=open busy=busy action=t("action.save")/>
                }.into_any())}
            </Dialog>
        }
        .into_any()
    }
}
