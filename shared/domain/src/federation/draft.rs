//! A directory as its provider describes it, field by field, and what must fit together.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use super::{
    address::AddressPolicy,
    certificate::CaCertificate,
    directory::{Bind, Directory, DirectoryUrl, DnTemplate},
    dn::{AttributeName, Dn},
};

/// How a directory's users bind, by its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum BindKind {
    /// As `user@domain`.
    Upn,
    /// At the place that a template makes of the name.
    DnTemplate,
    /// At the one place that a search for the name finds.
    Search,
}

/// A directory, field by field: not yet known to fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryDraft {
    /// Where it is.
    pub url: DirectoryUrl,
    /// Whether a connection without TLS is turned into one with it before anything is said.
    pub start_tls: bool,
    /// Below which place everything is looked for.
    pub base_dn: Dn,
    /// How its users bind.
    pub bind: BindKind,
    /// With `dn-template`, what makes the place of a user's entry.
    pub dn_template: Option<DnTemplate>,
    /// With `search`, what holds the name.
    pub user_attribute: Option<AttributeName>,
    /// With `search`, who searches.
    pub bind_dn: Option<Dn>,
    /// Whom it trusts, where it is not everybody whom the system trusts.
    pub ca_certificate: Option<CaCertificate>,
}

/// Changes of a directory; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryChange {
    /// Where it is.
    pub url: Option<DirectoryUrl>,
    /// Whether TLS is started.
    pub start_tls: Option<bool>,
    /// Below which place everything is looked for.
    pub base_dn: Option<Dn>,
    /// How its users bind.
    pub bind: Option<BindKind>,
    /// What makes the place of a user's entry, or nothing.
    pub dn_template: Option<Option<DnTemplate>>,
    /// What holds the name, or what usually does.
    pub user_attribute: Option<Option<AttributeName>>,
    /// Who searches, or everybody.
    pub bind_dn: Option<Option<Dn>>,
    /// Whom it trusts, or everybody whom the system trusts.
    pub ca_certificate: Option<Option<CaCertificate>>,
}

/// A field of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftField {
    /// What makes the place of a user's entry.
    DnTemplate,
    /// What holds the name.
    UserAttribute,
    /// Who searches.
    BindDn,
    /// The password of who searches.
    BindPassword,
    /// Whether TLS is started.
    StartTls,
}

/// What does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftFlaw {
    /// The kind of bind needs it.
    Needed(DraftField),
    /// It says nothing beside the rest.
    Needless(DraftField),
    /// Whoever listens in between would read passwords.
    Insecure,
    /// No directory of this provider may be there (T29).
    AddressRefused,
}

impl From<&Directory> for DirectoryDraft {
    fn from(directory: &Directory) -> Self {
        let Directory { url, start_tls, base_dn, bind, ca_certificate } = directory.clone();
        let (bind, dn_template, user_attribute, bind_dn) = match bind {
            Bind::Upn => (BindKind::Upn, None, None, None),
            Bind::DnTemplate { template } => (BindKind::DnTemplate, Some(template), None, None),
            Bind::Search { user_attribute, bind_dn } => {
                (BindKind::Search, None, Some(user_attribute), bind_dn)
            }
        };
        Self { url, start_tls, base_dn, bind, dn_template, user_attribute, bind_dn, ca_certificate }
    }
}

impl DirectoryDraft {
    /// The same with what a change says of it. What belonged to another kind of bind goes with that.
    #[must_use]
    pub fn with(self, change: DirectoryChange) -> Self {
        let bind = change.bind.unwrap_or(self.bind);
        let kept = bind == self.bind;
        Self {
            url: change.url.unwrap_or(self.url),
            start_tls: change.start_tls.unwrap_or(self.start_tls),
            base_dn: change.base_dn.unwrap_or(self.base_dn),
            bind,
            dn_template: change.dn_template.unwrap_or(self.dn_template.filter(|_| kept)),
            user_attribute: change.user_attribute.unwrap_or(self.user_attribute.filter(|_| kept)),
            bind_dn: change.bind_dn.unwrap_or(self.bind_dn.filter(|_| kept)),
            ca_certificate: change.ca_certificate.unwrap_or(self.ca_certificate),
        }
    }

