//! Saved views: the picker, and saving, renaming, sharing and deleting them.

use domain::list::{Look, SaveView, View};
use domain::rights::Power;
use leptos::task::spawn_local;

use super::super::api;
use super::super::look::Place;
use super::ListCx;
use crate::prelude::*;

/// What the little dialog asks for.
#[derive(Clone, Copy, PartialEq)]
enum Ask {
    SaveAs,
    Rename,
}

pub fn picker(cx: ListCx) -> AnyView {
    let asking = RwSignal::new(None::<Ask>);
    let all = t!("view.all", kind = kind_plural(cx.kind).to_lowercase());
    let name = {
        let all = all.clone();
        Signal::derive(move || cx.view().map_or_else(|| all.clone(), |v| v.name))
    };
    let edited = Memo::new(move |_| cx.place.with(|p| p.look.is_some()));
    let saved = Memo::new(move |_| cx.view());
    let can_save = move || edited.get() && saved.with(|v| v.as_ref().is_some_and(|v| v.can_edit));
    view! {
        <div class="row">
            <Menu class="btn quiet viewname" trigger=move || view! {
                <span class="clip">{name}</span>
                <Icon name="down" size="s"/>
            }>
                {list(cx, all.clone())}
                <MenuLine/>
                {move || saved.get().map(|view| own(cx, view, asking))}
                {move || begin(cx, saved.get())}
                <MenuItem icon="plus" label=t("view.save_as") on_select=Callback::new(move |()| asking.set(Some(Ask::SaveAs)))/>
            </Menu>
            {move || edited.get().then(|| view! {
                <span class="row">
                    {saved.with(Option::is_some).then(|| view! { <span class="tag">{t("view.edited")}</span> })}
                    {can_save().then(|| view! {
                        <button type="button" class="btn quiet small" on:click=move |_| save(cx)>{t("view.save")}</button>
                    })}
                    <button type="button" class="btn quiet small" on:click=move |_| asking.set(Some(Ask::SaveAs))>{t("view.save_as")}</button>
                    <button type="button" class="btn quiet small" on:click=move |_| cx.visit(Place { look: None, all: true, ..cx.place.get_untracked() }, false)>
                        {t("view.reset")}
                    </button>
                </span>
            })}
            {dialog(cx, asking)}
        </div>
    }
    .into_any()
}

fn list(cx: ListCx, all: String) -> AnyView {
    let chosen = cx.view().map(|v| v.id);
    let item = move |view: Option<View>, label: String| {
        let id = view.as_ref().map(|v| v.id);
        let checked = Signal::derive(move || chosen == id);
        let go = Callback::new(move |()| cx.visit(Place { view: id, look: None, all: true }, false));
        let hint = if view.as_ref().is_some_and(|v| v.default) { t("view.default") } else { "" };
        view! { <MenuItem label=label checked=checked on_select=go note=hint/> }.into_any()
    };
    let views = cx.views.get();
    let (shared, mine): (Vec<View>, Vec<View>) = views.into_iter().partition(|v| v.shared);
    let group = |title: &'static str, views: Vec<View>| {
        (!views.is_empty()).then(|| {
            let rows = views
                .into_iter()
                .map(|v| {
                    let label = v.name.clone();
                    item(Some(v), label)
                })
                .collect_view();
            view! { <MenuLine text=t(title)/>{rows} }
        })
    };
    view! {
        {item(None, all)}
        {group("view.mine", mine)}
        {group("view.shared", shared)}
    }
    .into_any()
}

/// Acts on the view that is shown.
fn own(cx: ListCx, view: View, asking: RwSignal<Option<Ask>>) -> Option<AnyView> {
    let toasts = use_toasts();
    if !view.can_edit {
        return None;
    }
    let can_share = use_me().who().has(Power::ShareViews);
    let (shared, id) = (view.shared, view.id);
    let edited = cx.place.with(|p| p.look.is_some());
    let share = Callback::new(move |()| {
        put(
            cx,
            toasts,
            SaveView {
                id: Some(view.id),
                version: view.version,
                kind: cx.kind,
                name: view.name.clone(),
                shared: !view.shared,
                look: view.look.clone(),
            },
            false,
            None,
        );
    });
    Some(
        view! {
            {edited.then(|| view! { <MenuItem icon="save" label=t("view.save") on_select=Callback::new(move |()| save(cx))/> })}
            <MenuItem icon="edit" label=t("view.rename") on_select=Callback::new(move |()| asking.set(Some(Ask::Rename)))/>
            {can_share.then(|| view! { <MenuItem icon="share" label=t(if shared { "view.unshare" } else { "view.share" }) on_select=share/> })}
            <MenuItem icon="bin" label=t("view.delete") danger=true on_select=Callback::new(move |()| delete(cx, id))/>
        }
        .into_any(),
    )
}

