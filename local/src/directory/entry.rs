//! Entries of the directory.

use std::fmt;

use tsunagu_domain::federation::dn::Dn;

/// Attributes that only those get who ask for them by name.
const OPERATIONAL: [&str; 1] = ["entryUUID"];
/// Attributes whose values are distinguished names.
const NAMES: [&str; 3] = ["member", "uniqueMember", "aliasedObjectName"];

/// An entry of the directory: what it is called, its attributes, and who may bind as it.
#[derive(Clone)]
pub struct Entry {
    dn: Dn,
    attributes: Vec<(String, Vec<Vec<u8>>)>,
    password: Option<String>,
}

// The password is nobody's to read.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("dn", &self.dn.as_str()).finish_non_exhaustive()
    }
}

impl Entry {
    /// An entry with an id of its own, which it keeps whatever it is called.
    pub fn new(dn: Dn, id: &str) -> Self {
        Self { dn, attributes: Vec::new(), password: None }.with("entryUUID", id)
    }

    /// The same with one more value of an attribute.
    #[must_use]
    pub fn with(mut self, attribute: &str, value: impl Into<Vec<u8>>) -> Self {
        let value = value.into();
        let known = self.attributes.iter_mut().find(|(name, _)| same_name(name, attribute));
        match known {
            Some((_, values)) => values.push(value),
            None => self.attributes.push((attribute.to_owned(), vec![value])),
        }
        self
    }

    /// The same, as which somebody can bind.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// What it is called.
    pub fn dn(&self) -> &Dn {
        &self.dn
    }

    /// Its attributes with their values, the password apart.
    pub fn attributes(&self) -> &[(String, Vec<Vec<u8>>)] {
        &self.attributes
    }

    /// What one binds as it with.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// The values of an attribute.
    pub(super) fn values(&self, attribute: &str) -> &[Vec<u8>] {
        let found = self.attributes.iter().find(|(name, _)| same_name(name, attribute));
        found.map_or(&[], |(_, values)| values)
    }

    /// Whether an attribute has a value, as it is compared.
    pub(super) fn has(&self, attribute: &str, value: &[u8]) -> bool {
        let compared = comparison(attribute, value);
        self.values(attribute).iter().any(|own| comparison(attribute, own) == compared)
    }

    /// The attributes that were asked for: by name, all of a user's (`*`, or none named), or none
    /// (`1.1`).
    pub(super) fn chosen(&self, asked: &[String]) -> impl Iterator<Item = &(String, Vec<Vec<u8>>)> {
        let all = asked.is_empty() || asked.iter().any(|name| name == "*");
        self.attributes.iter().filter(move |(name, _)| {
            let named = asked.iter().any(|asked| same_name(asked, name));
            named || (all && !OPERATIONAL.contains(&name.as_str()))
        })
    }
}

fn same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// How a value is compared: names as names, texts whatever their case and spaces, all else by its
/// bytes.
#[derive(PartialEq)]
enum Comparison<'a> {
    Name(Dn),
    Text(String),
    Bytes(&'a [u8]),
}

fn comparison<'a>(attribute: &str, value: &'a [u8]) -> Comparison<'a> {
    let Ok(text) = str::from_utf8(value) else { return Comparison::Bytes(value) };
    let is_name = NAMES.iter().any(|name| same_name(name, attribute));
    match text.parse() {
        Ok(dn) if is_name => Comparison::Name(dn),
        _ => {
            let words: Vec<_> = text.split_whitespace().map(str::to_lowercase).collect();
            Comparison::Text(words.join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let dn = "uid=hanako,dc=example,dc=com".parse().expect("a distinguished name");
        Entry::new(dn, "6f2a")
            .with("uid", "hanako")
            .with("member", "uid=taro,dc=example,dc=com")
            .with("objectGUID", [0xff, 0x00])
            .with_password("secret of hanako")
    }

    #[test]
    fn given_values_when_compared_then_by_what_they_are() {
        let entry = entry();
        assert!(entry.has("UID", b"Hanako") && !entry.has("uid", b"hanak"));
        assert!(entry.has("member", b"UID=Taro, dc=example,dc=com"));
        assert!(!entry.has("uid", b"uid=hanako") && !entry.has("cn", b"hanako"));
        assert!(entry.has("objectGUID", &[0xff, 0x00]) && !entry.has("objectGUID", &[0xff]));
    }

    #[test]
    fn given_attributes_when_asked_for_then_the_operational_ones_only_by_name() {
        let entry = entry();
        let names = |asked: &[&str]| {
            let asked: Vec<_> = asked.iter().map(ToString::to_string).collect();
            entry.chosen(&asked).map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&[]), ["uid", "member", "objectGUID"]);
        assert_eq!(names(&["*", "entryuuid"]), ["entryUUID", "uid", "member", "objectGUID"]);
        assert_eq!(names(&["UID"]), ["uid"]);
        assert!(names(&["1.1"]).is_empty());
    }

    #[test]
    fn given_an_entry_when_shown_then_its_password_is_not() {
        assert!(!format!("{:?}", entry()).contains("secret"));
    }
}
