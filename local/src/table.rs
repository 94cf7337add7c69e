//! The table as the template's `AWS::DynamoDB::Table` says, made where it is absent.

use aws_sdk_dynamodb::{
    Client,
    client::Waiters,
    error::SdkError,
    operation::describe_table::DescribeTableError,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        Projection, ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
        TableDescription, TimeToLiveSpecification,
    },
};
use serde::Deserialize;
use std::time::Duration;

/// The longest a new table may take; every local engine has it at once.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// The table's keys, indexes, expiry and stream. Backups, deletion protection and encryption are
/// the deployment's own matter.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TableSpec {
    attribute_definitions: Vec<Attribute>,
    key_schema: Vec<Key>,
    #[serde(default)]
    global_secondary_indexes: Vec<Index>,
    time_to_live_specification: Option<TimeToLive>,
    stream_specification: Option<Stream>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Attribute {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Key {
    attribute_name: String,
    key_type: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Index {
    #[serde(rename = "IndexName")]
    name: String,
    key_schema: Vec<Key>,
    projection: IndexProjection,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct IndexProjection {
    projection_type: String,
    non_key_attributes: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TimeToLive {
    attribute_name: String,
    enabled: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Stream {
    stream_view_type: String,
}

/// Why there is no table to work with.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// DynamoDB did not do what it was asked.
    #[error("the table {table} cannot be made or read: {cause}")]
    Database {
        /// The table's name.
        table: String,
        /// What DynamoDB, or the way to it, said.
        cause: String,
    },
    /// A table of that name exists, of another shape.
    #[error(
        "the table {table} is there with other keys, indexes or stream than template.yaml says"
    )]
    OtherShape {
        /// The table's name.
        table: String,
    },
    /// The definition is incomplete.
    #[error("template.yaml: the table's definition is not one that DynamoDB takes: {0}")]
    Definition(String),
}

impl TableSpec {
    /// The same table without a stream, where nobody listens to it: each write costs a record, and
    /// on the embedded engine only a listener removes them again.
    #[must_use]
    pub fn without_stream(mut self) -> Self {
        self.stream_specification = None;
        self
    }

    /// Makes the table under `name` unless it is there already. One that is there without its stream,
    /// as older versions made it, gets it.
    pub async fn create_if_absent(&self, client: &Client, name: &str) -> Result<(), TableError> {
        match client.describe_table().table_name(name).send().await {
            Ok(found) => {
                let other = || TableError::OtherShape { table: name.to_owned() };
                let table =
                    found.table().filter(|table| self.describes(table)).ok_or_else(other)?;
                match (&self.stream_specification, stream_of(table)) {
                    (Some(wanted), Some(view)) if wanted.stream_view_type != view => Err(other()),
                    (Some(_), None) => self.switch_stream_on(client, name).await,
                    _ => Ok(()),
                }
            }
            Err(error) if is_absent(&error) => self.create(client, name).await,
            Err(error) => Err(failed(name, &error)),
        }
    }

    async fn create(&self, client: &Client, name: &str) -> Result<(), TableError> {
        let request = client
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(self.attributes()?))
            .set_key_schema(Some(keys(&self.key_schema)?))
            .set_global_secondary_indexes(self.indexes()?)
            .set_stream_specification(self.stream()?);
        request.send().await.map_err(|error| failed(name, &error))?;
        let ready = client.wait_until_table_exists().table_name(name);
        ready.wait(READY_WITHIN).await.map_err(|error| failed(name, &error))?;
        self.expire(client, name).await
    }

    async fn switch_stream_on(&self, client: &Client, name: &str) -> Result<(), TableError> {
        let request = client.update_table().table_name(name);
        let request = request.set_stream_specification(self.stream()?);
        request.send().await.map_err(|error| failed(name, &error))?;
        let ready = client.wait_until_table_exists().table_name(name);
        ready.wait(READY_WITHIN).await.map(|_| ()).map_err(|error| failed(name, &error))
    }

    async fn expire(&self, client: &Client, name: &str) -> Result<(), TableError> {
        let Some(ttl) = self.time_to_live_specification.as_ref().filter(|ttl| ttl.enabled) else {
            return Ok(());
        };
        let specification = TimeToLiveSpecification::builder()
            .attribute_name(&ttl.attribute_name)
            .enabled(true)
            .build()
            .map_err(|error| definition(&error))?;
        let request = client.update_time_to_live().table_name(name);
        let sent = request.time_to_live_specification(specification).send().await;
        sent.map(|_| ()).map_err(|error| failed(name, &error))
    }

    fn attributes(&self) -> Result<Vec<AttributeDefinition>, TableError> {
        let attribute = |attribute: &Attribute| {
            AttributeDefinition::builder()
                .attribute_name(&attribute.attribute_name)
                .attribute_type(ScalarAttributeType::from(attribute.attribute_type.as_str()))
                .build()
                .map_err(|error| definition(&error))
        };
        self.attribute_definitions.iter().map(attribute).collect()
    }

    fn indexes(&self) -> Result<Option<Vec<GlobalSecondaryIndex>>, TableError> {
        let index = |index: &Index| {
            let projection = Projection::builder()
                .projection_type(ProjectionType::from(index.projection.projection_type.as_str()))
                .set_non_key_attributes(index.projection.non_key_attributes.clone())
                .build();
            GlobalSecondaryIndex::builder()
                .index_name(&index.name)
                .set_key_schema(Some(keys(&index.key_schema)?))
                .projection(projection)
                .build()
                .map_err(|error| definition(&error))
        };
        let indexes: Vec<_> =
            self.global_secondary_indexes.iter().map(index).collect::<Result<_, _>>()?;
        Ok(Some(indexes).filter(|indexes| !indexes.is_empty()))
    }

    fn stream(&self) -> Result<Option<StreamSpecification>, TableError> {
        let Some(stream) = &self.stream_specification else { return Ok(None) };
        StreamSpecification::builder()
            .stream_enabled(true)
            .stream_view_type(StreamViewType::from(stream.stream_view_type.as_str()))
            .build()
            .map(Some)
            .map_err(|error| definition(&error))
    }

    /// Whether an existing table has these keys and indexes.
    fn describes(&self, table: &TableDescription) -> bool {
        let found: Vec<_> = table
            .global_secondary_indexes()
            .iter()
            .filter_map(|index| Some((index.index_name()?, plain(index.key_schema()))))
            .collect();
        let same_indexes = self.global_secondary_indexes.iter().all(|index| {
            let keys: Vec<_> = index.key_schema.iter().map(Key::plain).collect();
            found.contains(&(index.name.as_str(), keys))
        });
        let same_keys =
            plain(table.key_schema()) == self.key_schema.iter().map(Key::plain).collect::<Vec<_>>();
        same_keys && same_indexes && found.len() == self.global_secondary_indexes.len()
    }
}

impl Key {
    fn plain(&self) -> (&str, &str) {
        (&self.attribute_name, &self.key_type)
    }
}

/// What a table's stream shows of an item, where it has a stream.
fn stream_of(table: &TableDescription) -> Option<&str> {
    let stream = table.stream_specification().filter(|stream| stream.stream_enabled())?;
    stream.stream_view_type().map(StreamViewType::as_str)
}

fn plain(keys: &[KeySchemaElement]) -> Vec<(&str, &str)> {
    keys.iter().map(|key| (key.attribute_name(), key.key_type().as_str())).collect()
}

fn keys(keys: &[Key]) -> Result<Vec<KeySchemaElement>, TableError> {
    let key = |key: &Key| {
        KeySchemaElement::builder()
            .attribute_name(&key.attribute_name)
            .key_type(KeyType::from(key.key_type.as_str()))
            .build()
            .map_err(|error| definition(&error))
    };
    keys.iter().map(key).collect()
}

fn is_absent(error: &SdkError<DescribeTableError>) -> bool {
    error.as_service_error().is_some_and(DescribeTableError::is_resource_not_found_exception)
}

fn failed(table: &str, error: &(dyn std::error::Error + 'static)) -> TableError {
    // The chain's texts alone: the SDK's own rendering repeats it all as Rust values.
    let chain = std::iter::successors(Some(error), |error| error.source());
    let cause = chain.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    TableError::Database { table: table.to_owned(), cause }
}

fn definition(error: &aws_sdk_dynamodb::error::BuildError) -> TableError {
    TableError::Definition(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;

    fn spec(index: &str) -> TableSpec {
        let text = format!(
            "
AttributeDefinitions:
  - {{AttributeName: PK, AttributeType: S}}
  - {{AttributeName: SK, AttributeType: S}}
  - {{AttributeName: {index}PK, AttributeType: S}}
  - {{AttributeName: {index}SK, AttributeType: S}}
KeySchema: [{{AttributeName: PK, KeyType: HASH}}, {{AttributeName: SK, KeyType: RANGE}}]
GlobalSecondaryIndexes:
  - IndexName: {index}
    KeySchema: [{{AttributeName: {index}PK, KeyType: HASH}}, {{AttributeName: {index}SK, KeyType: RANGE}}]
    Projection: {{ProjectionType: ALL}}
BillingMode: PAY_PER_REQUEST
TimeToLiveSpecification: {{AttributeName: ttl, Enabled: true}}
StreamSpecification: {{StreamViewType: NEW_AND_OLD_IMAGES}}
DeletionProtectionEnabled: true
"
        );
        yaml_serde::from_str(&text).expect("the fixture is a table")
    }

    #[tokio::test]
    async fn given_no_table_when_made_then_it_has_keys_indexes_expiry_and_stream() {
        let engine = Engine::in_memory().await.expect("the engine starts");
        let client = engine.client();
        spec("GSI1").create_if_absent(&client, "tsunagu").await.expect("the table is made");
        let described =
            client.describe_table().table_name("tsunagu").send().await.expect("is there");
        let table = described.table().expect("a description");
        assert!(spec("GSI1").describes(table));
        let stream = table.stream_specification().expect("a stream");
        assert_eq!(stream.stream_view_type(), Some(&StreamViewType::NewAndOldImages));
        let ttl =
            client.describe_time_to_live().table_name("tsunagu").send().await.expect("is there");
        let ttl = ttl.time_to_live_description().expect("a description");
        assert_eq!(ttl.attribute_name(), Some("ttl"));
        engine.stop().await;
    }

    #[tokio::test]
    async fn given_a_table_when_made_again_then_it_stays_and_another_shape_is_refused() {
        let engine = Engine::in_memory().await.expect("the engine starts");
        let client = engine.client();
        let plain = spec("GSI1").without_stream();
        plain.create_if_absent(&client, "tsunagu").await.expect("the table is made");
        plain.create_if_absent(&client, "tsunagu").await.expect("the table is kept");
        let stream = async || {
            let found = client.describe_table().table_name("tsunagu").send().await.expect("there");
            found.table().and_then(stream_of).map(str::to_owned)
        };
        assert_eq!(stream().await, None);
        // An older table gets its stream, and keeps it.
        for _ in 0..2 {
            let made = spec("GSI1").create_if_absent(&client, "tsunagu").await;
            made.expect("the stream is switched on");
            assert_eq!(stream().await.as_deref(), Some("NEW_AND_OLD_IMAGES"));
        }
        let mut narrower = spec("GSI1");
        let stream = Stream { stream_view_type: "KEYS_ONLY".to_owned() };
        narrower.stream_specification = Some(stream);
        let refused = narrower.create_if_absent(&client, "tsunagu").await;
        assert!(matches!(refused, Err(TableError::OtherShape { .. })), "{refused:?}");
        let refused = spec("GSI2").create_if_absent(&client, "tsunagu").await;
        assert!(matches!(refused, Err(TableError::OtherShape { .. })), "{refused:?}");
        engine.stop().await;
    }
}
