//! Filters, as people and programs write them:
//!
//! `owner = me and (amount >= 1000 or stage = proposal,negotiation) and not name ~ "trial"`
//!
//! One text form for the address bar, saved views and REST. Values with spaces or signs stand in double quotes; several
//! values after `=` mean any of them. Dates take periods (`= this-quarter`, `< today`, `= 2017-03`), people take `me` and
//! `my-team`. `empty` and `filled` need no value.

use std::fmt;

use chrono::{NaiveDate, Weekday};

use crate::schema::{FieldDef, FieldType};
use crate::{Error, FieldError, Fields, Id, Kind, Money, Result, text, time};

#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of them; none: everything.
    All(Vec<Filter>),
    /// Any of them; none: nothing.
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Is(Cond),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cond {
    pub field: String,
    pub op: Op,
    /// Never empty, except for `Empty` and `Filled`.
    pub values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    Eq,
    Ne,
    Contains,
    Lt,
    Lte,
    Gt,
    Gte,
    Empty,
    Filled,
}

impl Op {
    pub const ALL: [Op; 9] = [Op::Eq, Op::Ne, Op::Contains, Op::Lt, Op::Lte, Op::Gt, Op::Gte, Op::Empty, Op::Filled];

    pub const fn sign(self) -> &'static str {
        match self {
            Op::Eq => "=",
            Op::Ne => "!=",
            Op::Contains => "~",
            Op::Lt => "<",
            Op::Lte => "<=",
            Op::Gt => ">",
            Op::Gte => ">=",
            Op::Empty => "empty",
            Op::Filled => "filled",
        }
    }

    /// Name for translation keys.
    pub const fn name(self) -> &'static str {
        match self {
            Op::Eq => "eq",
            Op::Ne => "ne",
            Op::Contains => "contains",
            Op::Lt => "lt",
            Op::Lte => "lte",
            Op::Gt => "gt",
            Op::Gte => "gte",
            Op::Empty => "empty",
            Op::Filled => "filled",
        }
    }

    pub const fn needs_value(self) -> bool {
        !matches!(self, Op::Empty | Op::Filled)
    }

    /// The operators that make sense for a field.
    pub const fn for_type(ty: FieldType) -> &'static [Op] {
        match ty {
            FieldType::Text(_) | FieldType::LongText | FieldType::Email | FieldType::Phone | FieldType::Url => {
                &[Op::Contains, Op::Eq, Op::Ne, Op::Empty, Op::Filled]
            }
            FieldType::Emails | FieldType::Phones => &[Op::Contains, Op::Eq, Op::Empty, Op::Filled],
            FieldType::Int | FieldType::Percent | FieldType::Money | FieldType::Date | FieldType::Instant => {
                &[Op::Eq, Op::Ne, Op::Lt, Op::Lte, Op::Gt, Op::Gte, Op::Empty, Op::Filled]
            }
            FieldType::Bool => &[Op::Eq],
            FieldType::Choice(_) | FieldType::Ref(_) | FieldType::Stage => &[Op::Eq, Op::Ne, Op::Empty, Op::Filled],
            FieldType::Refs(_) | FieldType::Tags => &[Op::Eq, Op::Ne, Op::Empty, Op::Filled],
            FieldType::Stages => &[],
        }
    }
}

impl Default for Filter {
    fn default() -> Self {
        Filter::All(Vec::new())
    }
}

impl Filter {
    pub fn is(field: &str, op: Op, value: impl ToString) -> Self {
        Filter::Is(Cond { field: field.to_owned(), op, values: vec![value.to_string()] })
    }

    pub fn any_of(field: &str, values: impl IntoIterator<Item = String>) -> Self {
        let values: Vec<String> = values.into_iter().collect();
        if values.is_empty() { Filter::Any(Vec::new()) } else { Filter::Is(Cond { field: field.to_owned(), op: Op::Eq, values }) }
    }

    pub fn is_everything(&self) -> bool {
        matches!(self, Filter::All(f) if f.iter().all(Filter::is_everything))
    }

