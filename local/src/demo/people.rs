//! Who is in the directory of the demo's service provider: the users of two of its customers, each in
//! a branch of their own.

use crate::directory::{Entry, Tree};

/// The name of the provider's domain.
pub(crate) const DOMAIN: &str = "hikari.example.jp";
/// Below which place everything is.
pub(crate) const BASE: &str = "dc=hikari,dc=example,dc=jp";
/// Who searches for users, and with what.
pub(crate) const READER: (&str, &str) =
    ("cn=reader,dc=hikari,dc=example,dc=jp", "reader-of-hikari");
/// The password of every user of the demo.
pub const PASSWORD: &str = "tsunagu-demo";

/// A user: name and full name.
type User = (&'static str, &'static str);

/// The branch of a customer's users.
pub(crate) struct Branch {
    name: &'static str,
    users: [User; 2],
}

/// The first customer's users, the second's, and those of a customer that is still to come into the domain.
pub(crate) const BRANCHES: [Branch; 3] = [
    Branch { name: "east", users: [("hanako", "山田 花子"), ("taro", "鈴木 太郎")] },
    Branch { name: "west", users: [("alice", "Alice Moore"), ("bob", "Bob Tanaka")] },
    Branch { name: "north", users: [("yuki", "佐々木 雪"), ("ken", "Ken Abe")] },
];

impl Branch {
    /// Where the users are.
    pub(crate) fn dn(&self) -> String {
        format!("ou={},{BASE}", self.name)
    }

    /// What they are called.
    pub(crate) fn users(&self) -> impl Iterator<Item = &'static str> {
        self.users.into_iter().map(|(name, _)| name)
    }
}

/// The directory's entries.
pub fn tree() -> Tree {
    let root = entry(BASE, "domain", 1);
    let reader = entry(READER.0, "person", 2).map(|entry| entry.with_password(READER.1));
    let branches = (1..).zip(&BRANCHES).flat_map(|(number, branch)| {
        let users = (1..).zip(branch.users).filter_map(move |(user, (name, full))| {
            let dn = format!("uid={name},{}", branch.dn());
            let entry = entry(&dn, "inetOrgPerson", number * 100 + user)?;
            Some(entry.with("uid", name).with("cn", full).with_password(PASSWORD))
        });
        let place = entry(&branch.dn(), "organizationalUnit", number * 100)
            .map(|entry| entry.with("ou", branch.name));
        place.into_iter().chain(users)
    });
    Tree::new(root.into_iter().chain(reader).chain(branches))
}

/// An entry whose id is made of its number: it stays, whatever the name is. All of the names above can be
/// read, as a test sees to.
fn entry(dn: &str, class: &str, number: u32) -> Option<Entry> {
    let id = format!("6f1f0c5e-0f0e-4c39-9d0a-{number:012}");
    dn.parse().ok().map(|dn| Entry::new(dn, &id).with("objectClass", class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_who_is_meant_to_be_there_is() {
        let places = BRANCHES.iter().map(Branch::dn).chain([READER.0.to_owned(), BASE.to_owned()]);
        assert!(
            places.map(|dn| dn.parse::<tsunagu_domain::federation::dn::Dn>()).all(|dn| dn.is_ok())
        );
    }
}
