//! Who is in the directories.

use tsunagu_domain::federation::dn::Dn;
use tsunagu_local::directory::Entry;

pub(crate) const BASE: &str = "dc=example,dc=com";
pub(crate) const PEOPLE: &str = "ou=people,dc=example,dc=com";
pub(crate) const MINATO: &str = "ou=minato,ou=people,dc=example,dc=com";
pub(crate) const SAKURA: &str = "ou=sakura,ou=people,dc=example,dc=com";
pub(crate) const GROUPS: &str = "ou=groups,dc=example,dc=com";
pub(crate) const READER: &str = "cn=reader,ou=services,dc=example,dc=com";
pub(crate) const READERS_SECRET: &str = "the reader's secret";
pub(crate) const HANAKO: &str = "uid=hanako,ou=minato,ou=people,dc=example,dc=com";
pub(crate) const HANAKOS_ID: &str = "00000000-0000-4000-8000-000000000101";
pub(crate) const JIROS_ID: &str = "00000000-0000-4000-8000-000000000201";

pub(crate) fn dn(text: &str) -> Dn {
    text.parse().expect("a distinguished name")
}

/// An id of its own.
pub(crate) fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// Somebody's password. It begins with no brace: OpenLDAP takes what stands in braces there for the
/// name of a hash.
pub(crate) fn password(user: &str) -> String {
    format!("password of {user}")
}

/// A user of a branch, by one name or more.
pub(crate) fn user(name: &str, branch: &str, number: u32) -> Entry {
    Entry::new(dn(&format!("uid={name},{branch}")), &id(number))
        .with("objectClass", "inetOrgPerson")
        .with("objectClass", "extensibleObject")
        .with("uid", name)
        .with("cn", name)
        .with("sn", name)
        .with("userPrincipalName", format!("{name}@corp.example.com"))
        .with_password(&password(name))
}

fn branch(name: &str, above: &str, number: u32) -> Entry {
    Entry::new(dn(&format!("ou={name},{above}")), &id(number))
        .with("objectClass", "organizationalUnit")
        .with("ou", name)
}

fn group(name: &str, class: &str, number: u32) -> Entry {
    Entry::new(dn(&format!("cn={name},{GROUPS}")), &id(number))
        .with("objectClass", class)
        .with("cn", name)
}

/// Two customers' users, their groups, and what is odd in directories.
pub(crate) fn everybody() -> Vec<Entry> {
    let root = Entry::new(dn(BASE), &id(1)).with("objectClass", "domain").with("dc", "example");
    let reader = Entry::new(dn(READER), &id(6))
        .with("objectClass", "organizationalRole")
        .with("objectClass", "simpleSecurityObject")
        .with("cn", "reader")
        .with_password(READERS_SECRET);
    let mut entries = vec![
        root,
        branch("people", BASE, 2),
        branch("minato", PEOPLE, 3),
        branch("sakura", PEOPLE, 4),
        branch("services", BASE, 5),
        reader,
        branch("groups", BASE, 7),
        // A second name, as directories give those who marry.
        user("hanako", MINATO, 101).with("uid", "h.minato"),
        user("taro", MINATO, 102),
        user("jiro", SAKURA, 201),
        // One name, two people.
        user("same", MINATO, 103),
        user("same", SAKURA, 203),
        user("outsider", "ou=services,dc=example,dc=com", 301),
    ];
    entries.extend(groups());
    entries.extend(oddities());
    entries
}

fn groups() -> Vec<Entry> {
    vec![
        group("minato", "groupOfNames", 11)
            .with("member", HANAKO)
            .with("member", "uid=taro,ou=minato,ou=people,dc=example,dc=com"),
        group("sakura", "groupOfUniqueNames", 12)
            .with("uniqueMember", format!("uid=jiro,{SAKURA}")),
        group("posix", "posixGroup", 13)
            .with("gidNumber", "1000")
            .with("memberUid", "taro")
            .with("memberUid", "same"),
    ]
}

fn oddities() -> Vec<Entry> {
    let alias = Entry::new(dn(&format!("uid=alias,{MINATO}")), &id(104))
        .with("objectClass", "alias")
        .with("objectClass", "extensibleObject")
        .with("uid", "alias")
        .with("aliasedObjectName", HANAKO);
    let elsewhere = Entry::new(dn(&format!("ou=elsewhere,{PEOPLE}")), &id(8))
        .with("objectClass", "referral")
        .with("objectClass", "extensibleObject")
        .with("ou", "elsewhere")
        .with("ref", "ldap://127.0.0.1:9/ou=elsewhere,ou=people,dc=example,dc=com");
    vec![alias, elsewhere]
}
