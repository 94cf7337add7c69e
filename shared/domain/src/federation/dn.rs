//! Distinguished names of directories (RFC 4514).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Invalid, schema::text_form, text::fold};

/// Where an entry of a directory is. Kept as it was given; compared by its parts, whatever the
/// spaces, the case, the escapes and the names of types (T23): directories compare so.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Dn {
    text: String,
    /// From the entry up to the root; of each, its attributes and values in order.
    parts: Vec<Vec<(String, String)>>,
}

impl Dn {
    /// The most characters that are taken.
    pub const MAX: usize = 1024;

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many parts it has: 1 right below the root.
    pub fn depth(&self) -> usize {
        self.parts.len()
    }

    /// Whether the entry is at `base` or below it.
    pub fn is_within(&self, base: &Self) -> bool {
        self.parts.ends_with(&base.parts)
    }
}

impl PartialEq for Dn {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl Eq for Dn {}

impl FromStr for Dn {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::Empty);
        }
        if text.chars().count() > Self::MAX {
            return Err(Invalid::TooLong { max: Self::MAX });
        }
        if text.chars().any(is_unseen) {
            return Err(Invalid::ForbiddenCharacter);
        }
        let parts = split(text, ',')
            .into_iter()
            .map(|part| {
                let mut pairs =
                    split(part, '+').into_iter().map(pair).collect::<Result<Vec<_>, _>>()?;
                pairs.sort_unstable();
                Ok(pairs)
            })
            .collect::<Result<_, Invalid>>()?;
        Ok(Self { text: text.to_owned(), parts })
    }
}

/// Splits at a sign that is not escaped.
fn split(text: &str, at: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (index, sign) in text.char_indices() {
        if sign == at && !escaped {
            parts.push(&text[start..index]);
            start = index + sign.len_utf8();
        }
        escaped = sign == '\\' && !escaped;
    }
    parts.push(&text[start..]);
    parts
}

/// An attribute and its value, as they are compared.
fn pair(text: &str) -> Result<(String, String), Invalid> {
    let (name, value) = text.split_once('=').ok_or(Invalid::Malformed)?;
    let name: AttributeName = name.trim().parse()?;
    let value = unescape(trim_end(value.trim_start()))?;
    let folded = fold(&value);
    let value = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    if value.is_empty() { Err(Invalid::Malformed) } else { Ok((name.one()?.to_owned(), value)) }
}

/// Without the spaces at the end, unless the last one is escaped.
fn trim_end(value: &str) -> &str {
    let trimmed = value.trim_end();
    let slashes = trimmed.len() - trimmed.trim_end_matches('\\').len();
    if slashes % 2 == 1 && trimmed.len() < value.len() { &value[..=trimmed.len()] } else { trimmed }
}

/// The value without its escapes (RFC 4514, 2.4). Values in hexadecimal of their encoding (`#…`) are
/// not taken: nobody types them, and they would be a second spelling.
fn unescape(value: &str) -> Result<String, Invalid> {
    if value.starts_with('#') {
        return Err(Invalid::Malformed);
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut signs = value.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => bytes.extend(escaped(&mut signs)?),
            '"' | ';' | '<' | '>' => return Err(Invalid::Malformed),
            _ => bytes.extend(sign.to_string().into_bytes()),
        }
    }
    let value = String::from_utf8(bytes).map_err(|_| Invalid::Malformed)?;
    if value.chars().any(is_unseen) {
        return Err(Invalid::ForbiddenCharacter);
    }
    Ok(value)
}

/// What directories leave out of a value before they compare it (RFC 4518, 2.2): with it, one value
/// would have two spellings.
fn is_unseen(sign: char) -> bool {
    use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
    matches!(sign.general_category(), GeneralCategory::Control | GeneralCategory::Format)
        || matches!(sign, '\u{34F}' | '\u{1806}' | '\u{180B}'..='\u{180D}')
        || matches!(sign, '\u{FE00}'..='\u{FE0F}' | '\u{FFFC}')
}

