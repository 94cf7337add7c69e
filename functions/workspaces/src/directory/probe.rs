//! How far one gets with a directory: for whoever sets it up.

use secrecy::SecretString;
use tsunagu_domain::federation::{login::UserName, members::Members};

use super::{
    Directories, DirectoryError, Realm, address,
    connection::Connection,
    sign_in::{Attempt, service_bind},
};

/// One step of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Whether nothing stands in the way.
    pub ok: bool,
    /// What was found.
    pub code: &'static str,
}

impl Check {
    const PASSED: Self = Self { ok: true, code: "ok" };
    /// There is nothing to test.
    const NOT_ASKED: Self = Self { ok: true, code: "not-asked" };
    /// An earlier step did not pass.
    const NOT_TRIED: Self = Self { ok: false, code: "not-tried" };
}

impl From<DirectoryError> for Check {
    fn from(error: DirectoryError) -> Self {
        let code = match error {
            DirectoryError::Refused => "refused",
            DirectoryError::Unavailable(code) => code,
            DirectoryError::AddressRefused => "address-refused",
        };
        Self { ok: false, code }
    }
}

/// What a test of a directory tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Whether it was connected to.
    pub reachable: Check,
    /// Whether the connection is secured as it is to be.
    pub tls: Check,
    /// Whether who searches was let in, and finds the base.
    pub service_bind: Check,
    /// Whether the user was let in.
    pub user_bind: Check,
    /// By which of the given rules the user is a member: their indices.
    pub matched: Vec<usize>,
}

impl Default for Probe {
    fn default() -> Self {
        let check = Check::NOT_TRIED;
        Self {
            reachable: check,
            tls: check,
            service_bind: check,
            user_bind: check,
            matched: Vec::new(),
        }
    }
}

impl Probe {
    /// Goes as far as it gets. What is done is in its place when this is stopped.
    pub(super) async fn ask(
        &mut self,
        directories: &Directories,
        realm: &Realm<'_>,
        credentials: Option<(&UserName, &SecretString)>,
        members: &[Members],
    ) {
        let directory = realm.directory;
        let Some(stream) = step(&mut self.reachable, address::reach(directories, realm).await)
        else {
            return;
        };
        let secured = Connection::secure(stream, directories.limits, realm).await;
        let Some(connection) = step(&mut self.tls, secured) else { return };
        if directory.is_insecure() {
            self.tls = Check::NOT_ASKED;
        }
        let served = service(&connection, realm).await;
        let served = served.map_err(|error| connection.explained(error));
        if step(&mut self.service_bind, served).is_none() {
            return;
        }
        if directory.bind.service().is_none() {
            self.service_bind = Check::NOT_ASKED;
        }
        self.user_bind = Check::NOT_ASKED;
        let Some((user, password)) = credentials else { return };
        self.user_bind = Check::NOT_TRIED;
        let signed_in = match Attempt::new(realm, user, password, members) {
            Ok(attempt) => Box::pin(attempt.of_anybody(&connection)).await,
            Err(error) => Err(error),
        };
        let signed_in = signed_in.map_err(|error| connection.explained(error));
        if let Some(signed_in) = step(&mut self.user_bind, signed_in) {
            self.matched = signed_in.matched;
        }
    }

    /// Whether the directory passed; `None` where that remains open: nobody was bound, so that any
    /// machine that answers looks alike, or the user alone was refused, who may have mistyped.
    pub fn passed(&self) -> Option<bool> {
        if self.user_bind == DirectoryError::Refused.into() {
            return None;
        }
        let binds = [self.service_bind, self.user_bind];
        let failed = [self.reachable, self.tls].iter().chain(&binds).any(|check| !check.ok);
        if failed { Some(false) } else { binds.contains(&Check::PASSED).then_some(true) }
    }

    /// Notes what stopped it at the step that was going on.
    pub(super) fn stopped(&mut self, error: DirectoryError) {
        let steps =
            [&mut self.reachable, &mut self.tls, &mut self.service_bind, &mut self.user_bind];
        if let Some(step) = steps.into_iter().find(|step| **step == Check::NOT_TRIED) {
            *step = error.into();
        }
    }
}

/// Lets in who searches, and looks whether there is a base to search below.
async fn service(connection: &Connection, realm: &Realm<'_>) -> Result<(), DirectoryError> {
    if realm.directory.bind.service().is_none() {
        return Ok(());
    }
    service_bind(connection, realm).await?;
    let base = realm.directory.base_dn.as_str();
    if connection.holds(base, "(objectClass=*)").await? {
        Ok(())
    } else {
        Err(DirectoryError::Unavailable("base-not-found"))
    }
}

fn step<T>(check: &mut Check, done: Result<T, DirectoryError>) -> Option<T> {
    *check = done.as_ref().map_or_else(|error| (*error).into(), |_| Check::PASSED);
    done.ok()
}