    /// The directory, where everything fits; otherwise all that does not. A name's addresses are
    /// judged when it is connected to.
    pub fn check(
        self,
        has_password: bool,
        policy: &AddressPolicy,
    ) -> Result<Directory, Vec<DraftFlaw>> {
        let mut flaws = self.misfits(has_password);
        let address = literal(&self.url);
        let own_machine = address.is_some_and(|address| policy.is_own_machine(address));
        if !self.url.tls() && !self.start_tls && !own_machine {
            flaws.push(DraftFlaw::Insecure);
        }
        if address.is_some_and(|address| !policy.admits(address, self.url.port())) {
            flaws.push(DraftFlaw::AddressRefused);
        }
        let bind = match (self.bind, self.dn_template) {
            (BindKind::Upn, _) => Some(Bind::Upn),
            (BindKind::DnTemplate, template) => {
                template.map(|template| Bind::DnTemplate { template })
            }
            (BindKind::Search, _) => {
                let user_attribute = self.user_attribute.unwrap_or_default();
                Some(Bind::Search { user_attribute, bind_dn: self.bind_dn })
            }
        };
        match bind {
            Some(bind) if flaws.is_empty() => Ok(Directory {
                url: self.url,
                start_tls: self.start_tls,
                base_dn: self.base_dn,
                bind,
                ca_certificate: self.ca_certificate,
            }),
            _ => Err(flaws),
        }
    }

    /// Fields that do not go with each other.
    fn misfits(&self, has_password: bool) -> Vec<DraftFlaw> {
        use DraftField::{BindDn, BindPassword, DnTemplate, StartTls, UserAttribute};
        let searches = self.bind == BindKind::Search;
        let by_template = self.bind == BindKind::DnTemplate;
        let needed = (by_template && self.dn_template.is_none()).then_some(DnTemplate);
        let needless = [
            (self.dn_template.is_some() && !by_template, DnTemplate),
            (self.user_attribute.is_some() && !searches, UserAttribute),
            (self.bind_dn.is_some() && !searches, BindDn),
            (has_password && self.bind_dn.is_none(), BindPassword),
            (self.start_tls && self.url.tls(), StartTls),
        ];
        let needless = needless.into_iter().filter(|(flawed, _)| *flawed);
        let needless = needless.map(|(_, field)| DraftFlaw::Needless(field));
        needed.map(DraftFlaw::Needed).into_iter().chain(needless).collect()
    }
}

