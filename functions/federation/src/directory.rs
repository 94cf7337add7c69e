//! A provider's directory: as it is described, and as it is shown.

use std::str::FromStr;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use strum::{Display, EnumString};
use tsunagu_api::{Given, InputErrors, Patch, input::parsed};
use tsunagu_domain::{
    Invalid,
    federation::{
        certificate::CaCertificate,
        directory::{Directory, DirectoryUrl, DnTemplate},
        dn::{AttributeName, Dn},
        draft::{BindKind, DirectoryChange, DirectoryDraft},
    },
};
use utoipa::ToSchema;

/// Where in a body the password of the service bind stands.
pub(crate) const PASSWORD: &str = "/directory/bindPassword";

/// The kind of a directory: there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub(crate) enum DirectoryKind {
    /// LDAP, version 3.
    Ldap,
}

/// A password of a directory's service bind: shown nowhere.
#[derive(Clone, Debug)]
pub(crate) struct BindPassword(SecretString);

impl BindPassword {
    /// The most characters.
    const MAX: usize = 256;

    pub(crate) const fn secret(&self) -> &SecretString {
        &self.0
    }
}

impl FromStr for BindPassword {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.chars().count() {
            0 => Err(Invalid::Empty),
            1..=Self::MAX if text.contains('\0') => Err(Invalid::ForbiddenCharacter),
            1..=Self::MAX => Ok(Self(text.into())),
            _ => Err(Invalid::TooLong { max: Self::MAX }),
        }
    }
}

impl PartialEq for BindPassword {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

macro_rules! from_text {
    ($($name:ident),+) => {$(
        impl Deserr<InputErrors> for $name {
            fn deserialize_from_value<V: IntoValue>(
                value: Value<V>,
                location: ValuePointerRef<'_>,
            ) -> Result<Self, InputErrors> {
                parsed(value, location)
            }
        }
    )+};
}

from_text!(BindPassword, DirectoryKind);

/// A directory as its provider describes it.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct DescribeDirectory {
    /// Its kind.
    #[expect(dead_code, reason = "there is one kind, and it must be named")]
    kind: DirectoryKind,
    /// `ldaps://host[:port]`, or `ldap://host[:port]` with `startTls`.
    url: DirectoryUrl,
    /// Whether TLS is started before anything is said.
    #[deserr(default)]
    #[schema(required = false, default = false)]
    start_tls: bool,
    /// Below which place everything is looked for.
    base_dn: Dn,
    /// How its users bind.
    bind: BindKind,
    /// With `dn-template`: the place of a user's entry, with `{username}` once.
    #[deserr(default)]
    dn_template: Option<DnTemplate>,
    /// With `search`: the attribute that holds the name; `uid` where it is left out.
    #[deserr(default)]
    user_attribute: Option<AttributeName>,
    /// With `search`: who searches; everybody where it is left out.
    #[deserr(default)]
    bind_dn: Option<Dn>,
    /// The password of who searches. Never given back.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Password, write_only, max_length = 256)]
    bind_password: Option<BindPassword>,
    /// Certificates of the authorities that the directory's own is signed by, where the system does
    /// not trust them.
    #[deserr(default)]
    ca_certificate: Option<CaCertificate>,
}

impl DescribeDirectory {
    pub(crate) fn parts(self) -> (DirectoryDraft, Option<BindPassword>) {
        let draft = DirectoryDraft {
            url: self.url,
            start_tls: self.start_tls,
            base_dn: self.base_dn,
            bind: self.bind,
            dn_template: self.dn_template,
            user_attribute: self.user_attribute,
            bind_dn: self.bind_dn,
            ca_certificate: self.ca_certificate,
        };
        (draft, self.bind_password)
    }
}

