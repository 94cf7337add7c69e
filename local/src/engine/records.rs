//! The embedded engine's stream records, for which its own interface has no word: it keeps them for
//! ever, and looks through all of them for the next number at every write. So they get an index, and
//! who has read them removes them. (`docs/engines.md` has what was measured.)
//!
//! This knows two names and a form of the pinned version of the engine; tests here fail where
//! another one has others.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Result, params};

/// By what the engine asks for the newest record of a table, and for those behind another.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS tsunagu_stream_order \
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// The oldest records first. The one that is named stays: the engine counts on from the newest.
const TRIM: &str = "DELETE FROM _stream_records WHERE id IN (SELECT id FROM _stream_records \
    WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) < ?2 \
    ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?3)";

/// So many records are removed at once: writers wait meanwhile.
const AT_ONCE: usize = 1000;

/// What the engine adds to its own numbers before it shows them.
const SHOWN_FROM: u128 = 100_000_000_000_000_000_000;

/// A second connection to the engine's database. Clones are the same one.
#[derive(Clone)]
pub struct Records {
    connection: Arc<Mutex<Connection>>,
}

impl Records {
    /// Connects to a database that the engine has opened.
    pub(super) fn of(file: &str) -> Result<Self> {
        let connection = Connection::open(file)?;
        // As the engine itself: it need not wait for the disk.
        connection.execute_batch("PRAGMA synchronous = NORMAL")?;
        connection.execute_batch(INDEX)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Removes the records of a table that are older than the one of this sequence number.
    pub async fn trim(&self, table: &str, before: &str) -> Result<(), String> {
        let number = before.parse::<u128>().ok().and_then(|shown| shown.checked_sub(SHOWN_FROM));
        let number = number.and_then(|number| i64::try_from(number).ok());
        let number = number.ok_or_else(|| format!("{before} is no number of this engine's"))?;
        let (records, table) = (self.clone(), table.to_owned());
        let trimmed = tokio::task::spawn_blocking(move || {
            let connection = records.connection.lock().unwrap_or_else(PoisonError::into_inner);
            while connection.execute(TRIM, params![table, number, AT_ONCE])? == AT_ONCE {}
            Ok(())
        });
        let trimmed: Result<()> = trimmed.await.map_err(|error| error.to_string())?;
        trimmed.map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use serde_json::Value;

    use super::*;
    use crate::{engine::Engine, stream::Reader, table::TableSpec};

    async fn start() -> Engine {
        let engine = Engine::in_memory().await.expect("the engine starts");
        let spec: TableSpec = yaml_serde::from_str(
            "{AttributeDefinitions: [{AttributeName: PK, AttributeType: S}],
              KeySchema: [{AttributeName: PK, KeyType: HASH}],
              StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}}",
        )
        .expect("the fixture is a table");
        for table in ["read", "other"] {
            spec.create_if_absent(&engine.client(), table).await.expect("the table is made");
        }
        engine
    }

    async fn put(engine: &Engine, table: &str, name: &str) {
        let put = engine.client().put_item().table_name(table);
        put.item("PK", AttributeValue::S(name.to_owned())).send().await.expect("the item is put");
    }

    /// What the stream still has, from its beginning: names and numbers.
    async fn left(engine: &Engine, table: &str) -> Vec<(String, String)> {
        let mut reader = Reader::open(engine.streams(), table, None).await.expect("a stream");
        let page = reader.next().await.expect("the stream is read");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let shown = |record: &Value| {
            let change = &record["dynamodb"];
            (text(&change["Keys"]["PK"]["S"]), text(&change["SequenceNumber"]))
        };
        page.records.iter().map(shown).collect()
    }

    #[tokio::test]
    async fn given_records_that_were_read_when_trimmed_then_those_behind_them_and_of_others_stay() {
        let engine = start().await;
        for name in ["a", "b", "c", "d"] {
            put(&engine, "read", name).await;
            put(&engine, "other", name).await;
        }
        let before = left(&engine, "read").await;
        let records = engine.records().expect("is embedded");
        records.trim("read", &before[2].1).await.expect("trims");
        assert_eq!(left(&engine, "read").await, before[2..]);
        assert_eq!(left(&engine, "other").await.len(), 4);
        // All are read: the last one stays, and numbers are never given twice.
        records.trim("read", &before[3].1).await.expect("trims");
        assert_eq!(left(&engine, "read").await, before[3..]);
        put(&engine, "read", "e").await;
        let after = left(&engine, "read").await;
        assert!(after[1].1 > before[3].1, "{after:?}");
        engine.stop().await;
    }

    #[tokio::test]
    async fn given_a_number_of_another_engine_when_trimmed_then_nothing_is_removed() {
        let engine = start().await;
        put(&engine, "read", "a").await;
        let records = engine.records().expect("is embedded");
        for number in ["", "7", "much", "900000000000000000000000000000"] {
            records.trim("read", number).await.expect_err("is refused");
        }
        assert_eq!(left(&engine, "read").await.len(), 1);
        engine.stop().await;
    }

    #[tokio::test]
    async fn given_the_index_when_the_engine_asks_then_it_is_used() {
        let engine = start().await;
        let records = engine.records().expect("is embedded");
        let connection = records.connection.lock().unwrap_or_else(PoisonError::into_inner);
        for asked in [
            "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records \
             WHERE table_name = 'read'",
            "SELECT event_name FROM _stream_records WHERE table_name = 'read' AND shard_id = 's' \
             AND CAST(sequence_number AS INTEGER) > 5 \
             ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 9",
        ] {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {asked}")).expect("SQL");
            let plan: Vec<String> = plan
                .query_map([], |row| row.get("detail"))
                .and_then(Iterator::collect)
                .expect("a plan");
            let plan = plan.join("; ");
            assert!(
                plan.starts_with("SEARCH") && plan.contains("INDEX tsunagu_stream_order"),
                "{plan}"
            );
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
