//! Binds: the only requests with a password in them.
//!
//! They do not go through the LDAP library, which copies what it sends and forgets the copies as they
//! are: here, what held a password is wiped.

use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use tokio::sync::{mpsc, oneshot};

use super::{
    ber::put,
    message::{self, BIND, INTEGER, MALFORMED, OCTETS, SEQUENCE},
};

/// The number of every bind, one after the other; the library counts up from 1.
const NUMBER: [u8; 4] = i32::MAX.to_be_bytes();
const VERSION: [u8; 1] = [3];
const REQUEST: u8 = 0x60;
/// A password as it is: the simple way to be authenticated.
const SIMPLE: u8 = 0x80;
/// More than all tags and lengths around a name and a password take.
const AROUND: usize = 64;

/// A request that is wiped when it was sent.
pub(super) type Request = Zeroizing<Vec<u8>>;

/// Sends binds, and hears their results.
#[derive(Clone)]
pub(super) struct Binds {
    requests: mpsc::Sender<Request>,
    awaited: Arc<Mutex<Option<oneshot::Sender<u32>>>>,
}

impl Binds {
    /// Binds, and where their requests come out.
    pub(super) fn new() -> (Self, mpsc::Receiver<Request>) {
        let (requests, outgoing) = mpsc::channel(1);
        (Self { requests, awaited: Arc::default() }, outgoing)
    }

    /// Binds, one at a time, and gives the result's code; `None` where there is no answer.
    pub(super) async fn bind(&self, name: &str, password: &SecretString) -> Option<u32> {
        let (told, code) = oneshot::channel();
        self.await_by(Some(told));
        self.requests.send(request(name, password)).await.ok()?;
        code.await.ok()
    }

    /// Takes an answer that is a bind's; gives all others back.
    pub(super) fn take(&self, answer: Vec<u8>) -> Result<Option<Vec<u8>>, &'static str> {
        if message::number(&answer) != Some(&NUMBER) {
            return Ok(Some(answer));
        }
        let code = message::code(&answer, BIND).ok_or(MALFORMED)?;
        // An answer to nothing is none.
        let told = self.await_by(None).ok_or(MALFORMED)?;
        // Whoever asked may have gone.
        let _ = told.send(code);
        Ok(None)
    }

    /// There will be no answer any more.
    pub(super) fn end(&self) {
        self.await_by(None);
    }

    fn await_by(&self, told: Option<oneshot::Sender<u32>>) -> Option<oneshot::Sender<u32>> {
        let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *awaited, told)
    }
}

/// A bind as a message. Room is made before: what grew would leave a copy behind.
fn request(name: &str, password: &SecretString) -> Request {
    let password = password.expose_secret();
    let room = || Zeroizing::new(Vec::with_capacity(name.len() + password.len() + AROUND));
    let (mut bind, mut message, mut whole) = (room(), room(), room());
    put(&mut bind, INTEGER, &VERSION);
    put(&mut bind, OCTETS, name.as_bytes());
    put(&mut bind, SIMPLE, password.as_bytes());
    put(&mut message, INTEGER, &NUMBER);
    put(&mut message, REQUEST, &bind);
    put(&mut whole, SEQUENCE, &message);
    whole
}

#[cfg(test)]
mod tests {
    use ldap3::asn1::parse_tag;

    use super::*;
    use crate::directory::ber::take_tagged;

    #[test]
    fn given_a_name_and_a_password_when_asked_then_it_is_one_message_that_did_not_grow() {
        let (name, password) = ("uid=hanako,dc=example".repeat(40), "secret".repeat(40));
        let request = request(&name, &password.as_str().into());
        assert_eq!(request.capacity(), name.len() + password.len() + AROUND);
        assert!(parse_tag(&request).is_ok_and(|(rest, _)| rest.is_empty()));
        let mut rest = take_tagged(&mut request.as_slice(), SEQUENCE).expect("a message");
        assert_eq!(take_tagged(&mut rest, INTEGER), Some(&NUMBER[..]));
        let mut rest = take_tagged(&mut rest, REQUEST).expect("a bind");
        assert_eq!(take_tagged(&mut rest, INTEGER), Some(&VERSION[..]));
        assert_eq!(take_tagged(&mut rest, OCTETS), Some(name.as_bytes()));
        assert_eq!(take_tagged(&mut rest, SIMPLE), Some(password.as_bytes()));
    }

    fn answer(number: &[u8], tag: u8, code: u8) -> Vec<u8> {
        let (mut result, mut answer) = (Vec::new(), Vec::new());
        put(&mut result, 0x0a, &[code]);
        put(&mut answer, INTEGER, number);
        put(&mut answer, tag, &result);
        answer
    }

    #[tokio::test]
    async fn given_an_answer_when_it_is_awaited_then_its_code_is_told_once() {
        let (binds, mut outgoing) = Binds::new();
        assert_eq!(binds.take(answer(&NUMBER, BIND, 0)), Err(MALFORMED), "nobody asked");
        let other = answer(&[1], BIND, 0);
        assert_eq!(binds.take(other.clone()), Ok(Some(other)));
        let directory = async {
            outgoing.recv().await.expect("it is asked");
            assert_eq!(binds.take(answer(&NUMBER, BIND, 49)), Ok(None));
            assert_eq!(binds.take(answer(&NUMBER, BIND, 0)), Err(MALFORMED), "it was answered");
        };
        let password = "secret".into();
        let (code, ()) = tokio::join!(binds.bind("uid=hanako", &password), directory);
        assert_eq!(code, Some(49));
    }

    #[tokio::test]
    async fn given_a_directory_that_is_gone_when_asked_then_there_is_no_answer() {
        let (binds, outgoing) = Binds::new();
        drop(outgoing);
        assert_eq!(binds.bind("uid=hanako", &"secret".into()).await, None);
        let (binds, mut outgoing) = Binds::new();
        let directory = async {
            outgoing.recv().await.expect("it is asked");
            binds.end();
        };
        let password = "secret".into();
        let (code, ()) = tokio::join!(binds.bind("uid=hanako", &password), directory);
        assert_eq!(code, None);
    }
}
