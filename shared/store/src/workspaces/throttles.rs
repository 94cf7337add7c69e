//! How often somebody may try to sign in (T28): counted before the directory is asked, by conditional
//! writes, so that as many as try at once are as many as the limit says.

use std::net::{IpAddr, Ipv6Addr};

use tsunagu_domain::{
    federation::{
        host::WorkspaceHost, login::UserName, throttle::SignInLimits, workspace::DomainOf,
    },
    time::Instant,
};

use crate::{
    Store,
    condition::{Condition, Update},
    error::StoreError,
    items::ThrottleItem,
    keys::{self, Key, attribute},
};

/// An attempt to sign in, as far as it is counted.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// At which workspace, whether there is one or not; a test of a domain is at none.
    pub host: Option<&'a WorkspaceHost>,
    /// From where, where the gateway says.
    pub address: Option<IpAddr>,
    /// At whose name, where exactly one domain was meant: whether there is such a user or not.
    pub name: Option<(DomainOf, &'a UserName)>,
}

/// Too many attempts: those of another window are counted anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyAttempts {
    /// After how many seconds.
    pub retry_after: u64,
}

/// One thing that is counted.
struct Counted {
    whom: String,
    most: u32,
    /// Only failures count: what succeeded is given back.
    failures: bool,
}

impl Attempt<'_> {
    /// What is counted, the narrowest first: who is stopped there takes nothing from others.
    fn counted(&self, limits: &SignInLimits) -> Vec<Counted> {
        let address = self.address.map_or_else(|| "unknown".to_owned(), network);
        let mut counted = Vec::new();
        if let Some((DomainOf { provider, domain_id }, user)) = self.name {
            let name = keys::domain_user(domain_id, user);
            let name = format!("{provider}#{domain_id}#{name}");
            let most = limits.name_at_address;
            counted.push(Counted { whom: format!("{name}#{address}"), most, failures: false });
            counted.push(Counted { whom: name, most: limits.name, failures: false });
        }
        let of_address = (format!("IP#{address}"), limits.address_failures);
        let of_workspace =
            self.host.map(|host| (format!("HOST#{host}"), limits.workspace_failures));
        let failures = [of_address].into_iter().chain(of_workspace);
        counted.extend(failures.map(|(whom, most)| Counted { whom, most, failures: true }));
        counted
    }
}

/// An address as it is counted: of IPv6 the network that one subscriber has.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

impl Store {
    /// Counts an attempt, before anything is asked of a directory.
    pub async fn count_attempt(
        &self,
        attempt: &Attempt<'_>,
        limits: &SignInLimits,
        now: Instant,
    ) -> Result<Result<(), TooManyAttempts>, StoreError> {
        let window = limits.window_of(now);
        let mut taken: Vec<Key> = Vec::new();
        for counted in attempt.counted(limits) {
            let key = keys::throttle(&counted.whom, window);
            let until = (window + limits.window).timestamp();
            let update =
                Update::upsert::<ThrottleItem>()?.set(attribute::TTL, until)?.add("tries", 1);
            let below = Condition::none().and_missing_or("tries", "<", counted.most)?;
            if !self.table.update(key.clone(), update, below).await? {
                self.return_tries(&taken).await?;
                return Ok(Err(TooManyAttempts { retry_after: limits.retry_after(now) }));
            }
            taken.extend(counted.failures.then_some(key));
        }
        Ok(Ok(()))
    }

    /// An attempt that was counted at `counted_at` was none of guessing: it succeeded, or no directory
    /// judged it. Where only failures count, it is given back.
    pub async fn give_attempt_back(
        &self,
        attempt: &Attempt<'_>,
        limits: &SignInLimits,
        counted_at: Instant,
    ) -> Result<(), StoreError> {
        let window = limits.window_of(counted_at);
        let failures = attempt.counted(limits).into_iter().filter(|counted| counted.failures);
        let keys: Vec<Key> =
            failures.map(|counted| keys::throttle(&counted.whom, window)).collect();
        self.return_tries(&keys).await
    }

    async fn return_tries(&self, keys: &[Key]) -> Result<(), StoreError> {
        for key in keys {
            // Where the window is over, there may be nothing left to give back to.
            let counted = Condition::present().and_compare("tries", ">", 0)?;
            self.table.update(key.clone(), Update::default().add("tries", -1), counted).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("192.0.2.7", "192.0.2.7")]
    #[case("::ffff:192.0.2.7", "192.0.2.7")]
    #[case("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    #[case("2001:db8:1:2::", "2001:db8:1:2::/64")]
    fn given_an_address_when_counted_then_it_is_that_of_a_subscriber(
        #[case] address: &str,
        #[case] counted: &str,
    ) {
        assert_eq!(network(address.parse().expect("an address")), counted);
    }
}
