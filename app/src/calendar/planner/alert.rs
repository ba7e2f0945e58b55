//! The alert that comes while one types: who is elsewhere, in what, until when; times that suit everybody, one press away; and
//! for who saves it anyway a place to say why.

use super::super::words;
use super::model::Form;
use super::said::{self, Said};
use crate::prelude::*;

/// More than these nobody reads.
const MOST: usize = 4;
const OFFERED: usize = 4;

pub fn alert(form: Form) -> AnyView {
    let any = Memo::new(move |_| form.checked.with(|c| !c.conflicts.is_empty()));
    let lines = Memo::new(move |_| form.checked.with(|c| said::all(form.desk, &c.conflicts)));
    let open = RwSignal::new(false);
    let view = move || {
        any.get().then(|| {
            view! {
                <div class="note warn clashes" class:bad=move || form.checked.with(|c| c.refused)>
                    <Icon name="alert"/>
                    <b>{move || form.checked.with(|c| said::headline(form.desk.me, &c.conflicts))}</b>
                    <ul>
                        {move || lines.get().into_iter().take(if open.get() { usize::MAX } else { MOST }).map(line).collect_view()}
                        {move || {
                            let rest = lines.with(Vec::len).saturating_sub(MOST);
                            let text = tn("cal.more", i64::try_from(rest.max(1)).unwrap_or(1));
                            if rest > 0 && !open.get() {
                                let all = view! { <li><button type="button" class="linkish" on:click=move |_| open.set(true)>{text}</button></li> };
                                return Some(all.into_any());
                            }
                            (rest == 0 && form.checked.with(|c| c.more)).then(|| view! { <li class="faint">{text}</li> }.into_any())
                        }}
                    </ul>
                    {move || form.checked.with(|c| c.refused).then(|| view! { <p class="rule"><Icon name="lock" size="s"/>{t("cal.alert.refused")}</p> })}
                    {move || offered(form)}
                    <Show when=move || !form.checked.with(|c| c.refused)>
                        <label class="why">
                            <span>{t("cal.alert.reason")}</span>
                            <input
                                class="input small"
                                maxlength="500"
                                placeholder=t("cal.alert.reason_hint")
                                prop:value=move || form.reason.get()
                                on:input=move |event| form.reason.set(event_target_value(&event))
                            />
                        </label>
                    </Show>
                </div>
            }
        })
    };
    // Always there, so that screen readers hear what appears in it.
    view! { <div role="alert" class="alerted">{view}</div> }.into_any()
}

fn line(said: Said) -> AnyView {
    let picture = if said.person {
        view! { <Avatar name=said.name.clone() beside=true/> }.into_any()
    } else {
        view! { <Mark name=said.name.clone()/> }.into_any()
    };
    let what = match said.href {
        // Beside: what is typed here stays.
        Some(href) => view! { <a class="clip" href=href target="_blank">{said.what}</a> }.into_any(),
        None => view! { <span class="clip">{said.what}</span> }.into_any(),
    };
    view! { <li>{picture}<strong class="clip">{said.who}</strong><time>{said.when}</time>{what}</li> }.into_any()
}

fn offered(form: Form) -> AnyView {
    let times = form.checked.with(|c| c.suggestions.clone());
    if times.is_empty() {
        return view! { <p class="faint none">{t("cal.alert.no_time")}</p> }.into_any();
    }
    let buttons = times
        .into_iter()
        .take(OFFERED)
        .map(|span| {
            view! {
                <button type="button" class="btn" on:click=move |_| {
                    form.take(span);
                    // The alert goes, and the button with it: what comes next is to save.
                    request_animation_frame(|| {
                        crate::dom::focus(".planner footer [type=submit]");
                    });
                }>
                    <Icon name="check" size="s"/>
                    <span>{words::when(form.desk, form.offered(span))}</span>
                </button>
            }
        })
        .collect_view();
    view! { <div class="times"><small>{t("cal.alert.free")}</small>{buttons}</div> }.into_any()
}
