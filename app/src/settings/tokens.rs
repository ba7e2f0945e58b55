//! API tokens: made here, shown once, taken back here.

use domain::auth::{NewToken, TokenInfo, TokenScope};
use leptos::task::spawn_local;

use super::api;
use crate::prelude::*;

type List = Resource<Result<Vec<TokenInfo>, Fault>>;

const LOOK: mine::Look = mine::Look {
    heads: &["field.name", "settings.token_scope", "settings.token_used", "settings.token_until"],
    icon: "key",
    none: ("settings.tokens_none", "settings.tokens_none_hint"),
    sure: "settings.token_revoke",
};

#[component]
pub fn Tokens() -> impl IntoView {
    let tokens = Resource::new(|| (), |()| api::tokens());
    let making = RwSignal::new(false);
    let fresh = mine::Fresh::new(None);
    let made = Callback::new(move |token: NewToken| {
        making.set(false);
        fresh.set(Some(mine::Secret { of: token.info.id, name: token.info.name, word: token.secret }));
        tokens.refetch();
    });
    let begin = mine::new_button("settings.token_new", "primary", Callback::new(move |()| making.set(true)));
    view! {
        <div class="page narrow">
            {mine::section_head("settings.tokens", "settings.tokens_text", Some(begin))}
            {mine::secret(fresh, "key", "settings.token_once")}
            <section class="block">{loaded(tokens, move |list| table(list, tokens, fresh))}</section>
            <Dialog open=making title=Signal::derive(|| t("settings.token_new").to_owned())>
                <Make made=made open=making/>
            </Dialog>
        </div>
    }
    .into_any()
}

fn table(found: Vec<TokenInfo>, list: List, fresh: mine::Fresh) -> AnyView {
    let toasts = use_toasts();
    let asked = mine::Asked::new(None);
    let thing = |token: TokenInfo| {
        let id = token.id;
        let question = t!("settings.token_revoke_ask", name = token.name.clone());
        let gone = t!("settings.token_revoked", name = token.name.clone());
        let scope = if token.scope == TokenScope::Write { "write" } else { "read" };
        let revoke = move || {
            let gone = gone.clone();
            mine::ask(toasts, api::revoke_token(id), move |()| {
                mine::forget(fresh, id);
                toasts.say(gone);
                list.refetch();
            });
        };
        mine::Thing {
            cells: vec![
                mine::named(token.name, view! { <code>{token.prefix}"…"</code> }),
                choice_label("scope", scope).into_any(),
                mine::moment(token.last_used_at, "settings.token_never"),
                mine::moment(token.expires_at, "settings.token_forever"),
            ],
            acts: vec![mine::Act::asking("settings.token_revoke", asked, question, revoke)],
        }
    };
    mine::things(&LOOK, asked, found.into_iter().map(thing).collect())
}

#[component]
fn Make(made: Callback<NewToken>, open: RwSignal<bool>) -> impl IntoView {
    let toasts = use_toasts();
    let name = RwSignal::new(String::new());
    let write = RwSignal::new(false);
    let days = RwSignal::new("90".to_owned());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let scope = if write.get_untracked() { TokenScope::Write } else { TokenScope::Read };
            let answer = api::create_token(name.get_untracked(), scope, days.get_untracked().parse().ok()).await;
            busy.set(false);
            match answer {
                Ok(token) => made.run(token),
                Err(Fault(problem)) => toasts.refused(error, problem),
            }
        });
    };
    let choice = move |value: bool, title: &'static str, text: &'static str| {
        view! {
            <label class="choice">
                <input type="radio" name="scope" checked=!value on:change=move |_| write.set(value)/>
                <span><b>{title}</b><small>{text}</small></span>
            </label>
        }
    };
    let lives: Vec<(String, String)> = [30, 90, 365]
        .map(|n: i64| (n.to_string(), tn("settings.days", n)))
        .into_iter()
        .chain([(String::new(), t("settings.token_life_open").to_owned())])
        .collect();
    view! {
        <form novalidate on:submit=save>
            <div class="body">
                <Field label=t("field.name") hint=t("settings.token_name_hint") error=error_in(error, "name")>
                    <TextInput value=name autofocus=true/>
                </Field>
                <fieldset class="choices">
                    <legend>{t("settings.token_scope")}</legend>
                    {choice(false, t("choice.scope.read"), t("settings.token_read_text"))}
                    {choice(true, t("choice.scope.write"), t("settings.token_write_text"))}
                </fieldset>
                <Field label=t("settings.token_life")>
                    <Select value=days options=lives/>
                </Field>
            </div>
            <FormFoot busy=busy open=open action=t("settings.token_create")/>
        </form>
    }
    .into_any()
}
