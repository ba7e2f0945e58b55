//! Saved views on the board: what they filter and search for is laid over it, and the board's own can be saved as one.
//! The same views as in the list of deals.

use domain::list::{Look, SaveView, View};
use domain::rights::Power;
use leptos::task::spawn_local;

use super::bar::with;
use super::desk::Desk;
use crate::prelude::*;
use crate::records::api;

pub fn picker(desk: Desk) -> AnyView {
    let views = RwSignal::new(Vec::<View>::new());
    let asking = RwSignal::new(false);
    // Not needed for the first picture: asked for when the page lives.
    Effect::new(move |_| {
        spawn_local(async move {
            if let Ok(list) = api::views(Kind::Deal).await {
                let _ = views.try_set(list);
            }
        });
    });
    let all = StoredValue::new(t!("view.all", kind = kind_plural(Kind::Deal).to_lowercase()));
    let shown = Memo::new(move |_| desk.query.with(|q| (q.filter.clone(), q.q.clone())));
    let current = Memo::new(move |_| shown.with(|s| views.with(|v| v.iter().find(|v| fits(v, s)).map(|v| v.name.clone()))));
    let narrowed = move || shown.with(|(filter, q)| !filter.is_empty() || !q.is_empty());
    let name = move || current.get().unwrap_or_else(|| if narrowed() { tk("board.views") } else { all.get_value() });
    let items = move || {
        let (shared, mine): (Vec<View>, Vec<View>) = views.get().into_iter().partition(|v| v.shared);
        view! {
            {item(desk, shown, Look::default(), all.get_value())}
            {group(desk, shown, "view.mine", mine)}
            {group(desk, shown, "view.shared", shared)}
            <MenuLine/>
            <MenuItem icon="plus" label=t("view.save_as") on_select=Callback::new(move |()| asking.set(true))/>
        }
        .into_any()
    };
    view! {
        <Menu class="btn quiet views" label=Signal::derive(|| t("board.views").to_owned()) trigger=move || view! {
            <Icon name="star" size="s"/>
            <span class="clip">{name}</span>
            <Icon name="down" size="s"/>
        }>
            {items}
        </Menu>
        {dialog(desk, views, asking)}
    }
    .into_any()
}

fn fits(view: &View, (filter, q): &(String, String)) -> bool {
    view.look.filter == *filter && view.look.q == *q
}

fn group(desk: Desk, shown: Memo<(String, String)>, title: &'static str, views: Vec<View>) -> Option<AnyView> {
    (!views.is_empty()).then(|| {
        let rows = views.into_iter().map(|v| item(desk, shown, v.look, v.name)).collect_view();
        view! { <MenuLine text=t(title)/>{rows} }.into_any()
    })
}

fn item(desk: Desk, shown: Memo<(String, String)>, look: Look, label: String) -> AnyView {
    let (filter, q) = (look.filter, look.q);
    let checked = {
        let (filter, q) = (filter.clone(), q.clone());
        Signal::derive(move || shown.with(|s| s.0 == filter && s.1 == q))
    };
    let go = Callback::new(move |()| desk.go.run((with(desk, &[("filter", &filter), ("q", &q)]), false)));
    view! { <MenuItem label=label checked=checked on_select=go/> }.into_any()
}

fn dialog(desk: Desk, views: RwSignal<Vec<View>>, open: RwSignal<bool>) -> AnyView {
    let toasts = desk.toasts;
    let name = RwSignal::new(String::new());
    let shared = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    let can_share = use_me().who().has(Power::ShareViews);
    let submit = move || {
        let called = name.get_untracked().trim().to_owned();
        if called.is_empty() {
            return error.set(Some(field_error_text(&FieldError::new("name", "required"))));
        }
        let look =
            desk.query.with_untracked(|q| Look { filter: q.filter.clone(), q: q.q.clone(), layout: "board".to_owned(), ..Look::default() });
        let view = SaveView { id: None, version: 0, kind: Kind::Deal, name: called, shared: shared.get_untracked(), look };
        spawn_local(async move {
            match api::put_view(view).await {
                Ok(saved) => {
                    let _ = open.try_set(false);
                    toasts.say(t!("toast.view_saved", name = saved.name));
                    let _ = views.try_update(|all| all.push(saved));
                    let _ = name.try_set(String::new());
                }
                // What was typed stays.
                Err(Fault(problem)) => _ = error.try_set(Some(error_text(&problem))),
            }
        });
    };
    view! {
        <Dialog open=open title=t("view.save_as") look="small" on_close=Callback::new(move |()| error.set(None))>
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
                    <span class="grow"></span>
                    <button type="button" class="btn large" on:click=move |_| open.set(false)>{t("action.cancel")}</button>
                    <Button look="primary large">{t("action.save")}</Button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}
