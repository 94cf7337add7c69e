//! Organizations and their program memberships, as the vendor tells of them.

use tsunagu_domain::{
    audit::{Action, Actor, Change},
    ids::{AccountId, OrgId},
    organization::Organization,
    program::{Membership, MembershipStatus, Memberships, Program, Window},
    text::DisplayName,
    time::Instant,
};

use crate::{
    Changed, Store,
    audit::{Event, change},
    condition::{Condition, Update},
    error::{StoreError, WriteError},
    items::{AccountItem, OrganizationItem},
    keys::{self, prefix},
    query::{Index, Query},
    settle::{Attempt, until_settled},
    transaction::{Outcome, Transaction},
};

/// How many accounts one transaction takes along: two actions each, beside the organization's own.
const ACCOUNTS_AT_ONCE: usize = 45;

/// Something that the vendor put.
#[derive(Clone, Debug)]
pub struct Stated<T> {
    /// It as it is now.
    pub value: T,
    /// Whether it was made.
    pub is_new: bool,
}

impl Store {
    /// An organization; `None` where nobody has heard of it.
    pub async fn organization(&self, org_id: OrgId) -> Result<Option<Organization>, StoreError> {
        Ok(self.organization_item(org_id).await?.map(|item| item.organization))
    }

    /// Gives an organization its verified name. All of its accounts' partners have it before this
    /// answers; that is done even where nothing differs, so that repeating a call that was cut off
    /// completes it.
    ///
    /// `still` says whether the organization is as its reader saw it, `None` where there is none.
    pub async fn name_organization(
        &self,
        org_id: OrgId,
        name: &DisplayName,
        now: Instant,
        still: impl Fn(Option<&Organization>) -> bool,
    ) -> Result<Stated<Organization>, WriteError<Changed>> {
        let accounts = self.account_ids(org_id).await?;
        let stated = until_settled(async || {
            let before = self.organization_as_seen(org_id, &still).await?;
            let mut after = before.as_ref().map_or_else(|| new_item(org_id), next_item);
            after.organization.name = Some(name.clone());
            let was = before.as_ref().and_then(|item| item.organization.name.as_ref());
            let changes = (was != Some(name)).then(|| vec![change("name", was, Some(name))]);
            let event = changes.map(|changes| organization_event(org_id, now, changes));
            // Even an equal name is told anew: the accounts' `rev` makes an acceptance that read the
            // old name and is not written yet start over.
            let renaming = Statement { before, after, event, renames: true };
            self.state(renaming, &accounts).await
        })
        .await?;
        for account in accounts {
            self.copy_to_partners(account).await?;
        }
        Ok(stated)
    }

    /// States an organization's membership of a program: badges follow with the next request.
    ///
    /// `still` says whether the membership is as its reader saw it, `None` where there is none.
    pub async fn state_membership(
        &self,
        org_id: OrgId,
        program: Program,
        status: MembershipStatus,
        window: Window,
        now: Instant,
        still: impl Fn(Option<&Membership>) -> bool,
    ) -> Result<Stated<Membership>, WriteError<Changed>> {
        let accounts = self.account_ids(org_id).await?;
        let of_program = |organization: Option<&Organization>| {
            still(organization.and_then(|known| known.memberships.of(program)))
        };
        until_settled(async || {
            let before = self.organization_as_seen(org_id, &of_program).await?;
            let was = before.as_ref().and_then(|item| item.organization.memberships.of(program));
            let is_new = was.is_none();
            let membership = Membership::declare(was, status, window, now);
            if was == Some(&membership) {
                return Ok(Attempt::Done(Stated { value: membership, is_new }));
            }
            let event = membership_event(program, was, &membership, now);
            let mut after = before.as_ref().map_or_else(|| new_item(org_id), next_item);
            after.organization.memberships.put(program, membership.clone());
            let statement = Statement { before, after, event: Some(event), renames: false };
            Ok(match self.state(statement, &accounts).await? {
                Attempt::Done(_) => Attempt::Done(Stated { value: membership, is_new }),
                Attempt::Stale => Attempt::Stale,
            })
        })
        .await
    }

    async fn organization_as_seen(
        &self,
        org_id: OrgId,
        still: &impl Fn(Option<&Organization>) -> bool,
    ) -> Result<Option<OrganizationItem>, WriteError<Changed>> {
        let item = self.organization_item(org_id).await?;
        if still(item.as_ref().map(|item| &item.organization)) {
            Ok(item)
        } else {
            Err(WriteError::Refused(Changed))
        }
    }

