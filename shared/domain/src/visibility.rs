//! Who may see what an account has.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

/// Who may see a notification, a ticket or a comment.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Display, EnumString, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Visibility {
    /// The account, and the partners with which it shares things of this kind.
    #[default]
    Shared,
    /// The account alone: anything that names a user, or another partner (T10).
    Account,
}
