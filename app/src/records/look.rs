//! A list's look and the address bar: the filter, search, sort, columns and view that a list shows are its query string,
//! so that a link, the back button and a reload show the same list. Pure.

use domain::list::{ListQuery, Look, View};
use domain::schema::{FieldDef, FieldType};
use domain::{Id, Kind};
use serde::{Deserialize, Serialize};

/// What the address says: a saved view as it is, or a look of its own (perhaps begun from a view).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    pub view: Option<Id>,
    /// None: as the view has it.
    pub look: Option<Look>,
    /// Plainly all records, where a person's lists begin with a view of theirs.
    #[serde(default)]
    pub all: bool,
}

impl Place {
    /// From the raw query string.
    pub fn read(search: &str) -> Self {
        let mut place = Self::default();
        let mut look = Look::default();
        let mut own = false;
        for (name, value) in pairs(search) {
            match name.as_str() {
                "view" => (place.view, place.all) = (Id::parse(&value), value == "all"),
                "filter" => (look.filter, own) = (value, true),
                "q" => (look.q, own) = (value, true),
                "sort" => (look.sort, own) = (value, true),
                "columns" => {
                    look.columns = value.split(',').map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned).collect();
                    own = true;
                }
                _ => {}
            }
        }
        place.look = own.then_some(look);
        place
    }

    /// The address that shows it.
    pub fn href(&self, kind: Kind) -> String {
        let mut out = format!("/{}", kind.plural());
        let mut add = |name: &str, value: &str| {
            out.push(if out.contains('?') { '&' } else { '?' });
            out.push_str(name);
            out.push('=');
            out.push_str(&encode(value));
        };
        if let Some(view) = self.view {
            add("view", &view.to_string());
        } else if self.all && self.look.is_none() {
            add("view", "all");
        }
        if let Some(look) = &self.look {
            let columns = look.columns.join(",");
            let mut any = false;
            for (name, value) in [("filter", &look.filter), ("q", &look.q), ("sort", &look.sort), ("columns", &columns)] {
                if !value.is_empty() {
                    add(name, value);
                    any = true;
                }
            }
            // A look with nothing in it, over a view that has something.
            if !any && self.view.is_some() {
                add("filter", "");
            }
        }
        out
    }

    /// The look that is shown, of the view where the address has none of its own.
    pub fn look_with(&self, views: &[View]) -> Look {
        match &self.look {
            Some(look) => look.clone(),
            None => self.view_in(views).map(|v| v.look.clone()).unwrap_or_default(),
        }
    }

    /// The view that is shown: the one in the address, or the one that this person's lists begin with.
    pub fn view_in<'a>(&self, views: &'a [View]) -> Option<&'a View> {
        match self.view {
            Some(id) => views.iter().find(|v| v.id == id),
            None if self.look.is_none() && !self.all => views.iter().find(|v| v.default),
            None => None,
        }
    }
}

/// The address of a list with this filter.
pub fn filtered(kind: Kind, filter: &str) -> String {
    Place { all: false, view: None, look: Some(Look { filter: filter.to_owned(), ..Look::default() }) }.href(kind)
}

/// The question that a look asks.
pub fn question(look: &Look) -> ListQuery {
    ListQuery { filter: look.filter.clone(), q: look.q.trim().to_owned(), sort: look.sort.clone(), ..ListQuery::default() }
}

/// The address of the board with these deals, of this view.
pub fn board_of(view: Option<Id>, look: Look) -> String {
    // Without what only a table has.
    let rows = Look { filter: look.filter, q: look.q, ..Look::default() };
    let mut href = Place { all: false, view, look: Some(rows) }.href(Kind::Deal);
    href.push_str(if href.contains('?') { "&layout=board" } else { "?layout=board" });
    href
}

/// Two looks that show the same rows in the same order.
pub fn same_rows(a: &Look, b: &Look) -> bool {
    a.filter == b.filter && a.q == b.q && a.sort == b.sort
}

/// Where a list's rows go as a file.
pub fn export_href(kind: Kind, look: &Look, columns: &[Column], format: &str) -> String {
    let names: Vec<&str> = columns.iter().map(|c| c.def.name).collect();
    let mut out = format!("/api/v1/{}/export?format={format}&columns={}", kind.plural(), encode(&names.join(",")));
    for (name, value) in [("filter", &look.filter), ("q", &look.q), ("sort", &look.sort)] {
        if !value.is_empty() {
            out.push_str(&format!("&{name}={}", encode(value)));
        }
    }
    out
}

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    pub def: &'static FieldDef,
    pub width: u32,
}

pub const NARROWEST: u32 = 56;
pub const WIDEST: u32 = 640;

impl Column {
    pub fn of(def: &'static FieldDef) -> Self {
        Self { def, width: natural_width(def) }
    }