    /// Writes an organization, and what its accounts are to know of it: the first of them in the
    /// same transaction, which is all of them but for the very largest organizations.
    async fn state(
        &self,
        statement: Statement,
        accounts: &[AccountId],
    ) -> Result<Attempt<Stated<Organization>>, WriteError<Changed>> {
        let (first, others) = accounts.split_at(accounts.len().min(ACCOUNTS_AT_ONCE));
        let mut transaction = Transaction::default();
        let unchanged = Condition::unchanged(statement.before.as_ref().map(|before| before.rev))?;
        transaction.put(&statement.after, &unchanged)?;
        statement.tell(&mut transaction, first)?;
        match self.table.transact(transaction).await? {
            Outcome::Done => {}
            Outcome::Refused(_) => return Ok(Attempt::Stale),
        }
        for some in others.chunks(ACCOUNTS_AT_ONCE) {
            let mut transaction = Transaction::default();
            statement.tell(&mut transaction, some)?;
            if !transaction.is_empty() {
                // Only an operator removes accounts: repeated, this looks for them anew.
                if let Outcome::Refused(_) = self.table.transact(transaction).await? {
                    return Err(StoreError::corrupt("an account that vanished").into());
                }
            }
        }
        let value = statement.after.organization;
        Ok(Attempt::Done(Stated { value, is_new: statement.before.is_none() }))
    }

    /// The accounts of an organization. Only an operator removes accounts: what the index names was
    /// there a moment ago.
    async fn account_ids(&self, org_id: OrgId) -> Result<Vec<AccountId>, StoreError> {
        let partition = keys::organization_partition(org_id);
        let query = Query::prefix(partition, prefix::ACCOUNTS).on(Index::Gsi1);
        let items = self.table.query_all::<AccountItem>(query).await?;
        Ok(items.into_iter().map(|item| item.account.account_id).collect())
    }
}

/// What the vendor states of an organization.
struct Statement {
    before: Option<OrganizationItem>,
    after: OrganizationItem,
    /// What the accounts' trails tell of it; nothing where nothing differs.
    event: Option<Event>,
    /// Whether the accounts' names, as others see them, change.
    renames: bool,
}

impl Statement {
    fn tell(
        &self,
        transaction: &mut Transaction,
        accounts: &[AccountId],
    ) -> Result<(), StoreError> {
        for account in accounts {
            if self.renames {
                let next = Update::default().add("rev", 1);
                transaction.update(keys::account(*account), next, &Condition::present());
            }
            if let Some(event) = &self.event {
                transaction.audit(*account, Actor::Platform, event)?;
            }
        }
        Ok(())
    }
}

fn new_item(org_id: OrgId) -> OrganizationItem {
    let memberships = Memberships::default();
    OrganizationItem { organization: Organization { org_id, name: None, memberships }, rev: 1 }
}

fn next_item(item: &OrganizationItem) -> OrganizationItem {
    OrganizationItem { organization: item.organization.clone(), rev: item.rev + 1 }
}

fn organization_event(org_id: OrgId, now: Instant, changes: Vec<(String, Change)>) -> Event {
    Event::new(now, Action::OrganizationChanged, "organization", org_id).with(changes)
}

fn membership_event(
    program: Program,
    before: Option<&Membership>,
    after: &Membership,
    now: Instant,
) -> Event {
    let text = |at: Option<Instant>| at.map(|at| at.to_rfc3339());
    let fields = |membership: Option<&Membership>| {
        let window = membership.map(|membership| membership.window).unwrap_or_default();
        [
            ("status", membership.map(|membership| membership.status.to_string())),
            ("activeFrom", text(window.from)),
            ("activeUntil", text(window.until)),
        ]
    };
    let changes = fields(before)
        .into_iter()
        .zip(fields(Some(after)))
        .filter(|((_, from), (_, to))| from != to)
        .map(|((field, from), (_, to))| change(field, from, to));
    Event::new(now, Action::MembershipChanged, "program", program).with(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_membership_that_is_turned_off_then_the_trail_tells_that_alone() {
        let now = Instant::default();
        let window = Window { from: Some(now), until: None };
        let before = Membership::declare(None, MembershipStatus::Active, window, now);
        let after = Membership::declare(Some(&before), MembershipStatus::Inactive, window, now);
        let event = membership_event(Program::Csp, Some(&before), &after, now);
        let expected = [change("status", Some("active"), Some("inactive"))];
        assert_eq!(event.changes, expected.into_iter().collect());
        assert_eq!(event.target.id, "CSP");
    }

    #[test]
    fn given_a_new_membership_then_the_trail_tells_its_window() {
        let now = Instant::default();
        let window = Window { from: Some(now), until: None };
        let after = Membership::declare(None, MembershipStatus::Active, window, now);
        let event = membership_event(Program::Csa, None, &after, now);
        assert_eq!(event.changes.keys().collect::<Vec<_>>(), ["activeFrom", "status"]);
    }
}
