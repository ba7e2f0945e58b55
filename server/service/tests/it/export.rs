use bytes::Bytes;
use domain::list::ListQuery;
use domain::{Error, Kind};
use futures::TryStreamExt;
use serde_json::{Value, json};
use service::export::{Format, export};
use service::{Ctx, import, records};

use crate::house::{House, object};

async fn file(ctx: &Ctx, kind: Kind, filter: &str, columns: &[&str], format: Format) -> Vec<u8> {
    let query = ListQuery { filter: filter.into(), sort: "name".into(), limit: 1, ..ListQuery::default() };
    let columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
    let pieces: Vec<Bytes> = export(ctx, kind, &query, &columns, format).await.unwrap().try_collect().await.unwrap();
    pieces.concat()
}

async fn text(ctx: &Ctx, kind: Kind, filter: &str, columns: &[&str]) -> String {
    String::from_utf8(file(ctx, kind, filter, columns, Format::Csv).await).unwrap()
}

#[tokio::test]
async fn readers_without_the_right_get_nothing_and_others_only_what_they_see() {
    let house = House::new().await;
    let ann = house.person("sales", None).await;
    let bob = house.person("sales", None).await;
    house.deal("Hers", "5.00", ann.me.id).await;
    house.deal("His", "7.00", bob.me.id).await;
    let guest = house.person("read_only", None).await;
    for format in [Format::Csv, Format::Json, Format::Xlsx] {
        let refused = export(&guest, Kind::Deal, &ListQuery::default(), &[], format).await;
        assert_eq!(refused.err(), Some(Error::Forbidden));
    }
    let hers = text(&ann, Kind::Deal, "", &["name:120", "amount"]).await;
    assert_eq!(hers, "\u{feff}name,amount,currency\r\nHers,5.00,USD\r\n");
    let bad = export(&ann, Kind::Deal, &ListQuery::default(), &["nothing".to_owned()], Format::Csv).await;
    assert!(matches!(bad.err(), Some(Error::Invalid { .. })));
    let bad = ListQuery { filter: "nothing = 1".into(), ..ListQuery::default() };
    assert!(matches!(export(&ann, Kind::Deal, &bad, &[], Format::Json).await.err(), Some(Error::Invalid { .. })));
}

async fn a_customer(house: &House) {
    let parent = house.create(Kind::Company, json!({"name": "Acme, \"the\" parent"})).await;
    let fields = json!({
        "name": "=HYPERLINK(\"http://evil.example\")", "parent": parent.id, "phones": ["+380441234567"], "emails": ["a@b.example", "c@d.example"],
        "revenue": {"amount": "1054.50", "currency": "EUR"}, "employees": 12, "tags": ["重要", "vip"], "description": "two\nlines"
    });
    house.create(Kind::Company, fields).await;
}

#[tokio::test]
async fn csv_is_safe_and_comes_back_as_it_was() {
    let house = House::new().await;
    a_customer(&house).await;
    let csv = text(&house.owner, Kind::Company, "parent filled", &["name", "parent", "phones", "emails", "revenue", "tags"]).await;
    assert_eq!(
        csv,
        "\u{feff}name,parent,phones,emails,revenue,currency,tags\r\n\
         \"'=HYPERLINK(\"\"http://evil.example\"\")\",\"Acme, \"\"the\"\" parent\",+380441234567,a@b.example; c@d.example,1054.50,EUR,重要; vip\r\n"
    );
    // Everything, and into another house that knows none of it.
    for format in [Format::Csv, Format::Xlsx] {
        let whole = file(&house.owner, Kind::Company, "", &[], format).await;
        let other = House::new().await;
        let seen = import::inspect(&other.owner, "companies", Bytes::from(whole.clone())).await.unwrap();
        assert_eq!((seen.guess.kind, seen.guess.match_field.as_str(), seen.rows), (Kind::Company, "id", 2), "{format:?}");
        let report = import::run(&other.owner, seen.upload, seen.guess, |_| ()).await.unwrap();
        assert_eq!((report.created, report.rejected), (2, 0), "{:?}", report.rejects);
        let list =
            records::list(&other.owner, Kind::Company, &ListQuery { sort: "name".into(), ..ListQuery::default() }).await.unwrap().records;
        let (child, parent) = if list[0].id_of("parent").is_some() { (&list[0], &list[1]) } else { (&list[1], &list[0]) };
        assert_eq!((child.name(), child.id_of("parent")), ("=HYPERLINK(\"http://evil.example\")", Some(parent.id)), "{format:?}");
        assert_eq!(child.fields["emails"], json!(["a@b.example", "c@d.example"]));
        assert_eq!(child.fields["revenue"], json!({"amount": "1054.50", "currency": "EUR"}));
        assert_eq!((child.text("description"), child.int("employees")), ("two\nlines", Some(12)));
        // Back where it came from, every row is known by its id.
        let seen = import::inspect(&house.owner, "companies", Bytes::from(whole)).await.unwrap();
        let report = import::dry_run(&house.owner, seen.upload, seen.guess).await.unwrap();
        assert_eq!((report.duplicate, report.created, report.updated), (2, 0, 0), "{format:?}");
    }
}

