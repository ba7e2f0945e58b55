//! Tasks with a due time among the items of a calendar page: seen where they are due, taking nobody's time. They stay records of
//! their own with a page of their own; whoever may not see a task does not see it here.

use domain::calendar::view::{EventPage, Shown};
use domain::calendar::{Event, ItemKind, Moment, Span, Status, When, Window};
use domain::filter::Op;
use domain::list::ListQuery;
use domain::rights::Act;
use domain::{Error, Filter, Id, Kind, Record, Result, time};

use crate::{Ctx, records};

/// So many of a page, those that are due first.
const MOST: usize = 500;

/// Those of these people that are open and due within the window.
pub(super) async fn due(ctx: &Ctx, users: &[Id], window: &Window) -> Result<Vec<Shown>> {
    if users.is_empty() || !ctx.who().may_some(Act::View, Kind::Task) {
        return Ok(Vec::new());
    }
    let theirs = Filter::Any(users.iter().map(|id| Filter::is("owner", Op::Eq, *id)).collect());
    let filter = theirs
        .and(Filter::is("done", Op::Eq, false))
        .and(Filter::is("due_at", Op::Gte, time::instant(window.span.start)))
        .and(Filter::is("due_at", Op::Lt, time::instant(window.span.end)));
    let query = ListQuery { filter: filter.to_string(), sort: "due_at".to_owned(), ..ListQuery::default() };
    let ids = records::find_ids(ctx, Kind::Task, &query, MOST)?;
    let found = records::get_many(ctx, Kind::Task, &ids).await?;
    Ok(found.iter().filter_map(|task| shown(ctx, task)).collect())
}

fn due_of(task: &Record) -> Option<i64> {
    time::parse_instant(task.text("due_at"))
}

fn shown(ctx: &Ctx, task: &Record) -> Option<Shown> {
    let due = due_of(task)?;
    let owner = task.id_of("owner");
    Some(Shown {
        id: task.id,
        slot: None,
        series: None,
        recurs: false,
        start: Moment::At(due),
        end: Moment::At(due),
        span: Span::new(due, due),
        kind: ItemKind::Task,
        status: Status::Confirmed,
        busy: false,
        masked: false,
        private: false,
        title: task.name().to_owned(),
        place: String::new(),
        organiser: owner,
        subjects: owner.into_iter().collect(),
        attendees: Vec::new(),
        contacts: task.id_of("contact").into_iter().collect(),
        resources: Vec::new(),
        company: task.id_of("company"),
        deal: task.id_of("deal"),
        travel_before: 0,
        travel_after: 0,
        answer: None,
        clash: false,
        version: task.version,
        foreign: false,
        task: true,
        can_edit: ctx.may_write().is_ok() && ctx.who().may(Act::Edit, task),
    })
}

/// A task as an item that is looked at.
pub(super) async fn page(ctx: &Ctx, id: Id) -> Result<EventPage> {
    let task = records::get(ctx, Kind::Task, id).await?;
    let due = due_of(&task).filter(|_| task.deleted_at.is_none()).ok_or(Error::NotFound)?;
    let mut event = Event::new(When::At(Span::new(due, due)));
    event.title = task.name().to_owned();
    event.body = task.text("body").to_owned();
    (event.kind, event.organiser, event.company, event.deal) =
        (ItemKind::Task, task.id_of("owner"), task.id_of("company"), task.id_of("deal"));
    event.contacts = task.id_of("contact").into_iter().collect();
    Ok(EventPage {
        id,
        version: task.version,
        slot: None,
        conflict_reason: String::new(),
        labels: records::labels(ctx, std::slice::from_ref(&task)).await?,
        conflicts: Vec::new(),
        can_edit: ctx.may_write().is_ok() && ctx.who().may(Act::Edit, &task) && !task.flag("done"),
        can_delete: false,
        answer: None,
        task: true,
        within: None,
        event,
    })
}
