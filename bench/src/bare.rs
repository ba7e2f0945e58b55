//! The same rows straight from the database, in this process and without anything around it: what a program would pay that
//! asked SurrealDB for them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use surrealdb::Surreal;
use surrealdb::engine::local::Db;

use crate::doors::World;
use crate::load::{self, Figures};

pub struct Bare(Surreal<Db>);

impl Bare {
    /// Opened as the program opens it.
    pub async fn open(data: &Path) -> Result<Self> {
        use surrealdb_core::kvs::Datastore;
        let config = surrealdb_cnf::ConfigMap::empty()
            .with_key_value("surrealkv_max_memtable_size", "33554432")
            .with_key_value("surrealkv_block_cache_capacity", "67108864");
        let url = format!("surrealkv://{}", data.join("database").display());
        let store = Datastore::builder().with_config(config).without_maintenance_tasks().build_with_path(&url).await?;
        store.check_version().await?;
        store.bootstrap().await?;
        let db = Surreal::<Db>::unstable_from_datastore(store, None).await?;
        db.use_ns("rapport").use_db("rapport").await?;
        Ok(Self(db))
    }

    /// None: there is nothing to compare with.
    pub async fn measure(&self, room: &str, world: &World, users: usize, time: Duration) -> Result<Option<Figures>> {
        let Some(questions) = questions(room, world) else { return Ok(None) };
        let questions = Arc::new(questions);
        let db = self.0.clone();
        let ask = move |at: usize| {
            let (db, questions) = (db.clone(), Arc::clone(&questions));
            async move {
                let sql = questions.get(at % questions.len().max(1)).cloned().unwrap_or_default();
                loop {
                    let mut answer = db.query(&sql).await?;
                    let errors: Vec<String> = answer.take_errors().into_values().map(|e| e.to_string()).collect();
                    match errors.first() {
                        None => return Ok(()),
                        // Two wrote one record: a program would try again as well, and pay for it.
                        Some(_) if errors.iter().any(|e| e.contains("can be retried")) => {}
                        Some(e) => return Err(anyhow!("{sql}: {e}")),
                    }
                }
            }
        };
        Ok(Some(load::calls(users, time, ask).await?))
    }
}

fn questions(room: &str, world: &World) -> Option<Vec<String>> {
    let pipeline = &world.pipeline;
    let deals = || world.deals().iter();
    Some(match room {
        "list" => world.lists.iter().map(|l| l.sql.clone()).collect(),
        "board" => {
            let cards = |stage: &str| {
                format!(
                    "SELECT * FROM deal WHERE deleted_at = NONE AND pipeline = '{pipeline}' AND stage = '{stage}' ORDER BY rank LIMIT 50;"
                )
            };
            let sums = format!(
                "SELECT stage, count(), math::sum(<decimal> amount.amount) FROM deal WHERE deleted_at = NONE AND pipeline = '{pipeline}' GROUP BY stage;"
            );
            vec![world.open_stages().map(cards).collect::<String>() + &sums]
        }
        "dashboard" => {
            let by = |group: &str, filter: &str| {
                format!(
                    "SELECT {group} AS g, count(), math::sum(<decimal> amount.amount) FROM deal WHERE deleted_at = NONE AND {filter} GROUP BY g;"
                )
            };
            vec![
                by("[status, string::slice(closed_at ?? '', 0, 7)]", "status IN ['won', 'lost']")
                    + &by("[stage, string::slice(expected_close ?? '', 0, 7)]", "status = 'open'")
                    + &by("[status, owner]", "status IN ['won', 'lost']")
                    + &by("[status, products]", "status IN ['won', 'lost']"),
            ]
        }
        "record" => {
            let ask = |d: &String| {
                format!(
                    "SELECT * FROM deal:u'{d}'; SELECT * FROM change WHERE links CONTAINS '{d}' ORDER BY rev LIMIT 60; SELECT * FROM task WHERE deal = '{d}';"
                )
            };
            deals().map(ask).collect()
        }
        "search" => {
            let ask = |w: &&str| {
                let of = |table: &str| {
                    format!("SELECT * FROM {table} WHERE deleted_at = NONE AND string::lowercase(name) CONTAINS '{w}' LIMIT 12;")
                };
                ["company", "contact", "deal"].map(of).concat()
            };
            world.searches.iter().map(ask).collect()
        }
        "move" => {
            let ask = |d: &String| {
                format!(
                    "BEGIN; UPDATE ONLY deal:u'{d}' SET version += 1 WHERE version > 0 RETURN VALUE version; CREATE change CONTENT {{ links: ['{d}'], rev: 1, at: '2026-01-01T00:00:00.000Z', kind: 'deal', record: '{d}' }} RETURN NONE; COMMIT;"
                )
            };
            deals().map(ask).collect()
        }
        _ => return None,
    })
}
