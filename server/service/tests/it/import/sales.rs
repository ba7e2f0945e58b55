//! The example data of a sales team, whole.

use bytes::Bytes;
use domain::Kind;
use domain::list::ListQuery;
use service::{import, records};

use super::{all, figures, take};
use crate::house::House;

/// `sales_pipeline.csv` and its friends, beside the checkout or where RAPPORT_SAMPLE_DATA says.
fn sample_data() -> Option<std::path::PathBuf> {
    if let Some(dir) = std::env::var_os("RAPPORT_SAMPLE_DATA") {
        return Some(dir.into());
    }
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().map(|d| d.join("shared/data/crm-sales-opportunities")).find(|d| d.is_dir())
}

#[tokio::test]
async fn a_sales_teams_real_pipeline() {
    let Some(dir) = sample_data() else {
        eprintln!("SKIPPED: shared/data/crm-sales-opportunities is not beside the checkout; set RAPPORT_SAMPLE_DATA to run this");
        return;
    };
    let house = House::new().await;
    let mut reports = Vec::new();
    for file in ["accounts.csv", "products.csv", "sales_teams.csv", "sales_pipeline.csv"] {
        let bytes = Bytes::from(std::fs::read(dir.join(file)).unwrap());
        let began = std::time::Instant::now();
        let seen = import::inspect(&house.owner, file, bytes).await.unwrap();
        let report = take(&house.owner, seen).await;
        eprintln!("{file}: {:?} in {:?}, {} unknown", figures(&report), began.elapsed(), report.unknown.len());
        reports.push(report);
    }
    assert_eq!(
        reports.iter().map(figures).collect::<Vec<_>>(),
        [[85, 0, 0, 0, 0], [7, 0, 0, 0, 0], [35, 0, 0, 0, 12], [8_800, 0, 0, 0, 0]]
    );
    let unknown: Vec<(&str, &str, i64, Option<&str>)> = reports
        .iter()
        .flat_map(|r| &r.unknown)
        .filter(|u| u.field != "team.manager")
        .map(|u| (u.field.as_str(), u.value.as_str(), u.rows, u.closest.as_deref()))
        .collect();
    assert_eq!(
        unknown,
        [
            ("industry", "technolgy", 12, Some("technology")),
            ("country", "Philipines", 1, Some("Philippines")),
            ("products", "GTXPro", 1_480, Some("GTX Pro")),
        ]
    );
    let count = async |kind: Kind, filter: &str| {
        let query = ListQuery { filter: filter.into(), count: true, ..ListQuery::default() };
        records::list(&house.owner, kind, &query).await.unwrap().total.unwrap()
    };
    assert_eq!((count(Kind::Company, "").await, count(Kind::Product, "").await), (85, 7));
    assert_eq!(
        (count(Kind::User, "role = sales").await, count(Kind::User, "role = manager").await, count(Kind::Team, "").await),
        (35, 6, 6)
    );
    assert_eq!(count(Kind::Company, "parent filled").await, 15);
    let by_stage: Vec<i64> = [
        count(Kind::Deal, "status = won").await,
        count(Kind::Deal, "status = lost").await,
        count(Kind::Deal, "stage = engaging").await,
        count(Kind::Deal, "stage = prospecting").await,
    ]
    .into();
    assert_eq!(by_stage, [4_238, 2_473, 1_589, 500]);
    let deals = all(&house.owner, Kind::Deal).await;
    let won: i64 = deals.iter().filter(|d| d.text("status") == "won").filter_map(|d| d.money("amount")).map(|m| m.minor).sum();
    assert_eq!((deals.len(), won), (8_800, 1_000_553_400));
    assert_eq!(deals.iter().filter(|d| d.id_of("company").is_none()).count(), 1_425);
    assert!(deals.iter().all(|d| d.ids_of("products").len() == 1 && d.owner().is_some_and(|o| o != house.owner.me.id)));
    assert_eq!(deals.iter().filter(|d| d.text("status") != "open").filter(|d| d.text("closed_at").starts_with("2017-")).count(), 6_711);

    // The same again: nothing new, nothing changed.
    for (file, n) in [("accounts.csv", 85), ("products.csv", 7), ("sales_teams.csv", 35), ("sales_pipeline.csv", 8_800)] {
        let bytes = Bytes::from(std::fs::read(dir.join(file)).unwrap());
        let seen = import::inspect(&house.owner, file, bytes).await.unwrap();
        let report = import::run(&house.owner, seen.upload, seen.guess, |_| ()).await.unwrap();
        assert_eq!(figures(&report), [0, 0, n, 0, 0], "{file}");
    }
    // And all of it can be taken back.
    let began = std::time::Instant::now();
    for report in reports.iter().rev() {
        import::undo_now(&house.owner, report.id).await.unwrap();
    }
    eprintln!("taken back in {:?}", began.elapsed());
    assert_eq!((count(Kind::Deal, "").await, count(Kind::Company, "").await, count(Kind::User, "").await), (0, 0, 1));
}
