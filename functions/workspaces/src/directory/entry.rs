//! An entry of a directory, and its id.

use std::{collections::HashMap, fmt, fmt::Write};

use ldap3::{ResultEntry, SearchEntry};
use tsunagu_domain::federation::login::UserName;
use uuid::Uuid;

/// The id that a directory itself gives an entry: `entryUUID`, or Active Directory's `objectGUID`, as
/// a UUID in lower case. It stays when the entry is renamed or moved, and is never another's.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DirectoryUserId(String);

impl DirectoryUserId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DirectoryUserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Never the id itself: what is debugged may be logged (P13).
impl fmt::Debug for DirectoryUserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DirectoryUserId(…)")
    }
}

const ENTRY_UUID: &str = "entryUUID";
const OBJECT_GUID: &str = "objectGUID";
/// A user's name in POSIX groups.
pub(super) const UID: &str = "uid";
/// A user's name in Active Directory, as `user@domain`.
pub(super) const PRINCIPAL_NAME: &str = "userPrincipalName";
/// A user's name in Active Directory, within a domain.
pub(super) const ACCOUNT_NAME: &str = "sAMAccountName";
/// A user's name in Active Directory, as `DOMAIN\user`: what it answers to "who am I".
pub(super) const WHO: &str = "msDS-PrincipalName";

/// What is asked of an entry beside the attribute that holds the user's name.
pub(super) const ASKED: [&str; 6] =
    [ENTRY_UUID, OBJECT_GUID, UID, PRINCIPAL_NAME, ACCOUNT_NAME, WHO];

/// An entry with an id.
pub(super) struct Entry {
    /// What it is called, as the directory writes it.
    pub(super) dn: String,
    /// Its id.
    pub(super) id: Uuid,
    id_attribute: &'static str,
    attributes: HashMap<String, Vec<String>>,
}

impl Entry {
    /// Reads an entry; `None` where it has not exactly one id.
    pub(super) fn read(found: ResultEntry) -> Option<Self> {
        // What has another form has not come this far (see `message`).
        let found = SearchEntry::construct(found);
        let text = one(&found.attrs, ENTRY_UUID).and_then(|id| Uuid::try_parse(id).ok());
        let (id, id_attribute) = match text {
            Some(id) => (id, ENTRY_UUID),
            None => (object_guid(&found)?, OBJECT_GUID),
        };
        let attributes = found.attrs.into_iter();
        let attributes = attributes.map(|(name, values)| (name.to_lowercase(), values)).collect();
        Some(Self { dn: found.dn, id, id_attribute, attributes })
    }

    /// The id as others keep it.
    pub(super) fn user_id(&self) -> DirectoryUserId {
        DirectoryUserId(self.id.hyphenated().to_string())
    }

    /// The values of an attribute that are text.
    pub(super) fn values(&self, attribute: &str) -> &[String] {
        self.attributes.get(&attribute.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Whether an attribute has this name as a value, in our own spelling of names and not only by
    /// the directory's ways of comparing, which see fewer differences (T23, T28).
    pub(super) fn is_called(&self, attribute: &str, name: &UserName) -> bool {
        self.values(attribute)
            .iter()
            .any(|value| value.parse().is_ok_and(|own: UserName| own == *name))
    }

    /// Whether an attribute has this value, whatever the case.
    pub(super) fn has(&self, attribute: &str, value: &str) -> bool {
        self.values(attribute).iter().any(|own| own.to_lowercase() == value.to_lowercase())
    }

    /// A filter that holds for this entry alone.
    pub(super) fn only(&self) -> String {
        if self.id_attribute == ENTRY_UUID {
            return format!("({ENTRY_UUID}={})", self.id.hyphenated());
        }
        self.id.to_bytes_le().iter().fold(format!("({OBJECT_GUID}="), |mut filter, byte| {
            // Writing into a text cannot fail.
            let _ = write!(filter, "\\{byte:02x}");
            filter
        }) + ")"
    }
}

/// The one value of an attribute, by its name whatever the case.
fn one<'a, T>(attributes: &'a HashMap<String, Vec<T>>, name: &str) -> Option<&'a T> {
    let mut found = attributes.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
    match found.next().map(|(_, values)| values.as_slice()) {
        Some([value]) => Some(value),
        _ => None,
    }
}

