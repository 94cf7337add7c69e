//! What is in the table, read past the store and past all faults.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tsunagu_domain::{
    audit::{Action, AuditEntry},
    connection::Pair,
    ids::AccountId,
    notification::{ConnectionNotice, Notification},
};
use tsunagu_store::{
    Item,
    items::{
        AuditItem, CustomerEpisodeItem, CustomerItem, Episode, NotificationItem,
        PartnerEpisodeItem, PartnerItem,
    },
    keys::{self, Key, attribute},
};

use crate::{background::exchange, seed::attributes, units::item_size};

/// An item as DynamoDB takes and gives it.
pub type Attributes = HashMap<String, AttributeValue>;

/// The table of a test as it is.
#[derive(Clone, Debug)]
pub struct Stored {
    client: Client,
    table: String,
}

/// What was in the table at one moment.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The items by their keys.
    pub items: BTreeMap<Key, Attributes>,
}

impl Stored {
    /// What is in this table, by a client past all faults.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Puts an item as it is.
    pub async fn put<I: Item>(&self, item: &I) {
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(attributes(item)));
        exchange(put.send()).await.expect("the item is put");
    }

    /// Removes an item.
    pub async fn remove(&self, key: Key) {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete
            .key(attribute::PK, AttributeValue::S(key.pk))
            .key(attribute::SK, AttributeValue::S(key.sk));
        exchange(delete.send()).await.expect("the item is removed");
    }

    /// Makes the table what it was at a moment: every item that is otherwise by now, or there no more, or
    /// had not been there.
    pub async fn turn_back(&self, to: &Contents) {
        let now = self.contents().await;
        let (client, table, to) = (self.client.clone(), self.table.clone(), to.clone());
        exchange(async move {
            for key in now.items.keys().filter(|key| !to.items.contains_key(*key)) {
                let delete = client.delete_item().table_name(&table);
                let delete = delete
                    .key(attribute::PK, AttributeValue::S(key.pk.clone()))
                    .key(attribute::SK, AttributeValue::S(key.sk.clone()));
                delete.send().await.expect("the item is removed");
            }
            for (key, item) in to.items {
                if now.items.get(&key) != Some(&item) {
                    let put = client.put_item().table_name(&table).set_item(Some(item));
                    put.send().await.expect("the item is put");
                }
            }
        })
        .await;
    }

    /// Makes an item one of a version that nobody knows yet.
    pub async fn make_unreadable(&self, key: Key) {
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .key(attribute::PK, AttributeValue::S(key.pk))
            .key(attribute::SK, AttributeValue::S(key.sk))
            .update_expression("SET v = :v")
            .condition_expression("attribute_exists(PK)")
            .expression_attribute_values(":v", AttributeValue::N("99".to_owned()));
        exchange(update.send()).await.expect("the item is there");
    }

    /// Everything that is in the table at this moment.
    pub async fn contents(&self) -> Contents {
        let (client, table) = (self.client.clone(), self.table.clone());
        exchange(async move {
            let mut items = BTreeMap::new();
            let scan = client.scan().table_name(table).consistent_read(true);
            let mut pages = scan.into_paginator().items().send();
            while let Some(item) = pages.next().await {
                let item = item.expect("the table is read");
                items.insert(key_of(&item), item);
            }
            Contents { items }
        })
        .await
    }

    /// Every item as JSON, by its key: two readings are equal if and only if nothing has changed.
    pub async fn json(&self) -> BTreeMap<String, Value> {
        let contents = self.contents().await;
        let json = |(key, item): (&Key, _)| (format!("{} {}", key.pk, key.sk), to_json(item));
        contents.items.iter().map(json).collect()
    }

    /// One item by its key.
    pub async fn get<T: DeserializeOwned + Send + 'static>(&self, key: Key) -> Option<T> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get
            .key(attribute::PK, AttributeValue::S(key.pk))
            .key(attribute::SK, AttributeValue::S(key.sk));
        exchange(get.send()).await.expect("the item is read").item.map(decode)
    }

    /// The items of a kind under partitions that begin so, in the order of their keys.
    pub async fn of_kind<I: Item>(&self, partition: &str) -> Vec<I> {
        self.contents().await.of_kind(partition)
    }

    /// An account's notifications, oldest first.
    pub async fn notifications(&self, account: AccountId) -> Vec<Notification> {
        self.contents().await.notifications(account)
    }

    /// How many notifications of a code an account has.
    pub async fn count_notices(&self, account: AccountId, notice: ConnectionNotice) -> usize {
        self.contents().await.count_notices(account, notice)
    }

    /// An account's audit trail, oldest first.
    pub async fn audit(&self, account: AccountId) -> Vec<AuditEntry> {
        self.contents().await.audit(account)
    }

    /// The active connection as each side keeps it; that they agree is asserted here.
    pub async fn connection(&self, pair: Pair) -> Option<(CustomerItem, PartnerItem)> {
        self.contents().await.connection(pair)
    }

    /// The episodes of a pair, oldest first; that both sides keep the same is asserted here.
    pub async fn episodes(&self, pair: Pair) -> Vec<Episode> {
        self.contents().await.episodes(pair)
    }
}

