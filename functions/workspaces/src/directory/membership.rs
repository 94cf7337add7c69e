//! By which rules somebody is a member, as the directory says.

use futures::{FutureExt, StreamExt, TryStreamExt, future::BoxFuture, stream};
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
    let asked = Asked { connection, entry, of_group: &of_group };
    // Boxed one by one: a closure that makes them cannot be awaited by handlers.
    let mut answers: Vec<BoxFuture<'_, _>> = Vec::with_capacity(rules.len());
    for rule in rules {
        answers.push(asked.is_member(rule).boxed());
    }
    let answers: Vec<bool> = stream::iter(answers).buffered(AT_ONCE).try_collect().await?;
    Ok((0..rules.len()).filter(|index| answers[*index]).collect())
}

/// What rules are asked about.
struct Asked<'a> {
    connection: &'a Connection,
    entry: &'a Entry,
    of_group: &'a str,
}

impl Asked<'_> {
    async fn is_member(&self, rule: &Members) -> Result<bool, DirectoryError> {
        match rule {
            Members::Everyone => Ok(true),
            Members::Group(dn) => self.connection.holds(dn.as_str(), self.of_group).await,
            Members::Branch(dn) => is_below(self.connection, dn, self.entry).await,
        }
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
