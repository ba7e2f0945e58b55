//! The rows of the form: when, about what, and all that "More options" brings.

use domain::time;

use super::super::moves::Scope;
use super::super::words;
use super::model::{Form, weekday_of};
use super::repeat::{Each, Ends, Monthly};
use crate::prelude::*;

/// A row: a picture that stands for its word, and what belongs to it.
pub fn row(icon: &'static str, word: &'static str, inside: AnyView) -> AnyView {
    view! {
        <div class="rw" role="group" aria-label=word>
            <span class="pic" title=word><Icon name=icon/></span>
            <div class="of">{inside}</div>
        </div>
    }
    .into_any()
}

pub fn when(form: Form) -> AnyView {
    let bad = move || form.checked.with(|c| !c.conflicts.is_empty());
    let clock = move |label: &'static str, value: RwSignal<String>, set: fn(&Form, &str)| {
        view! {
            <input
                class="input time"
                type="time"
                step="300"
                aria-label=t(label)
                class:bad=bad
                prop:value=move || value.get()
                value=value.get_untracked()
                on:input=move |event| {
                    let text = event_target_value(&event);
                    if !text.is_empty() {
                        set(&form, &text);
                    }
                }
                on:blur=move |event| again(&event, value)
            />
        }
        .into_any()
    };
    let day = move |label: &'static str, value: RwSignal<String>, set: fn(&Form, &str)| {
        view! {
            <input
                class="input date"
                type="date"
                aria-label=t(label)
                prop:value=move || value.get()
                value=value.get_untracked()
                on:input=move |event| {
                    let text = event_target_value(&event);
                    if !text.is_empty() {
                        set(&form, &text);
                    }
                }
                on:blur=move |event| again(&event, value)
            />
        }
        .into_any()
    };
    let several = Memo::new(move |_| form.all_day.get() || form.full.get() || form.date.get() != form.end_date.get());
    let length = move || match form.when() {
        Some(domain::calendar::When::At(span)) => words::length(words::minutes(span)),
        Some(domain::calendar::When::Days(a, b)) => tn("cal.days", (b - a).num_days()),
        None => String::new(),
    };
    let inside = view! {
        <div class="times">
            <div>
                {day("cal.date", form.date, Form::set_date)}
                <Show when=move || !form.all_day.get()>{clock("field.start", form.start, Form::set_start)}</Show>
            </div>
            <div>
                <span class="faint" aria-hidden="true">"–"</span>
                <Show when=move || !form.all_day.get()>{clock("field.end", form.end, Form::set_end)}</Show>
                <Show when=move || several.get()>{day("cal.end_date", form.end_date, |form, text| form.end_date.set(text.to_owned()))}</Show>
            </div>
            <span class="faint num" aria-live="polite">{length}</span>
            <label class="check whole">
                <input
                    type="checkbox"
                    prop:checked=move || form.all_day.get()
                    on:change=move |event| form.set_all_day(event_target_checked(&event))
                />
                <span>{t("field.all_day")}</span>
            </label>
        </div>
        {move || form.ends_before().then(|| view! { <span class="err" role="alert">{t("error.field.end_before_start")}</span> })}
        {move || error_of(form.error.get().as_ref(), "end").map(|text| view! { <span class="err">{text}</span> })}
    };
    row("clock", t("cal.when"), inside.into_any())
}

/// Company, deal, place.
pub fn about(form: Form) -> AnyView {
    let deal = view! {
        <RefPicker kind=Kind::Deal value=form.deal label=form.deal_name aria=tk("kind.deal") placeholder=tk("cal.add_deal")/>
    };
    let company = view! {
        <RefPicker kind=Kind::Company value=form.company label=form.company_name aria=tk("kind.company") placeholder=tk("cal.add_company")/>
    };
    let place = view! {
        <input
            class="input"
            maxlength="300"
            aria-label=t("field.place")
            placeholder=t("cal.add_place")
            prop:value=move || form.place.get()
            on:input=move |event| form.place.set(event_target_value(&event))
        />
    };
    view! {
        {row("company", t("cal.about"), view! { <div class="pair">{company}{deal}</div> }.into_any())}
        {row("pin", t("field.place"), place.into_any())}
    }
    .into_any()
}

