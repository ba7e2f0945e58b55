//! The first pass over the file: every different value of a relation, stage, choice or word, with what it means. Rows are
//! then read with these meanings, in the dry run and in the run alike.

mod stages;

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::import::{Replacement, TEAM_MANAGER, Unknown, made_by_name};
use domain::pipelines::Pipeline;
use domain::rights::{Act, Who};
use domain::schema::{FieldDef, FieldType};
use domain::text::fold;
use domain::{Error, FieldError, Fields, Id, Kind, Result};
use serde_json::{Value, json};

use super::closest::{Names, Nature, is_guess, is_same, slips_in, squash};
use super::grid::Grid;
use super::known::{Known, Whom, points_to_itself};
use super::mapping::{Mapping, Target};
use super::vocabulary::WORD_FIELDS;
use super::words;
use crate::ctx::new_id;

#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    Record {
        id: Id,
        name: String,
    },
    /// A row of this file, which is written first.
    Row(usize),
    /// Several have this name: which of them is meant shows in the row, or the row is refused.
    Several(Vec<Id>),
    /// A record of another kind, made along the way.
    Side(usize),
    /// A customer among those who attend.
    Guest(Id),
    /// A choice, a stage's id, or a word as it should be spelled.
    Text(String),
    Leave,
    /// The plan refuses it, or the person may not make it.
    Refused(&'static str),
}

/// A record of another kind that rows need. Made when the first accepted row needs it; until then its id is a stand-in.
pub struct Side {
    pub kind: Kind,
    pub name: String,
    pub id: Id,
    pub fields: Fields,
}

/// What the rows say about a team of the users in them.
#[derive(Default)]
pub struct TeamWish {
    pub name: String,
    /// As the cells spell it.
    pub manager: String,
    pub region: String,
    /// The first that names it.
    pub row: usize,
}

pub struct Survey {
    meanings: HashMap<(usize, String), Meaning>,
    stages: HashMap<(Id, String), Meaning>,
    pub sides: Vec<Side>,
    by_name: HashMap<(Kind, String), usize>,
    /// Folded name → what is wished, and the team it is.
    pub teams: BTreeMap<String, (TeamWish, Meaning)>,
    pub unknown: Vec<Unknown>,
    /// Folded names of those who manage a team.
    managers: HashSet<String>,
}

/// Different values and the rows that have them, in the order of their first appearance.
type Counts = Vec<(String, i64)>;

fn count<'a>(values: impl Iterator<Item = &'a str>) -> Counts {
    let mut at: HashMap<String, usize> = HashMap::new();
    let mut out: Counts = Vec::new();
    for v in values {
        let folded = fold(v);
        if folded.is_empty() {
            continue;
        }
        let i = *at.entry(folded).or_insert_with(|| {
            out.push((v.to_owned(), 0));
            out.len() - 1
        });
        if let Some(entry) = out.get_mut(i) {
            entry.1 += 1;
        }
    }
    out
}

/// The values of a relation's cell: one, or several of a list (when the whole is not itself a name).
pub fn parts<'a>(cell: &'a str, target: Target, known: &Known) -> Vec<&'a str> {
    if cell.is_empty() {
        return Vec::new();
    }
    let is_known = |v: &str| target.names().is_some_and(|k| known.find(k, v).is_some());
    // A comma may stand in a name, between addresses it parts them.
    let addresses = target.names().is_some_and(|k| matches!(k, Kind::User | Kind::Contact)) && cell.split(',').all(|p| p.contains('@'));
    let mut parts: Vec<&str> = if target.is_many() && !is_known(cell) { words::list(cell, addresses).collect() } else { vec![cell] };
    parts.retain(|p| !words::says_nothing(p) || is_known(p));
    parts
}

