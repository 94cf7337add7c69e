//! What a record of the table's stream says about feeds.

use serde::{Deserialize, Serialize};

use tsunagu_domain::{ids::AccountId, visibility::Visibility};

use super::{Mark, Marks, Step};
use crate::{
    error::StoreError,
    item::{Attributes, Item, decode},
    items::{
        AccountItem, DismissedForAllItem, DismissedForCustomerItem, FeedNotificationItem,
        FeedStepItem, FeedTicketItem, NotificationItem, PartnerItem, TicketItem,
    },
    keys::attribute,
};

/// An item as a stream record has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Image(serde_dynamo::Item);

impl Image {
    fn into_attributes(self) -> Attributes {
        self.0.into()
    }

    fn entity(&self) -> Option<&str> {
        match self.0.get(attribute::ENTITY) {
            Some(serde_dynamo::AttributeValue::S(entity)) => Some(entity),
            _ => None,
        }
    }
}

/// An item before and after a change.
#[derive(Clone, Debug)]
pub struct StreamRecord {
    /// Before; nothing where it was made.
    pub old: Option<Image>,
    /// After; nothing where it is gone.
    pub new: Option<Image>,
}

/// What follows from a change.
#[derive(Clone, Debug)]
pub enum FeedChange {
    /// Work on feeds.
    Work(Step),
    /// Work that was put off goes on.
    Resume(Box<FeedStepItem>),
}

impl StreamRecord {
    /// What follows from the change; nothing from most.
    pub fn changes(self) -> Result<Vec<FeedChange>, StoreError> {
        let image = self.new.as_ref().or(self.old.as_ref());
        let Some(entity) = image.and_then(Image::entity).map(str::to_owned) else {
            return Err(StoreError::corrupt("a stream record of no item of ours"));
        };
        Ok(match entity.as_str() {
            NotificationItem::ENTITY => self.made(|item: NotificationItem| {
                let NotificationItem { notification } = item;
                let is_shared = notification.visibility == Visibility::Shared;
                is_shared.then_some(Step::Tell {
                    customer: notification.account_id,
                    notification: notification.notification_id,
                    after: None,
                })
            })?,
            TicketItem::ENTITY => self.ticket()?,
            PartnerItem::ENTITY => self.connection()?,
            FeedNotificationItem::ENTITY => self.entry(|item: FeedNotificationItem| {
                Step::Count { partner: item.partner, customer: item.customer }
            })?,
            FeedTicketItem::ENTITY => self.entry(|item: FeedTicketItem| Step::Count {
                partner: item.partner,
                customer: item.customer,
            })?,
            DismissedForAllItem::ENTITY => self.marks()?,
            DismissedForCustomerItem::ENTITY => {
                self.written(|item: DismissedForCustomerItem| Step::SweepCustomer {
                    partner: item.partner,
                    customer: item.customer,
                    mark: Mark { up_to: item.up_to, at: item.at },
                    after: None,
                })?
            }
            AccountItem::ENTITY => self.account()?,
            FeedStepItem::ENTITY => {
                let new = self.new.map(|image| decode(image.into_attributes())).transpose()?;
                new.map(|item| FeedChange::Resume(Box::new(item))).into_iter().collect()
            }
            _ => Vec::new(),
        })
    }

    /// What follows from an item that was made.
    fn made<I: Item>(
        self,
        follows: impl FnOnce(I) -> Option<Step>,
    ) -> Result<Vec<FeedChange>, StoreError> {
        let (None, Some(new)) = (self.old, self.new) else { return Ok(Vec::new()) };
        let item = decode::<I>(new.into_attributes())?;
        Ok(follows(item).map(FeedChange::Work).into_iter().collect())
    }

    /// What follows from an item that was made or changed.
    fn written<I: Item>(
        self,
        follows: impl FnOnce(I) -> Step,
    ) -> Result<Vec<FeedChange>, StoreError> {
        let Some(new) = self.new else { return Ok(Vec::new()) };
        let item = decode::<I>(new.into_attributes())?;
        Ok(vec![FeedChange::Work(follows(item))])
    }

    /// What no partner sees of a ticket concerns none: neither what the account does with one of its
    /// own, nor a comment for the account alone.
    fn ticket(self) -> Result<Vec<FeedChange>, StoreError> {
        let read = |image: Option<Image>| {
            image.map(|image| decode::<TicketItem>(image.into_attributes())).transpose()
        };
        let (old, new) = (read(self.old)?, read(self.new)?);
        let Some(TicketItem { ticket, .. }) = new else { return Ok(Vec::new()) };
        if old.and_then(|item| item.ticket.shared()) == ticket.shared() {
            return Ok(Vec::new());
        }
        let (customer, ticket) = (ticket.account_id, ticket.ticket_id);
        Ok(vec![FeedChange::Work(Step::Carry { customer, ticket, after: None })])
    }

    /// What follows from whatever happened to an entry of a feed.
    fn entry<I: Item>(self, count: impl FnOnce(I) -> Step) -> Result<Vec<FeedChange>, StoreError> {
        let Some(image) = self.new.or(self.old) else { return Ok(Vec::new()) };
        Ok(vec![FeedChange::Work(count(decode(image.into_attributes())?))])
    }

    fn connection(self) -> Result<Vec<FeedChange>, StoreError> {
        let read = |image: Option<Image>| {
            image.map(|image| decode::<PartnerItem>(image.into_attributes())).transpose()
        };
        let (old, new) = (read(self.old)?, read(self.new)?);
        let episode = |item: &Option<PartnerItem>| item.as_ref().map(|item| item.episode);
        if episode(&old) == episode(&new) {
            return Ok(Vec::new());
        }
        let ended = old.map(|PartnerItem { partner, customer, episode, .. }| Step::Clear {
            partner,
            customer,
            episode,
            after: None,
        });
        let begun = new.map(|PartnerItem { partner, customer, episode, .. }| {
            Step::FillNotifications { partner, customer, episode, after: None }
        });
        Ok(ended.into_iter().chain(begun).map(FeedChange::Work).collect())
    }

    fn marks(self) -> Result<Vec<FeedChange>, StoreError> {
        let read = |image: Option<Image>| {
            image.map(|image| decode::<DismissedForAllItem>(image.into_attributes())).transpose()
        };
        let before = read(self.old)?.map(|item| item.marks).unwrap_or_default();
        let Some(DismissedForAllItem { partner, marks, .. }) = read(self.new)? else {
            return Ok(Vec::new());
        };
        Ok(sweeps(partner, &marks, &before))
    }

    /// An account's names and suspension are brought to its partners by whoever changes them, before
    /// that is answered. This mends where the one who did so died in between.
    fn account(self) -> Result<Vec<FeedChange>, StoreError> {
        let (Some(old), Some(new)) = (self.old, self.new) else { return Ok(Vec::new()) };
        let old = decode::<AccountItem>(old.into_attributes())?;
        let new = decode::<AccountItem>(new.into_attributes())?;
        if old.rev == new.rev {
            return Ok(Vec::new());
        }
        Ok(vec![FeedChange::Work(Step::Rename { account: new.account.account_id, after: None })])
    }
}

fn sweeps(partner: AccountId, marks: &Marks, before: &Marks) -> Vec<FeedChange> {
    let new = marks.since(before);
    new.map(|mark| FeedChange::Work(Step::Sweep { partner, mark, after: None })).collect()
}
