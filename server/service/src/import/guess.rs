//! What a file looks like: its kind, and for each column the field it probably holds. A mapping to start from; the person
//! decides.

use std::collections::HashMap;

use domain::import::{CLOSE_DATE, ColumnMap, ImportPlan, KINDS, RECORD_ID, targets};
use domain::schema::{FieldType, REQUIRED};
use domain::{Id, Kind, text};

use super::closest::squash;
use super::grid::Grid;
use super::synonyms;

/// Words (squashed) → field, for one kind: the fields' own names, then the synonyms.
struct Dictionary {
    kind: Kind,
    words: HashMap<String, &'static str>,
}

impl Dictionary {
    fn of(kind: Kind) -> Self {
        let mut words = HashMap::new();
        for target in targets(kind) {
            words.entry(squash(target)).or_insert(target);
        }
        for (field, names) in synonyms::of(kind) {
            for name in names.split('|') {
                words.entry(squash(name)).or_insert(*field);
            }
        }
        // "id" is the record's own only when its values are such ids: see `map`.
        if let Some(field) = targets(kind).into_iter().find(|t| *t == "external_id") {
            words.insert("id".to_owned(), field);
        }
        Self { kind, words }
    }

    /// The column's name, without a remark in brackets and without the kind before it ("Company: City").
    fn field(&self, header: &str) -> Option<&'static str> {
        let plain = header.split(['(', '（', '[']).next().unwrap_or_default();
        let tail = plain.rsplit([':', '：']).next().unwrap_or_default();
        [header, plain, tail].into_iter().find_map(|h| self.words.get(&squash(h)).copied())
    }
}

/// The kind whose words the columns speak.
pub fn kind(grid: &Grid, file_name: &str) -> Kind {
    let dictionaries: Vec<Dictionary> = KINDS.into_iter().map(Dictionary::of).collect();
    let file = text::fold(&file_name.replace(['_', '-', '.'], " "));
    let headers: Vec<&String> = grid.head.iter().filter(|h| !h.is_empty()).collect();
    let mut best = (f64::MIN, Kind::Company);
    for d in &dictionaries {
        let mut score = 0.0;
        let mut fields: Vec<&str> = Vec::new();
        for header in &headers {
            if let Some(field) = d.field(header) {
                // A word that few kinds know says more.
                let kinds = dictionaries.iter().filter(|o| o.field(header).is_some()).count();
                score += 0.4 + 1.0 / f64::from(u32::try_from(kinds).unwrap_or(9).max(1));
                fields.push(field);
            }
        }
        // What the plan gives every row, or what follows from another column.
        let given = |name: &str| name == "role" || (d.kind == Kind::Resource && name == "type") || (d.kind == Kind::Event && name == "end");
        let required = |f: &&domain::schema::FieldDef| f.is(REQUIRED) && !given(f.name);
        let missing = d.kind.fields().iter().filter(required).filter(|f| !fields.contains(&f.name)).count();
        let named = fields.contains(&"name")
            || fields.iter().any(|f| matches!(*f, "given_name" | "family_name" | "body"))
            || (d.kind == Kind::Event && fields.contains(&"start") && ["title", "end"].iter().any(|f| fields.contains(f)));
        // A deal may be named after its product and company.
        let excused = d.kind == Kind::Deal && fields.iter().any(|f| matches!(*f, "stage" | "amount"));
        if missing > 0 && !excused {
            score *= 0.5;
        } else if named {
            score += 0.5;
        }
        if synonyms::in_file_name(d.kind, &file) {
            score += 0.75;
        }
        if score > best.0 + 1e-9 {
            best = (score, d.kind);
        }
    }
    best.1
}

/// Do the headings fit the guessed kind? What it cannot be without must be among them and mostly filled (below a drawing of
/// several tables it is not), and a third of them must mean something.
pub fn is_certain(grid: &Grid, plan: &ImportPlan) -> bool {
    let mapped = |field: &str| plan.map.iter().any(|m| m.field == field) || plan.defaults.contains_key(field);
    let mostly_filled = |field: &str| {
        let column = plan.map.iter().find(|m| m.field == field).and_then(|m| grid.column(&m.column));
        column.is_none_or(|c| (0..grid.len()).filter(|r| !grid.cell(*r, c).is_empty()).count() * 2 >= grid.len())
    };
    let named = match plan.kind {
        Kind::Contact => ["name", "given_name", "family_name"].into_iter().any(mapped),
        // A deal may be named after its product and company; but those alone make no deal.
        Kind::Deal => {
            mapped("name") || ["external_id", "products", "company"].into_iter().any(mapped) && (mapped("stage") || mapped("amount"))
        }
        // Dates alone are in files of many kinds.
        Kind::Event => mapped("start") && mostly_filled("start") && ["title", "end", "attendees", "organiser"].into_iter().any(mapped),
        kind => kind.fields().iter().filter(|f| f.is(REQUIRED)).all(|f| mapped(f.name) && mostly_filled(f.name)),
    };
    let fitting = plan.map.iter().filter(|m| !m.field.is_empty()).count();
    let headings = grid.head.iter().filter(|h| !h.is_empty()).count();
    named && fitting * 3 >= headings
}

