//! Which entries a search means.

use ldap3_proto::{LdapFilter, proto::LdapSubstringFilter};

use super::entry::Entry;

/// Whether an entry is meant. What it cannot tell (approximations, extensible rules) holds for none.
pub(super) fn matches(filter: &LdapFilter, entry: &Entry) -> bool {
    match filter {
        LdapFilter::And(all) => all.iter().all(|filter| matches(filter, entry)),
        LdapFilter::Or(any) => any.iter().any(|filter| matches(filter, entry)),
        LdapFilter::Not(filter) => !matches(filter, entry),
        LdapFilter::Equality(name, value) => entry.has(name, value.as_bytes()),
        LdapFilter::Present(name) => !entry.values(name).is_empty(),
        LdapFilter::Substring(name, parts) => {
            entry.values(name).iter().any(|value| has_parts(value, parts))
        }
        LdapFilter::GreaterOrEqual(..)
        | LdapFilter::LessOrEqual(..)
        | LdapFilter::Approx(..)
        | LdapFilter::Extensible(..) => false,
    }
}

fn has_parts(value: &[u8], parts: &LdapSubstringFilter) -> bool {
    let Ok(value) = str::from_utf8(value) else { return false };
    let value = value.to_lowercase();
    let lower = |part: &Option<String>| part.as_deref().unwrap_or_default().to_lowercase();
    let (first, last) = (lower(&parts.initial), lower(&parts.final_));
    let Some(rest) = value.strip_prefix(&first) else { return false };
    let Some(mut rest) = rest.strip_suffix(last.as_str()) else { return false };
    parts.any.iter().all(|part| {
        let part = part.to_lowercase();
        let found = rest.find(&part);
        rest = found.map_or(rest, |at| &rest[at + part.len()..]);
        found.is_some()
    })
}

#[cfg(test)]
mod tests {
    use ldap3_proto::parse_ldap_filter_str;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("(uid=HANAKO)", true)]
    #[case("(uid=h*)", true)]
    #[case("(uid=*n*k*)", true)]
    #[case("(uid=*ko)", true)]
    #[case("(uid=*x*)", false)]
    #[case("(uid=*)", true)]
    #[case("(cn=*)", false)]
    #[case("(|(cn=hanako)(uid=hanako))", true)]
    #[case("(&(cn=hanako)(uid=hanako))", false)]
    #[case("(!(uid=hanako))", false)]
    #[case("(uid>=hanako)", false)]
    fn given_a_filter_then_it_holds_as_directories_have_it(
        #[case] filter: &str,
        #[case] expected: bool,
    ) {
        let dn = "uid=hanako,dc=example".parse().expect("a distinguished name");
        let entry = Entry::new(dn, "6f2a").with("uid", "hanako");
        let filter = parse_ldap_filter_str(filter).expect("a filter");
        assert_eq!(matches(&filter, &entry), expected);
    }
}