/// Active Directory's id: sixteen bytes, the first three fields with their lowest byte first. They may
/// happen to be text.
fn object_guid(found: &SearchEntry) -> Option<Uuid> {
    let bytes = one(&found.bin_attrs, OBJECT_GUID).map(Vec::as_slice);
    let bytes = bytes.or_else(|| one(&found.attrs, OBJECT_GUID).map(String::as_bytes));
    Uuid::from_slice_le(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use ldap3::asn1::{PL, StructureTag, TagClass};

    use super::*;

    fn octets(bytes: &[u8]) -> StructureTag {
        StructureTag { class: TagClass::Universal, id: 4, payload: PL::P(bytes.to_vec()) }
    }

    fn holding(class: TagClass, id: u64, content: Vec<StructureTag>) -> StructureTag {
        StructureTag { class, id, payload: PL::C(content) }
    }

    fn entry(attributes: &[(&str, &[&[u8]])]) -> Option<Entry> {
        let attributes = attributes.iter().map(|(name, values)| {
            let values = values.iter().map(|value| octets(value)).collect();
            let values = holding(TagClass::Universal, 17, values);
            holding(TagClass::Universal, 16, vec![octets(name.as_bytes()), values])
        });
        let attributes = holding(TagClass::Universal, 16, attributes.collect());
        let content = vec![octets(b"uid=hanako,dc=example"), attributes];
        Entry::read(ResultEntry::new(holding(TagClass::Application, 4, content)))
    }

    #[test]
    fn given_an_entry_uuid_when_read_then_it_is_written_in_one_way() {
        let entry = entry(&[("ENTRYUUID", &[b"6F2A1C00-0000-4000-8000-0000000000AB"])]);
        let entry = entry.expect("it has an id");
        assert_eq!(entry.user_id().as_str(), "6f2a1c00-0000-4000-8000-0000000000ab");
        assert_eq!(entry.only(), "(entryUUID=6f2a1c00-0000-4000-8000-0000000000ab)");
        assert_eq!(format!("{:?}", entry.user_id()), "DirectoryUserId(…)");
    }

    #[test]
    fn given_an_object_guid_when_read_then_its_bytes_are_in_their_order() {
        for last in [b'\x0f', b'\xff'] {
            let guid: Vec<_> = (0..15).chain([last]).collect();
            let entry = entry(&[("objectGUID", &[&guid])]).expect("it has an id");
            let expected = format!("03020100-0504-0706-0809-0a0b0c0d0e{last:02x}");
            assert_eq!(entry.user_id().as_str(), expected);
            assert!(entry.only().starts_with(r"(objectGUID=\00\01\02\03\04"));
        }
    }

    #[test]
    fn given_no_id_or_two_when_read_then_it_is_no_entry() {
        assert!(entry(&[("uid", &[b"hanako"])]).is_none());
        assert!(entry(&[("entryUUID", &[b"hanako"])]).is_none());
        let id: &[u8] = b"6f2a1c00-0000-4000-8000-0000000000ab";
        assert!(entry(&[("entryUUID", &[id, id])]).is_none());
        assert!(entry(&[("objectGUID", &[b"short"])]).is_none());
    }

    #[test]
    fn given_a_name_that_a_directory_takes_for_another_when_compared_then_it_is_not() {
        let id: &[u8] = b"6f2a1c00-0000-4000-8000-0000000000ab";
        let entry = entry(&[("entryUUID", &[id]), ("uid", &[b"Hanako", b"h.minato"])]);
        let entry = entry.expect("it has an id");
        let name = |text: &str| text.parse().expect("a name");
        assert!(
            entry.is_called("UID", &name("hanako")) && entry.is_called("uid", &name("h.minato"))
        );
        assert!(!entry.is_called("uid", &name("hanako\u{fe00}")));
        assert!(!entry.is_called("cn", &name("hanako")));
    }
}
