//! Accounts put straight into the table, for tests of what happens between accounts.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use tsunagu_domain::{
    account::{Account, AccountStatus},
    administrator::{Access, Administrator, Subject},
    ids::{AccountId, AdminId, OrgId},
    organization::Organization,
    program::{Membership, MembershipStatus, Memberships, Program, Window},
    time::Instant,
};
use tsunagu_store::{
    Item,
    items::{
        AccountItem, AdministratorItem, FullAdministratorsItem, MembershipItem, OrganizationItem,
    },
    keys::{Key, attribute},
};

/// The attributes of an item as the store writes them.
pub fn attributes<I: Item>(item: &I) -> HashMap<String, AttributeValue> {
    let mut attributes: HashMap<_, _> = serde_dynamo::to_item(item).expect("items serialize");
    let mut place = |key: Key, pk: &str, sk: &str| {
        attributes.insert(pk.to_owned(), AttributeValue::S(key.pk));
        attributes.insert(sk.to_owned(), AttributeValue::S(key.sk));
    };
    place(item.key(), attribute::PK, attribute::SK);
    if let Some(key) = item.gsi1() {
        place(key, attribute::GSI1PK, attribute::GSI1SK);
    }
    if let Some(key) = item.gsi2() {
        place(key, attribute::GSI2PK, attribute::GSI2SK);
    }
    let mut number = |name: &str, value: String| {
        attributes.insert(name.to_owned(), AttributeValue::N(value));
    };
    if let Some(at) = item.expires_at() {
        number(attribute::TTL, at.timestamp().to_string());
    }
    number(attribute::VERSION, I::VERSION.to_string());
    attributes.insert(attribute::ENTITY.to_owned(), AttributeValue::S(I::ENTITY.to_owned()));
    attributes
}

/// An account by its name, in Japan.
pub fn account(name: &str, org_id: OrgId, now: Instant) -> AccountItem {
    let account = Account {
        account_id: AccountId::mint(now),
        org_id,
        display_name: name.parse().expect("a name"),
        country: "JP".parse().expect("a country"),
        time_zone: "Asia/Tokyo".parse().expect("a time zone"),
        address: None,
        contact: None,
        status: AccountStatus::Active,
        external_id: None,
        created_at: now,
    };
    AccountItem { account, rev: 1 }
}

/// An organization with a verified name, a member of these programs.
pub fn organization(name: &str, programs: &[Program], now: Instant) -> OrganizationItem {
    let mut memberships = Memberships::default();
    for program in programs {
        let active = MembershipStatus::Active;
        memberships.put(*program, Membership::declare(None, active, Window::default(), now));
    }
    let name = Some(name.parse().expect("a name"));
    let organization = Organization { org_id: OrgId::mint(now), name, memberships };
    OrganizationItem { organization, rev: 1 }
}

/// The first administrator of an account, with full access, and what goes with it.
pub fn administrator(
    account: &AccountItem,
    email: &str,
    subject: &Subject,
    now: Instant,
) -> (AdministratorItem, MembershipItem, FullAdministratorsItem) {
    let account_id = account.account.account_id;
    let administrator = Administrator {
        admin_id: AdminId::mint(now),
        email: Some(email.parse().expect("an address")),
        access: Access::Full,
        invited_by: None,
        joined_at: now,
    };
    (
        AdministratorItem { account_id, subject: subject.clone(), administrator, rev: 1 },
        MembershipItem { subject: subject.clone(), account_id },
        FullAdministratorsItem { account_id, full: 1 },
    )
}
