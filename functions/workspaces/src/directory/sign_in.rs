//! The three ways to find out whether a name and a password are a user's.

use ldap3::ldap_escape;
use secrecy::{ExposeSecret, SecretString};
use tsunagu_domain::federation::{
    directory::{Bind, DnTemplate},
    dn::{AttributeName, Dn},
    login::UserName,
    members::Members,
};

use super::{
    DirectoryError, Realm, SignedIn,
    connection::{Connection, is_password},
    entry::{ACCOUNT_NAME, Entry, PRINCIPAL_NAME},
    identity::{Bound, is_bound},
    membership::{is_below, matched},
};

/// A name and a password for a realm, which are worth asking about.
pub(super) struct Attempt<'a> {
    realm: &'a Realm<'a>,
    user: &'a UserName,
    password: &'a SecretString,
    members: &'a [Members],
}

impl<'a> Attempt<'a> {
    /// An attempt; what no directory may be asked is refused before anything is sent (T26).
    pub(super) fn new(
        realm: &'a Realm<'a>,
        user: &'a UserName,
        password: &'a SecretString,
        members: &'a [Members],
    ) -> Result<Self, DirectoryError> {
        if !is_password(password.expose_secret()) {
            return Err(DirectoryError::Refused);
        }
        service_secret(realm)?;
        Ok(Self { realm, user, password, members })
    }

    /// Signs in who is a member; where members are found before the bind, nobody else's password is
    /// sent, and none where there is nothing to be a member of.
    pub(super) async fn of_a_member(
        &self,
        connection: &Connection,
    ) -> Result<SignedIn, DirectoryError> {
        require(!self.members.is_empty())?;
        let signed_in = match &self.realm.directory.bind {
            Bind::Upn => self.by_principal_name(connection).await,
            Bind::DnTemplate { template } => self.by_template(connection, template).await,
            Bind::Search { user_attribute, .. } => {
                service_bind(connection, self.realm).await?;
                let entry = self.searched(connection, user_attribute).await?;
                let matched = self.matched(connection, &entry).await?;
                if matched.is_empty() {
                    return Err(DirectoryError::Refused);
                }
                self.bound(connection, &entry).await?;
                Ok(SignedIn { user_id: entry.user_id(), matched })
            }
        };
        signed_in.and_then(|signed_in| match signed_in.matched.as_slice() {
            [] => Err(DirectoryError::Refused),
            _ => Ok(signed_in),
        })
    }

    /// Signs in whoever it is, member or not: for a test of the directory, after the service bind.
    pub(super) async fn of_anybody(
        &self,
        connection: &Connection,
    ) -> Result<SignedIn, DirectoryError> {
        match &self.realm.directory.bind {
            Bind::Upn => self.by_principal_name(connection).await,
            Bind::DnTemplate { template } => self.by_template(connection, template).await,
            Bind::Search { user_attribute, .. } => {
                let entry = self.searched(connection, user_attribute).await?;
                let matched = self.matched(connection, &entry).await?;
                self.bound(connection, &entry).await?;
                Ok(SignedIn { user_id: entry.user_id(), matched })
            }
        }
    }

    /// As `user@domain`, which directories know by one attribute or by two.
    async fn by_principal_name(&self, connection: &Connection) -> Result<SignedIn, DirectoryError> {
        let name = format!("{}@{}", self.user.as_str(), self.realm.domain.as_str());
        connection.bind(&name, self.password).await?;
        let (principal, account) = (ldap_escape(&name), ldap_escape(self.user.as_str()));
        let filter = format!("(|({PRINCIPAL_NAME}={principal})({ACCOUNT_NAME}={account}))");
        let found = connection.find(self.base().as_str(), &filter, PRINCIPAL_NAME).await?;
        let entry = found.ok_or(DirectoryError::Refused)?;
        let called = entry.is_called(ACCOUNT_NAME, self.user);
        require(called || entry.has(PRINCIPAL_NAME, &name))?;
        require(is_bound(connection, &entry, Bound::Principal(&name)).await?)?;
        let matched = self.matched(connection, &entry).await?;
        Ok(SignedIn { user_id: entry.user_id(), matched })
    }

    /// At the place that the template makes of the name, which must be one of the realm's.
    async fn by_template(
        &self,
        connection: &Connection,
        template: &DnTemplate,
    ) -> Result<SignedIn, DirectoryError> {
        let dn = template.fill(self.user);
        connection.bind(&dn, self.password).await?;
        let entry = connection.entry(&dn).await?.ok_or(DirectoryError::Refused)?;
        let (asked, found): (Result<Dn, _>, Result<Dn, _>) = (dn.parse(), entry.dn.parse());
        require(asked.is_ok() && asked == found)?;
        require(is_bound(connection, &entry, Bound::Dn).await?)?;
        require(is_below(connection, self.base(), &entry).await?)?;
        let matched = self.matched(connection, &entry).await?;
        Ok(SignedIn { user_id: entry.user_id(), matched })
    }

    /// The one entry of the name.
    async fn searched(
        &self,
        connection: &Connection,
        attribute: &AttributeName,
    ) -> Result<Entry, DirectoryError> {
        let attribute = attribute.as_str();
        let filter = format!("({attribute}={})", ldap_escape(self.user.as_str()));
        let found = connection.find(self.base().as_str(), &filter, attribute).await?;
        let called = found.filter(|entry| entry.is_called(attribute, self.user));
        called.ok_or(DirectoryError::Refused)
    }

    /// Binds as the entry that was found.
    async fn bound(&self, connection: &Connection, entry: &Entry) -> Result<(), DirectoryError> {
        connection.bind(&entry.dn, self.password).await?;
        require(is_bound(connection, entry, Bound::Dn).await?)
    }

    async fn matched(
        &self,
        connection: &Connection,
        entry: &Entry,
    ) -> Result<Vec<usize>, DirectoryError> {
        matched(connection, self.base(), entry, self.members).await
    }

    fn base(&self) -> &Dn {
        &self.realm.directory.base_dn
    }
}

/// Binds as who searches, where somebody in particular does. What goes wrong there is the
/// directory's affair and no user's.
pub(super) async fn service_bind(
    connection: &Connection,
    realm: &Realm<'_>,
) -> Result<(), DirectoryError> {
    let Some((dn, secret)) = service_secret(realm)? else { return Ok(()) };
    connection.bind(dn.as_str(), secret).await.map_err(|error| match error {
        DirectoryError::Refused => DirectoryError::Unavailable("service-bind-refused"),
        other => other,
    })
}

/// Who searches, and with which secret. A service without one is not asked for, or it would be
/// nobody who searches.
fn service_secret<'a>(
    realm: &Realm<'a>,
) -> Result<Option<(&'a Dn, &'a SecretString)>, DirectoryError> {
    let Some(dn) = realm.directory.bind.service() else { return Ok(None) };
    let secret = realm.secret.filter(|secret| is_password(secret.expose_secret()));
    let secret = secret.ok_or(DirectoryError::Unavailable("service-secret-missing"))?;
    Ok(Some((dn, secret)))
}

fn require(holds: bool) -> Result<(), DirectoryError> {
    if holds { Ok(()) } else { Err(DirectoryError::Refused) }
}
