//! Which parts there are, what they are called, and which one an address leads to.

use domain::Kind;

/// What is loaded as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    Door,
    /// Where strangers book, move and cancel.
    Book,
    /// Booking pages, among the settings.
    Bookable,
    Board,
    List,
    Record,
    Dashboard,
    Import,
    Bin,
    Settings,
    Calendar,
    Today,
    /// The time report, beside the dashboard.
    Time,
    /// The notepad, above any page.
    Notepad,
    /// What hands do in the calendar, and what opens above it: forms, items.
    Planner,
    /// All that clashes in the calendar.
    Conflicts,
    /// Secret addresses of calendars, and calendars elsewhere.
    Feeds,
    /// Letters that nobody would take, among the settings.
    Letters,
    /// Working hours and rules, among the settings.
    Hours,
    /// What one was told.
    Notices,
    /// What lies over every page: palette, quick create, conflicts, keys.
    Overlays,
    /// The controls of fields, and the forms made of them.
    Forms,
    /// What opens from a row of filters.
    Filters,
    /// What opens from the tools of a page: menus, choosers, what can be done with what is picked.
    Tools,
    /// What hands do on the board: carrying, keys, the moves that follow.
    Hands,
}

impl Room {
    pub const ALL: [Self; 25] = [
        Self::Forms,
        Self::Tools,
        Self::Overlays,
        Self::Filters,
        Self::Record,
        Self::List,
        Self::Board,
        Self::Hands,
        Self::Calendar,
        Self::Today,
        Self::Notepad,
        Self::Planner,
        Self::Conflicts,
        Self::Feeds,
        Self::Dashboard,
        Self::Time,
        Self::Settings,
        Self::Hours,
        Self::Letters,
        Self::Notices,
        Self::Import,
        Self::Bin,
        Self::Bookable,
        Self::Door,
        Self::Book,
    ];

    /// The room that an address leads to; `query` without its question mark. `None`: a page of the frame's own.
    pub fn of(path: &str, query: &str) -> Option<Self> {
        let mut steps = path.split('/').filter(|s| !s.is_empty());
        let (first, more) = (steps.next()?, steps.next().is_some());
        match first {
            "sign-in" | "set-up" => Some(Self::Door),
            "book" | "booking" => Some(Self::Book),
            "deals" if !more && query.split('&').any(|pair| pair == "layout=board") => Some(Self::Board),
            "calendar" if more => Some(Self::Conflicts),
            "calendar" => Some(Self::Calendar),
            "today" => Some(Self::Today),
            "dashboard" if more => Some(Self::Time),
            "dashboard" => Some(Self::Dashboard),
            "import" => Some(Self::Import),
            "bin" => Some(Self::Bin),
            "notices" => Some(Self::Notices),
            "settings" => Some(Self::Settings),
            plural => {
                Kind::ALL.into_iter().find(|k| k.plural() == plural)?;
                Some(if more { Self::Record } else { Self::List })
            }
        }
    }

    /// What its part is called among the files of the browser half.
    #[cfg(any(feature = "ssr", test))]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Door => "door",
            Self::Book => "book",
            Self::Bookable => "bookable",
            Self::Board => "board",
            Self::List => "list",
            Self::Record => "record",
            Self::Dashboard => "dashboard",
            Self::Import => "import",
            Self::Bin => "bin",
            Self::Settings => "settings",
            Self::Calendar => "calendar",
            Self::Today => "today",
            Self::Time => "time",
            Self::Notepad => "notepad",
            Self::Planner => "planner",
            Self::Conflicts => "conflicts",
            Self::Feeds => "feeds",
            Self::Letters => "letters",
            Self::Hours => "hours",
            Self::Notices => "notices",
            Self::Overlays => "overlays",
            Self::Forms => "forms",
            Self::Filters => "filters",
            Self::Tools => "tools",
            Self::Hands => "hands",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_its_room() {
        let of = Room::of;
        assert_eq!(of("/", ""), None);
        assert_eq!(of("/nowhere", ""), None);
        assert_eq!(of("/sign-in", "next=%2Fdeals"), Some(Room::Door));
        assert_eq!(of("/book/ann", ""), Some(Room::Book));
        assert_eq!(of("/booking/0198", "move"), Some(Room::Book));
        assert_eq!(of("/deals", "layout=board"), Some(Room::Board));
        assert_eq!(of("/deals/", "pipeline=1&layout=board"), Some(Room::Board));
        assert_eq!(of("/deals", "layout=table"), Some(Room::List));
        assert_eq!(of("/deals", ""), Some(Room::List));
        assert_eq!(of("/deals/0198", "layout=board"), Some(Room::Record));
        assert_eq!(of("/contacts", ""), Some(Room::List));
        assert_eq!(of("/import/0198", ""), Some(Room::Import));
        assert_eq!(of("/settings/profile", ""), Some(Room::Settings));
        assert_eq!(of("/calendar", "view=week"), Some(Room::Calendar));
        assert_eq!(of("/today", ""), Some(Room::Today));
        assert_eq!(of("/dashboard", "period=2017"), Some(Room::Dashboard));
        assert_eq!(of("/dashboard/time", "by=kind"), Some(Room::Time));
        assert_eq!(of("/calendar/conflicts", ""), Some(Room::Conflicts));
    }

    #[test]
    fn every_room_has_a_name_of_its_own() {
        let mut names = Room::ALL.map(Room::name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Room::ALL.len());
    }
}