#[tokio::test]
async fn deals_come_back_too() {
    let house = House::new().await;
    let product = house.create(Kind::Product, json!({"name": "GTX Pro"})).await;
    for (n, stage) in [(0, "won"), (1, "lost"), (2, "engaging")] {
        let fields = json!({"name": format!("D{n}"), "stage": stage, "amount": {"amount": "1.25", "currency": "USD"}, "products": [product.id],
            "closed_at": if n < 2 { Some("2017-03-01") } else { None }});
        house.create(Kind::Deal, fields).await;
    }
    for format in [Format::Csv, Format::Xlsx] {
        let whole = file(&house.owner, Kind::Deal, "", &[], format).await;
        let seen = import::inspect(&house.owner, "deals", Bytes::from(whole)).await.unwrap();
        assert_eq!(seen.guess.kind, Kind::Deal);
        let report = import::dry_run(&house.owner, seen.upload, seen.guess).await.unwrap();
        assert_eq!((report.duplicate, report.rejected, report.unknown.len()), (3, 0, 0), "{format:?} {report:?}");
    }
}

#[tokio::test]
async fn json_has_names_beside_ids() {
    let house = House::new().await;
    a_customer(&house).await;
    let all: Vec<Value> = serde_json::from_slice(&file(&house.owner, Kind::Company, "", &[], Format::Json).await).unwrap();
    assert_eq!(all.len(), 2);
    let child = all.iter().find(|c| !c["parent"].is_null()).unwrap();
    assert_eq!(child["parent"]["name"], "Acme, \"the\" parent");
    assert_eq!(child["revenue"], json!({"amount": "1054.50", "currency": "EUR"}));
    assert_eq!(child["name"], "=HYPERLINK(\"http://evil.example\")");
    let none: Vec<Value> = serde_json::from_slice(&file(&house.owner, Kind::Company, "city = Nowhere", &[], Format::Json).await).unwrap();
    assert_eq!(none, Vec::<Value>::new());
}

#[tokio::test]
async fn long_lists_come_whole_and_in_order() {
    let house = House::new().await;
    let mut csv = "name\n".to_owned();
    (0..1_234).for_each(|n| csv.push_str(&format!("C{n:04}\n")));
    let seen = import::inspect(&house.owner, "companies.csv", Bytes::from(csv)).await.unwrap();
    import::run(&house.owner, seen.upload, seen.guess, |_| ()).await.unwrap();
    let csv = text(&house.owner, Kind::Company, "", &["name"]).await;
    let names: Vec<&str> = csv.lines().skip(1).collect();
    assert_eq!((names.len(), names[0], names[1_233]), (1_234, "C0000", "C1233"));
    assert!(names.windows(2).all(|w| w[0] < w[1]));
    let json: Vec<Value> = serde_json::from_slice(&file(&house.owner, Kind::Company, "", &["name"], Format::Json).await).unwrap();
    assert_eq!((json.len(), &json[7]), (1_234, &json!({"name": "C0007"})));
    let _ = object(json!({}));
}