    /// Both; flat where it can be.
    pub fn and(self, other: Filter) -> Self {
        let mut parts = match self {
            Filter::All(p) => p,
            one => vec![one],
        };
        match other {
            Filter::All(p) => parts.extend(p),
            one => parts.push(one),
        }
        Filter::All(parts)
    }

    /// Reads the text form; "" is everything. Field names are checked against the kind.
    pub fn parse(kind: Kind, input: &str) -> Result<Self> {
        let bad = |code: &str, at: &str| Error::Invalid { fields: vec![FieldError::new("filter", code).with("value", at)] };
        let tokens = lex(input).map_err(|at| bad("filter_syntax", &at))?;
        let mut p = Parser { tokens: &tokens, at: 0, depth: 0 };
        if tokens.is_empty() {
            return Ok(Filter::default());
        }
        let f = p.any().map_err(|at| bad("filter_syntax", &at))?;
        if let Some(t) = p.peek() {
            return Err(bad("filter_syntax", &t.to_string()));
        }
        f.check(kind)?;
        Ok(f)
    }

    fn check(&self, kind: Kind) -> Result<()> {
        let bad = |code: &str, field: &str, v: &str| {
            Err(Error::Invalid { fields: vec![FieldError::new("filter", code).with("field", field).with("value", v)] })
        };
        match self {
            Filter::All(fs) | Filter::Any(fs) => fs.iter().try_for_each(|f| f.check(kind)),
            Filter::Not(f) => f.check(kind),
            Filter::Is(c) => {
                let Some(def) = kind.any_field(&c.field) else {
                    return bad("filter_field", &c.field, &c.field);
                };
                if !Op::for_type(def.ty).contains(&c.op) {
                    return bad("filter_operator", &c.field, c.op.sign());
                }
                for v in &c.values {
                    if !value_fits(def, c.op, v) {
                        return bad("filter_value", &c.field, v);
                    }
                }
                Ok(())
            }
        }
    }
}

/// A day that only says "the zone decides"; enough to see whether a word names a period.
fn any_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default()
}

fn value_fits(def: &FieldDef, op: Op, v: &str) -> bool {
    if op == Op::Contains {
        return true;
    }
    match def.ty {
        FieldType::Int | FieldType::Percent => v.parse::<i64>().is_ok(),
        FieldType::Money => decimal(v).is_some(),
        FieldType::Date => time::period(v, any_day(), Weekday::Mon).is_some(),
        FieldType::Instant => time::period(v, any_day(), Weekday::Mon).is_some() || time::parse_instant(v).is_some() || v == "now",
        FieldType::Bool => matches!(v, "true" | "false"),
        FieldType::Ref(Kind::User) => matches!(v, "me" | "my-team") || Id::parse(v).is_some(),
        FieldType::Ref(_) | FieldType::Refs(_) => Id::parse(v).is_some(),
        FieldType::Choice(options) => options.contains(&v),
        _ => true,
    }
}

/// Comparisons with money take major units and no currency: "1000.5", but not "1,000.50". In thousandths, which hold the
/// smallest coin of every currency.
fn decimal(v: &str) -> Option<i64> {
    Money::parse(v, crate::money::Currency::KWD).map(|m| m.minor)
}

// ── Text form ────────────────────────────────────────────────────────────────────────────────────────────────────

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}

impl Filter {
    fn write(&self, f: &mut fmt::Formatter<'_>, inner: bool) -> fmt::Result {
        let join = |f: &mut fmt::Formatter<'_>, parts: &[Filter], word: &str| {
            if let [one] = parts {
                return one.write(f, inner);
            }
            if inner {
                f.write_str("(")?;
            }
            for (i, p) in parts.iter().enumerate() {
                if i > 0 {
                    write!(f, " {word} ")?;
                }
                p.write(f, true)?;
            }
            if inner { f.write_str(")") } else { Ok(()) }
        };
        match self {
            Filter::All(parts) if parts.is_empty() => f.write_str(if inner { "all" } else { "" }),
            Filter::Any(parts) if parts.is_empty() => f.write_str("none"),
            Filter::All(parts) => join(f, parts, "and"),
            Filter::Any(parts) => join(f, parts, "or"),
            Filter::Not(p) => {
                f.write_str("not ")?;
                p.write(f, true)
            }
            Filter::Is(c) => fmt::Display::fmt(c, f),
        }
    }
}

