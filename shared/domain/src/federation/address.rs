//! Where a directory may be (T29).

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use ipnet::IpNet;

use crate::Invalid;

/// Networks that are nobody's on the internet, by IANA's special-purpose registries (RFC 6890 and
/// its updates), multicast included. What is mapped or translated from IPv4 is judged as the IPv4
/// address that it stands for.
const SPECIAL: [&str; 25] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/127",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

/// Which addresses and ports a directory may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    /// Networks that are allowed beside the internet's, as the operator says.
    pub allowed: Vec<IpNet>,
    /// Whether this machine is allowed, on any port: in the local server alone.
    pub loopback: bool,
}

impl AddressPolicy {
    /// The ports of directories (RFC 4511, 4516).
    const PORTS: [u16; 2] = [389, 636];

    /// Whether a directory may be there.
    pub fn admits(&self, address: IpAddr, port: u16) -> bool {
        let address = meant(address);
        if address.is_loopback() && self.loopback {
            return true;
        }
        let allowed = self.allowed.iter().any(|network| network.contains(&address));
        allowed || (Self::PORTS.contains(&port) && !is_special(address))
    }

    /// Whether what is said to this address stays on this machine, which needs no TLS.
    pub fn is_own_machine(&self, address: IpAddr) -> bool {
        self.loopback && meant(address).is_loopback()
    }
}

/// Networks, separated by commas or spaces; none is an empty text.
impl FromStr for AddressPolicy {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let networks = text.split([',', ' ']).filter(|network| !network.is_empty());
        let allowed = networks
            .map(|network| network.parse::<IpNet>().map_err(|_| Invalid::Malformed))
            .collect::<Result<_, _>>()?;
        Ok(Self { allowed, loopback: false })
    }
}

fn is_special(address: IpAddr) -> bool {
    let is_in = |network: &str| {
        let network: Result<IpNet, _> = network.parse();
        network.is_ok_and(|network| network.contains(&address))
    };
    SPECIAL.iter().any(|network| is_in(network))
}

/// The address that is reached in the end: IPv4 where an IPv6 address only carries one (mapped and
/// compatible forms, NAT64's prefix, 6to4).
fn meant(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else { return address };
    let segments = six.segments();
    let four = |at: usize| {
        let [[a, b], [c, d]] = [segments[at].to_be_bytes(), segments[at + 1].to_be_bytes()];
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0, ..] if six != Ipv6Addr::UNSPECIFIED && six != Ipv6Addr::LOCALHOST => {
            four(6)
        }
        [0, 0, 0, 0, 0, 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x64, 0xff9b, 0 | 1, ..] => {
            four(6)
        }
        [0x2002, ..] => four(1),
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn every_special_network_reads() {
        assert!(SPECIAL.iter().all(|network| network.parse::<IpNet>().is_ok()));
    }

    #[rstest]
    #[case("93.184.216.34", true)]
    #[case("2606:2800:220:1::1", true)]
    #[case("127.0.0.1", false)]
    #[case("127.200.0.1", false)]
    #[case("0.0.0.0", false)]
    #[case("10.1.2.3", false)]
    #[case("100.64.0.1", false)]
    #[case("169.254.169.254", false)]
    #[case("172.16.0.1", false)]
    #[case("172.32.0.1", true)]
    #[case("192.168.1.1", false)]
    #[case("224.0.0.1", false)]
    #[case("255.255.255.255", false)]
    #[case("::", false)]
    #[case("::1", false)]
    #[case("::ffff:127.0.0.1", false)]
    #[case("::ffff:10.0.0.1", false)]
    #[case("::ffff:93.184.216.34", true)]
    #[case("::127.0.0.1", false)]
    #[case("64:ff9b::a9fe:a9fe", false)]
    #[case("64:ff9b:1::a00:1", false)]
    #[case("2002:7f00:1::", false)]
    #[case("fd00::1", false)]
    #[case("fd00:ec2::254", false)]
    #[case("fe80::1", false)]
    #[case("ff02::1", false)]
    fn only_the_internet_is_allowed(#[case] address: &str, #[case] expected: bool) {
        assert_eq!(AddressPolicy::default().admits(ip(address), 636), expected);
    }

    #[test]
    fn ports_are_those_of_directories_unless_the_operator_allows_the_network() {
        let policy: AddressPolicy = "10.0.0.0/8, 203.0.113.7/32".parse().expect("networks");
        let internet = ip("93.184.216.34");
        assert!(policy.admits(internet, 389) && policy.admits(internet, 636));
        assert!(!policy.admits(internet, 443) && !policy.admits(internet, 9001));
        assert!(policy.admits(ip("10.9.8.7"), 3269) && policy.admits(ip("::ffff:10.9.8.7"), 636));
        assert!(!policy.admits(ip("192.168.1.1"), 636) && !policy.admits(ip("127.0.0.1"), 636));
    }

    #[test]
    fn this_machine_is_allowed_where_the_policy_says_so_and_on_any_port() {
        let policy = AddressPolicy { allowed: Vec::new(), loopback: true };
        for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(policy.admits(ip(address), 3890) && policy.is_own_machine(ip(address)));
        }
        assert!(!policy.admits(ip("10.0.0.1"), 636) && !policy.is_own_machine(ip("10.0.0.1")));
        assert!(!AddressPolicy::default().is_own_machine(ip("127.0.0.1")));
    }

    #[rstest]
    #[case("10.0.0.0/33")]
    #[case("ten")]
    fn what_is_no_network_is_refused(#[case] text: &str) {
        assert!(text.parse::<AddressPolicy>().is_err());
    }
}
