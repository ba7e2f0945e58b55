//! A tile: its title, the switch between picture and table, its file, and what to say when there is nothing.

use super::csv;
use crate::prelude::*;

/// A table of the figures that a picture shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Heading, and whether it is over numbers.
    pub head: Vec<(String, bool)>,
    pub rows: Vec<Line>,
}

/// A row: its cells (the first is a name) and where it leads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    pub cells: Vec<Cell>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    pub text: String,
    pub href: String,
}

impl Cell {
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), href: String::new() }
    }

    pub fn link(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into() }
    }
}

pub struct Tile {
    pub title: &'static str,
    pub sub: Signal<String>,
    pub class: &'static str,
    /// Name of the file, without its ending.
    pub file: &'static str,
    pub nothing: Signal<bool>,
    pub nothing_text: &'static str,
    /// All rows in plain figures, the head first.
    pub csv: Callback<(), Vec<Vec<String>>>,
    pub chart: ViewFn,
    /// None: the picture is a table already.
    pub table: Option<Signal<Table>>,
}

impl Tile {
    pub fn view(self) -> AnyView {
        let Self { title, sub, class, file, nothing, nothing_text, csv, chart, table } = self;
        let as_table = RwSignal::new(false);
        // New figures change the picture that is there: it is drawn anew only where there was none, or is none now.
        let nothing = Memo::new(move |_| nothing.get());
        let switch = table.map(|_| {
            let side = move |on: bool, icon: &'static str, label: &'static str| {
                view! {
                    <button
                        type="button"
                        aria-label=label
                        title=label
                        aria-pressed=move || if as_table.get() == on { "true" } else { "false" }
                        on:click=move |_| as_table.set(on)
                    >
                        <Icon name=icon size="s"/>
                    </button>
                }
            };
            view! {
                <div class="seg small" role="group" aria-label=t("dash.show_as")>
                    {side(false, "chart", t("dash.as_chart"))}{side(true, "table", t("dash.as_table"))}
                </div>
            }
        });
        let download = t!("dash.csv_of", name = title);
        let body = move || {
            if nothing.get() {
                return view! { <div class="empty small"><p>{nothing_text}</p></div> }.into_any();
            }
            match table.filter(|_| as_table.get()) {
                Some(table) => view! { {move || shown(&table.get())} }.into_any(),
                None => chart.run(),
            }
        };
        view! {
            <section class=format!("tile {class}") aria-label=title>
                <header>
                    <h2 class="clip">{title}</h2>
                    <span class="sub clip">{move || sub.get()}</span>
                    <span class="grow"></span>
                    {switch}
                    <button
                        type="button"
                        class="btn quiet icon small"
                        aria-label=download.clone()
                        title=download
                        on:click=move |_| csv::download(&format!("{file}.csv"), &csv.run(()))
                    >
                        <Icon name="export" size="s"/>
                    </button>
                </header>
                <div class="body">{body}</div>
            </section>
        }
        .into_any()
    }
}

fn shown(table: &Table) -> AnyView {
    let numbers: Vec<bool> = table.head.iter().map(|(_, n)| *n).collect();
    let class = move |numbers: &[bool], i: usize| if numbers.get(i).copied().unwrap_or(false) { "num" } else { "" };
    let head =
        table.head.iter().map(|(text, n)| view! { <th scope="col" class=if *n { "num" } else { "" }>{text.clone()}</th> }).collect_view();
    let rows = table
        .rows
        .iter()
        .map(|line| {
            let cells = line
                .cells
                .iter()
                .enumerate()
                .map(|(i, cell)| {
                    let text = cell.text.clone();
                    let inner =
                        if cell.href.is_empty() { text.into_any() } else { view! { <a href=cell.href.clone()>{text}</a> }.into_any() };
                    view! { <td class=class(&numbers, i)>{inner}</td> }
                })
                .collect_view();
            view! { <tr>{cells}</tr> }
        })
        .collect_view();
    view! {
        <div class="tablewrap" tabindex="0" role="group" aria-label=t("dash.as_table")>
            <table class="table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>
        </div>
    }
    .into_any()
}

/// All amounts, one currency beside the other.
pub fn money_list(sum: &[Money]) -> String {
    match sum {
        [] => "–".to_owned(),
        some => some.iter().map(|m| fmt().money(*m)).collect::<Vec<_>>().join(" · "),
    }
}