/// What stands behind a backslash: a sign that would mean something, or a byte in hexadecimal.
fn escaped(signs: &mut std::str::Chars<'_>) -> Result<Vec<u8>, Invalid> {
    let first = signs.next().ok_or(Invalid::Malformed)?;
    if " \"#+,;<=>\\".contains(first) {
        return Ok(vec![u8::try_from(first).map_err(|_| Invalid::Malformed)?]);
    }
    let digits: String = [Some(first), signs.next()].into_iter().flatten().collect();
    hex::decode(digits).map_err(|_| Invalid::Malformed)
}

text_form!(Dn, "ou=people,dc=example,dc=com");

/// The name of an attribute of a directory's entries, in lower case: letters, digits and hyphens, or
/// an object identifier (RFC 4512, 1.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AttributeName(String);

impl AttributeName {
    /// The most characters.
    pub const MAX: usize = 64;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one name of the type, whichever of its names this is. An object identifier of another type
    /// is refused: that has a name as well, and which one only its directory knows.
    fn one(&self) -> Result<&str, Invalid> {
        match TYPES.iter().find(|names| names.contains(&self.as_str())) {
            Some([short, ..]) => Ok(short),
            None if self.0.starts_with(|sign: char| sign.is_ascii_digit()) => {
                Err(Invalid::UnknownValue)
            }
            None => Ok(&self.0),
        }
    }
}

/// The types of attributes that distinguished names are made of (RFC 4514, 3), each by all its names:
/// to a directory they are the same (T23).
const TYPES: [[&str; 3]; 9] = [
    ["cn", "commonname", "2.5.4.3"],
    ["l", "localityname", "2.5.4.7"],
    ["st", "stateorprovincename", "2.5.4.8"],
    ["o", "organizationname", "2.5.4.10"],
    ["ou", "organizationalunitname", "2.5.4.11"],
    ["c", "countryname", "2.5.4.6"],
    ["street", "streetaddress", "2.5.4.9"],
    ["dc", "domaincomponent", "0.9.2342.19200300.100.1.25"],
    ["uid", "userid", "0.9.2342.19200300.100.1.1"],
];

/// What names a user in most directories.
impl Default for AttributeName {
    fn default() -> Self {
        Self("uid".to_owned())
    }
}

impl FromStr for AttributeName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let Some(first) = text.chars().next() else { return Err(Invalid::Empty) };
        let descriptor = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let identifier = |c: char| c.is_ascii_digit() || c == '.';
        let fits = if first.is_ascii_alphabetic() {
            text.chars().all(descriptor)
        } else {
            first.is_ascii_digit() && text.chars().all(identifier)
        };
        match fits {
            false => Err(Invalid::Malformed),
            true if text.len() > Self::MAX => Err(Invalid::TooLong { max: Self::MAX }),
            true => Ok(Self(text.to_ascii_lowercase())),
        }
    }
}