/// Everything else.
pub fn more(form: Form) -> AnyView {
    let boxes = view! {
        <div class="boxes">
            <Checkbox value=form.busy label=t("cal.shows_busy")/>
            <Checkbox value=form.tentative label=t("cal.tentative")/>
            <Checkbox value=form.private label=t("cal.private_hint")/>
        </div>
    };
    let travel = view! {
        <div class="pair">
            <label class="small"><span>{t("cal.travel_before")}</span><NumberInput value=form.before label=tk("cal.travel_before") unit=tk("cal.min")/></label>
            <label class="small"><span>{t("cal.travel_after")}</span><NumberInput value=form.after label=tk("cal.travel_after") unit=tk("cal.min")/></label>
        </div>
    };
    let notes = view! {
        <label>
            <span class="sr">{t("field.event.body")}</span>
            <TextArea value=form.body rows=3 placeholder=tk("cal.add_notes")/>
        </label>
        <p class="faint">{t("cal.notes_shared")}</p>
    };
    view! {
        // One occurrence repeats nothing.
        {(form.origin.with_value(|o| o.as_ref().and_then(|o| o.scope)) != Some(Scope::This))
            .then(|| row("repeat", t("cal.repeats"), repeat(form)))}
        {row("globe", t("field.zone"), view! { <Show when=move || !form.all_day.get() fallback=|| view! { <span class="faint">{t("cal.no_zone")}</span> }><ZoneSelect value=form.zone/></Show> }.into_any())}
        {row("eye", t("cal.shown_as"), boxes.into_any())}
        {row("swap", t("cal.travel"), travel.into_any())}
        {row("bell", t("field.reminders"), reminders(form))}
        {row("note", t("field.event.body"), notes.into_any())}
    }
    .into_any()
}

fn reminders(form: Form) -> AnyView {
    const STEPS: [u32; 8] = [0, 5, 10, 15, 30, 60, 1440, 10_080];
    let text = |minutes: u32| if minutes == 0 { tk("cal.at_start") } else { t!("cal.before", time = words::length(i64::from(minutes))) };
    let chips = move || {
        form.reminders
            .get()
            .into_iter()
            .enumerate()
            .map(|(n, (minutes, way))| {
                let label = text(minutes);
                let remove = t!("action.remove_named", name = label);
                let way = tk(&format!("cal.way.{way}"));
                view! {
                    <span class="chip on">
                        <span>{label}" · "{way}</span>
                        <button
                            type="button"
                            aria-label=remove
                            on:click=move |_| {
                                form.reminders.update(|all| {
                                    if n < all.len() {
                                        all.remove(n);
                                    }
                                })
                            }
                        >
                            <Icon name="x"/>
                        </button>
                    </span>
                }
            })
            .collect_view()
    };
    let way = RwSignal::new("app".to_owned());
    let ways = Signal::derive(|| ["app", "browser", "email"].map(|w| (w.to_owned(), tk(&format!("cal.way.{w}")))).to_vec());
    let options = STEPS.map(|m| view! { <option value=m.to_string()>{text(m)}</option> }).collect_view();
    view! {
        <div class="who">
            {chips}
            <select
                class="input select"
                aria-label=t("cal.add_reminder")
                prop:value=""
                on:change=move |event| {
                    if let Ok(minutes) = event_target_value(&event).parse::<u32>() {
                        let one = (minutes, way.get_untracked());
                        form.reminders.update(|all| {
                            if !all.contains(&one) && all.len() < 10 {
                                all.push(one);
                            }
                        });
                    }
                    #[cfg(feature = "hydrate")]
                    {
                        use wasm_bindgen::JsCast;
                        if let Some(list) = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlSelectElement>().ok()) {
                            list.set_value("");
                        }
                    }
                }
            >
                <option value="">{t("cal.add_reminder")}</option>
                {options}
            </select>
            <Select value=way options=ways label=tk("cal.way")/>
        </div>
    }
    .into_any()
}

/// Emptied it is no time: what holds stands in it again.
fn again(event: &leptos::ev::FocusEvent, value: RwSignal<String>) {
    event_target::<leptos::web_sys::HtmlInputElement>(event).set_value(&value.get_untracked());
}

