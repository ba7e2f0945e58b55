//! Charts without a library: upright bars as SVG, lying bars as HTML. What is drawn first is the same on server and
//! browser (a fixed width, whole numbers only); once the page lives it is drawn again at the width that is there.

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;

mod scale;
mod width;

pub use scale::{Scale, share};
pub use width::measured;

/// One kind of bar of every group. `class`: `s1` … `s6`, `prior`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    pub name: String,
    pub class: &'static str,
}

/// A bar: what it is worth in whole units, how that reads, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub value: i64,
    pub text: String,
    pub note: String,
    pub href: String,
}

/// Bars that stand together, one for each series. `label` goes below; `sub` (the year) below that where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub label: String,
    pub sub: String,
    pub title: String,
    pub marks: Vec<Mark>,
}

const START_WIDTH: i64 = 720;
const HEIGHT: i64 = 236;
const TOP: i64 = 10;
/// More groups than this have no room for months: only years are named.
const MANY: usize = 26;

#[component]
pub fn Legend(series: Vec<Series>) -> impl IntoView {
    let items = series.into_iter().map(|s| view! { <span><i class=s.class></i>{s.name}</span> }).collect_view();
    view! { <div class="legend" aria-hidden="true">{items}</div> }.into_any()
}

/// Upright bars. One stop of the Tab key: arrows walk from bar to bar, Enter follows the bar's link.
#[component]
pub fn Columns(
    #[prop(into)] label: String,
    series: Vec<Series>,
    /// The groups, and what is passed to `axis`. New ones change the bars that are there.
    plan: Signal<(Vec<Group>, String)>,
    /// How a value reads at the axis.
    axis: fn(i64, &str) -> String,
) -> impl IntoView {
    let node = NodeRef::<Div>::new();
    let width = measured(node, START_WIDTH);
    let tip = RwSignal::new(None::<usize>);
    let lay = move |groups: &[Group], unit: &str| {
        let highest = groups.iter().flat_map(|g| &g.marks).map(|m| m.value).max().unwrap_or(0);
        let scale = Scale::upto(highest);
        let ticks: Vec<(i64, String)> = scale.ticks().map(|v| (v, axis(v, unit))).collect();
        let widest = ticks.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0);
        // Wide characters need twice the room.
        let wide = ticks.iter().flat_map(|(_, text)| text.chars()).any(|c| c > '\u{2e80}');
        let left = i64::try_from(widest).unwrap_or(8) * 6 + if wide { 18 } else { 12 };
        (scale, ticks, left)
    };
    let series = StoredValue::new(series);
    let keydown = move |event: KeyboardEvent| walk(&event);
    let picture = move || {
        let w = width.get().max(160);
        plan.with(|(groups, unit)| {
            let (scale, ticks, left) = lay(groups, unit);
            series.with_value(|series| draw(w, left, &scale, groups, series, &ticks, tip))
        })
    };
    let tooltip = move || {
        let (w, at) = (width.get().max(160), tip.get()?);
        plan.with(|(groups, unit)| {
            let (scale, _, left) = lay(groups, unit);
            series.with_value(|series| tooltip(at, w, left, &scale, groups, series))
        })
    };
    view! {
        <div class="plot" node_ref=node role="group" aria-label=label on:keydown=keydown on:mouseleave=move |_| tip.set(None)>
            {picture}
            {tooltip}
        </div>
    }
    .into_any()
}

/// Left edge and width of the place of a group.
fn place(i: usize, count: usize, left: i64, width: i64) -> (i64, i64) {
    let at = |i: usize| left + (width - left) * i64::try_from(i).unwrap_or(0) / i64::try_from(count.max(1)).unwrap_or(1);
    (at(i), at(i + 1) - at(i))
}

fn draw(
    width: i64,
    left: i64,
    scale: &Scale,
    groups: &[Group],
    series: &[Series],
    ticks: &[(i64, String)],
    tip: RwSignal<Option<usize>>,
) -> AnyView {
    let many = groups.len() > MANY;
    let years = groups.iter().any(|g| !g.sub.is_empty());
    let floor = HEIGHT - if many || !years { 22 } else { 36 };
    let tall = floor - TOP;
    let y = move |v: i64| floor - share(v, scale.top, tall);
    let lines = ticks
        .iter()
        .map(|(v, text)| {
            let at = y(*v);
            view! {
                <g aria-hidden="true">
                    <line class=if *v == 0 { "base" } else { "grid" } x1=left x2=width y1=at y2=at></line>
                    <text class="fin" x=left - 8 y=at + 4>{text.clone()}</text>
                </g>
            }
        })
        .collect_view();
    let (_, each) = place(0, groups.len(), left, width);
    let step = usize::try_from(44 / each.max(1) + 1).unwrap_or(1);
    let mut first = true;
    let bars = groups
        .iter()
        .enumerate()
        .map(|(i, group)| {
            let (x, w) = place(i, groups.len(), left, width);
            let mid = x + w / 2;
            let name = if many {
                group.sub.clone()
            } else if i % step == 0 {
                group.label.clone()
            } else {
                String::new()
            };
            let year = if many { String::new() } else { group.sub.clone() };
            let count = i64::try_from(group.marks.len().max(1)).unwrap_or(1);
            let bar = ((w - 4).max(count) * 3 / 4 / count).clamp(1, 28);
            let start = mid - bar * count / 2;
            let marks = group
                .marks
                .iter()
                .zip(series)
                .enumerate()
                .map(|(k, (mark, of))| {
                    let bx = start + bar * i64::try_from(k).unwrap_or(0);
                    let top = if mark.value > 0 { y(mark.value).min(floor - 1) } else { floor };
                    let stop = std::mem::take(&mut first);
                    let said = format!("{}, {}: {}, {}", group.title, of.name, mark.text, mark.note);
                    view! {
                        <g>
                            <a
                                class="bar"
                                href=mark.href.clone()
                                aria-label=said
                                tabindex=if stop { "0" } else { "-1" }
                                on:focus=move |_| tip.set(Some(i))
                                on:blur=move |_| tip.set(None)
                            >
                                <rect class="hit" x=bx y=TOP width=bar height=tall></rect>
                                <rect class=of.class x=bx y=top width=(bar - 1).max(1) height=floor - top rx="2"></rect>
                            </a>
                        </g>
                    }
                })
                .collect_view();
            view! {
                <g on:mouseenter=move |_| tip.set(Some(i))>
                    <rect class="hit" x=x y=TOP width=w height=HEIGHT - TOP></rect>
                    {marks}
                    <text class="mid" aria-hidden="true" x=mid y=floor + 16>{name}</text>
                    <text class="mid m" aria-hidden="true" x=mid y=floor + 31>{year}</text>
                </g>
            }
        })
        .collect_view();
    view! { <svg class="g" viewBox=format!("0 0 {width} {HEIGHT}")>{lines}{bars}</svg> }.into_any()
}

