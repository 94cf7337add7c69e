//! One connection to the directory.

use std::io;

use futures::{SinkExt, StreamExt};
use ldap3_proto::{
    LdapCodec, LdapMsg, LdapResultCode,
    proto::{
        LdapBindCred, LdapBindRequest, LdapBindResponse, LdapExtendedRequest, LdapExtendedResponse,
        LdapOp, OID_WHOAMI,
    },
};
use subtle::ConstantTimeEq;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::codec::Framed;
use tsunagu_domain::federation::dn::Dn;

use super::{
    entry::Entry,
    search::{referral, result, search},
    tree::Tree,
};

const START_TLS: &str = "1.3.6.1.4.1.1466.20037";

/// How a connection without TLS ended.
pub(super) enum Ended<S> {
    /// For good.
    Closed,
    /// To go on with TLS.
    ForTls(S),
}

/// Answers until the client has enough, or wants to go on with TLS, where it may.
pub(super) async fn converse<S>(stream: S, tree: &Tree, may_start_tls: bool) -> io::Result<Ended<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut messages = Framed::new(stream, LdapCodec::default());
    let mut bound = None;
    while let Some(message) = messages.next().await {
        let LdapMsg { msgid, op, .. } = message?;
        if may_start_tls && starts_tls(&op) {
            let answer = extended(LdapResultCode::Success, None);
            messages.send(LdapMsg::new(msgid, answer)).await?;
            return Ok(Ended::ForTls(messages.into_inner()));
        }
        let Some(answers) = answer(tree, &mut bound, op) else { break };
        for answer in answers {
            messages.feed(LdapMsg::new(msgid, answer)).await?;
        }
        messages.flush().await?;
    }
    Ok(Ended::Closed)
}

/// The answers to a request; `None` is the end.
fn answer(tree: &Tree, bound: &mut Option<Dn>, op: LdapOp) -> Option<Vec<LdapOp>> {
    Some(match op {
        LdapOp::BindRequest(request) => vec![bind(tree, bound, request)],
        LdapOp::SearchRequest(request) => search(tree, &request),
        LdapOp::ExtendedRequest(request) if request.name == OID_WHOAMI => {
            let name = bound.as_ref().map(|dn| format!("dn:{}", dn.as_str())).unwrap_or_default();
            vec![extended(LdapResultCode::Success, Some(name))]
        }
        LdapOp::ExtendedRequest(_) => vec![extended(LdapResultCode::ProtocolError, None)],
        LdapOp::AbandonRequest(_) => Vec::new(),
        // All else would be a change, and is the end as it is for what makes no sense.
        _ => return None,
    })
}

fn starts_tls(op: &LdapOp) -> bool {
    matches!(op, LdapOp::ExtendedRequest(LdapExtendedRequest { name, .. }) if name == START_TLS)
}

/// A bind that fails leaves nobody bound (RFC 4511, 4.2.1).
fn bind(tree: &Tree, bound: &mut Option<Dn>, request: LdapBindRequest) -> LdapOp {
    let (code, elsewhere) = match who(tree, request) {
        Ok(dn) => {
            *bound = dn;
            (LdapResultCode::Success, Vec::new())
        }
        Err(refusal) => {
            *bound = None;
            refusal
        }
    };
    LdapOp::BindResponse(LdapBindResponse { res: result(code, elsewhere), saslcreds: None })
}

type Refusal = (LdapResultCode, Vec<String>);

/// Who binds: nobody in particular with neither a name nor a password.
fn who(tree: &Tree, request: LdapBindRequest) -> Result<Option<Dn>, Refusal> {
    let LdapBindCred::Simple(password) = request.cred else {
        return Err((LdapResultCode::AuthMethodNotSupported, Vec::new()));
    };
    match (request.dn.is_empty(), password.is_empty()) {
        (true, true) => return Ok(None),
        // A name alone proves nothing (RFC 4513, 5.1.2).
        (false, true) => return Err((LdapResultCode::UnwillingToPerform, Vec::new())),
        (_, false) => {}
    }
    let entry = named(tree, &request.dn)?;
    let right = entry.as_ref().and_then(Entry::password).is_some_and(|own| same(own, &password));
    let entry = entry.filter(|_| right);
    entry
        .map(|entry| Some(entry.dn().clone()))
        .ok_or((LdapResultCode::InvalidCredentials, Vec::new()))
}

/// The entry that a name means: a distinguished name, or else a user principal name.
fn named(tree: &Tree, name: &str) -> Result<Option<Entry>, Refusal> {
    let Ok(dn) = name.parse() else { return Ok(tree.find_principal(name)) };
    match referral(tree, &dn) {
        Some(elsewhere) => Err((LdapResultCode::Referral, elsewhere)),
        None => Ok(tree.find(&dn)),
    }
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

fn extended(code: LdapResultCode, value: Option<String>) -> LdapOp {
    let value = value.map(String::into_bytes);
    LdapOp::ExtendedResponse(LdapExtendedResponse {
        res: result(code, Vec::new()),
        name: None,
        value,
    })
}
