//! The transactions of a fold without the fold: as many, of the same size, one after the other as it
//! writes them.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, Delete, Put, PutRequest, TransactWriteItem, Update, WriteRequest},
};
use futures::{StreamExt, stream};
use tsunagu_domain::{
    ids::AccountId,
    licenses::{
        holder::{HolderId, HolderKind, Source},
        usage::{Activity, Happening},
    },
    service::LicenseModel,
};
use tsunagu_store::items::{HolderItem, UsageFactItem};
use tsunagu_tests::{licensed::usage, measured::TABLE, seed::attributes};

type Item = HashMap<String, AttributeValue>;

/// How many batches are put at once, as at intake.
const PUTS_AT_ONCE: usize = 8;
/// How many accounts a run folds at once.
const ACCOUNTS_AT_ONCE: usize = 4;

/// What a fold wrote.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) model: LicenseModel,
    /// How many accounts, and how many facts of each.
    pub(crate) accounts: usize,
    pub(crate) facts: usize,
    /// How many transactions, of all.
    pub(crate) transactions: u64,
}

impl Shape {
    /// How long its transactions take by themselves.
    pub(crate) async fn time(self, client: &Client) -> Duration {
        // A name of its own: no other's items are in its way.
        let account = AccountId::mint(tsunagu_tests::clock::start());
        let facts: Vec<_> = (0..self.accounts)
            .flat_map(|of| (0..self.facts).map(move |user| (of, user)))
            .map(|(of, user)| in_partition(fact(account, user), &format!("PEND#{account}"), of))
            .collect();
        put_all(client, facts).await;
        let transactions = usize::try_from(self.transactions).expect("few");
        let at_once = (self.facts * self.accounts).div_ceil(transactions).max(1);
        let begun = Instant::now();
        let folds = (0..self.accounts).map(|of| self.account(client, account, of, at_once));
        let folds: Vec<_> = folds.collect();
        stream::iter(folds).buffer_unordered(ACCOUNTS_AT_ONCE).collect::<Vec<()>>().await;
        begun.elapsed()
    }

    async fn account(self, client: &Client, account: AccountId, of: usize, at_once: usize) {
        for first in (0..self.facts).step_by(at_once) {
            let users = first..(first + at_once).min(self.facts);
            let mut actions: Vec<_> = users
                .flat_map(|user| {
                    let kinds: &[HolderKind] = match self.model {
                        LicenseModel::User => &[HolderKind::User],
                        LicenseModel::UserDevice => &[HolderKind::User, HolderKind::Device],
                    };
                    let holders = kinds.iter().map(move |kind| holder(account, user, *kind));
                    let holders =
                        holders.map(|item| put(in_partition(item, &format!("LIC#{account}"), of)));
                    let key = in_partition(fact(account, user), &format!("PEND#{account}"), of);
                    holders.chain([delete(&key)]).collect::<Vec<_>>()
                })
                .collect();
            actions.extend((0..3).map(|place| add(account, of, place)));
            let write = client.transact_write_items().set_transact_items(Some(actions));
            write.send().await.expect("nothing else writes these items");
        }
    }
}

/// An item as the fold has it, in a partition that no run looks at.
fn in_partition(mut item: Item, kind: &str, of: usize) -> Item {
    let pk = format!("BARE#{kind}#{of:04}");
    item.insert("PK".to_owned(), AttributeValue::S(pk));
    item
}

fn fact(account: AccountId, user: usize) -> Item {
    let service = "mail".parse().expect("a code");
    let day = "2026-02-10".parse().expect("a day");
    let one = usage(account, &service, user, day);
    attributes(&UsageFactItem {
        account_id: one.account_id,
        service: one.service,
        user_id: one.user_id,
        source: one.source,
        device_id: one.device_id,
        day: one.day,
    })
}

fn holder(account: AccountId, user: usize, kind: HolderKind) -> Item {
    let service = "mail".parse().expect("a code");
    let day = "2026-02-10".parse().expect("a day");
    let one = usage(account, &service, user, day);
    let mut activity = Activity::default();
    let _ = activity.take(Happening::Active(day));
    let device = one.device_id.expect("is told");
    let (holder_id, user_id, device_id) = match kind {
        HolderKind::User => {
            (HolderId::of_user(Source::Reported, &one.user_id), Some(one.user_id), None)
        }
        HolderKind::Device => (HolderId::of_device(&device), None, Some(device)),
    };
    attributes(&HolderItem {
        account_id: account,
        service,
        kind,
        holder_id,
        user_id,
        device_id,
        source: Source::Reported,
        activity,
        releasing: None,
        rev: 1,
    })
}

fn put(item: Item) -> TransactWriteItem {
    let put = Put::builder().table_name(TABLE).set_item(Some(item));
    let put = put.condition_expression("attribute_not_exists(PK)");
    TransactWriteItem::builder().put(put.build().expect("it is whole")).build()
}

fn delete(item: &Item) -> TransactWriteItem {
    let delete = Delete::builder().table_name(TABLE);
    let delete = delete.key("PK", item["PK"].clone()).key("SK", item["SK"].clone());
    let delete = delete.condition_expression("attribute_exists(PK)");
    TransactWriteItem::builder().delete(delete.build().expect("it is whole")).build()
}

/// Moves figures: the month's, its days', or those that stand.
fn add(account: AccountId, of: usize, place: usize) -> TransactWriteItem {
    let text = |text: String| AttributeValue::S(text);
    let number = |number: &str| AttributeValue::N(number.to_owned());
    let update = Update::builder()
        .table_name(TABLE)
        .key("PK", text(format!("BARE#A#{account}#{of:04}")))
        .key("SK", text(format!("FIG#mail#{place}")))
        .update_expression("SET entity = :e, v = :v, service = :s ADD ua :n, us :n, un :n, uo :n")
        .expression_attribute_values(":e", text("month-figures".to_owned()))
        .expression_attribute_values(":s", text("mail".to_owned()))
        .expression_attribute_values(":v", number("1"))
        .expression_attribute_values(":n", number("30"))
        .condition_expression("attribute_not_exists(rebuilding)");
    TransactWriteItem::builder().update(update.build().expect("it is whole")).build()
}

async fn put_all(client: &Client, items: Vec<Item>) {
    let batches: Vec<_> = items.chunks(25).map(<[Item]>::to_vec).collect();
    let puts = batches.into_iter().map(|items| async move {
        let request = |item| {
            let put = PutRequest::builder().set_item(Some(item)).build().expect("is given");
            WriteRequest::builder().put_request(put).build()
        };
        let requests: Vec<_> = items.into_iter().map(request).collect();
        let written = client.batch_write_item().request_items(TABLE, requests).send().await;
        let left = written.expect("is written").unprocessed_items.unwrap_or_default();
        assert!(left.is_empty(), "the embedded engine writes whole batches");
    });
    stream::iter(puts).buffer_unordered(PUTS_AT_ONCE).collect::<Vec<()>>().await;
}