fn tooltip(i: usize, width: i64, left: i64, scale: &Scale, groups: &[Group], series: &[Series]) -> Option<AnyView> {
    let group = groups.get(i)?;
    let (x, w) = place(i, groups.len(), left, width);
    let highest = group.marks.iter().map(|m| m.value).max().unwrap_or(0);
    let floor = HEIGHT - 36;
    let top = floor - share(highest, scale.top, floor - TOP);
    // A high bar must not push its words out of the tile.
    let style = format!("--x:{}px;--y:{}px", x + w / 2, top.max(64));
    let rows = group
        .marks
        .iter()
        .zip(series)
        .map(|(mark, of)| {
            view! { <div><dt><i class=of.class></i>{of.name.clone()}</dt><dd>{mark.text.clone()}" · "{mark.note.clone()}</dd></div> }
        })
        .collect_view();
    Some(view! { <div class="charttip" style=style aria-hidden="true"><b>{group.title.clone()}</b><dl>{rows}</dl></div> }.into_any())
}

/// Arrow keys, Home and End among the bars of a chart.
fn walk(event: &KeyboardEvent) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let Some(root) = event.current_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) else { return };
        let Ok(list) = root.query_selector_all("a.bar") else { return };
        let all: Vec<web_sys::Element> = (0..list.length()).filter_map(|i| list.get(i)?.dyn_into().ok()).collect();
        let here = document().active_element();
        let at = all.iter().position(|e| here.as_ref() == Some(e)).unwrap_or(0);
        let last = all.len().saturating_sub(1);
        let next = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => (at + 1).min(last),
            "ArrowLeft" | "ArrowUp" => at.saturating_sub(1),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        if let (Some(old), Some(new)) = (all.get(at), all.get(next)) {
            let _ = old.set_attribute("tabindex", "-1");
            let _ = new.set_attribute("tabindex", "0");
            // SVG links have no type of their own here; every element that can hold the focus has this method.
            if let Ok(focus) = js_sys::Reflect::get(new, &"focus".into())
                && let Ok(focus) = focus.dyn_into::<js_sys::Function>()
            {
                let _ = focus.call0(new);
            }
        }
    }
    let _ = event;
}

/// A lying bar: the whole in a light colour, a part of it in a strong one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lying {
    pub key: String,
    pub name: String,
    pub note: String,
    pub value: i64,
    pub part: i64,
    pub text: String,
    /// The part in words, for the tooltip and screen readers.
    pub part_text: String,
    pub href: String,
}

/// Lying bars; rows stay where they are while their values change.
#[component]
pub fn LyingBars(rows: Signal<Vec<Lying>>) -> impl IntoView {
    let highest = Memo::new(move |_| rows.with(|r| r.iter().map(|l| l.value).max().unwrap_or(0)));
    view! {
        <ol class="hbars">
            <For each=move || rows.get() key=|row| row.key.clone() let:row>
                {
                    let key = row.key.clone();
                    let row = Memo::new(move |_| rows.with(|r| r.iter().find(|l| l.key == key).cloned()).unwrap_or_else(|| row.clone()));
                    let percent = move |v: i64| format!("--p:{}", share(v, highest.get(), 100));
                    view! {
                        <li>
                            <a
                                href=move || row.with(|r| r.href.clone())
                                title=move || row.with(|r| r.part_text.clone())
                                aria-label=move || row.with(|r| format!("{}: {}, {}, {}", r.name, r.text, r.part_text, r.note))
                            >
                                <span class="t">{move || row.with(|r| r.name.clone())}<small>{move || row.with(|r| r.note.clone())}</small></span>
                                <span class="track">
                                    <i class="r4" style=move || percent(row.with(|r| r.value))></i>
                                    <i class="s1" style=move || percent(row.with(|r| r.part))></i>
                                </span>
                                <span class="b num">{move || row.with(|r| r.text.clone())}</span>
                            </a>
                        </li>
                    }
                }
            </For>
        </ol>
    }
    .into_any()
}
