//! A provider's directory: where it is, and how its users bind.

use std::{fmt::Write, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    certificate::CaCertificate,
    dn::{AttributeName, Dn},
    login::UserName,
};
use crate::{Invalid, schema::text_form};

/// A provider's directory. The password of its service bind is no part of it: that is kept apart,
/// sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Directory {
    /// Where it is.
    pub url: DirectoryUrl,
    /// Whether a connection without TLS is turned into one with it before anything is said.
    pub start_tls: bool,
    /// Below which place everything is looked for.
    pub base_dn: Dn,
    /// How its users bind.
    pub bind: Bind,
    /// Whom it trusts, where it is not everybody whom the system trusts.
    pub ca_certificate: Option<CaCertificate>,
}

impl Directory {
    /// Whether whoever listens in between reads passwords.
    pub fn is_insecure(&self) -> bool {
        !self.url.tls() && !self.start_tls
    }

    /// Whether a secret that was stored for this directory may go to the other one. Where it would
    /// reach another machine, or the same one on other trust, it is forgotten: else whoever may change
    /// a directory could collect it (T22).
    pub fn keeps_secret_of(&self, before: &Self) -> bool {
        self.url == before.url
            && self.start_tls == before.start_tls
            && self.ca_certificate == before.ca_certificate
            && self.bind.service() == before.bind.service()
    }
}

/// How a directory's users bind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "kind")]
pub enum Bind {
    /// As `user@domain`.
    Upn,
    /// At the place that a template makes of the name.
    DnTemplate {
        /// The template.
        template: DnTemplate,
    },
    /// At the one place that a search for the name finds.
    Search {
        /// What holds the name.
        user_attribute: AttributeName,
        /// Who searches, where it is not everybody.
        bind_dn: Option<Dn>,
    },
}

impl Bind {
    /// Who searches, where somebody in particular does.
    pub fn service(&self) -> Option<&Dn> {
        match self {
            Self::Search { bind_dn, .. } => bind_dn.as_ref(),
            Self::Upn | Self::DnTemplate { .. } => None,
        }
    }
}

/// The address of a directory: `ldaps://host[:port]` or `ldap://host[:port]`, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DirectoryUrl {
    text: String,
    /// Whether it begins with TLS.
    tls: bool,
    host: String,
    port: u16,
}

impl DirectoryUrl {
    /// The most characters: a name's 253, and what stands around it.
    pub const MAX: usize = 300;

    /// The address as text, in its one spelling.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it begins with TLS.
    pub fn tls(&self) -> bool {
        self.tls
    }

    /// A name, or an address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port: 389, or with TLS 636, where none was given.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The host, where it is an address already.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl FromStr for DirectoryUrl {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::Empty);
        }
        if text.len() > Self::MAX {
            return Err(Invalid::TooLong { max: Self::MAX });
        }
        let (scheme, rest) = text.split_once("://").ok_or(Invalid::Malformed)?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "ldaps" => true,
            "ldap" => false,
            _ => return Err(Invalid::Malformed),
        };
        let (host, port) = host_and_port(rest.strip_suffix('/').unwrap_or(rest))?;
        let port = port.unwrap_or(if tls { 636 } else { 389 });
        let scheme = if tls { "ldaps" } else { "ldap" };
        let shown = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        Ok(Self { text: format!("{scheme}://{shown}:{port}"), tls, host, port })
    }
}

/// Takes names and addresses apart as a URL of the web would: so that odd spellings of an address
/// (`0x7f.1`, `127.1`) are that address, for whoever judges it.
fn host_and_port(text: &str) -> Result<(String, Option<u16>), Invalid> {
    if text.contains(['/', '?', '#', '@', '\\', '%']) || text.chars().any(char::is_whitespace) {
        return Err(Invalid::Malformed);
    }
    // The scheme decides how a host is read: only the web's are read by the web's rules.
    let url = url::Url::parse(&format!("https://{text}")).map_err(|_| Invalid::Malformed)?;
    let host = match url.host() {
        Some(url::Host::Domain(name)) => name.to_owned(),
        Some(url::Host::Ipv4(address)) => address.to_string(),
        Some(url::Host::Ipv6(address)) => address.to_string(),
        None => return Err(Invalid::Malformed),
    };
    // The web's own port is left out by its rules.
    let port = url.port().or_else(|| text.ends_with(":443").then_some(443));
    if port == Some(0) { Err(Invalid::Malformed) } else { Ok((host, port)) }
}

text_form!(DirectoryUrl, "ldaps://ldap.example.com:636");

/// What makes the place of an entry of a user's name: a distinguished name with `{username}` once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DnTemplate(String);

impl DnTemplate {
    const NAME: &str = "{username}";

    /// The template as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The place of a user's entry: the name stands in it as a value and never as anything else
    /// (RFC 4514, 2.4).
    pub fn fill(&self, name: &UserName) -> String {
        self.0.replace(Self::NAME, &escape(name.as_str()))
    }
}

/// Every sign that is not plainly a part of a name, in hexadecimal of its bytes.
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for sign in value.chars() {
        if sign.is_alphanumeric() || ".-_@".contains(sign) {
            escaped.push(sign);
            continue;
        }
        let mut bytes = [0; 4];
        for byte in sign.encode_utf8(&mut bytes).bytes() {
            // Writing into a text cannot fail.
            let _ = write!(escaped, "\\{byte:02x}");
        }
    }
    escaped
}

