//! The pipeline board.

use leptos_router::hooks::use_query_map;

use super::desk::{self, Desk};
use super::hands::{self, Act};
use super::{api, asking, bar, column, head, motion, picks, sheet};
use crate::prelude::*;
use crate::rooms::act;
use domain::pipelines::StageKind;
use domain::rights::Power;

#[component]
pub fn BoardPage() -> impl IntoView {
    let address = use_query_map();
    // Only the first picture comes through here; from then on the board follows its address by itself.
    let opened = Resource::new_blocking(|| (), move |()| api::open_board(address.with_untracked(desk::question)));
    view! {
        <TopBar title=t("kind.deals") make=Kind::Deal/>
        <Suspense fallback=skeleton>
            {move || Suspend::new(async move {
                let start = opened.await;
                if let Err(Fault(Error::Unauthenticated)) = &start {
                    crate::shell::sign_in_again();
                }
                // Untracked: what the board reads while it is built must not build the whole board again.
                untrack(|| loaded(Desk::new(start.map_err(|f| f.0))))
            })}
        </Suspense>
    }
}

fn loaded(desk: Desk) -> AnyView {
    provide_context(desk.names);
    desk.follow();
    if let Some(id) = motion::come_back(&desk.address.with_untracked(|a| a.to_query_string())) {
        desk.focus.set(Some(id));
        motion::focus_again(id);
    }
    let stages = Memo::new(move |_| desk.seen.with(|s| s.0.iter().map(|l| (l.stage.id.clone(), l.stage.kind)).collect::<Vec<_>>()));
    let open = Memo::new(move |_| stages.with(|s| s.iter().filter(|(_, k)| *k == StageKind::Open).count()));
    let root = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        if root.get().is_some() {
            scrolled(desk, root);
            crate::rooms::hands_soon();
        }
    });
    Effect::new(move |_| {
        let held = desk.carry.with(|c| c.as_ref().map(|c| c.held));
        if held.is_some_and(|id| !desk.loading.get() && desk.seen.with(|s| s.find(id).is_none())) {
            act(Act::Gone(desk));
        }
    });
    // Somebody new: nothing in any stage, and nothing that hides it.
    let bare = Memo::new(move |before: Option<&bool>| {
        let asked = desk.query.with(|q| !q.filter.is_empty() || !q.q.is_empty());
        let lone = desk.pipelines.with(|p| p.len() == 1);
        // While it is read again nothing is known anew.
        let none = if desk.loading.get() {
            before == Some(&true)
        } else {
            desk.seen.with(|s| !s.0.is_empty() && s.0.iter().all(|l| l.totals.count == 0 && l.cards.is_empty()))
        };
        !asked && lone && none
    });
    let board = move || {
        view! {
            {dots(desk, stages)}
            <div
                class="board"
                class:dragging=move || desk.carry.with(Option::is_some)
                style=move || format!("--cols:{}", open.get())
                aria-busy=move || desk.loading.get().then_some("true")
                node_ref=root
                on:pointerdown=move |event| act(Act::Press(desk, event))
                on:click=move |event| act(Act::Click(desk, event))
                on:keydown=move |event| act(Act::Key(desk, event))
                on:focusin=move |event| focused(desk, &event)
                on:contextmenu=move |event| act(Act::Menu(event))
                on:dragstart=move |event| event.prevent_default()
                on:scroll=move |_| scrolled(desk, root)
            >
                <For each=move || stages.get() key=|s| s.clone() let:stage>
                    {match stage {
                        (id, StageKind::Open) => column::column(desk, id),
                        (id, _) => head::rail(desk, id),
                    }}
                </For>
            </div>
        }
    };
    view! {
        {bar::bars(desk)}
        <div class="boardwrap">
            {move || match desk.failure.get() {
                Some(Error::NotFound) if desk.query.with(|q| q.pipeline.is_none()) => no_pipeline(desk),
                Some(error) => view! { <ErrorState error=error retry=Callback::new(move |()| desk.load())/> }.into_any(),
                None if bare.get() => first_deal(desk),
                None => board().into_any(),
            }}
        </div>
        {picks::bar(desk)}
        {sheet::move_sheet(desk)}
        {asking::ask_dialog(desk)}
        <p class="sr" id="board-help">{t("board.help")}</p>
        <div class="sr" role="status" aria-live="assertive" aria-atomic="true">{move || desk.spoken.get()}</div>
    }
    .into_any()
}

