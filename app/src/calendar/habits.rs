//! Settings of the calendar: working hours, days off, and how seriously conflicts are taken; of oneself, of a team, of the
//! whole house. What a narrower circle does not say, the wider one says for it.

use domain::calendar::view::{Habits, Whose};
use domain::calendar::{DayOff, Level, Policy};
use domain::rights::Power;
use leptos::task::spawn_local;

use super::hours;
use super::{api, words};
use crate::prelude::*;

/// Which tab: one's own, a team's, a resource's, the house's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Circle {
    Own,
    Team(Option<Id>),
    Resource(Option<Id>),
    House,
}

#[component]
pub fn HabitsPage() -> impl IntoView {
    let me = use_me();
    let runs = me.who().has(Power::ManageWorkspace);
    let leads = runs || me.who().may_some(domain::rights::Act::Edit, Kind::Team);
    let circle = RwSignal::new(Circle::Own);
    let team = RwSignal::new(me.team);
    let team_name = RwSignal::new(String::new());
    let keeps = me.who().may_some(domain::rights::Act::Edit, Kind::Resource);
    let resource = RwSignal::new(None);
    let resource_name = RwSignal::new(String::new());
    let tabs = move || {
        let mut all = vec![("own".to_owned(), tk("cal.habits.own"), None)];
        if leads {
            all.push(("team".to_owned(), tk("cal.habits.team"), None));
        }
        if keeps {
            all.push(("resource".to_owned(), tk("kind.resource"), None));
        }
        if runs {
            all.push(("house".to_owned(), tk("cal.habits.house"), None));
        }
        all
    };
    let value = Signal::derive(move || {
        match circle.get() {
            Circle::Own => "own",
            Circle::Team(_) => "team",
            Circle::Resource(_) => "resource",
            Circle::House => "house",
        }
        .to_owned()
    });
    let choose = Callback::new(move |name: String| {
        circle.set(match name.as_str() {
            "team" => Circle::Team(team.get_untracked()),
            "resource" => Circle::Resource(resource.get_untracked()),
            "house" => Circle::House,
            _ => Circle::Own,
        });
    });
    let picked = Callback::new(move |hit: Option<domain::list::Hit>| circle.set(Circle::Team(hit.map(|h| h.id))));
    let picked_resource = Callback::new(move |hit: Option<domain::list::Hit>| circle.set(Circle::Resource(hit.map(|h| h.id))));
    view! {
        <div class="page narrow habits">
            <header class="sechead">
                <h2>{t("cal.habits.title")}</h2>
                <p>{t("cal.habits.text")}</p>
            </header>
            <Tabs value=value options=Signal::derive(tabs) label=tk("cal.habits.title") on_change=choose/>
            {move || {
                matches!(circle.get(), Circle::Team(_))
                    .then(|| {
                        view! {
                            <section class="block">
                                <Field label=t("kind.team")><RefPicker kind=Kind::Team value=team label=team_name on_change=picked/></Field>
                            </section>
                        }
                    })
            }}
            {move || {
                matches!(circle.get(), Circle::Resource(_))
                    .then(|| {
                        view! {
                            <section class="block">
                                <Field label=t("kind.resource")>
                                    <RefPicker kind=Kind::Resource value=resource label=resource_name on_change=picked_resource/>
                                </Field>
                            </section>
                        }
                    })
            }}
            {move || whose(circle.get(), me.id).map(|whose| view! { <Form whose=whose/> })}
        </div>
    }
    .into_any()
}

/// `None`: it is not chosen yet which.
fn whose(circle: Circle, me: Id) -> Option<Whose> {
    match circle {
        Circle::Own => Some(Whose::User(me)),
        Circle::Team(team) => team.map(Whose::Team),
        Circle::Resource(resource) => resource.map(Whose::Resource),
        Circle::House => Some(Whose::House),
    }
}

#[component]
fn Form(whose: Whose) -> impl IntoView {
    let read = Resource::new(|| (), move |()| api::habits_of(whose));
    view! { {loaded(read, move |habits| fields(whose, habits))} }.into_any()
}

const LEVELS: [Level; 3] = [Level::Off, Level::Warn, Level::Strict];
const RULES: [&str; 8] = ["people", "contact", "company", "resource", "hours", "holiday", "leave", "travel"];

const fn level_name(level: Level) -> &'static str {
    match level {
        Level::Off => "off",
        Level::Warn => "warn",
        Level::Strict => "strict",
    }
}

fn rule<'a>(policy: &'a mut Policy, name: &str) -> Option<&'a mut Level> {
    Some(match name {
        "people" => &mut policy.people,
        "contact" => &mut policy.contact,
        "company" => &mut policy.company,
        "resource" => &mut policy.resource,
        "hours" => &mut policy.hours,
        "holiday" => &mut policy.holiday,
        "leave" => &mut policy.leave,
        "travel" => &mut policy.travel,
        _ => return None,
    })
}