text_form!(AttributeName, "uid");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn dn(text: &str) -> Dn {
        text.parse().expect("a distinguished name")
    }

    #[rstest]
    #[case::case_and_spaces("OU=People, DC=Example,dc = com", "ou=people,dc=example,dc=com")]
    #[case::inner_spaces("ou=Human   Resources,dc=example", "ou=human resources,dc=example")]
    #[case::escapes(r"cn=Minato\, Ltd.,dc=example", r"cn=minato\2c ltd.,dc=example")]
    #[case::bytes(r"ou=\e6\b8\af,dc=example", "ou=港,dc=example")]
    #[case::order_within_a_part("cn=a+uid=b,dc=example", "uid=b+cn=a,dc=example")]
    #[case::width("ou=ＡＢＣ,dc=example", "ou=abc,dc=example")]
    #[case::escaped_space_at_the_end(r"ou=a\ ,dc=example", "ou=a,dc=example")]
    #[case::identifier("2.5.4.11=a,0.9.2342.19200300.100.1.25=example", "ou=a,dc=example")]
    #[case::long_name("organizationalUnitName=a,domainComponent=example", "OU=a,DC=example")]
    #[case::identifier_within_a_part("2.5.4.3=a+uid=b,c=jp", "userId=b+cn=a,countryName=jp")]
    fn spellings_of_one_place_are_equal(#[case] one: &str, #[case] other: &str) {
        assert_eq!(dn(one), dn(other));
    }

    #[rstest]
    #[case::other_value("ou=a,dc=example", "ou=b,dc=example")]
    #[case::escaped_comma(r"ou=x\,dc=a,dc=example", "ou=x,dc=a,dc=example")]
    #[case::escaped_plus(r"cn=a\+uid=b,dc=example", "cn=a+uid=b,dc=example")]
    fn other_places_differ(#[case] one: &str, #[case] other: &str) {
        assert_ne!(dn(one), dn(other));
    }

    #[rstest]
    #[case("")]
    #[case("people")]
    #[case("ou=people,")]
    #[case("ou=,dc=example")]
    #[case("=people,dc=example")]
    #[case("ou=people;dc=example")]
    #[case("ou=#04024869,dc=example")]
    #[case(r"ou=a\")]
    #[case(r"ou=a\z,dc=example")]
    #[case("ou=a\0,dc=example")]
    #[case(r"ou=a\00,dc=example")]
    #[case("ou=a\u{AD},dc=example")]
    #[case("ou=a\u{FE0F},dc=example")]
    #[case(r"ou=a\e2\80\8b,dc=example")]
    #[case("o u=people,dc=example")]
    #[case("2.5.4.011=people,dc=example")]
    #[case("oid.2.5.4.11=people,dc=example")]
    fn what_is_no_name_is_refused(#[case] text: &str) {
        assert!(text.parse::<Dn>().is_err());
    }

    #[test]
    fn an_identifier_of_another_type_is_refused_as_unknown() {
        for text in ["2.5.4.4=a,dc=example", "ou=a,2.5.4.111=example", "1.2.3=a"] {
            assert_eq!(text.parse::<Dn>(), Err(Invalid::UnknownValue), "{text}");
        }
    }

    #[test]
    fn a_branch_holds_what_is_below_it_and_not_what_ends_alike() {
        let base = dn("ou=people,dc=example,dc=com");
        assert!(dn("uid=a,OU=People,dc=example,dc=com").is_within(&base));
        assert!(base.is_within(&base));
        assert!(!dn("dc=example,dc=com").is_within(&base));
        assert!(!dn(r"uid=a\,ou=people,dc=example,dc=com").is_within(&base));
        assert!(!dn("uid=a,ou=otherpeople,dc=example,dc=com").is_within(&base));
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_what_is_read_reads_back(text in "(\\PC|[\\\\,+= \"#]){0,40}") {
            if let Ok(dn) = text.parse::<Dn>() {
                prop_assert_eq!(dn.as_str().parse::<Dn>(), Ok(dn));
            }
        }

        #[test]
        fn a_place_is_one_by_whichever_names_its_types_are_called(
            parts in proptest::collection::vec((0..9usize, 0..3usize, 0..3usize, "[a-z]{1,3}"), 1..5),
            below in 0..5usize,
        ) {
            let spelled = |name: fn(usize, usize) -> usize, from: usize| {
                let parts = parts[from..].iter().map(|(kind, one, other, value)| {
                    format!("{}={value}", TYPES[*kind][name(*one, *other)])
                });
                parts.collect::<Vec<_>>().join(",")
            };
            let below = below % parts.len();
            let one = dn(&spelled(|one, _| one, 0));
            prop_assert_eq!(&one, &dn(&spelled(|_, other| other, 0)));
            prop_assert!(one.is_within(&dn(&spelled(|_, other| other, below))));
        }
    }
}
