//! That who was bound is the one entry that was found (T23).
//!
//! Directories map names: by aliases, by rules, by several attributes at once. So a name proves
//! nothing: the directory is asked whom it takes us for, and that one's own entry must be the one
//! that was found, by its id.

use super::{
    DirectoryError,
    connection::Connection,
    entry::{ACCOUNT_NAME, Entry, PRINCIPAL_NAME, WHO},
};

/// By what kind of name somebody was bound.
#[derive(Clone, Copy)]
pub(super) enum Bound<'a> {
    /// By the entry's own.
    Dn,
    /// By this user principal name.
    Principal(&'a str),
}

/// Whether the entry is who was bound on this connection.
pub(super) async fn is_bound(
    connection: &Connection,
    entry: &Entry,
    bound: Bound<'_>,
) -> Result<bool, DirectoryError> {
    let who = connection.who_am_i().await?;
    let dn = match who.as_deref().map(|who| (who.strip_prefix("dn:"), who.strip_prefix("u:"))) {
        None if is_principal(entry, bound) => entry.dn.as_str(),
        Some((Some(dn), _)) if !dn.is_empty() => dn,
        Some((_, Some(user))) if is_user(entry, user, bound) => entry.dn.as_str(),
        // Nobody, in which case whatever was called a success was none; another; or whoever a form
        // that RFC 4513 does not have may mean.
        _ => return Ok(false),
    };
    let own = connection.entry(dn).await?;
    Ok(own.is_some_and(|own| own.id == entry.id))
}

/// Whether the entry is Active Directory's user `DOMAIN\user`. Where the entry does not say that of
/// itself, another domain of the forest may have a user of the same short name.
fn is_user(entry: &Entry, user: &str, bound: Bound<'_>) -> bool {
    if !entry.values(WHO).is_empty() {
        return entry.has(WHO, user);
    }
    let short = user.rsplit('\\').next().unwrap_or(user);
    entry.has(ACCOUNT_NAME, short) && is_principal(entry, bound)
}

/// Whether the entry is that of a user principal name, where one was bound: those are one user's
/// alone.
fn is_principal(entry: &Entry, bound: Bound<'_>) -> bool {
    match bound {
        Bound::Dn => true,
        Bound::Principal(name) => entry.has(PRINCIPAL_NAME, name),
    }
}
