use rstest::rstest;

use super::*;

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(&mut bytes, tag, &parts.concat());
    bytes
}

fn octets(text: &[u8]) -> Vec<u8> {
    element(OCTETS, &[text])
}

fn answer(id: u8, tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    [element(INTEGER, &[&[id]]), element(tag, parts)].concat()
}

fn ok() -> Vec<u8> {
    [element(ENUMERATED, &[&[0]]), octets(b"uid=hanako"), octets(b"wrong password of hanako")]
        .concat()
}

fn attribute(name: &[u8], values: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[&octets(name), &element(SET, &[values])])
}

fn entry(name: &[u8], attributes: &[u8]) -> Vec<u8> {
    answer(2, ENTRY, &[&octets(name), &element(SEQUENCE, &[attributes])])
}

#[test]
fn given_a_result_when_made_sound_then_its_diagnosis_is_gone_and_its_value_is_not() {
    let given = answer(2, EXTENDED, &[&ok(), &element(VALUE, &[b"dn:uid=taro"])]);
    let sound = sound(&given).expect("it is sound").expect("it is for the library");
    let text = String::from_utf8_lossy(&sound).into_owned();
    assert!(text.contains("dn:uid=taro") && !text.contains("hanako"), "{text}");
}

#[test]
fn given_controls_when_made_sound_then_they_are_gone() {
    let with = [answer(2, DONE, &[&ok()]), element(CONTROLS, &[b"anything"])].concat();
    assert_eq!(sound(&with), sound(&answer(2, DONE, &[&ok()])));
}

#[test]
fn given_an_entry_when_made_sound_then_it_stays_as_it_is() {
    let values = [octets(b"hanako"), octets(&[0xff, 0xfe])].concat();
    let given = entry(b"uid=hanako", &attribute(b"uid", &values));
    let sound = sound(&given).expect("it is sound").expect("it is for the library");
    assert_eq!(take_tagged(&mut sound.as_slice(), SEQUENCE), Some(given.as_slice()));
}

#[test]
fn given_a_reference_then_it_goes_no_further() {
    assert_eq!(sound(&answer(2, REFERENCE, &[&octets(b"ldap://other.example")])), Ok(None));
}

#[rstest]
#[case::nothing(Vec::new(), MALFORMED)]
#[case::no_operation(element(INTEGER, &[&[2]]), MALFORMED)]
#[case::long_number([element(INTEGER, &[&[1; 5]]), element(DONE, &[&ok()])].concat(), MALFORMED)]
#[case::a_request(answer(2, 0x60, &[&ok()]), MALFORMED)]
#[case::intermediate(answer(2, 0x79, &[]), MALFORMED)]
#[case::bind_of_the_library(answer(2, BIND, &[&ok()]), MALFORMED)]
#[case::more_behind([answer(2, DONE, &[&ok()]), octets(b"more")].concat(), MALFORMED)]
#[case::result_without_code(answer(2, DONE, &[&octets(b""), &octets(b"")]), MALFORMED)]
#[case::result_cut_off(answer(2, DONE, &[&element(ENUMERATED, &[&[0]])]), MALFORMED)]
#[case::name_that_is_no_text(entry(&[0xff], &[]), MALFORMED)]
#[case::attribute_that_is_no_text(entry(b"uid=a", &attribute(&[0xff], &[])), MALFORMED)]
#[case::attribute_without_values(entry(b"uid=a", &element(SEQUENCE, &[&octets(b"uid")])), MALFORMED)]
#[case::nested_values(entry(b"uid=a", &attribute(b"uid", &element(SEQUENCE, &[]))), MALFORMED)]
#[case::notice_of_disconnection(answer(0, EXTENDED, &[&ok()]), CLOSED)]
fn given_what_is_no_answer_then_it_goes_no_further(
    #[case] given: Vec<u8>,
    #[case] expected: &'static str,
) {
    assert_eq!(sound(&given), Err(expected));
}

#[tokio::test]
async fn given_answers_when_read_then_within_what_is_left() {
    let bytes = element(SEQUENCE, &[b"12345"]);
    let mut left = bytes.len();
    assert_eq!(read(&mut bytes.as_slice(), &mut left).await.as_deref(), Ok(&b"12345"[..]));
    assert_eq!(left, 0);
    for short in 0..bytes.len() {
        let mut left = short;
        assert_eq!(read(&mut bytes.as_slice(), &mut left).await, Err(TOO_LARGE), "{short}");
    }
}

#[rstest]
#[case::claimed_length(&[SEQUENCE, 0x84, 0x7f, 0xff, 0xff, 0xff], TOO_LARGE)]
#[case::other_protocol(b"HTTP/1.1 400", MALFORMED)]
#[case::indefinite(&[SEQUENCE, 0x80, 0, 0], MALFORMED)]
#[case::cut_off(&[SEQUENCE, 5, 1], CLOSED)]
#[tokio::test]
async fn given_what_is_no_message_then_it_is_not_read(
    #[case] mut bytes: &[u8],
    #[case] expected: &'static str,
) {
    assert_eq!(read(&mut bytes, &mut 1000).await, Err(expected));
}

#[test]
fn given_an_answer_when_its_code_is_read_then_only_of_its_kind() {
    assert_eq!(code(&answer(1, EXTENDED, &[&ok()]), EXTENDED), Some(0));
    assert_eq!(code(&answer(1, EXTENDED, &[&element(ENUMERATED, &[&[2]])]), EXTENDED), Some(2));
    assert_eq!(code(&answer(1, BIND, &[&ok()]), EXTENDED), None);
    assert_eq!(code(&answer(1, BIND, &[&element(ENUMERATED, &[&[0; 5]])]), BIND), None);
    assert_eq!(code(b"", BIND), None);
    assert_eq!(number(&answer(7, BIND, &[&ok()])), Some(&[7][..]));
}
