//! A filter as the chips show it: conditions, and groups of conditions one level deep, under "all of" or "any of".
//! Whatever has another shape stays whole as one chip of text, so that nothing a person wrote is ever lost. Pure.

use domain::Filter;
use domain::filter::{Cond, Op};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// Any of the parts, instead of all.
    pub any: bool,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    One(Cond),
    /// From … to …, both included.
    Between {
        field: String,
        low: String,
        high: String,
    },
    /// Conditions of which any (under "all of") or all (under "any of") must hold.
    Group(Vec<Part>),
    /// A shape that chips cannot show.
    Other(Filter),
}

impl Tree {
    pub fn of(filter: &Filter) -> Self {
        match filter {
            Filter::All(parts) => Self { any: false, parts: collect(parts, false) },
            Filter::Any(parts) if !parts.is_empty() => Self { any: true, parts: collect(parts, true) },
            one => Self { any: false, parts: collect(std::slice::from_ref(one), false) },
        }
    }

    /// Plain conditions of which any is enough, as one part among all.
    pub fn together(self) -> Self {
        let plain = |p: &Part| matches!(p, Part::One(_) | Part::Between { .. });
        if self.any && self.parts.len() > 1 && self.parts.iter().all(plain) {
            Self { any: false, parts: vec![Part::Group(self.parts)] }
        } else {
            self
        }
    }

    /// The same conditions under the other word. A group was joined by that word already: its conditions stand by themselves.
    pub fn joined(self, any: bool) -> Self {
        if any == self.any {
            return self;
        }
        let parts = self.parts.into_iter().flat_map(|p| if let Part::Group(inner) = p { inner } else { vec![p] });
        Self { any, parts: parts.collect() }
    }

    pub fn filter(&self) -> Filter {
        join(self.parts.iter().map(|p| p.filter(self.any)), self.any)
    }

    /// The filter's text form; "" when there is none.
    pub fn text(&self) -> String {
        self.filter().to_string()
    }
}

fn join(parts: impl Iterator<Item = Filter>, any: bool) -> Filter {
    let mut parts: Vec<Filter> = parts.collect();
    match parts.len() {
        0 => Filter::default(),
        1 => parts.remove(0),
        _ if any => Filter::Any(parts),
        _ => Filter::All(parts),
    }
}

impl Part {
    /// The field it is about, if it is about one.
    pub fn field(&self) -> Option<&str> {
        match self {
            Part::One(cond) => Some(&cond.field),
            Part::Between { field, .. } => Some(field),
            _ => None,
        }
    }

    /// Its text form: two parts that read alike are alike.
    pub fn text(&self, under_any: bool) -> String {
        self.filter(under_any).to_string()
    }

    fn filter(&self, under_any: bool) -> Filter {
        match self {
            Part::One(cond) => Filter::Is(cond.clone()),
            Part::Between { field, low, high } => Filter::All(vec![Filter::is(field, Op::Gte, low), Filter::is(field, Op::Lte, high)]),
            Part::Group(parts) => join(parts.iter().map(|p| p.filter(!under_any)), !under_any),
            Part::Other(filter) => filter.clone(),
        }
    }
}

fn collect(filters: &[Filter], any: bool) -> Vec<Part> {
    let mut out = Vec::new();
    let mut rest = filters.iter().peekable();
    while let Some(filter) = rest.next() {
        // Two limits of one field side by side are one stretch.
        if !any
            && let Some(next) = rest.peek()
            && let Some(between) = between(filter, next)
        {
            rest.next();
            out.push(between);
            continue;
        }
        out.push(part(filter, any, true));
    }
    out
}

fn part(filter: &Filter, under_any: bool, groups: bool) -> Part {
    match filter {
        Filter::Is(cond) => Part::One(cond.clone()),
        Filter::All(parts) => {
            if let [a, b] = parts.as_slice()
                && let Some(between) = between(a, b)
            {
                return between;
            }
            if under_any && groups { group(filter, parts, false) } else { Part::Other(filter.clone()) }
        }
        Filter::Any(parts) if !under_any && groups => group(filter, parts, true),
        other => Part::Other(other.clone()),
    }
}

fn group(whole: &Filter, parts: &[Filter], any: bool) -> Part {
    let inner: Vec<Part> = parts.iter().map(|p| part(p, any, false)).collect();
    if inner.is_empty() || inner.iter().any(|p| matches!(p, Part::Other(_))) { Part::Other(whole.clone()) } else { Part::Group(inner) }
}

fn between(a: &Filter, b: &Filter) -> Option<Part> {
    let (Filter::Is(a), Filter::Is(b)) = (a, b) else {
        return None;
    };
    let (low, high) = match (a.op, b.op) {
        (Op::Gte, Op::Lte) => (a, b),
        (Op::Lte, Op::Gte) => (b, a),
        _ => return None,
    };
    match (low.values.as_slice(), high.values.as_slice()) {
        ([l], [h]) if low.field == high.field => Some(Part::Between { field: low.field.clone(), low: l.clone(), high: h.clone() }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Kind;

    fn round(text: &str) -> (Tree, String) {
        let tree = Tree::of(&Filter::parse(Kind::Deal, text).unwrap());
        let again = tree.text();
        (tree, again)
    }

    #[test]
    fn chips_keep_what_the_filter_means() {
        for text in [
            "",
            "none",
            "owner = me",
            "owner = me and stage = won,lost",
            "owner = me or stage = won",
            "owner = me and (stage = won or amount > 5)",
            "owner = me or (stage = won and amount > 5)",
            "amount >= 1 and amount <= 5",
            "not name ~ x and owner = me",
            "owner = me and (stage = won or (amount > 5 and name ~ x and not tags = b))",
        ] {
            let (tree, again) = round(text);
            assert_eq!(again, text, "{tree:?}");
        }
        // Flat and nested stretches mean the same; what is written is the nested one.
        assert_eq!(round("amount <= 5 and amount >= 1 and name ~ x").1, "(amount >= 1 and amount <= 5) and name ~ x");
    }

    #[test]
    fn shapes() {
        let (tree, _) = round("owner = me and amount >= 1 and amount <= 5 and (stage = won or stage = lost) and not name ~ x");
        let shapes: Vec<_> = tree
            .parts
            .iter()
            .map(|p| match p {
                Part::One(_) => "one",
                Part::Between { .. } => "between",
                Part::Group(g) if g.len() == 2 => "group",
                _ => "other",
            })
            .collect();
        assert_eq!(shapes, ["one", "between", "group", "other"]);
        assert!(round("owner = me or owner empty").0.any);
        let tree = Tree::of(&Filter::parse(Kind::Deal, "owner = me and (stage = won or stage = lost)").unwrap());
        assert_eq!(tree.joined(true).text(), "owner = me or stage = won or stage = lost");
        for text in ["owner = me or owner empty", "owner = me or (stage = won and amount > 5)", "owner = me and stage = won", ""] {
            let tree = Tree::of(&Filter::parse(Kind::Deal, text).unwrap()).together();
            assert_eq!(tree.text(), text);
            assert_eq!(tree.parts.len(), if text.ends_with("empty") { 1 } else { tree.parts.len() });
        }
    }
}