impl fmt::Display for Cond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.op.sign())?;
        for (i, v) in self.values.iter().enumerate() {
            f.write_str(if i == 0 { " " } else { "," })?;
            let plain =
                !v.is_empty() && v.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '@' | '+')) && !is_word(v);
            if plain {
                f.write_str(v)?;
            } else {
                write!(f, "\"{}\"", v.replace('\\', "\\\\").replace('"', "\\\""))?;
            }
        }
        Ok(())
    }
}

fn is_word(v: &str) -> bool {
    matches!(v, "and" | "or" | "not" | "all" | "none" | "empty" | "filled")
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Sign(&'static str),
    Open,
    Close,
    Comma,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Word(w) => f.write_str(w),
            Token::Quoted(w) => write!(f, "\"{w}\""),
            Token::Sign(s) => f.write_str(s),
            Token::Open => f.write_str("("),
            Token::Close => f.write_str(")"),
            Token::Comma => f.write_str(","),
        }
    }
}

fn lex(input: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut rest = input.chars().peekable();
    while let Some(&c) = rest.peek() {
        if out.len() > 2_000 {
            return Err("…".to_owned());
        }
        rest.next_if(|_| !matches!(c, '<' | '>' | '!') && !is_value_char(c));
        match c {
            c if c.is_whitespace() => {}
            '(' => out.push(Token::Open),
            ')' => out.push(Token::Close),
            ',' => out.push(Token::Comma),
            '=' => out.push(Token::Sign("=")),
            '~' => out.push(Token::Sign("~")),
            '<' | '>' | '!' => {
                rest.next();
                let eq = rest.next_if_eq(&'=').is_some();
                out.push(Token::Sign(match (c, eq) {
                    ('<', true) => "<=",
                    ('<', false) => "<",
                    ('>', true) => ">=",
                    ('>', false) => ">",
                    (_, true) => "!=",
                    _ => return Err("!".to_owned()),
                }));
            }
            '"' => {
                let mut s = String::new();
                loop {
                    match rest.next() {
                        None => return Err(format!("\"{s}")),
                        Some('"') => break,
                        Some('\\') => s.extend(rest.next()),
                        Some(c) => s.push(c),
                    }
                }
                out.push(Token::Quoted(s));
            }
            c if is_value_char(c) => {
                let mut s = String::new();
                while let Some(c) = rest.next_if(|c| is_value_char(*c)) {
                    s.push(c);
                }
                out.push(Token::Word(s));
            }
            c => return Err(c.to_string()),
        }
    }
    Ok(out)
}

fn is_value_char(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '(' | ')' | ',' | '=' | '~' | '<' | '>' | '!' | '"')
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: u8,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }
    fn next(&mut self) -> Option<Token> {
        let t = self.peek().cloned();
        self.at += 1;
        t
    }
    fn eat_word(&mut self, word: &str) -> bool {
        let hit = matches!(self.peek(), Some(Token::Word(w)) if w == word);
        if hit {
            self.at += 1;
        }
        hit
    }
    fn here(&self) -> String {
        self.peek().map(ToString::to_string).unwrap_or_else(|| "…".to_owned())
    }

    fn any(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.all()?];
        while self.eat_word("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Any(parts) })
    }

    fn all(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.one()?];
        while self.eat_word("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::All(parts) })
    }

    fn one(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > 40 {
            return Err(self.here());
        }
        let out = self.one_inner();
        self.depth -= 1;
        out
    }

    fn one_inner(&mut self) -> Result<Filter, String> {
        if self.eat_word("not") {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if self.eat_word("all") {
            return Ok(Filter::All(Vec::new()));
        }
        if self.eat_word("none") {
            return Ok(Filter::Any(Vec::new()));
        }
        match self.next() {
            Some(Token::Open) => {
                let f = self.any()?;
                match self.next() {
                    Some(Token::Close) => Ok(f),
                    _ => Err(")".to_owned()),
                }
            }
            Some(Token::Word(field)) => {
                if self.eat_word("empty") {
                    return Ok(Filter::Is(Cond { field, op: Op::Empty, values: Vec::new() }));
                }
                if self.eat_word("filled") {
                    return Ok(Filter::Is(Cond { field, op: Op::Filled, values: Vec::new() }));
                }
                let op = match self.next() {
                    Some(Token::Sign(s)) => Op::ALL.into_iter().find(|o| o.sign() == s).ok_or_else(|| s.to_owned())?,
                    _ => return Err(field),
                };
                let mut values = Vec::new();
                loop {
                    match self.next() {
                        Some(Token::Word(v) | Token::Quoted(v)) => values.push(v),
                        _ => return Err(field),
                    }
                    if !matches!(self.peek(), Some(Token::Comma)) {
                        break;
                    }
                    self.at += 1;
                }
                Ok(Filter::Is(Cond { field, op, values }))
            }
            Some(t) => Err(t.to_string()),
            None => Err("…".to_owned()),
        }
    }
}