impl FromStr for DnTemplate {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::Empty);
        }
        if text.matches(Self::NAME).count() != 1 {
            return Err(Invalid::Malformed);
        }
        // The name is a value of its own: what stands before it would make it the end of another.
        if !text.contains(&format!("={}", Self::NAME)) {
            return Err(Invalid::Malformed);
        }
        text.replace(Self::NAME, "user").parse::<Dn>()?;
        Ok(Self(text.to_owned()))
    }
}

text_form!(DnTemplate, "uid={username},ou=people,dc=example,dc=com");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ldaps://ldap.example.com", "ldaps://ldap.example.com:636", "ldap.example.com")]
    #[case("LDAP://LDAP.Example.com:1389/", "ldap://ldap.example.com:1389", "ldap.example.com")]
    #[case("ldaps://[2001:DB8::1]:636", "ldaps://[2001:db8::1]:636", "2001:db8::1")]
    #[case("ldap://127.1", "ldap://127.0.0.1:389", "127.0.0.1")]
    #[case("ldap://0x7f.0.0.1", "ldap://127.0.0.1:389", "127.0.0.1")]
    #[case("ldap://2130706433", "ldap://127.0.0.1:389", "127.0.0.1")]
    #[case("ldaps://ldap.example.com:443", "ldaps://ldap.example.com:443", "ldap.example.com")]
    #[case("ldaps://例え.jp", "ldaps://xn--r8jz45g.jp:636", "xn--r8jz45g.jp")]
    fn addresses_have_one_spelling(#[case] text: &str, #[case] shown: &str, #[case] host: &str) {
        let url: DirectoryUrl = text.parse().expect("an address");
        assert_eq!((url.as_str(), url.host()), (shown, host));
        assert_eq!(shown.parse(), Ok(url));
    }

    #[rstest]
    #[case("")]
    #[case("ldap.example.com")]
    #[case("ldap://")]
    #[case("https://ldap.example.com")]
    #[case("ldapi://%2fvar%2frun")]
    #[case("ldap://user@ldap.example.com")]
    #[case("ldap://ldap.example.com/dc=example")]
    #[case("ldap://ldap.example.com?x")]
    #[case("ldap://ldap.example.com#x")]
    #[case("ldap://ldap.example.com:0")]
    #[case("ldap://ldap.example.com:70000")]
    #[case("ldap://ldap.example.com\\@evil.example")]
    #[case("ldap://a b")]
    fn what_is_more_or_less_than_an_address_is_refused(#[case] text: &str) {
        assert!(text.parse::<DirectoryUrl>().is_err());
    }

    #[rstest]
    #[case("uid={username},ou=people,dc=example", true)]
    #[case("uid={username}", true)]
    #[case("uid=user,dc=example", false)]
    #[case("uid={username},cn={username},dc=example", false)]
    #[case("{username}", false)]
    #[case("uid=x{username},dc=example", false)]
    #[case("", false)]
    fn a_template_has_the_name_once_as_a_value(#[case] text: &str, #[case] fits: bool) {
        assert_eq!(text.parse::<DnTemplate>().is_ok(), fits);
    }

    proptest! {
        /// Given any name, when it is put into a template, then it is one value of the place and
        /// nothing else (T26).
        #[test]
        fn a_name_stays_one_value(name in "\\PC{1,30}") {
            let Ok(name) = name.parse::<UserName>() else { return Ok(()) };
            let template: DnTemplate = "uid={username},ou=people,dc=example".parse().expect("fits");
            let people: Dn = "ou=people,dc=example".parse().expect("a place");
            match template.fill(&name).parse::<Dn>() {
                Ok(filled) => {
                    prop_assert!(filled.is_within(&people));
                    prop_assert_eq!(filled.depth(), people.depth() + 1);
                }
                // Signs that directories leave out: whoever is found is called otherwise (T23).
                Err(refused) => prop_assert_eq!(refused, Invalid::ForbiddenCharacter),
            }
        }
    }

    #[test]
    fn a_secret_stays_with_the_machine_that_it_is_for() {
        let of = |url: &str, start_tls, bind_dn: &str| Directory {
            url: url.parse().expect("an address"),
            start_tls,
            base_dn: "dc=example".parse().expect("a place"),
            bind: Bind::Search {
                user_attribute: AttributeName::default(),
                bind_dn: Some(bind_dn.parse().expect("a place")),
            },
            ca_certificate: None,
        };
        let before = of("ldap://a.example", true, "cn=service,dc=example");
        assert!(before.keeps_secret_of(&before));
        let elsewhere =
            Directory { base_dn: "dc=other".parse().expect("a place"), ..before.clone() };
        assert!(elsewhere.keeps_secret_of(&before));
        for after in [
            of("ldap://b.example", true, "cn=service,dc=example"),
            of("ldap://a.example:390", true, "cn=service,dc=example"),
            of("ldap://a.example", false, "cn=service,dc=example"),
            of("ldap://a.example", true, "cn=other,dc=example"),
        ] {
            assert!(!after.keeps_secret_of(&before));
        }
        let certificate = rcgen::generate_simple_self_signed(["ca.example".to_owned()]);
        let certificate = certificate.expect("a certificate").cert.pem();
        let trusting = Directory { ca_certificate: certificate.parse().ok(), ..before.clone() };
        assert!(trusting.ca_certificate.is_some() && !trusting.keeps_secret_of(&before));
    }
}
