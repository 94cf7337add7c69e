//! What a search gives.

use ldap3_proto::{
    LdapPartialAttribute, LdapResultCode, LdapSearchResultEntry, LdapSearchResultReference,
    LdapSearchScope,
    proto::{LdapOp, LdapResult, LdapSearchRequest},
};
use tsunagu_domain::federation::dn::Dn;

use super::{entry::Entry, filter::matches, tree::Tree};

/// The answers to a search, its end included.
pub(super) fn search(tree: &Tree, request: &LdapSearchRequest) -> Vec<LdapOp> {
    let Ok(base) = request.base.parse::<Dn>() else {
        return vec![done(LdapResultCode::InvalidDNSyntax, Vec::new())];
    };
    if let Some(elsewhere) = referral(tree, &base) {
        return vec![done(LdapResultCode::Referral, elsewhere)];
    }
    if tree.find(&base).is_none() {
        return vec![done(LdapResultCode::NoSuchObject, Vec::new())];
    }
    let (mut answers, more) = found(tree, request, &base);
    let code = if more { LdapResultCode::SizeLimitExceeded } else { LdapResultCode::Success };
    answers.push(done(code, Vec::new()));
    answers
}

/// What is found, as far as the limit goes, and whether there was more.
fn found(tree: &Tree, request: &LdapSearchRequest, base: &Dn) -> (Vec<LdapOp>, bool) {
    let limit = usize::try_from(request.sizelimit).ok().filter(|limit| *limit > 0);
    let limit = limit.unwrap_or(usize::MAX);
    let entries = tree.read();
    let in_scope = entries.iter().filter(|entry| is_in_scope(entry.dn(), base, &request.scope));
    let (references, entries): (Vec<_>, Vec<_>) =
        in_scope.partition(|entry| !entry.values("ref").is_empty());
    let meant = entries.into_iter().filter(|entry| matches(&request.filter, entry));
    let meant: Vec<_> = meant.take(limit.saturating_add(1)).collect();
    let shown = meant.iter().take(limit).map(|entry| shown(entry, &request.attrs));
    let references = references.iter().map(|entry| reference(entry));
    (shown.chain(references).collect(), meant.len() > limit)
}

/// The root is looked at as far as all the rest: a name is in scope by its parts.
fn is_in_scope(dn: &Dn, base: &Dn, scope: &LdapSearchScope) -> bool {
    match scope {
        LdapSearchScope::Base => dn == base,
        LdapSearchScope::OneLevel => dn.is_within(base) && dn.depth() == base.depth() + 1,
        LdapSearchScope::Subtree => dn.is_within(base),
        LdapSearchScope::Children => dn.is_within(base) && dn != base,
    }
}

/// Where else a name has to be asked for, where it is at or below an entry that says so.
pub(super) fn referral(tree: &Tree, dn: &Dn) -> Option<Vec<String>> {
    let entries = tree.read();
    let says_so = |entry: &&Entry| !entry.values("ref").is_empty() && dn.is_within(entry.dn());
    entries.iter().find(says_so).map(elsewhere)
}

fn elsewhere(entry: &Entry) -> Vec<String> {
    let urls = entry.values("ref").iter();
    urls.map(|url| String::from_utf8_lossy(url).into_owned()).collect()
}

fn shown(entry: &Entry, asked: &[String]) -> LdapOp {
    let attributes = entry
        .chosen(asked)
        .map(|(name, values)| LdapPartialAttribute { atype: name.clone(), vals: values.clone() });
    LdapOp::SearchResultEntry(LdapSearchResultEntry {
        dn: entry.dn().as_str().to_owned(),
        attributes: attributes.collect(),
    })
}

fn reference(entry: &Entry) -> LdapOp {
    LdapOp::SearchResultReference(LdapSearchResultReference { uris: elsewhere(entry) })
}

fn done(code: LdapResultCode, referral: Vec<String>) -> LdapOp {
    LdapOp::SearchResultDone(result(code, referral))
}

/// A result with nothing but its code, and where else to ask.
pub(super) fn result(code: LdapResultCode, referral: Vec<String>) -> LdapResult {
    LdapResult { code, matcheddn: String::new(), message: String::new(), referral }
}