    /// As views and the address keep it: the width only where somebody chose one.
    pub fn text(&self) -> String {
        if self.width == natural_width(self.def) { self.def.name.to_owned() } else { format!("{}:{}", self.def.name, self.width) }
    }
}

/// The columns of a look; those of the kind when it names none. Unknown ones are left out, the name is always there.
pub fn columns(kind: Kind, texts: &[String]) -> Vec<Column> {
    let mut out: Vec<Column> = Vec::new();
    for text in texts {
        let (name, width) = text.split_once(':').map_or((text.as_str(), None), |(n, w)| (n, w.parse::<u32>().ok()));
        let Some(def) = kind.any_field(name).filter(|d| shown(d)) else {
            continue;
        };
        if out.iter().all(|c| c.def.name != def.name) {
            let width = width.map_or_else(|| natural_width(def), |w| w.clamp(NARROWEST, WIDEST));
            out.push(Column { def, width });
        }
    }
    if out.is_empty() {
        out = kind.default_columns().map(Column::of).collect();
    }
    if out.iter().all(|c| c.def.name != "name")
        && let Some(def) = kind.field("name")
    {
        out.insert(0, Column::of(def));
    }
    out
}

/// Everything that may be a column.
pub fn possible_columns(kind: Kind) -> impl Iterator<Item = &'static FieldDef> {
    kind.fields().iter().chain(domain::schema::COMMON).filter(|d| shown(d))
}

/// Technical fields have no column: nobody reads a rank.
fn shown(def: &FieldDef) -> bool {
    !matches!(def.name, "rank" | "deal_owner")
}

fn natural_width(def: &FieldDef) -> u32 {
    match def.ty {
        _ if def.name == "name" => 240,
        FieldType::LongText => 280,
        FieldType::Emails | FieldType::Email => 200,
        FieldType::Refs(_) | FieldType::Ref(_) => 145,
        FieldType::Tags | FieldType::Phones | FieldType::Phone | FieldType::Url => 150,
        FieldType::Money => 120,
        FieldType::Instant | FieldType::Moment => 132,
        FieldType::Date | FieldType::Choice(_) => 124,
        FieldType::Int | FieldType::Percent | FieldType::Bool => 92,
        FieldType::Text(_) | FieldType::Stages | FieldType::Special(_) => 140,
        FieldType::Stage => 130,
    }
}

/// Percent-encodes everything that is no unreserved letter.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b',' | b':') {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        match b {
            b'+' => out.push(b' '),
            b'%' => {
                let rest = bytes.clone();
                let (high, low) = (bytes.next().and_then(hex), bytes.next().and_then(hex));
                match (high, low) {
                    (Some(h), Some(l)) => out.push(h * 16 + l),
                    _ => {
                        out.push(b'%');
                        bytes = rest;
                    }
                }
            }
            b => out.push(b),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(b: u8) -> Option<u8> {
    char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

fn pairs(search: &str) -> impl Iterator<Item = (String, String)> {
    search.trim_start_matches('?').split('&').filter(|p| !p.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_again_what_it_was_made_of() {
        let look = Look {
            filter: "name ~ \"100% & «Київ»\" and amount >= 1000".to_owned(),
            q: "云+ a=b".to_owned(),
            sort: "-amount".to_owned(),
            columns: vec!["name:300".to_owned(), "amount".to_owned()],
            layout: String::new(),
        };
        let view = Id::parse("0192d0a0-0000-7000-8000-000000000001");
        for place in [
            Place { view: None, look: Some(look.clone()), all: false },
            Place { view, look: Some(look), all: false },
            Place { view, look: None, all: false },
            Place { view, look: Some(Look::default()), all: false },
            Place { view: None, look: None, all: true },
            Place::default(),
        ] {
            let href = place.href(Kind::Deal);
            let search = href.split_once('?').map(|(_, s)| s).unwrap_or_default();
            assert_eq!(Place::read(search), place, "{href}");
        }
    }

    #[test]
    fn broken_addresses_are_read_as_far_as_they_go() {
        let place = Place::read("?filter=%zz%4&q=%E4%BA&view=nonsense&columns=,,&x=1");
        assert_eq!(place.view, None);
        assert_eq!(place.look.map(|l| l.filter), Some("%zz%4".to_owned()));
    }

    #[test]
    fn columns_keep_widths_and_the_name() {
        let cols = columns(Kind::Deal, &["amount:9999".to_owned(), "nonsense".to_owned(), "amount".to_owned(), "rank".to_owned()]);
        let names: Vec<_> = cols.iter().map(Column::text).collect();
        assert_eq!(names, ["name", "amount:640"]);
        assert!(columns(Kind::Task, &[]).len() > 3);
    }
}