// ── Resolving ────────────────────────────────────────────────────────────────────────────────────────────────────

/// What relative words mean for this person, now.
pub struct Meaning<'a> {
    pub me: Id,
    pub team_members: &'a [Id],
    pub today: NaiveDate,
    pub now_ms: i64,
    pub week_starts: Weekday,
    /// The instant at which a day begins in the person's zone.
    pub day_start: &'a dyn Fn(NaiveDate) -> i64,
}

/// A condition with nothing relative left in it: what the index and [`Plain::matches`] evaluate.
#[derive(Clone, Debug, PartialEq)]
pub enum Plain {
    All(Vec<Plain>),
    Any(Vec<Plain>),
    Not(Box<Plain>),
    /// Field is empty.
    Empty(String),
    /// Folded text of the field (any of several) contains this folded text.
    Contains(String, String),
    /// Folded text, id or choice is one of these.
    OneOf(String, Vec<String>),
    Flag(String, bool),
    /// Number in `[low, high)`: integers, percent, thousandths of money, days since 1970 for dates, milliseconds for instants.
    Range(String, Option<i64>, Option<i64>),
}

/// An id as records hold it, however it was written.
fn id_text(v: &str) -> String {
    Id::parse(v).map_or_else(|| text::fold(v), |id| id.to_string())
}

pub fn days_since_epoch(d: NaiveDate) -> i64 {
    d.signed_duration_since(NaiveDate::default()).num_days()
}

impl Filter {
    pub fn resolve(&self, kind: Kind, m: &Meaning<'_>) -> Plain {
        match self {
            Filter::All(fs) => Plain::All(fs.iter().map(|f| f.resolve(kind, m)).collect()),
            Filter::Any(fs) => Plain::Any(fs.iter().map(|f| f.resolve(kind, m)).collect()),
            Filter::Not(f) => Plain::Not(Box::new(f.resolve(kind, m))),
            Filter::Is(c) => kind.any_field(&c.field).map_or(Plain::Any(Vec::new()), |def| c.resolve(def, m)),
        }
    }
}

impl Cond {
    fn resolve(&self, def: &FieldDef, m: &Meaning<'_>) -> Plain {
        let field = self.field.clone();
        match self.op {
            Op::Empty => return Plain::Empty(field),
            Op::Filled => return Plain::Not(Box::new(Plain::Empty(field))),
            Op::Contains => {
                return Plain::Any(self.values.iter().map(|v| Plain::Contains(field.clone(), text::fold(v))).collect());
            }
            Op::Ne => {
                let eq = Cond { op: Op::Eq, ..self.clone() };
                return Plain::Not(Box::new(eq.resolve(def, m)));
            }
            _ => {}
        }
        match def.ty {
            FieldType::Bool => Plain::Any(self.values.iter().map(|v| Plain::Flag(field.clone(), v == "true")).collect()),
            FieldType::Ref(Kind::User) => {
                let mut ids = Vec::new();
                for v in &self.values {
                    match v.as_str() {
                        "me" => ids.push(m.me.to_string()),
                        "my-team" => ids.extend(m.team_members.iter().map(ToString::to_string)),
                        other => ids.push(id_text(other)),
                    }
                }
                Plain::OneOf(field, ids)
            }
            FieldType::Int | FieldType::Percent | FieldType::Money | FieldType::Date | FieldType::Instant => {
                Plain::Any(self.values.iter().filter_map(|v| self.range(def, v, m)).collect())
            }
            FieldType::Ref(_) | FieldType::Refs(_) => Plain::OneOf(field, self.values.iter().map(|v| id_text(v)).collect()),
            _ => Plain::OneOf(field, self.values.iter().map(|v| text::fold(v)).collect()),
        }
    }