/// A field for each column that has a name; "" where nothing fits. No single-valued field is given twice.
pub fn map(grid: &Grid, kind: Kind) -> Vec<ColumnMap> {
    let dictionary = Dictionary::of(kind);
    let mut taken: Vec<&str> = Vec::new();
    let mut out: Vec<ColumnMap> = Vec::new();
    for (i, header) in grid.head.iter().enumerate().filter(|(_, h)| !h.is_empty()) {
        let mut field = dictionary.field(header).or_else(|| numbered(&dictionary, header));
        if squash(header) == "id" && all_ids(grid, i) {
            field = Some(RECORD_ID);
        }
        let many = |f: &str| kind.field(f).is_some_and(|d| d.ty.is_many() || d.ty == FieldType::LongText);
        let field = field.filter(|f| many(f) || !taken.contains(f)).unwrap_or_default();
        if !field.is_empty() {
            taken.push(field);
        }
        out.push(ColumnMap { column: header.clone(), field: field.to_owned() });
    }
    // One date of closing for won, lost and open deals alike: without a stage to tell them apart it is a forecast.
    if kind == Kind::Deal && !taken.contains(&"stage") {
        for m in out.iter_mut().filter(|m| m.field == CLOSE_DATE) {
            if !taken.contains(&"expected_close") {
                m.field = "expected_close".to_owned();
            }
        }
    }
    // Where the parts of the name stand in columns of their own, the whole is not taken apart again.
    if kind == Kind::Contact && (taken.contains(&"given_name") || taken.contains(&"family_name")) {
        for m in out.iter_mut().filter(|m| m.field == "name") {
            m.field = String::new();
        }
    }
    out
}

/// "Phone 2", "Email (2)" hold more of the same.
fn numbered(d: &Dictionary, header: &str) -> Option<&'static str> {
    let bare = header.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | '_' | '-'));
    (bare.len() < header.len()).then(|| d.field(bare)).flatten()
}

fn all_ids(grid: &Grid, column: usize) -> bool {
    let mut cells = (0..grid.len().min(50)).map(|r| grid.cell(r, column)).filter(|c| !c.is_empty()).peekable();
    cells.peek().is_some() && cells.all(|c| Id::parse(c).is_some())
}