/// Which column a phone shows.
fn scrolled(desk: Desk, root: NodeRef<leptos::html::Div>) {
    let Some(board) = root.try_get_untracked().flatten() else { return };
    if let Some(stage) = motion::column_in_sight(&board)
        && desk.column.try_with_untracked(|c| c.as_deref() != Some(stage.as_str())) == Some(true)
    {
        desk.column.set(Some(stage));
    }
}

fn focused(desk: Desk, event: &leptos::ev::FocusEvent) {
    if let Some((id, _)) = hands::card_of(event.target())
        && desk.focus.get_untracked() != Some(id)
    {
        desk.focus.set(Some(id));
        motion::keep_focus(id);
    }
}

/// On a phone: which column one looks at, and the way to the others.
fn dots(desk: Desk, stages: Memo<Vec<(String, StageKind)>>) -> AnyView {
    view! {
        <nav class="dots" aria-label=t("board.columns")>
            {move || {
                stages
                    .get()
                    .into_iter()
                    .filter(|(_, kind)| *kind == StageKind::Open)
                    .map(|(id, _)| {
                        let (mine, goal) = (id.clone(), id.clone());
                        // Before anybody swiped, the first one.
                        let here = move || {
                            let at = desk.column.get().or_else(|| desk.seen.with(|s| s.0.iter().find(|l| l.is_open()).map(|l| l.stage.id.clone())));
                            (at.as_deref() == Some(mine.as_str())).then_some("true")
                        };
                        view! {
                            <a
                                href=format!("#col-{id}")
                                aria-label=desk.stage_name(&id)
                                aria-current=here
                                on:click=move |event| {
                                    event.prevent_default();
                                    motion::show_column(&goal);
                                }
                            ></a>
                        }
                    })
                    .collect_view()
            }}
        </nav>
    }
    .into_any()
}

/// In place of stages without anything in them: what belongs here, and how it gets here.
fn first_deal(desk: Desk) -> AnyView {
    let who = use_me().who();
    let may_create = who.may_some(domain::rights::Act::Create, Kind::Deal);
    let may_import = who.has(Power::Import);
    // Begun here, in this pipeline: whoever makes it sees it on the board.
    let begin = move |_| {
        let mut fields = Fields::new();
        fields.insert("pipeline".to_owned(), desk.pipeline.with_untracked(|p| p.id.to_string()).into());
        open_new(Kind::Deal, fields);
    };
    view! {
        <EmptyState icon="board" title=t("list.empty.deals") hint=t("list.empty_hint.deals")>
            {may_create.then(|| view! {
                <Button look="primary" icon="plus" on_click=Callback::new(begin)>
                    {t("quick.new.deal")}
                </Button>
            })}
            {may_import.then(|| view! { <a class="btn" href="/import"><Icon name="import" size="s"/>{t("nav.import")}</a> })}
        </EmptyState>
    }
    .into_any()
}

fn no_pipeline(desk: Desk) -> AnyView {
    let may = use_me().who().has(Power::ManagePipelines);
    let busy = RwSignal::new(false);
    let make = Callback::new(move |_| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            let names = ["prospecting", "engaging", "proposal", "negotiation", "won", "lost"].map(|s| tk(&format!("board.stage.{s}")));
            let made = api::first_pipeline(tk("board.first_pipeline"), names.to_vec()).await;
            let _ = busy.try_set(false);
            match made {
                Ok(_) => desk.load(),
                Err(Fault(error)) => desk.toasts.fail(&error),
            }
        });
    });
    view! {
        <EmptyState icon="board" title=t("board.no_pipeline") hint=t(if may { "board.no_pipeline_admin" } else { "board.no_pipeline_other" })>
            {may.then(|| view! { <Button look="primary" icon="plus" busy=busy on_click=make>{t("board.make_pipeline")}</Button> })}
        </EmptyState>
    }
    .into_any()
}

fn skeleton() -> AnyView {
    let column = |n: usize| {
        let bones = (0..n).map(|i| view! { <li style=format!("--i:{i}")><article class="card bones"></article></li> }).collect_view();
        view! {
            <section class="col">
                <header><div class="row"><h2 class="skeleton"><span class="bone short"></span></h2></div></header>
                <div class="cards"><ol style=format!("--n:{n}")>{bones}</ol></div>
            </section>
        }
    };
    view! {
        <div class="pagebar"></div>
        <div class="filters"></div>
        <div class="boardwrap" aria-busy="true" aria-label=t("state.loading")>
            <div class="board" style="--cols:4">{[5, 4, 3, 2].map(column).collect_view()}</div>
        </div>
    }
    .into_any()
}