fn fields(of: Whose, habits: Habits) -> AnyView {
    let toasts = use_toasts();
    let version = StoredValue::new(habits.version);
    let own_hours = RwSignal::new(habits.working_hours.is_some() || of == Whose::House);
    let known = habits.working_hours.clone().unwrap_or_default();
    let days: [RwSignal<String>; 7] =
        std::array::from_fn(|n| RwSignal::new(known.week.get(n).map(|d| hours::write(d)).unwrap_or_default()));
    let known = StoredValue::new(known);
    let wrong = RwSignal::new(None::<usize>);
    let holidays = RwSignal::new(habits.holidays.clone());
    let own_rules = RwSignal::new(habits.conflict_rules.is_some() || of == Whose::House);
    let rules = RwSignal::new(habits.conflict_rules.unwrap_or_default());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let own_hours_key = if matches!(of, Whose::Resource(_)) { "cal.habits.own_hours_resource" } else { "cal.habits.own_hours" };
    let has_rules = !matches!(of, Whose::User(_));
    let has_days_off = matches!(of, Whose::Team(_) | Whose::House);
    let save = Callback::new(move |()| {
        let typed: Vec<String> = days.iter().map(|d| d.get_untracked()).collect();
        let hours = match hours::week(&typed, &known.get_value()) {
            Ok(hours) => hours,
            Err(day) => return wrong.set(Some(day)),
        };
        wrong.set(None);
        let habits = Habits {
            version: version.get_value(),
            working_hours: own_hours.get_untracked().then_some(hours),
            holidays: holidays.get_untracked().into_iter().filter(|d| !d.name.trim().is_empty()).collect(),
            conflict_rules: (has_rules && own_rules.get_untracked()).then(|| rules.get_untracked()),
        };
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = api::save_habits(of, habits).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(saved) => {
                    version.try_set_value(saved.version);
                    toasts.say(t("settings.saved"));
                }
                Err(Fault(problem)) => toasts.refused(error, problem),
            }
        });
    });
    let week = days
        .into_iter()
        .enumerate()
        .map(|(n, value)| {
            let label = tk(&format!("cal.weekday.{n}"));
            let problem = Signal::derive(move || (wrong.get() == Some(n)).then(|| tk("cal.habits.day_wrong")));
            view! { <Field label=label error=problem><TextInput value=value placeholder=tk("cal.habits.free")/></Field> }
        })
        .collect_view();
    let policy = move || {
        RULES
            .map(|name| {
                let level = move || rules.with(|r| rule(&mut r.clone(), name).map(|l| *l).unwrap_or_default());
                let options = LEVELS
                    .map(|l| view! { <option value=level_name(l) prop:selected=move || level() == l>{tk(&format!("cal.level.{}", level_name(l)))}</option> })
                    .collect_view();
                view! {
                    <div class="field">
                        <label>
                            {tk(&format!("cal.policy.{name}"))}
                            <select
                                class="input select"
                                on:change=move |event| {
                                    let to = LEVELS.into_iter().find(|l| level_name(*l) == event_target_value(&event)).unwrap_or_default();
                                    rules.update(|r| {
                                        if let Some(slot) = rule(r, name) {
                                            *slot = to;
                                        }
                                    });
                                }
                            >
                                {options}
                            </select>
                        </label>
                    </div>
                }
            })
            .collect_view()
    };
    let hours_error = error_in(error, "working_hours");
    form(
        "habitform",
        save,
        view! {
            <section class="block">
                <h3>{t("field.working_hours")}</h3>
                <Show when=move || of != Whose::House><Checkbox value=own_hours label=t(own_hours_key)/></Show>
                <fieldset class="weekfields" disabled=move || !own_hours.get()><legend class="sr">{t("field.working_hours")}</legend>{week}</fieldset>
                <p class="hint">{t("cal.habits.hours_hint")}</p>
                {move || hours_error.get().map(|text| view! { <p class="err" role="alert">{text}</p> })}
            </section>
            {has_days_off
                .then(|| {
                    view! {
                        <section class="block">
                            <h3>{t("cal.habits.holidays")}</h3>
                            <p class="muted">{t("cal.habits.holidays_hint")}</p>
                            {days_off(holidays)}
                        </section>
                    }
                })}
            {has_rules
                .then(|| {
                    view! {
                        <section class="block">
                            <h3>{t("field.conflict_rules")}</h3>
                            <p class="muted">{t("cal.habits.rules_hint")}</p>
                            <Show when=move || of != Whose::House><Checkbox value=own_rules label=t("cal.habits.own_rules")/></Show>
                            <fieldset class="fields" disabled=move || !own_rules.get()><legend class="sr">{t("field.conflict_rules")}</legend>{policy()}</fieldset>
                        </section>
                    }
                })}
            <div class="formfoot"><Button look="primary large" busy=busy>{t("action.save")}</Button></div>
        }
        .into_any(),
    )
}

fn days_off(all: RwSignal<Vec<DayOff>>) -> AnyView {
    let date = RwSignal::new(String::new());
    let name = RwSignal::new(String::new());
    let add = move |_| {
        let Some(day) = domain::time::parse_date(&date.get_untracked()) else { return };
        let called = name.get_untracked().trim().to_owned();
        if called.is_empty() {
            return;
        }
        all.update(|list| {
            list.retain(|d| d.date != day);
            list.push(DayOff { date: day, name: called });
            list.sort_by_key(|d| d.date);
        });
        date.set(String::new());
        name.set(String::new());
    };
    let rows = move || {
        all.get()
            .into_iter()
            .map(|day| {
                let label = t!("action.remove_named", name = day.name);
                let at = day.date;
                view! {
                    <li>
                        <span class="num">{fmt().date(&domain::time::date(at))}</span>
                        <span class="faint">{words::weekday_short(at)}</span>
                        <span class="clip grow">{day.name.clone()}</span>
                        <button type="button" class="btn quiet icon small" aria-label=label on:click=move |_| all.update(|l| l.retain(|d| d.date != at))>
                            <Icon name="x" size="s"/>
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <ul class="daysoff">{rows}</ul>
        <div class="row wrap">
            <DateInput value=date label=tk("cal.date")/>
            <input
                class="input grow"
                maxlength="120"
                aria-label=t("cal.habits.holiday_name")
                placeholder=t("cal.habits.holiday_name")
                prop:value=move || name.get()
                on:input=move |event| name.set(event_target_value(&event))
            />
            <button type="button" class="btn" on:click=add>{t("action.add")}</button>
        </div>
    }
    .into_any()
}
