//! What people and providers type, at random: read without a panic, and never as something else than it
//! says. `PROPTEST_CASES` sets how often; `make fuzz` sets it high.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use url::Url;

use super::{
    address::AddressPolicy, directory::DirectoryUrl, dn::Dn, domain_name::DomainName,
    launch_url::LaunchUrl, login::Login,
};

/// One sign of a value in a distinguished name, in one of its spellings (RFC 4514, 2.4).
fn spelled(sign: char, way: u8) -> String {
    let special = " \"#+,;<=>\\".contains(sign);
    match way % 3 {
        0 if !special => sign.to_string(),
        0 | 1 if special => format!("\\{sign}"),
        _ => {
            let mut bytes = [0; 4];
            let bytes = sign.encode_utf8(&mut bytes).bytes();
            bytes.flat_map(|byte| ["\\".to_owned(), format!("{byte:02x}")]).collect()
        }
    }
}

/// A name below two fixed parts whose first value is spelled in the ways given.
fn below(value: &str, ways: &[u8]) -> String {
    let ways = ways.iter().chain(std::iter::repeat(&2));
    let value: String = value.chars().zip(ways).map(|(sign, way)| spelled(sign, *way)).collect();
    format!("cn={value},ou=people,dc=example")
}

fn ways() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..12)
}

proptest! {
    /// Given any value, when it is spelled in two ways, then both are one place, right below the same
    /// one, or both are refused (T23).
    #[test]
    fn t23_a_value_is_one_place_in_whichever_way_it_is_spelled(
        value in "(\\PC|[ \"#+,;<=>\\\\]){1,12}", one in ways(), other in ways(),
    ) {
        let [one, other] = [one, other].map(|ways| below(&value, &ways).parse::<Dn>());
        prop_assert_eq!(&one, &other);
        if let Ok(place) = one {
            let people: Dn = "ou=people,dc=example".parse().expect("a place");
            prop_assert!(place.is_within(&people));
            prop_assert_eq!(place.depth(), people.depth() + 1);
        }
    }

    /// Given a place with signs put in, taken out and replaced, when it is read, then it is a place that
    /// reads back as itself, or refused.
    #[test]
    fn given_a_spoiled_place_then_it_is_read_or_refused(
        at in 0..60_usize, put in "(\\PC|[\\\\,+=\"# ]){0,3}", taken in 0..4_usize,
    ) {
        let text = r"CN=Minato\, Ltd.+uid=\e6\b8\af,OU=Human  Resources,dc=example\20";
        let signs: Vec<char> = text.chars().collect();
        let (before, behind) = signs.split_at(at.min(signs.len()));
        let behind = behind.iter().skip(taken).collect::<String>();
        let text = before.iter().collect::<String>() + &put + &behind;
        if let Ok(place) = text.parse::<Dn>() {
            prop_assert!(place.is_within(&place));
            prop_assert_eq!(place.to_string().parse::<Dn>(), Ok(place));
        }
    }

    /// Given anything typed to sign in, then at most one domain is meant, and a name that can be read
    /// holds nothing that would separate it from a domain again (T21).
    #[test]
    fn t21_whatever_is_typed_means_one_domain_at_most(typed in "(\\PC|[@\\\\＠＼. a-c]){0,40}") {
        let domains = ["a.example", "b.example", "a.b.example"];
        let domains = domains.map(|name| name.parse::<DomainName>().expect("a name"));
        if let Ok(login) = typed.parse::<Login>() {
            prop_assert!(!login.user.as_str().contains(['@', '\\']));
            if let Ok(index) = login.choose(&domains, None) {
                prop_assert!(login.choose(&domains, Some(&domains[index])).is_ok());
            }
        }
    }

    /// Given an address to launch at, then the host that is opened is the one that was written, and the
    /// ticket joins what was asked for without replacing any of it (T30).
    #[test]
    fn t30_a_launch_opens_the_host_that_was_written(
        text in "https://([a-z0-9.@:/\\\\?#%&=\\-]|\\PC){1,30}(/([a-z&=?%#+]|\\PC){0,20})?",
        ticket in "[A-Za-z0-9_-]{1,43}",
    ) {
        let Ok(url) = text.parse::<LaunchUrl>() else { return Ok(()) };
        prop_assert_eq!(url.as_str().parse::<LaunchUrl>(), Ok(url.clone()));
        let opened = Url::parse(&url.with_ticket(&ticket)).expect("an address");
        let written = text["https://".len()..].split(['/', '?']).next().expect("a part");
        let host = opened.host_str().expect("a host");
        if written.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'.') {
            prop_assert_eq!(written, host);
        }
        prop_assert!(!written.contains(['@', '#', '\\']), "{} opens {}", written, host);
        let known = Url::parse(url.as_str()).expect("an address");
        let mut asked: Vec<_> = known.query_pairs().into_owned().collect();
        asked.push(("ticket".to_owned(), ticket));
        prop_assert_eq!(opened.query_pairs().into_owned().collect::<Vec<_>>(), asked);
    }

    /// Given anything that may be the address of a directory, then it has one spelling or is refused.
    #[test]
    fn given_an_address_of_a_directory_then_it_reads_back(
        text in "(ldaps?|LDAP)://([a-z0-9.:\\[\\]@%/?#\\-]|\\PC){1,30}",
    ) {
        if let Ok(url) = text.parse::<DirectoryUrl>() {
            prop_assert!(!url.host().is_empty() && !url.host().contains(['@', '/', '?', '#']));
            prop_assert_eq!(url.as_str().parse::<DirectoryUrl>(), Ok(url));
        }
    }

    /// Given an address, when IPv6 carries it in whichever way, then it is judged as itself (T29).
    #[test]
    fn t29_an_address_that_is_carried_is_judged_as_itself(
        // Half of them where it matters: in networks that are nobody's.
        four in prop_oneof![
            any::<[u8; 4]>(),
            (prop::sample::select(vec![0, 10, 100, 127, 169, 172, 192, 198, 224]), any::<[u8; 3]>())
                .prop_map(|(first, [b, c, d])| [first, b, c, d]),
        ],
        port in prop::sample::select(vec![389, 636, 9001]),
        networks in prop::sample::select(vec!["", "10.0.0.0/8", "0.0.0.0/0 ::/0"]),
        loopback in any::<bool>(),
    ) {
        let policy = AddressPolicy { loopback, ..networks.parse().expect("networks") };
        let [high, low] = [[four[0], four[1]], [four[2], four[3]]].map(u16::from_be_bytes);
        let carried = [
            [0, 0, 0, 0, 0, 0xffff, high, low],
            [0, 0, 0, 0, 0xffff, 0, high, low],
            [0x64, 0xff9b, 0, 0, 0, 0, high, low],
            [0x2002, high, low, 0, 0, 0, 0, 1],
        ];
        let plain = policy.admits(IpAddr::V4(Ipv4Addr::from_octets(four)), port);
        for segments in carried {
            let six = Ipv6Addr::from_segments(segments);
            prop_assert_eq!(policy.admits(IpAddr::V6(six), port), plain, "{}", six);
        }
    }
}
