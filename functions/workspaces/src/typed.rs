//! What somebody types to sign in.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use secrecy::SecretString;
use tsunagu_api::{Flaw, InputErrors, Problem, Text};
use tsunagu_domain::federation::{domain_name::DomainName, login::Login};

/// A password: shown nowhere, wiped when it is dropped.
#[derive(Debug)]
pub(crate) struct Password(pub(crate) SecretString);

impl Deserr<InputErrors> for Password {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, InputErrors> {
        String::deserialize_from_value(value, location).map(|text| Self(text.into()))
    }
}

const NOT_ONE_DOMAIN: Flaw = Flaw::Rule {
    code: "not-one-domain",
    text: Text::new(
        "サインインするドメインを一つだけ指定してください。",
        "Name the one domain of this workspace to sign in with.",
    ),
};

/// Which of the domains is meant, as its index: exactly one, or no password goes anywhere (T21).
pub(crate) fn choose(
    login: &Login,
    domains: &[DomainName],
    named: Option<&str>,
) -> Result<usize, Problem> {
    let none = || Problem::invalid("/domain", NOT_ONE_DOMAIN);
    let named = named.map(str::parse::<DomainName>).transpose().map_err(|_| none())?;
    login.choose(domains, named.as_ref()).map_err(|_| none())
}
