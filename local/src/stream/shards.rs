//! Which shards a stream has, and which of them may be read now.

use std::collections::BTreeMap;

use aws_sdk_dynamodbstreams::Client;

use super::{StreamError, failed};

/// The ARN of the table's stream: the newest, where it had others before.
pub(super) async fn stream_of(client: &Client, table: &str) -> Result<String, StreamError> {
    let mut found = None;
    let mut from = None;
    loop {
        let request = client.list_streams().table_name(table);
        let page = request.set_exclusive_start_stream_arn(from).send().await;
        let page = page.map_err(|error| failed(table, &error))?;
        let named = |stream: &aws_sdk_dynamodbstreams::types::Stream| {
            Some((stream.stream_label()?.to_owned(), stream.stream_arn()?.to_owned()))
        };
        // Labels are points in time, the later the greater.
        found = found.into_iter().chain(page.streams().iter().filter_map(named)).max();
        from = page.last_evaluated_stream_arn;
        if from.is_none() {
            break;
        }
    }
    found.map(|(_, arn)| arn).ok_or_else(|| StreamError::Absent(table.to_owned()))
}

/// The shards that a stream has, each with its parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    parents: BTreeMap<String, Option<String>>,
}

impl Known {
    /// Asks the service.
    pub(super) async fn of(
        client: &Client,
        table: &str,
        stream: &str,
    ) -> Result<Self, StreamError> {
        let mut parents = BTreeMap::new();
        let mut from = None;
        loop {
            let request = client.describe_stream().stream_arn(stream);
            let page = request.set_exclusive_start_shard_id(from).send().await;
            let page = page.map_err(|error| failed(table, &error))?;
            let Some(page) = page.stream_description else { break };
            for shard in page.shards() {
                if let Some(id) = shard.shard_id() {
                    parents.insert(id.to_owned(), shard.parent_shard_id().map(str::to_owned));
                }
            }
            from = page.last_evaluated_shard_id;
            if from.is_none() {
                break;
            }
        }
        Ok(Self { parents })
    }

    /// Whether the stream still has this shard.
    pub(super) fn has(&self, shard: &str) -> bool {
        self.parents.contains_key(shard)
    }

    /// Shards that are not finished and whose parents are, or are gone: an item's records are in a
    /// parent before they are in its child.
    pub(super) fn readable<'a>(
        &'a self,
        finished: impl Fn(&str) -> bool + 'a,
    ) -> impl Iterator<Item = &'a str> {
        self.parents.iter().filter_map(move |(shard, parent)| {
            let waits = parent.as_ref().is_some_and(|parent| self.has(parent) && !finished(parent));
            (!finished(shard) && !waits).then_some(shard.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(shards: &[(&str, Option<&str>)]) -> Known {
        let owned = shards.iter().map(|(shard, parent)| ((*shard).into(), parent.map(Into::into)));
        Known { parents: owned.collect() }
    }

    #[test]
    fn given_parents_and_children_when_read_then_a_child_waits_until_its_parent_is_done() {
        let known = known(&[("a", None), ("b", Some("a")), ("c", Some("a")), ("d", Some("gone"))]);
        assert_eq!(known.readable(|_| false).collect::<Vec<_>>(), ["a", "d"]);
        assert_eq!(known.readable(|shard| shard == "a").collect::<Vec<_>>(), ["b", "c", "d"]);
        assert_eq!(known.readable(|shard| shard != "c").collect::<Vec<_>>(), ["c"]);
    }
}
