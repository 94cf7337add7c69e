//! The badge as it is shown.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_domain::{
    locale::Language,
    program::{Badges, Program},
};
use utoipa::ToSchema;

/// The mark of an active program membership.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Badge)]
pub struct BadgeBody {
    /// The program.
    pub program: Program,
    /// Its name, in the language asked for.
    #[schema(example = "Service Provider")]
    pub name: String,
    /// Since when it has been held without a break.
    pub since: DateTime<Utc>,
}

impl BadgeBody {
    /// All badges of an account.
    pub fn all(badges: &Badges, language: Language) -> Vec<Self> {
        let shown = badges.iter().map(|badge| Self {
            program: badge.program,
            name: badge.program.name(language).to_owned(),
            since: badge.since,
        });
        shown.collect()
    }
}