/// The address of a host that names one. `localhost` always does (RFC 6761, 6.3).
fn literal(url: &DirectoryUrl) -> Option<IpAddr> {
    let host = url.host().trim_end_matches('.');
    let is_local = host == "localhost" || host.ends_with(".localhost");
    url.address().or(is_local.then_some(IpAddr::V4(Ipv4Addr::LOCALHOST)))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn draft(url: &str, bind: BindKind) -> DirectoryDraft {
        DirectoryDraft {
            url: url.parse().expect("an address"),
            start_tls: false,
            base_dn: "dc=example,dc=com".parse().expect("a place"),
            bind,
            dn_template: None,
            user_attribute: None,
            bind_dn: None,
            ca_certificate: None,
        }
    }

    fn template() -> DnTemplate {
        "uid={username},dc=example,dc=com".parse().expect("a template")
    }

    fn loopback() -> AddressPolicy {
        AddressPolicy { allowed: Vec::new(), loopback: true }
    }

    #[rstest]
    #[case::tls("ldaps://ldap.example.com", false, &[])]
    #[case::start_tls("ldap://ldap.example.com", true, &[])]
    #[case::both("ldaps://ldap.example.com", true, &[DraftFlaw::Needless(DraftField::StartTls)])]
    #[case::neither("ldap://ldap.example.com", false, &[DraftFlaw::Insecure])]
    #[case::own("ldap://127.0.0.1", false, &[DraftFlaw::Insecure, DraftFlaw::AddressRefused])]
    #[case::name_of_own("ldaps://localhost", false, &[DraftFlaw::AddressRefused])]
    #[case::below_it("ldaps://a.localhost", false, &[DraftFlaw::AddressRefused])]
    #[case::metadata("ldaps://169.254.169.254", false, &[DraftFlaw::AddressRefused])]
    #[case::mapped("ldaps://[::ffff:10.0.0.1]", false, &[DraftFlaw::AddressRefused])]
    #[case::odd_port("ldaps://93.184.216.34:9001", false, &[DraftFlaw::AddressRefused])]
    fn where_a_directory_is_and_whether_it_is_listened_to(
        #[case] url: &str,
        #[case] start_tls: bool,
        #[case] expected: &[DraftFlaw],
    ) {
        let draft = DirectoryDraft { start_tls, ..draft(url, BindKind::Upn) };
        let flaws = draft.check(false, &AddressPolicy::default()).err().unwrap_or_default();
        assert_eq!(flaws, expected);
    }

    #[test]
    fn on_the_laptop_a_directory_on_this_machine_needs_no_tls() {
        for url in ["ldap://127.0.0.1:3890", "ldap://localhost:3890", "ldap://[::1]:3890"] {
            assert!(draft(url, BindKind::Upn).check(false, &loopback()).is_ok(), "{url}");
        }
        let elsewhere = draft("ldap://ldap.example.com", BindKind::Upn);
        assert_eq!(elsewhere.check(false, &loopback()), Err(vec![DraftFlaw::Insecure]));
    }

    #[test]
    fn fields_belong_to_their_kind_of_bind() {
        let url = "ldaps://ldap.example.com";
        let check = |draft: DirectoryDraft, password| {
            draft.check(password, &AddressPolicy::default()).map(|directory| directory.bind)
        };
        let by_template = draft(url, BindKind::DnTemplate);
        let needed = DraftFlaw::Needed(DraftField::DnTemplate);
        assert_eq!(check(by_template.clone(), false), Err(vec![needed]));
        let full = DirectoryDraft { dn_template: Some(template()), ..by_template };
        assert!(check(full.clone(), false).is_ok());
        let search = Bind::Search { user_attribute: AttributeName::default(), bind_dn: None };
        assert_eq!(check(draft(url, BindKind::Search), false), Ok(search));
        let odd = DirectoryDraft {
            bind: BindKind::Upn,
            user_attribute: Some(AttributeName::default()),
            bind_dn: Some("cn=reader,dc=example,dc=com".parse().expect("a place")),
            ..full
        };
        let needless = [DraftField::DnTemplate, DraftField::UserAttribute, DraftField::BindDn];
        assert_eq!(check(odd, false), Err(needless.map(DraftFlaw::Needless).to_vec()));
        let password = DraftFlaw::Needless(DraftField::BindPassword);
        assert_eq!(check(draft(url, BindKind::Search), true), Err(vec![password]));
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name_and_what_goes_with_its_bind() {
        let url = "ldaps://ldap.example.com";
        let before =
            DirectoryDraft { dn_template: Some(template()), ..draft(url, BindKind::DnTemplate) };
        assert_eq!(before.clone().with(DirectoryChange::default()), before);
        let to_upn = DirectoryChange { bind: Some(BindKind::Upn), ..DirectoryChange::default() };
        assert_eq!(before.clone().with(to_upn), draft(url, BindKind::Upn));
        let none = DirectoryChange { dn_template: Some(None), ..DirectoryChange::default() };
        assert_eq!(before.with(none).dn_template, None);
    }

    #[test]
    fn a_directory_is_the_draft_that_it_came_from() {
        let draft = draft("ldaps://ldap.example.com", BindKind::Upn);
        let directory = draft.clone().check(false, &AddressPolicy::default()).expect("it fits");
        assert_eq!(DirectoryDraft::from(&directory), draft);
    }
}