/// What is to be different of a directory; what is left out stays, `null` removes. Another `bind` takes
/// with it what belongs to the one before.
#[derive(Debug, Default, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct ChangeDirectory {
    /// Its kind, which is always the same.
    #[deserr(default)]
    #[schema(value_type = DirectoryKind, required = false)]
    #[expect(dead_code, reason = "there is one kind")]
    kind: Given<DirectoryKind>,
    /// Where it is.
    #[deserr(default)]
    #[schema(value_type = DirectoryUrl, required = false)]
    url: Given<DirectoryUrl>,
    /// Whether TLS is started.
    #[deserr(default)]
    #[schema(value_type = bool, required = false)]
    start_tls: Given<bool>,
    /// Below which place everything is looked for.
    #[deserr(default)]
    #[schema(value_type = Dn, required = false)]
    base_dn: Given<Dn>,
    /// How its users bind.
    #[deserr(default)]
    #[schema(value_type = BindKind, required = false)]
    bind: Given<BindKind>,
    /// The place of a user's entry.
    #[deserr(default)]
    #[schema(value_type = Option<DnTemplate>)]
    dn_template: Patch<DnTemplate>,
    /// The attribute that holds the name.
    #[deserr(default)]
    #[schema(value_type = Option<AttributeName>)]
    user_attribute: Patch<AttributeName>,
    /// Who searches.
    #[deserr(default)]
    #[schema(value_type = Option<Dn>)]
    bind_dn: Patch<Dn>,
    /// The password of who searches. Another `url`, `startTls`, `bindDn` or `caCertificate` forgets it,
    /// unless it is given with them.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Password, write_only, max_length = 256)]
    pub(crate) bind_password: Patch<BindPassword>,
    /// Certificates of authorities.
    #[deserr(default)]
    #[schema(value_type = Option<CaCertificate>)]
    ca_certificate: Patch<CaCertificate>,
}

impl From<ChangeDirectory> for DirectoryChange {
    fn from(change: ChangeDirectory) -> Self {
        Self {
            url: change.url.0,
            start_tls: change.start_tls.0,
            base_dn: change.base_dn.0,
            bind: change.bind.0,
            dn_template: given(change.dn_template),
            user_attribute: given(change.user_attribute),
            bind_dn: given(change.bind_dn),
            ca_certificate: given(change.ca_certificate),
        }
    }
}

/// Nothing where the field was left out; otherwise what it is, or that it is none.
#[expect(clippy::option_option, reason = "left out, none and some are three things")]
pub(crate) fn given<T>(patch: Patch<T>) -> Option<Option<T>> {
    match patch {
        Patch::Absent => None,
        Patch::Null => Some(None),
        Patch::Value(value) => Some(Some(value)),
    }
}

/// A provider's directory, without its password.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Directory)]
pub(crate) struct DirectoryBody {
    /// Its kind.
    kind: DirectoryKind,
    /// Where it is.
    url: DirectoryUrl,
    /// Whether TLS is started before anything is said.
    start_tls: bool,
    /// Below which place everything is looked for.
    base_dn: Dn,
    /// How its users bind.
    bind: BindKind,
    /// The place of a user's entry, with `dn-template`.
    dn_template: Option<DnTemplate>,
    /// The attribute that holds the name, with `search`.
    user_attribute: Option<AttributeName>,
    /// Who searches, with `search`.
    bind_dn: Option<Dn>,
    /// Whether a password of who searches is kept: it is forgotten when it would go elsewhere.
    has_bind_password: bool,
    /// Certificates of authorities.
    ca_certificate: Option<CaCertificate>,
}

impl DirectoryBody {
    pub(crate) fn of(directory: &Directory, has_bind_password: bool) -> Self {
        let draft = DirectoryDraft::from(directory);
        Self {
            kind: DirectoryKind::Ldap,
            url: draft.url,
            start_tls: draft.start_tls,
            base_dn: draft.base_dn,
            bind: draft.bind,
            dn_template: draft.dn_template,
            user_attribute: draft.user_attribute,
            bind_dn: draft.bind_dn,
            has_bind_password,
            ca_certificate: draft.ca_certificate,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn errors(body: Value) -> Vec<(String, &'static str)> {
        let refused = deserr::deserialize::<DescribeDirectory, _, InputErrors>(body);
        let problem = tsunagu_api::Problem::from(refused.expect_err("refused"));
        let told = problem.errors().iter();
        told.map(|error| (error.pointer.clone(), error.flaw.code())).collect()
    }

    #[test]
    fn given_a_directory_full_of_flaws_then_all_are_told_at_once() {
        let body = json!({
            "kind": "ldif", "url": "https://x", "baseDn": "x", "bind": "simple",
            "bindPassword": "", "userAttribute": "a b", "shoe": 1,
        });
        let mut told = errors(body);
        told.sort();
        let expected = [
            ("/baseDn", "malformed"),
            ("/bind", "unknown-value"),
            ("/bindPassword", "empty"),
            ("/kind", "unknown-value"),
            ("/shoe", "unknown-field"),
            ("/url", "malformed"),
            ("/userAttribute", "malformed"),
        ];
        assert_eq!(told, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn given_a_password_then_nothing_shows_it() {
        let password: BindPassword = "correct horse".parse().expect("a password");
        assert!(!format!("{password:?}").contains("horse"));
        for text in ["", "a\0b", &"x".repeat(257)] {
            assert!(text.parse::<BindPassword>().is_err(), "{text:?}");
        }
    }
}