/// The field that tells whether a row is already here: the surest of those that are mapped and filled.
pub fn match_field(grid: &Grid, kind: Kind, map: &[ColumnMap]) -> String {
    let filled = |field: &str| {
        let column = map.iter().find(|m| m.field == field).and_then(|m| grid.column(&m.column))?;
        let n = (0..grid.len()).filter(|r| !grid.cell(*r, column).is_empty()).count();
        Some((n * 10 >= grid.len() * 9, column))
    };
    let mapped = |field: &str| filled(field).is_some();
    let full = |field: &str| filled(field).is_some_and(|(f, _)| f);
    let order: &[&str] = match kind {
        Kind::Company => &["external_id", "domain", "name"],
        Kind::Contact => &["external_id", "emails", "name"],
        Kind::Deal => &["external_id", "name"],
        Kind::Product => &["external_id", "code", "name"],
        Kind::User => &["external_id", "email", "name"],
        Kind::Team => &["name"],
        Kind::Event => &["external_id", "title"],
        Kind::Resource => &["external_id", "name"],
        _ => &[],
    };
    if full(RECORD_ID) {
        return RECORD_ID.to_owned();
    }
    let differs = |field: &&&str| {
        let Some((_, column)) = filled(field) else { return false };
        let mut seen = std::collections::HashSet::new();
        let repeats = (0..grid.len()).map(|r| grid.cell(r, column)).filter(|c| !c.is_empty() && !seen.insert(text::fold(c))).count();
        repeats * 20 <= grid.len()
    };
    let sure = order.iter().filter(|f| full(f)).find(differs);
    if let Some(f) = sure {
        return (*f).to_owned();
    }
    if kind == Kind::Contact && mapped("family_name") {
        return "name".to_owned();
    }
    // Better to find most of them again than to make all of them twice; but many deals share a name.
    let fallback = if kind == Kind::Deal { None } else { order.iter().rfind(|f| mapped(f)) };
    fallback.map_or_else(String::new, |f| (*f).to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::csv;
    use super::*;

    fn grid(text: &str) -> Grid {
        csv::read(text, csv::dialect(text, None), usize::MAX).and_then(|g| g.finish(false, true)).unwrap()
    }

    fn guess(text: &str, file: &str) -> (Kind, Vec<String>, String) {
        let g = grid(text);
        let k = kind(&g, file);
        let m = map(&g, k);
        let key = match_field(&g, k, &m);
        (k, m.into_iter().map(|m| m.field).collect(), key)
    }

    #[test]
    fn the_files_of_a_sales_team() {
        let (k, m, key) = guess(
            "account,sector,year_established,revenue,employees,office_location,subsidiary_of\nAcme,retail,1996,1100.04,2822,Kenya,\n",
            "accounts.csv",
        );
        assert_eq!((k, key.as_str()), (Kind::Company, "name"));
        assert_eq!(m, ["name", "industry", "founded", "revenue", "employees", "country", "parent"]);

        let (k, m, key) = guess("product,series,sales_price\nGTX Basic,GTX,550\n", "products.csv");
        assert_eq!((k, m.join(" ").as_str(), key.as_str()), (Kind::Product, "name series price", "name"));

        let (k, m, key) = guess("sales_agent,manager,regional_office\nAnna Snelling,Dustin Brinkmann,Central\n", "data.csv");
        assert_eq!((k, m.join(" ").as_str(), key.as_str()), (Kind::User, "name team.manager team.region", "name"));

        let (k, m, key) = guess(
            "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n1C1I7A6R,Moses Frase,GTX,Cancity,Won,10/20/2016,3/1/2017,1054\n",
            "x.csv",
        );
        assert_eq!((k, key.as_str()), (Kind::Deal, "external_id"));
        assert_eq!(m, ["external_id", "owner", "products", "company", "stage", "opened_on", "close_date", "amount"]);
    }

    #[test]
    fn headers_in_other_languages() {
        let (k, m, key) = guess("姓名,公司,职位,手机,邮箱\n王小明,华信,经理,13800000000,a@b.cn\n", "导出.csv");
        assert_eq!((k, m.join(" ").as_str(), key.as_str()), (Kind::Contact, "name company job_title phones emails", "emails"));
        let (k, m, _) = guess("公司名稱,產業,員工人數,年營收（萬元）,統一編號\n華信,軟體,5,10,1\n", "");
        assert_eq!((k, m.join(" ").as_str()), (Kind::Company, "name industry employees revenue "));
        let (k, m, key) = guess("Назва угоди;Клієнт;Сума;Етап;Відповідальний;Дата закриття\nА;Б;5;Виграно;Олена;01.02.2017\n", "");
        assert_eq!((k, m.join(" ").as_str(), key.as_str()), (Kind::Deal, "name company amount stage owner close_date", "name"));
        let (k, m, _) = guess("Прізвище;Ім’я;Посада;Телефон;Телефон 2\nКоваленко;Олена;директор;1;2\n", "");
        assert_eq!((k, m.join(" ").as_str()), (Kind::Contact, "family_name given_name job_title phones phones"));
    }

    #[test]
    fn an_export_maps_by_itself() {
        for kind in KINDS {
            let head: Vec<&str> = targets(kind);
            let row: Vec<&str> = head.iter().map(|h| if *h == "id" { "0190b0a0-0000-7000-8000-000000000001" } else { "x" }).collect();
            let g = grid(&format!("{}\n{}\n", head.join(","), row.join(",")));
            let m = map(&g, kind);
            for c in &m {
                let whole_name = kind == Kind::Contact && c.column == "name";
                assert!(whole_name || c.field == c.column, "{kind:?}: {} → {}", c.column, c.field);
            }
            assert_eq!(match_field(&g, kind, &m), "id", "{kind:?}");
        }
    }

    #[test]
    fn a_plain_list_of_names_is_companies_unless_the_file_says_otherwise() {
        assert_eq!(guess("name\nAcme\nBee\n", "list.csv").0, Kind::Company);
        assert_eq!(guess("name,email\nAnna,a@b.c\n", "contacts.csv").0, Kind::Contact);
        assert_eq!(guess("name,price\nAnna,5\n", "list.csv").0, Kind::Product);
    }
}
