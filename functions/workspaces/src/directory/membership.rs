//! By which rules somebody is a member, as the directory says.

use futures::{StreamExt, TryStreamExt, stream};
use ldap3::ldap_escape;
use tsunagu_domain::federation::{dn::Dn, members::Members};

use super::{
    DirectoryError,
    connection::Connection,
    entry::{Entry, UID},
};

/// How many rules are asked about at a time.
const AT_ONCE: usize = 8;

/// The indices of the rules by which an entry is a member, in order.
pub(super) async fn matched(
    connection: &Connection,
    base: &Dn,
    entry: &Entry,
    rules: &[Members],
) -> Result<Vec<usize>, DirectoryError> {
    let has_groups = rules.iter().any(|rule| matches!(rule, Members::Group(_)));
    let of_group =
        if has_groups { of_group(connection, base, entry).await? } else { String::new() };
    let of_group = of_group.as_str();
    let asked = rules.iter().map(|rule| is_by(connection, entry, of_group, rule));
    // Collected, as a stream over borrowed items is not `Send` for every lifetime.
    let asked: Vec<_> = asked.collect();
    let found: Vec<bool> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    Ok((0..).zip(found).filter_map(|(index, matches)| matches.then_some(index)).collect())
}

/// Whether an entry is a member by a rule.
async fn is_by(
    connection: &Connection,
    entry: &Entry,
    of_group: &str,
    rule: &Members,
) -> Result<bool, DirectoryError> {
    match rule {
        Members::Everyone => Ok(true),
        Members::Group(dn) => connection.holds(dn.as_str(), of_group).await,
        Members::Branch(dn) => is_below(connection, dn, entry).await,
    }
}

/// Whether an entry is at a place or below it.
pub(super) async fn is_below(
    connection: &Connection,
    place: &Dn,
    entry: &Entry,
) -> Result<bool, DirectoryError> {
    connection.holds_once_below(place.as_str(), &entry.only()).await
}

/// A filter that holds for the groups of an entry. POSIX groups name their members by a user id
/// alone: that counts where it is one user's, or a user of another branch would be a member as well
/// (T23).
async fn of_group(
    connection: &Connection,
    base: &Dn,
    entry: &Entry,
) -> Result<String, DirectoryError> {
    let dn = ldap_escape(&entry.dn);
    let by_name = format!("(member={dn})(uniqueMember={dn})");
    let [uid] = entry.values(UID) else { return Ok(format!("(|{by_name})")) };
    let uid = ldap_escape(uid);
    let is_own = connection.holds_once_below(base.as_str(), &format!("({UID}={uid})")).await?;
    let by_uid = if is_own { format!("(memberUid={uid})") } else { String::new() };
    Ok(format!("(|{by_name}{by_uid})"))
}
