//! Letters that nobody would take, for those who run the house: to whom, what about, why, how often tried; sent again or given
//! up, one or all. Fresh whenever it is opened, and from time to time while it is: a letter that was sent again may come back.

use std::sync::Arc;

use domain::mail::{DeadLetter, Outbox};

use super::{Post, api};
use crate::prelude::*;

type List = Resource<Result<Outbox, Fault>>;

const LOOK: mine::Look = mine::Look {
    heads: &["letters.to", "letters.about", "letters.why"],
    icon: "mail",
    none: ("letters.none", "letters.none_hint"),
    sure: "letters.give_up",
};
const NONE_DEAD: mine::Look = mine::Look { none: ("letters.none_dead", "letters.none_hint"), ..LOOK };
const NO_SERVER: mine::Look = mine::Look { none: ("letters.no_server", "letters.no_server_hint"), ..LOOK };

pub fn page() -> AnyView {
    let list = use_context::<Post>().map_or_else(|| Resource::new(|| (), |()| api::dead_letters()), |post| post.0);
    let asked = mine::Asked::new(None);
    // A question that somebody reads is not drawn anew beneath them.
    let again = move || {
        if asked.with_untracked(Option::is_none) {
            list.refetch();
        }
    };
    Effect::new(move |_| {
        list.refetch();
        if let Ok(timer) = set_interval_with_handle(again, std::time::Duration::from_secs(15)) {
            on_cleanup(move || timer.clear());
        }
    });
    let toasts = use_toasts();
    let some = move || list.get().and_then(Result::ok).map_or(0, |o| o.dead.len());
    let all = move || {
        (some() > 1).then(|| {
            let again = move |_| send(toasts, list, None);
            let end = move |_| asked.set(Some((t("letters.give_up_all_ask").to_owned(), Arc::new(move || give_up(toasts, list, None)))));
            view! {
                <button type="button" class="btn danger-quiet" on:click=end>{t("letters.give_up_all")}</button>
                <button type="button" class="btn primary" on:click=again>{t("letters.again_all")}</button>
            }
        })
    };
    view! {
        <div class="page narrow">
            {mine::section_head("settings.letters", "letters.text", Some(view! { <Transition>{all}</Transition> }.into_any()))}
            <section class="block">{loaded(list, move |found| table(found, list, asked, toasts))}</section>
        </div>
    }
    .into_any()
}

fn send(toasts: Toasts, list: List, ids: Option<Vec<String>>) {
    mine::ask(toasts, api::send_dead_again(ids), move |count| {
        toasts.say(tn("letters.sent", i64::try_from(count).unwrap_or(0)));
        list.refetch();
    });
}

fn give_up(toasts: Toasts, list: List, ids: Option<Vec<String>>) {
    mine::ask(toasts, api::give_up_dead(ids), move |count| {
        toasts.say(tn("letters.given_up", i64::try_from(count).unwrap_or(0)));
        list.refetch();
    });
}

fn table(found: Outbox, list: List, asked: mine::Asked, toasts: Toasts) -> AnyView {
    let (server, more, waiting) = (found.server, found.more, found.waiting);
    let look = match server {
        false => &NO_SERVER,
        true if waiting.count > 0 => &NONE_DEAD,
        true => &LOOK,
    };
    let thing = |letter: DeadLetter| {
        let DeadLetter { id, to, name, subject, at, tried_at, tries, problem } = letter;
        let (one, other) = (vec![id.clone()], vec![id]);
        let whom = if name.is_empty() { to.clone() } else { name };
        let question = t!("letters.give_up_ask", to = to.clone(), subject = subject.clone());
        let tried = tn("letters.tries", i64::from(tries));
        let mut acts = Vec::new();
        if server {
            acts.push(mine::Act::now("letters.again", move || send(toasts, list, Some(one.clone()))));
        }
        let end = move || give_up(toasts, list, Some(other.clone()));
        acts.push(mine::Act::asking("letters.give_up", asked, question, end));
        mine::Thing {
            cells: vec![
                mine::named(whom, to),
                view! { <span class="two"><span>{subject}</span><small><When at=at/></small></span> }.into_any(),
                view! { <span class="two"><span class="why">{problem}</span><small>{tried}" · "<When at=tried_at/></small></span> }
                    .into_any(),
            ],
            acts,
        }
    };
    let rows = found.dead.into_iter().map(thing).collect();
    let held = (server && waiting.count > 0).then(|| {
        view! {
            <Banner tone="warn">
                <b>{tn("letters.waiting", waiting.count)}</b>" "
                <When at=waiting.since/>
                {(!waiting.problem.is_empty()).then(|| view! { <br/><span class="why">{waiting.problem}</span> })}
            </Banner>
        }
    });
    view! {
        {held}
        {more.then(|| view! { <p class="muted">{t("letters.more")}</p> })}
        {mine::things(look, asked, rows)}
    }
    .into_any()
}
