//! The partner's one invite link (P14) and what it shows.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Invalid,
    account::Account,
    ids::{AccountId, OrgId},
    locale::CountryCode,
    organization::Organization,
    program::Program,
    secret::secret,
    share::Share,
    text::DisplayName,
    time::Instant,
};

secret! {
    /// The secret of an invite link: 256 random bits as base64url.
    ///
    /// It is fixed for ever, so it shows itself nowhere but in the answer to the partner: `Debug` hides
    /// it, and the table finds it by its digest.
    #[derive(PartialEq, Eq, Serialize, Deserialize)]
    #[serde(try_from = "String", into = "String")]
    InviteToken
}

impl TryFrom<String> for InviteToken {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<InviteToken> for String {
    fn from(token: InviteToken) -> String {
        token.0
    }
}

/// A partner's invite link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InviteLink {
    /// Whose link it is.
    pub partner: AccountId,
    /// Its secret.
    pub token: InviteToken,
    /// When it was first asked for.
    pub created_at: Instant,
}

/// What the invite link showed of the partner: the episode keeps it for ever, so that a partner
/// which renames itself afterwards can be held to what the customer saw (T7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownPartner {
    /// The name that the partner gave itself.
    pub display_name: DisplayName,
    /// Its organization's verified name.
    pub organization_name: Option<DisplayName>,
    /// Its ORGID.
    pub org_id: OrgId,
    /// Where it is.
    pub country: CountryCode,
    /// Its badges at that moment.
    pub programs: Vec<Program>,
}

impl ShownPartner {
    /// What the link of `account` shows at `now`.
    pub fn of(account: &Account, organization: &Organization, now: Instant) -> Self {
        let badges = organization.memberships.badges(now);
        Self {
            display_name: account.display_name.clone(),
            organization_name: organization.name.clone(),
            org_id: account.org_id,
            country: account.country,
            programs: badges.iter().map(|badge| badge.program).collect(),
        }
    }

    /// A mark of exactly this content and of what could be shared: another content, another mark.
    pub fn version(&self) -> String {
        let name = self.organization_name.as_ref().map_or("", DisplayName::as_str);
        let mut digest = Sha256::new();
        // Names hold no control characters, so a NUL keeps the fields apart.
        for field in [self.display_name.as_str(), name, self.country.as_str()] {
            digest.update(field);
            digest.update([0]);
        }
        digest.update(self.org_id.to_string());
        for program in &self.programs {
            digest.update(program.to_string());
        }
        for share in enumset::EnumSet::<Share>::all() {
            digest.update(share.to_string());
        }
        URL_SAFE_NO_PAD.encode(&digest.finalize()[..12])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown() -> ShownPartner {
        ShownPartner {
            display_name: "Minato".parse().expect("a name"),
            organization_name: None,
            org_id: OrgId::first_of(Instant::default()),
            country: "JP".parse().expect("a country"),
            programs: vec![Program::Csp],
        }
    }

    #[test]
    fn a_token_hides_itself_from_debug() {
        let token = InviteToken::random();
        assert!(!format!("{token:?}").contains(token.expose()));
        assert_eq!(token.expose().parse::<InviteToken>(), Ok(token));
    }

    #[test]
    fn only_32_bytes_of_base64url_are_a_token() {
        for text in ["", "abc", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43)] {
            assert_eq!(text.parse::<InviteToken>(), Err(Invalid::Malformed), "{text}");
        }
    }

    #[test]
    fn the_version_changes_with_everything_that_is_shown() {
        let base = shown();
        let changed = [
            ShownPartner { display_name: "Vendor Support".parse().expect("a name"), ..shown() },
            ShownPartner {
                organization_name: Some("Minato K.K.".parse().expect("a name")),
                ..shown()
            },
            ShownPartner { country: "US".parse().expect("a country"), ..shown() },
            ShownPartner { programs: vec![], ..shown() },
        ];
        assert_eq!(base.version(), shown().version());
        for other in changed {
            assert_ne!(base.version(), other.version());
        }
    }
}
