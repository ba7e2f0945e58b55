//! To-dos (VTODO) of other programs. Here a task is an item at the time by which it is due that takes nobody's time: that is how
//! they come in. What has no such time, or is done, stays out and is named.

use domain::FieldError;
use domain::calendar::ItemKind;

use super::parse::{Component, Line};
use super::read::{Incoming, Trouble};

/// The same as an item: its time is when it is due, else when it begins.
pub fn as_item(todo: &Component) -> Result<Component, Trouble> {
    let title = || todo.line("SUMMARY").map(Line::text).unwrap_or_default().chars().take(80).collect();
    let left_out = |number: usize, code: &str| Err(Trouble { line: number, text: title(), error: FieldError::new("start", code) });
    let word = |name: &str| todo.line(name).map(|l| l.value.trim().to_ascii_uppercase()).unwrap_or_default();
    if todo.line("COMPLETED").is_some() || matches!(word("STATUS").as_str(), "COMPLETED" | "CANCELLED") {
        return left_out(todo.number, "ics_todo_done");
    }
    // A rule counts from the start.
    let first = if todo.line("RRULE").is_some() { ["DTSTART", "DUE"] } else { ["DUE", "DTSTART"] };
    let Some(time) = first.into_iter().find_map(|name| todo.line(name)) else {
        return left_out(todo.number, "ics_todo_no_due");
    };
    let time = Line { name: "DTSTART".to_owned(), ..time.clone() };
    let rest = todo.lines.iter().filter(|l| !matches!(l.name.as_str(), "DTSTART" | "DUE" | "DURATION" | "STATUS")).cloned();
    Ok(Component { name: "VEVENT".to_owned(), lines: rest.chain([time]).collect(), ..todo.clone() })
}

/// It takes no time.
pub fn as_task(mut item: Incoming) -> Incoming {
    item.event.kind = ItemKind::Task;
    item.event.busy = false;
    Incoming { says_kind: true, is_todo: true, ..item }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use domain::calendar::ItemKind;

    use super::super::read;

    #[test]
    fn a_to_do_comes_in_when_it_is_due_and_takes_no_time() {
        let one = |uid: &str, more: &str| format!("BEGIN:VTODO\nUID:{uid}\nSUMMARY:{uid}\n{more}END:VTODO\n");
        let todos = [
            one("due", "DTSTART:20261120T080000Z\nDUE:20261124T150000Z\nSTATUS:NEEDS-ACTION\n"),
            one("day", "DUE;VALUE=DATE:20261125\n"),
            one("begun", "DTSTART:20261126T080000Z\nDURATION:PT2H\n"),
            one("never", ""),
            one("done", "DUE:20261124T150000Z\nSTATUS:COMPLETED\n"),
        ];
        let text = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", todos.concat());
        let file = read::read(text.as_bytes(), Tz::UTC, Tz::UTC, 1_795_317_850_000).unwrap();
        let told = |i: &read::Incoming| (i.event.title.clone(), i.event.start.to_string(), i.event.kind, i.event.takes_time(), i.is_todo);
        assert_eq!(
            file.items.iter().map(told).collect::<Vec<_>>(),
            [("due", "2026-11-24T15:00:00.000Z"), ("day", "2026-11-25"), ("begun", "2026-11-26T08:00:00.000Z")].map(|(title, at)| (
                title.to_owned(),
                at.to_owned(),
                ItemKind::Task,
                false,
                true
            ))
        );
        let left: Vec<_> = file.passed_over.iter().map(|t| (t.text.as_str(), t.error.code.as_str())).collect();
        assert_eq!(left, [("never", "ics_todo_no_due"), ("done", "ics_todo_done")]);
    }
}
