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

/// A user: name, full name, and the id that stays whatever the name is.
type User = (&'static str, &'static str, &'static str);

/// The branch of a customer's users.
pub(crate) struct Branch {
    name: &'static str,
    users: [User; 2],
}

/// The first customer's users and the second's.
pub(crate) const BRANCHES: [Branch; 2] = [
    Branch {
        name: "east",
        users: [
            ("hanako", "山田 花子", "6f1f0c5e-0f0e-4c39-9d0a-5a3d0f8f0001"),
            ("taro", "鈴木 太郎", "6f1f0c5e-0f0e-4c39-9d0a-5a3d0f8f0002"),
        ],
    },
    Branch {
        name: "west",
        users: [
            ("alice", "Alice Moore", "6f1f0c5e-0f0e-4c39-9d0a-5a3d0f8f0003"),
            ("bob", "Bob Tanaka", "6f1f0c5e-0f0e-4c39-9d0a-5a3d0f8f0004"),
        ],
    },
];

impl Branch {
    /// Where the users are.
    pub(crate) fn dn(&self) -> String {
        format!("ou={},{BASE}", self.name)
    }

    /// What they are called.
    pub(crate) fn users(&self) -> impl Iterator<Item = &'static str> {
        self.users.into_iter().map(|(name, ..)| name)
    }
}

/// The directory's entries.
pub fn tree() -> Tree {
    let users = BRANCHES.iter().flat_map(|branch| {
        let dn = branch.dn();
        branch.users.into_iter().filter_map(move |(name, full, id)| {
            let entry = Entry::new(format!("uid={name},{dn}").parse().ok()?, id);
            Some(entry.with("uid", name).with("cn", full).with_password(PASSWORD))
        })
    });
    let reader =
        READER.0.parse().ok().map(|dn| {
            Entry::new(dn, "6f1f0c5e-0f0e-4c39-9d0a-5a3d0f8f0000").with_password(READER.1)
        });
    let branches = BRANCHES.iter().zip(1..).filter_map(|(branch, number)| {
        let id = format!("6f1f0c5e-0f0e-4c39-9d0a-5a3d0f8f010{number}");
        Some(Entry::new(branch.dn().parse().ok()?, &id).with("ou", branch.name))
    });
    Tree::new(reader.into_iter().chain(branches).chain(users))
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
