//! What a directory says, at random: read within its bounds, and nothing of it goes to the LDAP library
//! that the library panics at. `PROPTEST_CASES` sets how often; `make fuzz` sets it high.

use ldap3::{
    LdapResult, ResultEntry,
    asn1::{Tag, parse_tag},
};
use proptest::{collection::vec, prelude::*};

use super::{ber, entry::Entry, message};

/// Tags that mean something in an answer, more often than others.
fn tag() -> impl Strategy<Value = u8> {
    let known =
        [0x01, 0x02, 0x04, 0x0a, 0x30, 0x31, 0x61, 0x64, 0x65, 0x73, 0x78, 0x79, 0x8b, 0xa0];
    prop_oneof![9 => prop::sample::select(known.to_vec()), 1 => any::<u8>()]
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    ber::put(&mut bytes, tag, content);
    bytes
}

/// A tree of elements, as bytes.
fn tree() -> impl Strategy<Value = Vec<u8>> {
    let leaf = (tag(), vec(any::<u8>(), 0..20)).prop_map(|(tag, content)| element(tag, &content));
    leaf.prop_recursive(5, 24, 4, |inner| {
        (tag(), vec(inner, 0..4)).prop_map(|(tag, parts)| element(tag, &parts.concat()))
    })
}

fn octets() -> impl Strategy<Value = Vec<u8>> {
    let content = prop_oneof!["\\PC{0,12}".prop_map(String::into_bytes), vec(any::<u8>(), 0..12)];
    content.prop_map(|content| element(0x04, &content))
}

fn attribute() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![
        prop::sample::select(vec!["entryUUID", "objectGUID", "uid"])
            .prop_map(|name| element(0x04, name.as_bytes())),
        octets(),
    ];
    (name, vec(octets(), 0..3))
        .prop_map(|(name, values)| element(0x30, &[name, element(0x31, &values.concat())].concat()))
}

/// An answer of the protocol's form: an entry, a result, with or without more behind it.
fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let entry = (octets(), vec(attribute(), 0..4)).prop_map(|(name, attributes)| {
        element(0x64, &[name, element(0x30, &attributes.concat())].concat())
    });
    let kind = prop::sample::select(vec![0x61, 0x65, 0x78]);
    let code = vec(any::<u8>(), 0..6).prop_map(|code| element(0x0a, &code));
    let result = (kind, code, octets(), octets(), vec(tree(), 0..2)).prop_map(
        |(tag, code, name, text, more)| element(tag, &[code, name, text, more.concat()].concat()),
    );
    let number = vec(any::<u8>(), 0..6).prop_map(|number| element(0x02, &number));
    let body = prop_oneof![entry, result, tree()];
    (number, body, vec(tree(), 0..2))
        .prop_map(|(number, body, more)| [number, body, more.concat()].concat())
}

/// An answer, with some bytes of it changed.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let spoiled = (plausible(), vec((any::<usize>(), any::<u8>()), 1..4));
    prop_oneof![
        4 => plausible(),
        3 => spoiled.prop_map(|(mut bytes, changes)| {
            for (at, byte) in changes {
                let length = bytes.len().max(1);
                if let Some(one) = bytes.get_mut(at % length) {
                    *one = byte;
                }
            }
            bytes
        }),
        1 => vec(any::<u8>(), 0..60),
    ]
}

/// Reads as the library does, in all the ways in which it may take what it is given.
fn in_the_library(sound: &[u8]) {
    let (rest, message) = parse_tag(sound).expect("what is sound is whole");
    assert!(rest.is_empty());
    let mut parts = message.expect_constructed().expect("a sequence").into_iter();
    parts.next().and_then(ldap3::asn1::StructureTag::expect_primitive).expect("a number");
    let operation = parts.next().expect("an operation");
    assert!(parts.next().is_none(), "controls go no further");
    if operation.id == 4 {
        let _ = Entry::read(ResultEntry::new(operation));
    } else {
        let _ = LdapResult::from(Tag::StructureTag(operation));
    }
}

proptest! {
    /// Given anything a directory may say, when it is made sound, then the library reads it.
    #[test]
    fn given_any_answer_then_what_is_sound_is_read_without_a_panic(answer in answer()) {
        let _ = (message::number(&answer), message::code(&answer, message::BIND));
        if let Ok(Some(sound)) = message::sound(&answer) {
            in_the_library(&sound);
            let inner = ber::take_tagged(&mut sound.as_slice(), message::SEQUENCE).map(<[u8]>::to_vec);
            // What is sound stays as it is.
            prop_assert_eq!(message::sound(&inner.expect("a sequence")), Ok(Some(sound)));
        }
    }

    /// Given any bytes, when messages are read of them, then no more than may be said, and never more
    /// than is there.
    #[test]
    fn given_any_bytes_then_reading_stays_within_bounds(
        said in prop_oneof![
            vec(any::<u8>(), 0..80),
            vec(answer(), 0..4).prop_map(|all| all.iter().flat_map(|one| element(0x30, one)).collect()),
        ],
        most in 0..200_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let mut rest = said.as_slice();
        let mut left = most;
        let mut kept = 0;
        while let Ok(content) = runtime.block_on(message::read(&mut rest, &mut left)) {
            kept += content.len();
        }
        prop_assert!(kept <= most.min(said.len()));
        prop_assert!(left <= most);
    }

    /// Given any bytes, when elements are taken off, then each is a part of them.
    #[test]
    fn given_any_bytes_then_elements_are_parts_of_them(bytes in vec(any::<u8>(), 0..60)) {
        let mut rest = bytes.as_slice();
        let mut before = rest.len();
        while let Some(element) = ber::take(&mut rest) {
            prop_assert!(element.content.len() + rest.len() + 2 <= before);
            before = rest.len();
        }
    }
}
