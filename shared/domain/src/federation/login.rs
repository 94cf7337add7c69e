//! What users type to sign in.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::domain_name::DomainName;
use crate::{Invalid, schema::text_form};

/// The name of a user within a domain, in its one spelling: whatever the width and the case, one user
/// is one name, for throttling above all (T28). Who it is decides the directory, by its own id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

impl UserName {
    /// The most characters: as many as directories take for an account's name.
    pub const MAX: usize = 64;

    /// The name as text, folded.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Never the name itself: what is debugged may be logged (P13).
impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserName(…)")
    }
}

impl FromStr for UserName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let compatible: String = text.nfkc().collect();
        let folded: String = caseless::default_case_fold_str(&compatible).nfkc().collect();
        // Folding makes spaces, of accents that stand alone (`´`) as well.
        let folded = folded.trim();
        if folded.is_empty() {
            return Err(Invalid::Empty);
        }
        if folded.chars().any(is_forbidden) {
            return Err(Invalid::ForbiddenCharacter);
        }
        if folded.chars().count() > Self::MAX {
            return Err(Invalid::TooLong { max: Self::MAX });
        }
        Ok(Self(folded.to_owned()))
    }
}

/// What no directory takes in a name (as Active Directory's `sAMAccountName`), and what cannot be
/// seen.
fn is_forbidden(sign: char) -> bool {
    use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
    sign.general_category_group() == GeneralCategoryGroup::Other
        || r#""/\[]:;|=,+*?<>@"#.contains(sign)
        || (sign.is_whitespace() && sign != ' ')
}

text_form!(UserName, "hanako");

/// What was typed as a name: `user`, `user@name` or `SHORT\user`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: UserName,
    domain: Typed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Typed {
    Nothing,
    Name(DomainName),
    Short(String),
    /// Something that no domain is called.
    NoName,
}

/// No domain, or more than one, is meant: no password goes anywhere (T21).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOneDomain;

impl Login {
    /// The domain that is meant, as its index: the one that was named, and typed where one was typed;
    /// else the only one there is.
    pub fn choose(
        &self,
        domains: &[DomainName],
        named: Option<&DomainName>,
    ) -> Result<usize, NotOneDomain> {
        let is_meant = |domain: &DomainName| {
            let typed = match &self.domain {
                Typed::Nothing => true,
                Typed::Name(name) => domain == name,
                Typed::Short(short) => domain.short() == short,
                Typed::NoName => false,
            };
            typed && named.is_none_or(|named| domain == named)
        };
        let mut meant = (0..domains.len()).filter(|index| is_meant(&domains[*index]));
        match (meant.next(), meant.next()) {
            (Some(index), None) => Ok(index),
            _ => Err(NotOneDomain),
        }
    }
}

impl FromStr for Login {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        // Full-width signs are what a Japanese keyboard gives: they separate as well.
        let text: String = text.nfkc().collect();
        let text = text.trim();
        if let Some((short, user)) = text.split_once('\\') {
            let short = short.to_lowercase();
            let is_name = super::domain_name::is_label(&short);
            let domain = if is_name { Typed::Short(short) } else { Typed::NoName };
            return Ok(Self { user: user.parse()?, domain });
        }
        if let Some((user, name)) = text.rsplit_once('@') {
            let domain = name.parse().map_or(Typed::NoName, Typed::Name);
            return Ok(Self { user: user.parse()?, domain });
        }
        Ok(Self { user: text.parse()?, domain: Typed::Nothing })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn domains() -> [DomainName; 3] {
        ["corp.example.com", "corp.example.jp", "other.example.com"]
            .map(|name| name.parse().expect("a name"))
    }

    #[rstest]
    #[case("Hanako", "hanako")]
    #[case("ＨＡＮＡＫＯ", "hanako")]
    #[case("  hanako ", "hanako")]
    #[case("Straße", "strasse")]
    #[case("花子", "花子")]
    #[case("山田 花子", "山田 花子")]
    #[case("´hanako", "\u{301}hanako")]
    #[case("hanako\u{3000}", "hanako")]
    fn a_user_has_one_name(#[case] text: &str, #[case] name: &str) {
        assert_eq!(text.parse::<UserName>().map(String::from), Ok(name.to_owned()));
    }

    #[rstest]
    #[case("")]
    #[case(" \u{3000}")]
    #[case("a\0b")]
    #[case("*")]
    #[case("a*")]
    #[case("a,dc=x")]
    #[case("a@b")]
    #[case("a\u{200B}b")]
    #[case("a\tb")]
    fn what_no_directory_takes_is_no_name(#[case] text: &str) {
        assert!(text.parse::<UserName>().is_err());
    }

    #[rstest]
    #[case::typed("hanako@other.example.com", None, Ok(2))]
    #[case::typed_in_full_width("hanako＠ＯＴＨＥＲ.example.com", None, Ok(2))]
    #[case::short("OTHER\\hanako", None, Ok(2))]
    #[case::short_in_full_width("OTHER＼hanako", None, Ok(2))]
    #[case::short_of_two("corp\\hanako", None, Err(NotOneDomain))]
    #[case::short_of_two_and_named("corp\\hanako", Some(1), Ok(1))]
    #[case::named("hanako", Some(1), Ok(1))]
    #[case::nothing("hanako", None, Err(NotOneDomain))]
    #[case::contradiction("hanako@other.example.com", Some(1), Err(NotOneDomain))]
    #[case::unknown("hanako@unknown.example.com", None, Err(NotOneDomain))]
    #[case::no_name("hanako@other_example", Some(2), Err(NotOneDomain))]
    #[case::no_name_of_two("hanako@", None, Err(NotOneDomain))]
    #[case::no_short_name("\\hanako", None, Err(NotOneDomain))]
    fn exactly_one_domain_is_meant(
        #[case] typed: &str,
        #[case] named: Option<usize>,
        #[case] expected: Result<usize, NotOneDomain>,
    ) {
        let domains = domains();
        let login: Login = typed.parse().expect("a name");
        assert_eq!(login.user.as_str(), "hanako");
        assert_eq!(login.choose(&domains, named.map(|index| &domains[index])), expected);
    }

    #[test]
    fn the_only_domain_need_not_be_named() {
        let login: Login = "hanako".parse().expect("a name");
        assert_eq!(login.choose(&domains()[..1], None), Ok(0));
        assert_eq!(login.choose(&[], None), Err(NotOneDomain));
    }

    #[test]
    fn what_is_debugged_names_nobody() {
        let user: UserName = "hanako".parse().expect("a name");
        assert_eq!(format!("{user:?}"), "UserName(…)");
        for typed in ["hanako", "hanako@corp.example.com", "CORP\\hanako"] {
            let login: Login = typed.parse().expect("a name");
            assert!(!format!("{login:?}").contains("hanako"), "{login:?}");
        }
    }

    proptest! {
        #[test]
        fn a_name_reads_back_as_itself(text in "([ ´¨｀ΆᾳŉǰİſẞａＡ\u{345}\u{301}\u{3000}]|\\PC){0,40}") {
            if let Ok(name) = text.parse::<UserName>() {
                prop_assert_eq!(name.to_string().parse::<UserName>(), Ok(name));
            }
        }
    }
}