    fn range(&self, def: &FieldDef, v: &str, m: &Meaning<'_>) -> Option<Plain> {
        // Every value is a stretch [start, end) of the field's own unit.
        let (start, end) = match def.ty {
            FieldType::Int | FieldType::Percent => {
                let n: i64 = v.parse().ok()?;
                (n, n.saturating_add(1))
            }
            FieldType::Money => {
                let n = decimal(v)?;
                (n, n.saturating_add(1))
            }
            FieldType::Date => {
                let (a, b) = time::period(v, m.today, m.week_starts)?;
                (days_since_epoch(a), days_since_epoch(b))
            }
            _ => {
                if v == "now" {
                    (m.now_ms, m.now_ms.saturating_add(1))
                } else if let Some((a, b)) = time::period(v, m.today, m.week_starts) {
                    ((m.day_start)(a), (m.day_start)(b))
                } else {
                    let n = time::parse_instant(v)?;
                    (n, n.saturating_add(1))
                }
            }
        };
        let f = self.field.clone();
        Some(match self.op {
            Op::Lt => Plain::Range(f, None, Some(start)),
            Op::Lte => Plain::Range(f, None, Some(end)),
            Op::Gt => Plain::Range(f, Some(end), None),
            Op::Gte => Plain::Range(f, Some(start), None),
            _ => Plain::Range(f, Some(start), Some(end)),
        })
    }
}

/// The number by which a field is compared and sorted, if it is of that sort.
pub fn number(def: &FieldDef, value: &serde_json::Value) -> Option<i64> {
    match def.ty {
        FieldType::Int | FieldType::Percent => value.as_i64(),
        // 500 yen are as many as 500.00 dollars, whatever coins there are.
        FieldType::Money => Money::from_json(value).map(|m| m.minor.saturating_mul(1000 / m.currency.factor())),
        FieldType::Date => value.as_str().and_then(time::parse_date).map(days_since_epoch),
        FieldType::Instant => value.as_str().and_then(time::parse_instant),
        FieldType::Bool => value.as_bool().map(i64::from),
        _ => None,
    }
}

