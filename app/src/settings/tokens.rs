//! API tokens: made here, shown once, taken back here.

use domain::auth::{NewToken, TokenInfo, TokenScope};
use leptos::task::spawn_local;

use super::{Head, api};
use crate::prelude::*;

#[component]
pub fn Tokens() -> impl IntoView {
    let tokens = Resource::new(|| (), |()| api::tokens());
    let making = RwSignal::new(false);
    let fresh = RwSignal::new(None::<NewToken>);
    let made = Callback::new(move |token: NewToken| {
        making.set(false);
        fresh.set(Some(token));
        tokens.refetch();
    });
    view! {
        <div class="page narrow">
            <Head title=t("settings.tokens") text=t("settings.tokens_text")>
                <button type="button" class="btn primary" on:click=move |_| making.set(true)>
                    <Icon name="plus" size="s"/>
                    {t("settings.token_new")}
                </button>
            </Head>
            {move || fresh.get().map(|token| view! { <Secret token=token/> })}
            <section class="block">{loaded(tokens, move |list| table(list, tokens, fresh))}</section>
            <Dialog open=making title=Signal::derive(|| t("settings.token_new").to_owned())>
                <Make made=made open=making/>
            </Dialog>
        </div>
    }
    .into_any()
}

/// The one time that the secret is on a screen.
#[component]
fn Secret(token: NewToken) -> impl IntoView {
    let toasts = use_toasts();
    let secret = token.secret.clone();
    let copy = move |_| {
        let secret = secret.clone();
        spawn_local(async move {
            if crate::dom::copy(&secret).await {
                toasts.say(t("state.copied"));
            } else {
                toasts.say(t("state.copy_failed"));
            }
        });
    };
    view! {
        <div class="note good" role="status">
            <Icon name="key"/>
            <b>{t!("settings.token_made", name = token.info.name)}</b>
            <p>{t("settings.token_once")}</p>
        </div>
        <div class="secret">
            <code>{token.secret}</code>
            <button type="button" class="btn" on:click=copy><Icon name="copy" size="s"/>{t("action.copy")}</button>
        </div>
    }
    .into_any()
}

fn table(list: Vec<TokenInfo>, tokens: Resource<Result<Vec<TokenInfo>, Fault>>, fresh: RwSignal<Option<NewToken>>) -> AnyView {
    if list.is_empty() {
        return view! { <EmptyState icon="key" title=t("settings.tokens_none") hint=t("settings.tokens_none_hint")/> }.into_any();
    }
    let toasts = use_toasts();
    let asked = RwSignal::new(None::<TokenInfo>);
    let revoke = move |token: TokenInfo| {
        spawn_local(async move {
            match api::revoke_token(token.id).await {
                Ok(()) => {
                    if fresh.with_untracked(|f| f.as_ref().is_some_and(|f| f.info.id == token.id)) {
                        fresh.set(None);
                    }
                    toasts.say(t!("settings.token_revoked", name = token.name));
                    tokens.refetch();
                }
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    };
    let rows = list
        .into_iter()
        .map(|token| {
            let mine = token.clone();
            let scope = if token.scope == TokenScope::Write { "write" } else { "read" };
            view! {
                <tr>
                    <td><b>{token.name.clone()}</b><br/><code class="faint">{token.prefix.clone()}"…"</code></td>
                    <td data-label=t("settings.token_scope")>{choice_label("scope", scope)}</td>
                    <td data-label=t("settings.token_used")>
                        {match token.last_used_at.clone() {
                            Some(at) => view! { <When at=at/> }.into_any(),
                            None => t("settings.token_never").into_any(),
                        }}
                    </td>
                    <td data-label=t("settings.token_until")>
                        {match token.expires_at.clone() {
                            Some(at) => view! { <When at=at/> }.into_any(),
                            None => t("settings.token_forever").into_any(),
                        }}
                    </td>
                    <td class="rowacts">
                        <button type="button" class="btn danger-quiet small" on:click=move |_| asked.set(Some(mine.clone()))>
                            {t("settings.token_revoke")}
                        </button>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        {cards(&[("field.name", ""), ("settings.token_scope", ""), ("settings.token_used", ""), ("settings.token_until", ""), ("state.actions", "sr")], rows.into_any())}
        <Confirm
            about=Signal::derive(move || asked.get().map(|token| t!("settings.token_revoke_ask", name = token.name)))
            action=t("settings.token_revoke")
            on_close=move |sure| {
                let token = asked.get_untracked();
                asked.set(None);
                if let (true, Some(token)) = (sure, token) {
                    revoke(token);
                }
            }
        />
    }
    .into_any()
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