fn repeat(form: Form) -> AnyView {
    let each = Memo::new(move |_| form.repeat.with(|r| r.each));
    let first = Memo::new(move |_| time::parse_date(&form.date.get()).unwrap_or_default());
    let options = Each::ALL
        .map(|e| view! { <option value=e.name() prop:selected=move || each.get() == e>{tk(&format!("cal.each.{}", e.name()))}</option> })
        .collect_view();
    let counted = move || matches!(each.get(), Each::Day | Each::Week | Each::Month | Each::Year);
    let interval = move || {
        view! {
            <label class="small">
                <span>{t("cal.every")}</span>
                <input
                    class="input num tiny"
                    type="number"
                    min="1"
                    max="999"
                    prop:value=move || form.repeat.with(|r| r.interval.max(1).to_string())
                    on:input=move |event| {
                        let n = event_target_value(&event).parse::<u32>().unwrap_or(1).clamp(1, 999);
                        form.repeat.update(|r| r.interval = n);
                    }
                />
            </label>
        }
    };
    let days = move || {
        (0_u32..7)
            .map(|n| {
                let on =
                    move || form.repeat.with(|r| r.days.contains(&n) || (r.days.is_empty() && weekday_of(&form.date.get()) == Some(n)));
                view! {
                    <button
                        type="button"
                        class="chip round"
                        aria-pressed=move || if on() { "true" } else { "false" }
                        aria-label=tk(&format!("cal.weekday.{n}"))
                        on:click=move |_| {
                            let own = weekday_of(&form.date.get_untracked());
                            form.repeat.update(|r| {
                                if r.days.is_empty() {
                                    r.days.extend(own);
                                }
                                if r.days.contains(&n) && r.days.len() > 1 {
                                    r.days.retain(|d| *d != n);
                                } else if !r.days.contains(&n) {
                                    r.days.push(n);
                                }
                            })
                        }
                    >
                        {tk(&format!("cal.wd.{n}"))}
                    </button>
                }
            })
            .collect_view()
    };
    let monthly = move || {
        let first = first.get();
        [Monthly::Date, Monthly::Weekday, Monthly::Last]
            .map(|m| {
                let sample = super::repeat::Repeat { each: Each::Month, monthly: m, ..Default::default() };
                let on = move || form.repeat.with(|r| r.monthly == m);
                view! {
                    <label class="check">
                        <input type="radio" name="cal-monthly" prop:checked=on on:change=move |_| form.repeat.update(|r| r.monthly = m)/>
                        <span>{super::repeat::sentence(&sample, first)}</span>
                    </label>
                }
            })
            .collect_view()
    };
    let custom = move || {
        view! {
            <input
                class="input"
                aria-label="RRULE"
                placeholder="FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"
                spellcheck="false"
                prop:value=move || form.repeat.with(|r| r.custom.clone())
                on:input=move |event| form.repeat.update(|r| r.custom = event_target_value(&event))
            />
        }
    };
    view! {
        <div class="repeat">
            <div class="times">
                <select
                    class="input select"
                    aria-label=t("cal.repeats")
                    on:change=move |event| {
                        let each = Each::parse(&event_target_value(&event));
                        let first = first.get_untracked();
                        form.repeat.update(|r| {
                            if each == Each::Custom && r.custom.is_empty() {
                                r.custom = r.rule(first).unwrap_or_default();
                            }
                            r.each = each;
                        });
                    }
                >
                    {options}
                </select>
                <Show when=counted>{interval()}</Show>
                <Show when=move || each.get() != Each::Never && each.get() != Each::Custom>{ends(form)}</Show>
            </div>
            <Show when=move || each.get() == Each::Week><div class="who">{days()}</div></Show>
            <Show when=move || each.get() == Each::Month>{monthly()}</Show>
            <Show when=move || each.get() == Each::Custom>{custom()}</Show>
            <p class="muted sentence" aria-live="polite">{move || form.repeat.with(|r| super::repeat::sentence(r, first.get()))}</p>
            {move || form.begins_later().map(|day| view! { <p class="faint">{t!("cal.begins_on", date = fmt().date_short(&time::date(day)))}</p> })}
            {move || {
                let until = form.checked.with(|c| c.checked_until.clone()).filter(|_| each.get() != Each::Never)?;
                let date = fmt().date(until.get(..10)?);
                Some(view! { <p class="faint">{t!("cal.checked_until", date = date)}</p> })
            }}
            {move || error_of(form.error.get().as_ref(), "rrule").map(|text| view! { <span class="err">{text}</span> })}
        </div>
    }
    .into_any()
}

fn ends(form: Form) -> AnyView {
    let kind = Memo::new(move |_| {
        form.repeat.with(|r| match r.ends {
            Ends::Never => "never",
            Ends::On(_) => "on",
            Ends::After(_) => "after",
        })
    });
    let options = ["never", "on", "after"]
        .map(|e| view! { <option value=e prop:selected=move || kind.get() == e>{tk(&format!("cal.ends.{e}"))}</option> })
        .collect_view();
    let date = move || {
        form.repeat.with(|r| match &r.ends {
            Ends::On(date) => date.clone(),
            _ => String::new(),
        })
    };
    let count = move || {
        form.repeat.with(|r| match r.ends {
            Ends::After(n) => n.to_string(),
            _ => String::new(),
        })
    };
    view! {
        <select
            class="input select"
            aria-label=t("cal.ends")
            on:change=move |event| {
                let to = match event_target_value(&event).as_str() {
                    "on" => {
                        let first = time::parse_date(&form.date.get_untracked()).unwrap_or_default();
                        Ends::On(time::date(time::shift(first, 90)))
                    }
                    "after" => Ends::After(10),
                    _ => Ends::Never,
                };
                form.repeat.update(|r| r.ends = to);
            }
        >
            {options}
        </select>
        {move || {
            (kind.get() == "on")
                .then(|| {
                    view! {
                        <input
                            class="input date"
                            type="date"
                            aria-label=t("cal.ends.on")
                            prop:value=date
                            on:change=move |event| form.repeat.update(|r| r.ends = Ends::On(event_target_value(&event)))
                        />
                    }
                })
        }}
        {move || {
            (kind.get() == "after")
                .then(|| {
                    view! {
                        <input
                            class="input num tiny"
                            type="number"
                            min="1"
                            max="1000"
                            aria-label=t("cal.ends.after")
                            prop:value=count
                            on:input=move |event| {
                                let n = event_target_value(&event).parse::<u32>().unwrap_or(1).clamp(1, 1000);
                                form.repeat.update(|r| r.ends = Ends::After(n));
                            }
                        />
                    }
                })
        }}
    }
    .into_any()
}
