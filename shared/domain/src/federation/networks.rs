//! Which private networks the operator allows to which provider.

use std::{collections::HashMap, str::FromStr};

use super::address::AddressPolicy;
use crate::{Invalid, ids::AccountId};

/// Networks beside the internet's in which providers may have directories, as the operator says, and
/// whether this machine is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryNetworks {
    of: HashMap<AccountId, AddressPolicy>,
    loopback: bool,
}

impl DirectoryNetworks {
    /// Where a provider's directories may be.
    pub fn policy(&self, provider: AccountId) -> AddressPolicy {
        let policy = self.of.get(&provider).cloned().unwrap_or_default();
        AddressPolicy { loopback: self.loopback, ..policy }
    }
}

/// What stands for this machine, to every provider: in the local server alone.
const LOOPBACK: &str = "loopback";

/// `ACCOUNT=NETWORK,NETWORK;ACCOUNT=NETWORK`; none is an empty text. The part `loopback` allows this
/// machine to every provider, on any port: in the local server alone.
impl FromStr for DirectoryNetworks {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
        let mut of = HashMap::new();
        let mut loopback = false;
        for part in parts {
            if part == LOOPBACK {
                loopback = true;
                continue;
            }
            let (account, networks) = part.split_once('=').ok_or(Invalid::Malformed)?;
            if of.insert(account.trim().parse()?, networks.parse()?).is_some() {
                return Err(Invalid::Duplicate);
            }
        }
        Ok(Self { of, loopback })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::time::Instant;

    #[test]
    fn a_network_is_allowed_to_the_provider_that_it_is_named_for() {
        let [one, other] =
            [AccountId::mint(Instant::default()), AccountId::mint(Instant::default())];
        let text = format!("{one}=10.0.0.0/8, fd00::/8; {other}=192.168.0.0/16");
        let networks: DirectoryNetworks = text.parse().expect("networks");
        let ten: IpAddr = "10.1.1.1".parse().expect("an address");
        assert!(networks.policy(one).admits(ten, 636));
        assert!(!networks.policy(other).admits(ten, 636));
        assert!(!networks.policy(AccountId::mint(Instant::default())).admits(ten, 636));
        let loopback: IpAddr = "127.0.0.1".parse().expect("an address");
        assert!(!networks.policy(one).admits(loopback, 636));
        let networks: DirectoryNetworks = format!("{text};loopback").parse().expect("networks");
        assert!(networks.policy(other).admits(loopback, 3890));
    }

    /// Not by the word in a provider's networks, nor by all networks there are.
    #[test]
    fn this_machine_is_allowed_by_the_local_word_alone() {
        let one = AccountId::mint(Instant::default());
        let word = format!("{one}=loopback");
        assert!(word.parse::<DirectoryNetworks>().is_err());
        let all: DirectoryNetworks = format!("{one}=0.0.0.0/0,::/0").parse().expect("networks");
        for address in ["127.0.0.1", "::1", "169.254.169.254"] {
            let address: IpAddr = address.parse().expect("an address");
            assert!(!all.policy(one).admits(address, 636), "{address}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_refused() {
        let one = AccountId::mint(Instant::default());
        let twice = format!("{one}=10.0.0.0/8;{one}=10.0.0.0/8");
        for text in ["10.0.0.0/8", "acc_x=10.0.0.0/8", &format!("{one}=ten"), &twice] {
            assert!(text.parse::<DirectoryNetworks>().is_err(), "{text}");
        }
        assert_eq!("".parse(), Ok(DirectoryNetworks::default()));
    }
}
