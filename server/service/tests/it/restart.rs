//! Databases and indexes on disk that are closed, copied and put together again.

use std::path::Path;

use domain::Kind;
use domain::list::ListQuery;
use serde_json::json;
use service::{App, Clock, Config, Ctx, records, search};

use crate::house::House;

fn on_disk(dir: &Path) -> Config {
    let database = format!("surrealkv://{}", dir.join("db").display());
    Config { database, data_dir: Some(dir.to_owned()), ..Config::in_memory() }
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() { copy(&entry.path(), &to) } else { _ = std::fs::copy(entry.path(), to).unwrap() }
    }
}

async fn companies(ctx: &Ctx) -> (Vec<String>, Option<i64>) {
    let query = ListQuery { count: true, sort: "name".into(), ..ListQuery::default() };
    let page = records::list(ctx, Kind::Company, &query).await.unwrap();
    (page.records.iter().map(|r| r.name().to_owned()).collect(), page.total)
}

#[tokio::test]
async fn an_older_copy_of_the_database_does_not_keep_the_newer_index() {
    let (now, before) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let house = House::of(on_disk(now.path())).await;
    house.create(Kind::Company, json!({"name": "Isdom"})).await;
    copy(&now.path().join("db"), &before.path().join("db"));
    house.create(Kind::Company, json!({"name": "Too late"})).await;
    assert_eq!(companies(&house.owner).await.1, Some(2));
    drop(house);
    copy(&now.path().join("index"), &before.path().join("index"));

    let app = App::open(on_disk(before.path()), Clock::system()).await.unwrap();
    let ctx = app.system("test");
    assert_eq!(companies(&ctx).await, (vec!["Isdom".to_owned()], Some(1)));
    assert_eq!(search::find(&ctx, "late", &[], 10).await.unwrap(), []);
    assert_eq!(search::find(&ctx, "isdom", &[], 10).await.unwrap().len(), 1);
}