impl Plain {
    /// Does a record with these fields (and these common times) match? The reference for what the index answers.
    pub fn matches(&self, kind: Kind, fields: &Fields) -> bool {
        let texts = |name: &str| -> Vec<String> {
            match fields.get(name) {
                Some(serde_json::Value::String(s)) => vec![text::fold(s)],
                Some(serde_json::Value::Array(l)) => l.iter().filter_map(|v| v.as_str()).map(text::fold).collect(),
                _ => Vec::new(),
            }
        };
        match self {
            Plain::All(ps) => ps.iter().all(|p| p.matches(kind, fields)),
            Plain::Any(ps) => ps.iter().any(|p| p.matches(kind, fields)),
            Plain::Not(p) => !p.matches(kind, fields),
            Plain::Empty(f) => fields.get(f).is_none_or(serde_json::Value::is_null),
            Plain::Contains(f, t) => texts(f).iter().any(|x| x.contains(t)),
            Plain::OneOf(f, vs) => texts(f).iter().any(|x| vs.contains(x)),
            Plain::Flag(f, b) => fields.get(f).and_then(|v| v.as_bool()).unwrap_or(false) == *b,
            Plain::Range(f, low, high) => {
                let n = kind.any_field(f).zip(fields.get(f)).and_then(|(d, v)| number(d, v));
                n.is_some_and(|n| low.is_none_or(|l| n >= l) && high.is_none_or(|h| n < h))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn me() -> Id {
        Id(uuid::Uuid::from_u128(7))
    }

    fn resolve(text: &str) -> Plain {
        let today = time::parse_date("2026-11-22").unwrap();
        let start = |d: NaiveDate| days_since_epoch(d) * 86_400_000;
        let m = Meaning { me: me(), team_members: &[], today, now_ms: 0, week_starts: Weekday::Mon, day_start: &start };
        Filter::parse(Kind::Deal, text).unwrap().resolve(Kind::Deal, &m)
    }

    #[test]
    fn reads_what_people_write() {
        let text = "owner = me and (amount >= 1000 or stage = proposal,negotiation) and not name ~ \"big deal\"";
        let f = Filter::parse(Kind::Deal, text).unwrap();
        assert_eq!(f.to_string(), text);
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, code) in [
            ("nmae = x", "filter_field"),
            ("name < x", "filter_operator"),
            ("amount = much", "filter_value"),
            ("name =", "filter_syntax"),
            ("(name = a", "filter_syntax"),
            ("name = \"a", "filter_syntax"),
            ("name = a b", "filter_syntax"),
            ("! = a", "filter_syntax"),
        ] {
            match Filter::parse(Kind::Deal, text) {
                Err(Error::Invalid { fields }) => assert_eq!(fields[0].code, code, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        assert!(Filter::parse(Kind::Deal, &"(".repeat(5000)).is_err());
    }

    #[test]
    fn means_what_it_says() {
        let deal = serde_json::json!({"name": "GTX Плюс", "owner": me().to_string(), "amount": {"amount": "1054.00", "currency": "USD"},
            "expected_close": "2026-12-31", "products": []});
        let deal = deal.as_object().unwrap();
        for (text, want) in [
            ("owner = me", true),
            ("owner != me", false),
            ("owner = 00000000000000000000000000000007", true),
            ("amount > 1054", false),
            ("amount >= 1054 and amount <= 1054", true),
            ("expected_close = this-quarter", true),
            ("expected_close = next-month", true),
            ("expected_close < today", false),
            ("expected_close > this-month", true),
            ("name ~ \"x плю\"", true),
            ("company empty", true),
            ("name = \"gtx плюс\"", true),
            ("closed_at < today", false),
            ("not closed_at < today", true),
            ("", true),
            ("none", false),
        ] {
            assert_eq!(resolve(text).matches(Kind::Deal, deal), want, "{text}");
        }
    }

    #[test]
    fn money_is_compared_in_whole_units_of_any_currency() {
        for (amount, currency) in [("1054.00", "USD"), ("1054", "JPY"), ("1054.000", "KWD")] {
            let deal = serde_json::json!({"amount": {"amount": amount, "currency": currency}});
            for (text, want) in [("amount = 1054", true), ("amount > 1053.99", true), ("amount >= 1054.01", false), ("amount < 1055", true)]
            {
                assert_eq!(resolve(text).matches(Kind::Deal, deal.as_object().unwrap()), want, "{amount} {currency}: {text}");
            }
        }
    }

    fn arb() -> impl Strategy<Value = Filter> {
        let value = "[a-zа-я一-龥0-9 \"\\\\,()<>=~!-]{0,12}";
        let leaf = prop_oneof![
            (
                prop_oneof![Just("name"), Just("external_id")],
                prop_oneof![Just(Op::Eq), Just(Op::Contains), Just(Op::Ne)],
                proptest::collection::vec(value, 1..3)
            )
                .prop_map(|(f, op, values)| Filter::Is(Cond { field: f.to_owned(), op, values })),
            Just(Filter::Is(Cond { field: "company".to_owned(), op: Op::Empty, values: vec![] })),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::All),
                proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::Any),
                inner.prop_map(|f| Filter::Not(Box::new(f))),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_text_form_round_trips(f in arb()) {
            let text = f.to_string();
            let back = Filter::parse(Kind::Deal, &text);
            prop_assert_eq!(back.as_ref().map(ToString::to_string), Ok(text.clone()));
            prop_assert_eq!(back, Ok(f), "{}", text);
        }

        #[test]
        fn no_input_panics(text in ".{0,80}") {
            let _ = Filter::parse(Kind::Deal, &text);
        }
    }
}