/// Which view one's own lists begin with: this one, or no longer.
fn begin(cx: ListCx, view: Option<View>) -> Option<AnyView> {
    let toasts = use_toasts();
    let (id, is) = (view.as_ref().map(|v| v.id), view.as_ref().map_or(cx.views.with(|v| v.iter().all(|v| !v.default)), |v| v.default));
    // All records are the beginning until somebody chooses.
    if is && id.is_none() {
        return None;
    }
    let to = if is { None } else { id };
    let set = Callback::new(move |()| {
        spawn_local(async move {
            match api::begin_with(cx.kind, to).await {
                Ok(()) => cx.views.update(|views| views.iter_mut().for_each(|v| v.default = Some(v.id) == to)),
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    });
    let label = t(if is { "view.default_off" } else { "view.default_on" });
    Some(view! { <MenuItem icon="star" label=label on_select=set/> }.into_any())
}

/// The look into the view it was begun from.
fn save(cx: ListCx) {
    let toasts = use_toasts();
    if let Some(view) = untrack(|| cx.view()) {
        let look = cx.look.get_untracked();
        let wanted = SaveView { id: Some(view.id), version: view.version, kind: cx.kind, name: view.name, shared: view.shared, look };
        put(cx, toasts, wanted, true, None);
    }
}

/// `asked`: the dialog that it comes from, which stays open with what was typed until it is saved.
fn put(cx: ListCx, toasts: Toasts, view: SaveView, go: bool, asked: Option<(RwSignal<bool>, RwSignal<Option<String>>)>) {
    spawn_local(async move {
        match api::put_view(view).await {
            Ok(saved) => {
                toasts.say(t!("toast.view_saved", name = saved.name));
                let id = saved.id;
                keep(cx, saved);
                if let Some((open, _)) = asked {
                    let _ = open.try_set(false);
                }
                if go {
                    cx.visit(Place { view: Some(id), look: None, all: false }, true);
                }
            }
            Err(Fault(error)) => {
                // Somebody else saved it meanwhile: saving once more is then meant to replace theirs.
                let theirs = match &error {
                    Error::Outdated { current } => serde_json::from_value::<View>(current.clone()).ok(),
                    _ => None,
                };
                let text = match theirs {
                    Some(theirs) => {
                        keep(cx, theirs);
                        tk("view.changed_since")
                    }
                    None => error_text(&error),
                };
                match asked {
                    Some((_, shown)) if error != Error::Unauthenticated => _ = shown.try_set(Some(text)),
                    _ if matches!(error, Error::Outdated { .. }) => toasts.push(Toast { text, tone: "bad", undo: None }),
                    _ => toasts.fail(&error),
                }
            }
        }
    });
}

/// As it is stored now.
fn keep(cx: ListCx, view: View) {
    let _ = cx.views.try_update(|views| {
        views.retain(|v| v.id != view.id);
        views.push(view);
        views.sort_by(|a, b| a.name.cmp(&b.name));
    });
}

fn delete(cx: ListCx, id: Id) {
    let toasts = use_toasts();
    let gone = cx.views.with_untracked(|views| views.iter().find(|v| v.id == id).cloned());
    spawn_local(async move {
        match api::delete_view(id).await {
            Ok(()) => {
                cx.views.update(|views| views.retain(|v| v.id != id));
                cx.visit(Place::default(), false);
                if let Some(View { kind, name, shared, look, .. }) = gone {
                    let text = t!("toast.view_deleted", name = name);
                    toasts.done(text, move || {
                        let view = SaveView { id: None, version: 0, kind, name: name.clone(), shared, look: look.clone() };
                        put(cx, toasts, view, true, None);
                    });
                }
            }
            Err(Fault(error)) => toasts.fail(&error),
        }
    });
}

fn dialog(cx: ListCx, asking: RwSignal<Option<Ask>>) -> AnyView {
    let toasts = use_toasts();
    let open = RwSignal::new(false);
    let name = RwSignal::new(String::new());
    let shared = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    let can_share = use_me().who().has(Power::ShareViews);
    Effect::new(move |_| {
        if let Some(ask) = asking.get() {
            let view = untrack(|| cx.view());
            name.set(view.as_ref().filter(|_| ask == Ask::Rename).map(|v| v.name.clone()).unwrap_or_default());
            shared.set(view.is_some_and(|v| v.shared && ask == Ask::Rename));
            error.set(None);
            open.set(true);
        }
    });
    let title = Signal::derive(move || t(if asking.get() == Some(Ask::Rename) { "view.rename" } else { "view.save_as" }).to_owned());
    let submit = move || {
        let called = name.get_untracked().trim().to_owned();
        if called.is_empty() {
            return error.set(Some(field_error_text(&FieldError::new("name", "required"))));
        }
        let rename = asking.get_untracked() == Some(Ask::Rename);
        let old = untrack(|| cx.view()).filter(|_| rename);
        let look: Look = old.as_ref().map_or_else(|| cx.look.get_untracked(), |v| v.look.clone());
        let (id, version) = old.map(|v| (v.id, v.version)).unzip();
        let wanted =
            SaveView { id, version: version.unwrap_or_default(), kind: cx.kind, name: called, shared: shared.get_untracked(), look };
        put(cx, toasts, wanted, !rename, Some((open, error)));
    };
    view! {
        <Dialog open=open title=title on_close=Callback::new(move |()| asking.set(None))>
            <form
                novalidate
                on:submit=move |event| {
                    event.prevent_default();
                    submit();
                }
            >
                <div class="body">
                    <Field label=t("view.name") error=error required=true><TextInput value=name autofocus=true/></Field>
                    {can_share.then(|| view! { <Checkbox value=shared label=t("view.share_with_all")/> })}
                </div>
                <footer>
                    <Button look="quiet" on_click=Callback::new(move |_| open.set(false))>{t("action.cancel")}</Button>
                    <Button look="primary">{t("action.save")}</Button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}