impl Contents {
    /// One item by its key.
    pub fn get<T: DeserializeOwned>(&self, key: &Key) -> Option<T> {
        self.items.get(key).cloned().map(decode)
    }

    /// The items of a kind under partitions that begin so, in the order of their keys.
    pub fn of_kind<I: Item>(&self, partition: &str) -> Vec<I> {
        let kind = AttributeValue::S(I::ENTITY.to_owned());
        self.items
            .iter()
            .filter(|(key, _)| key.pk.starts_with(partition))
            .filter(|(_, item)| item.get(attribute::ENTITY) == Some(&kind))
            .map(|(_, item)| decode(item.clone()))
            .collect()
    }

    /// An account's notifications, oldest first.
    pub fn notifications(&self, account: AccountId) -> Vec<Notification> {
        let items = self.of_kind::<NotificationItem>(&keys::account_partition(account));
        items.into_iter().map(|item| item.notification).collect()
    }

    /// How many notifications of a code an account has.
    pub fn count_notices(&self, account: AccountId, notice: ConnectionNotice) -> usize {
        let code = notice.to_string();
        self.notifications(account).iter().filter(|one| one.code == code).count()
    }

    /// An account's audit trail, oldest first.
    pub fn audit(&self, account: AccountId) -> Vec<AuditEntry> {
        let items = self.of_kind::<AuditItem>(&format!("AUDIT#{account}#"));
        items.into_iter().map(|item| item.entry).collect()
    }

    /// How many entries of an action stand in an account's audit trail.
    pub fn count_audited(&self, account: AccountId, action: Action) -> usize {
        self.audit(account).iter().filter(|entry| entry.action == action).count()
    }

    /// The active connection as each side keeps it; that they agree is asserted here.
    pub fn connection(&self, pair: Pair) -> Option<(CustomerItem, PartnerItem)> {
        let Pair { partner, customer } = pair;
        let on_partner = self.get::<CustomerItem>(&keys::customer(partner, customer));
        let on_customer = self.get::<PartnerItem>(&keys::partner(customer, partner));
        match (on_partner, on_customer) {
            (Some(one), Some(other)) => {
                assert_eq!(
                    (one.connection_id, one.episode, one.shares, one.connected_at),
                    (other.connection_id, other.episode, other.shares, other.connected_at),
                    "both sides keep the same"
                );
                Some((one, other))
            }
            (None, None) => None,
            sides => panic!("one side only: {sides:?}"),
        }
    }

    /// The episodes of a pair, oldest first; that both sides keep the same is asserted here.
    pub fn episodes(&self, pair: Pair) -> Vec<Episode> {
        let on_partner = keys::account_partition(pair.partner);
        let on_partner = self.of_kind::<CustomerEpisodeItem>(&on_partner).into_iter();
        let on_customer = keys::account_partition(pair.customer);
        let on_customer = self.of_kind::<PartnerEpisodeItem>(&on_customer).into_iter();
        let of_pair = |one: &Episode| (one.partner, one.customer) == (pair.partner, pair.customer);
        let one: Vec<_> = on_partner.map(|item| item.episode).filter(of_pair).collect();
        let other: Vec<_> = on_customer.map(|item| item.episode).filter(of_pair).collect();
        assert_eq!(format!("{one:?}"), format!("{other:?}"), "both sides keep the same history");
        one
    }
}

/// What an item costs in bytes, by the rules that DynamoDB publishes.
pub fn size_of(item: &Attributes) -> usize {
    item_size(&to_json(item))
}

/// An item as JSON, each value with its type, as DynamoDB's own JSON has it.
pub fn to_json(item: &Attributes) -> Value {
    item.iter().map(|(name, value)| (name.clone(), value_to_json(value))).collect()
}

fn value_to_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Bool(truth) => json!({"BOOL": truth}),
        AttributeValue::Null(_) => json!({"NULL": true}),
        AttributeValue::L(list) => {
            json!({"L": list.iter().map(value_to_json).collect::<Vec<_>>()})
        }
        AttributeValue::M(map) => json!({"M": to_json(map)}),
        other => panic!("the store writes no such value: {other:?}"),
    }
}

fn key_of(item: &Attributes) -> Key {
    let text = |name: &str| item[name].as_s().expect("keys are texts").clone();
    Key { pk: text(attribute::PK), sk: text(attribute::SK) }
}

fn decode<T: DeserializeOwned>(item: Attributes) -> T {
    serde_dynamo::from_item(item).expect("the item is of its kind")
}