impl Survey {
    pub fn of(grid: &Grid, mapping: &Mapping, known: &mut Known, who: &Who) -> Result<Self> {
        let mut s = Self {
            meanings: HashMap::new(),
            stages: HashMap::new(),
            sides: Vec::new(),
            by_name: HashMap::new(),
            teams: BTreeMap::new(),
            unknown: Vec::new(),
            managers: HashSet::new(),
        };
        let rows: Vec<usize> = (0..grid.len()).filter(|r| grid.fault(*r).is_none()).collect();
        if points_to_itself(mapping)
            && let Some(name) = mapping.name_column()
        {
            rows.iter().for_each(|r| known.add_row(mapping.kind, grid.cell(*r, name.at), *r));
        }
        if mapping.kind == Kind::Deal && who.may_own(Act::Create, Kind::Pipeline, None) {
            s.first_pipeline(known);
        }
        let mut errors = Vec::new();
        for (i, column) in mapping.columns.iter().enumerate() {
            let cells = || rows.iter().map(|r| grid.cell(*r, column.at));
            let target = column.target;
            if let Some(kind) = target.names() {
                let counts = {
                    let known = &*known;
                    let values: Vec<&str> = cells().flat_map(|c| parts(c, target, known)).collect();
                    count(values.into_iter())
                };
                for (value, n) in counts {
                    let meaning = s.relation(mapping, known, who, target, kind, &value, n).unwrap_or_else(|e| {
                        errors.push(e);
                        Meaning::Leave
                    });
                    s.meanings.insert((i, fold(&value)), meaning);
                }
                continue;
            }
            let Target::Field(field) = target else { continue };
            match field.ty {
                FieldType::Choice(options) => {
                    for (value, n) in count(cells()) {
                        let meaning = s.choice(mapping, field, options, &value, n);
                        s.meanings.insert(
                            (i, fold(&value)),
                            meaning.unwrap_or_else(|e| {
                                errors.push(e);
                                Meaning::Leave
                            }),
                        );
                    }
                }
                FieldType::Text(_) if WORD_FIELDS.contains(&field.name) => s.words(mapping, known, i, field.name, &count(cells())),
                _ => {}
            }
        }
        if mapping.kind == Kind::User {
            s.teams(grid, mapping, known, who, &rows);
        }
        s.stages(grid, mapping, known, &rows, &mut errors);
        s.unknown.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.value.cmp(&b.value)));
        if errors.is_empty() { Ok(s) } else { Err(Error::Invalid { fields: errors }) }
    }

    pub fn meaning(&self, column: usize, value: &str) -> Option<&Meaning> {
        self.meanings.get(&(column, fold(value)))
    }

    pub fn stage(&self, pipeline: Id, value: &str) -> Option<&Meaning> {
        self.stages.get(&(pipeline, fold(value)))
    }

    pub fn manages(&self, name: &str) -> bool {
        self.managers.contains(&fold(name))
    }

    pub fn side_of(&self, id: Id) -> Option<usize> {
        self.sides.iter().position(|s| s.id == id)
    }

    fn note(&mut self, field: &str, value: &str, rows: i64, closest: Option<String>, action: &Replacement) {
        self.unknown.push(Unknown {
            field: field.to_owned(),
            value: value.to_owned(),
            rows,
            closest,
            action: action.clone(),
            options: Vec::new(),
        });
    }

    #[allow(clippy::too_many_arguments, reason = "one step of the survey, called once")]
    fn relation(
        &mut self,
        mapping: &Mapping,
        known: &mut Known,
        who: &Who,
        target: Target,
        kind: Kind,
        value: &str,
        rows: i64,
    ) -> Result<Meaning, FieldError> {
        let field = target.name();
        let told = mapping.replacement(field, &fold(value)).cloned();
        let asked_for = told == Some(Replacement::Create);
        // "Anna Snelling <anna@x.example>" is whoever has the address.
        let address = value.rsplit_once('<').and_then(|(_, a)| a.strip_suffix('>')).map(str::trim);
        let look = |kind: Kind| known.find(kind, value).or_else(|| known.find(kind, address?));
        let found = look(kind);
        let attends = mapping.kind == Kind::Event && field == "attendees" && found.is_none() && told.is_none();
        if let Some((Whom::Record(id), _)) = attends.then(|| look(Kind::Contact)).flatten() {
            return Ok(Meaning::Guest(id));
        }
        if let (Some((whom, name)), None) = (&found, &told) {
            return Ok(meant(known, kind, value, *whom, name.clone()));
        }
        let by_name = made_by_name(kind);
        let may_create = who.may_own(Act::Create, kind, None) && by_name;
        let action = match told {
            Some(Replacement::Create) if !by_name => Replacement::Reject,
            Some(action) => action,
            None => {
                let nature = if matches!(kind, Kind::User | Kind::Contact) { Nature::Person } else { Nature::Record };
                match known.closest(kind, value) {
                    Some(near) if is_same(value, &near, nature) || is_guess(value, &near, nature) => Replacement::Use(near),
                    // Whom a deal belongs to is for a person to say; a team's manager is in the file because of that.
                    _ if kind == Kind::User && target != Target::TeamManager => Replacement::Leave,
                    _ if may_create => Replacement::Create,
                    _ => Replacement::Leave,
                }
            }
        };
        if found.is_none() {
            let near = known.closest(kind, value);
            self.note(field, value, rows, near, &action);
        }
        Ok(match action {
            Replacement::Leave => Meaning::Leave,
            Replacement::Reject if !by_name && asked_for => Meaning::Refused("import_not_made"),
            Replacement::Reject => Meaning::Refused("import_refused"),
            Replacement::Create if !may_create => Meaning::Refused("import_forbidden"),
            Replacement::Create => Meaning::Side(self.side(kind, value, target)),
            Replacement::Use(other) => match known.find(kind, &other) {
                Some((whom, name)) => meant(known, kind, &other, whom, name),
                None => return Err(FieldError::new("replace", "import_replace").with("field", field).with("value", other)),
            },
        })
    }

    /// Deals brought into a house without any pipeline bring along the one that a set-up would have made.
    fn first_pipeline(&mut self, known: &mut Known) {
        let Some(fields) = known.founding() else { return };
        let id = new_id();
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let stages = fields.get("stages").and_then(|v| serde_json::from_value(v.clone()).ok()).unwrap_or_default();
        known.found(Pipeline { id, name: text("name"), currency: text("currency"), stages });
        self.sides.push(Side { kind: Kind::Pipeline, name: text("name"), id, fields });
    }

    /// The record to be made for a name; names that differ in spaces and signs only make one.
    fn side(&mut self, kind: Kind, name: &str, target: Target) -> usize {
        let squashed = squash(name);
        let key = (kind, if squashed.is_empty() { fold(name) } else { squashed });
        if let Some(at) = self.by_name.get(&key) {
            return *at;
        }
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let fields = match kind {
            Kind::Contact if name.contains('@') && !name.contains(' ') => {
                json!({"family_name": name.split('@').next().unwrap_or_default(), "emails": [name]})
            }
            Kind::Contact => {
                let (given, family) = words::person(&name);
                json!({"given_name": given, "family_name": family})
            }
            Kind::User => json!({"name": name, "role": if target == Target::TeamManager { "manager" } else { "sales" }}),
            _ => json!({"name": name}),
        };
        let fields = fields.as_object().cloned().unwrap_or_default();
        self.sides.push(Side { kind, name, id: new_id(), fields });
        self.by_name.insert(key, self.sides.len() - 1);
        self.sides.len() - 1
    }

    fn choice(
        &mut self,
        mapping: &Mapping,
        field: &FieldDef,
        options: &'static [&'static str],
        value: &str,
        rows: i64,
    ) -> Result<Meaning, FieldError> {
        let told = mapping.replacement(field.name, &fold(value)).cloned();
        if let (None, Some(option)) = (&told, words::choice(value, options)) {
            return Ok(Meaning::Text(option.to_owned()));
        }
        let mut names: Names<()> = Names::default();
        options.iter().for_each(|o| names.add(o, ()));
        let near = names.closest(value).map(|(n, ())| n);
        let action = told.unwrap_or_else(|| match &near {
            Some(n) if is_same(value, n, Nature::Word) => Replacement::Use(n.clone()),
            _ => Replacement::Leave,
        });
        if words::choice(value, options).is_none() {
            self.note(field.name, value, rows, near, &action);
        }
        match action {
            Replacement::Use(other) => match words::choice(&other, options) {
                Some(o) => Ok(Meaning::Text(o.to_owned())),
                None => Err(FieldError::new("replace", "import_replace").with("field", field.name).with("value", other)),
            },
            Replacement::Leave => Ok(Meaning::Leave),
            // A choice cannot be added to.
            Replacement::Create | Replacement::Reject => Ok(Meaning::Refused("choice")),
        }
    }

    /// Free text with few different values: only what looks like a slip is asked about.
    fn words(&mut self, mapping: &Mapping, known: &mut Known, column: usize, field: &str, counts: &Counts) {
        let slips: HashMap<String, String> = known
            .words(field)
            .map(|names| slips_in(counts, names).into_iter().map(|(value, _, word)| (fold(&value), word)).collect())
            .unwrap_or_default();
        for (value, rows) in counts {
            let told = mapping.replacement(field, &fold(value)).cloned();
            let slip = slips.get(&fold(value)).cloned();
            let action = match (told, &slip) {
                (Some(action), _) => action,
                (None, Some(word)) if is_same(value, word, Nature::Word) => Replacement::Use(word.clone()),
                (None, _) => Replacement::Create,
            };
            if slip.is_some() {
                self.note(field, value, *rows, slip, &action);
            }
            let meaning = match action {
                Replacement::Use(word) => Meaning::Text(word),
                Replacement::Create => continue,
                Replacement::Leave => Meaning::Leave,
                Replacement::Reject => Meaning::Refused("import_refused"),
            };
            self.meanings.insert((column, fold(value)), meaning);
        }
    }

    /// Teams of the users in the file: named in a column of their own, else after their manager.
    fn teams(&mut self, grid: &Grid, mapping: &Mapping, known: &mut Known, who: &Who, rows: &[usize]) {
        let column = |name: &str| mapping.columns.iter().enumerate().find(|(_, c)| c.target.name() == name);
        let cell = |found: Option<(usize, &super::mapping::Mapped)>, row: usize| found.map_or("", |(_, c)| grid.cell(row, c.at));
        let (team, manager, region) = (column("team"), column(TEAM_MANAGER), column(super::mapping::Target::TeamRegion.name()));
        if manager.is_none() && region.is_none() {
            return;
        }
        let mut wishes: BTreeMap<String, TeamWish> = BTreeMap::new();
        for row in rows {
            let name = team_name(cell(team, *row), cell(manager, *row));
            if name.is_empty() {
                continue;
            }
            let wish = wishes.entry(fold(name)).or_insert_with(|| TeamWish { row: *row, ..TeamWish::default() });
            let keep = |slot: &mut String, value: &str| {
                if slot.is_empty() {
                    value.clone_into(slot);
                }
            };
            keep(&mut wish.name, name);
            keep(&mut wish.manager, cell(manager, *row));
            keep(&mut wish.region, cell(region, *row));
        }
        for (key, wish) in wishes {
            if !wish.manager.is_empty() {
                self.managers.insert(fold(&wish.manager));
            }
            // A team with a column of its own was looked up there.
            let looked_up = team.and_then(|(i, _)| self.meaning(i, &wish.name).cloned());
            let meaning = match looked_up {
                Some(m) => m,
                None => match known.find(Kind::Team, &wish.name) {
                    Some((whom, name)) => meant(known, Kind::Team, &wish.name, whom, name),
                    None if who.may_own(Act::Create, Kind::Team, None) => {
                        Meaning::Side(self.side(Kind::Team, &wish.name, Target::TeamRegion))
                    }
                    None => Meaning::Leave,
                },
            };
            if let (Meaning::Side(at), false) = (&meaning, wish.region.is_empty())
                && let Some(side) = self.sides.get_mut(*at)
            {
                side.fields.insert("region".to_owned(), wish.region.clone().into());
            }
            self.teams.insert(key, (wish, meaning));
        }
        // Managers who are made along the way are there before their teams.
        let manager_column = manager.map(|(i, _)| i);
        let mut heads: Vec<(usize, Id)> = Vec::new();
        for (wish, meaning) in self.teams.values() {
            let Meaning::Side(team) = meaning else { continue };
            match manager_column.and_then(|i| self.meaning(i, &wish.manager)) {
                Some(Meaning::Record { id, .. }) => heads.push((*team, *id)),
                Some(Meaning::Side(user)) => heads.extend(self.sides.get(*user).map(|u| (*team, u.id))),
                _ => {}
            }
        }
        for (team, head) in heads {
            if let Some(side) = self.sides.get_mut(team) {
                side.fields.insert("manager".to_owned(), head.to_string().into());
            }
        }
    }

    pub fn team(&self, team: &str, manager: &str) -> Option<&(TeamWish, Meaning)> {
        self.teams.get(&fold(team_name(team, manager)))
    }
}

/// "Central", else its manager's name.
fn team_name<'a>(team: &'a str, manager: &'a str) -> &'a str {
    if team.is_empty() { manager } else { team }
}

fn meant(known: &Known, kind: Kind, value: &str, whom: Whom, name: String) -> Meaning {
    match whom {
        Whom::Record(_) if known.namesakes(kind, value).len() > 1 => Meaning::Several(known.namesakes(kind, value).to_vec()),
        Whom::Record(id) => Meaning::Record { id, name },
        Whom::Row(row) => Meaning::Row(row),
    }
}
