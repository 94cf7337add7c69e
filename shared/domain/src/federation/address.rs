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
const SPECIAL: [IpNet; 25] = [
    four([0, 0, 0, 0], 8),
    four([10, 0, 0, 0], 8),
    four([100, 64, 0, 0], 10),
    four([127, 0, 0, 0], 8),
    four([169, 254, 0, 0], 16),
    four([172, 16, 0, 0], 12),
    four([192, 0, 0, 0], 24),
    four([192, 0, 2, 0], 24),
    four([192, 88, 99, 0], 24),
    four([192, 168, 0, 0], 16),
    four([198, 18, 0, 0], 15),
    four([198, 51, 100, 0], 24),
    four([203, 0, 113, 0], 24),
    four([224, 0, 0, 0], 4),
    four([240, 0, 0, 0], 4),
    six([0, 0, 0, 0, 0, 0, 0, 0], 127),
    six([0x100, 0, 0, 0, 0, 0, 0, 0], 64),
    six([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    six([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    six([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
    six([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16),
    six([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7),
    six([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
    six([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10),
    six([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),
];

/// Networks that no list of an operator's opens, whatever wider one stands there: this machine, where
/// the runtime of the function answers, and where clouds answer about the machine they gave (T29).
const NEVER: [IpNet; 6] = [
    four([0, 0, 0, 0], 8),
    four([127, 0, 0, 0], 8),
    four([169, 254, 0, 0], 16),
    six([0, 0, 0, 0, 0, 0, 0, 0], 127),
    six([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
    six([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0], 32),
];

/// A network by its address; one that is none does not compile.
const fn four(octets: [u8; 4], length: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V4(Ipv4Addr::from_octets(octets)), length)
}

/// The same of IPv6.
const fn six(segments: [u16; 8], length: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V6(Ipv6Addr::from_segments(segments)), length)
}

/// Which addresses and ports a directory may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    /// Networks that are allowed beside the internet's, as the operator says; what is this machine's
    /// own or its link's is not, whatever they hold.
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
        if is_in(&NEVER, address) {
            return false;
        }
        is_in(&self.allowed, address) || (Self::PORTS.contains(&port) && !is_in(&SPECIAL, address))
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

fn is_in(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
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

    #[rstest]
    #[case::this_machine("127.0.0.1")]
    #[case::all_of_it("127.9.9.9")]
    #[case::itself("::1")]
    #[case::mapped("::ffff:127.0.0.1")]
    #[case::translated("64:ff9b::7f00:1")]
    #[case::nowhere_in_particular("0.0.0.0")]
    #[case::nowhere("::")]
    #[case::link("169.254.169.254")]
    #[case::link_of_six("fe80::1")]
    #[case::metadata_of_six("fd00:ec2::254")]
    fn no_network_that_is_allowed_opens_this_machine_or_its_link(#[case] address: &str) {
        let address = ip(address);
        let all: AddressPolicy = "0.0.0.0/0,::/0".parse().expect("networks");
        let narrow: AddressPolicy = "127.0.0.0/8,::1/128,::/128,169.254.0.0/16,fe80::/10,fd00::/8"
            .parse()
            .expect("networks");
        for policy in [all, narrow] {
            assert!(!policy.admits(address, 636) && !policy.admits(address, 9001));
            let local = AddressPolicy { loopback: true, ..policy };
            assert_eq!(local.admits(address, 9001), meant(address).is_loopback());
        }
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
