//! The encoding of LDAP's messages (X.690, as RFC 4511, 5.1 narrows it), as far as it is needed to
//! tell a sound message from another.

/// A value with its tag, and what it contains.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

/// Takes the first element off; `None` where there is no whole one.
pub(super) fn take<'a>(bytes: &mut &'a [u8]) -> Option<Element<'a>> {
    let (&tag, rest) = bytes.split_first()?;
    // LDAP has no tag that takes more than a byte.
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    let more = length_bytes(first)?;
    let (length, rest) = rest.split_at_checked(more)?;
    let (content, rest) = rest.split_at_checked(length_of(first, length))?;
    *bytes = rest;
    Some(Element { tag, content })
}

/// Takes the first element off, which has this tag.
pub(super) fn take_tagged<'a>(bytes: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    take(bytes).filter(|element| element.tag == tag).map(|element| element.content)
}

/// How many bytes of a length follow its first one. The indefinite form is none of LDAP's, and four
/// bytes are more than any answer has.
pub(super) fn length_bytes(first: u8) -> Option<usize> {
    match first {
        0..=0x7f => Some(0),
        0x81..=0x84 => Some(usize::from(first - 0x80)),
        _ => None,
    }
}

/// A length of its first byte and those that follow.
pub(super) fn length_of(first: u8, more: &[u8]) -> usize {
    if more.is_empty() {
        return usize::from(first);
    }
    more.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
}

/// Appends an element.
pub(super) fn put(bytes: &mut Vec<u8>, tag: u8, content: &[u8]) {
    // An answer is bounded far below four bytes of length.
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes();
    bytes.extend([tag, 0x84]);
    bytes.extend(length);
    bytes.extend(content);
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::short(&[0x04, 2, 7, 8, 9], Some((0x04, &[7, 8][..], &[9][..])))]
    #[case::long(&[0x30, 0x82, 0, 1, 7], Some((0x30, &[7][..], &[][..])))]
    #[case::empty(&[0x04, 0], Some((0x04, &[][..], &[][..])))]
    #[case::nothing(&[], None)]
    #[case::cut_off(&[0x04, 3, 7, 8], None)]
    #[case::cut_off_length(&[0x04, 0x82, 1], None)]
    #[case::indefinite(&[0x30, 0x80, 0, 0], None)]
    #[case::huge_length(&[0x30, 0x88, 0, 0, 0, 0, 0, 0, 0, 0], None)]
    #[case::long_tag(&[0x7f, 0x21, 0], None)]
    fn given_bytes_when_taken_then_a_whole_element_or_none(
        #[case] mut bytes: &[u8],
        #[case] expected: Option<(u8, &[u8], &[u8])>,
    ) {
        let taken = take(&mut bytes).map(|element| (element.tag, element.content, bytes));
        assert_eq!(taken, expected);
    }

    #[test]
    fn given_an_element_when_put_then_it_is_taken_back() {
        let mut bytes = Vec::new();
        put(&mut bytes, 0x64, &[5; 300]);
        let mut rest = bytes.as_slice();
        assert_eq!(take_tagged(&mut rest, 0x64), Some(&[5; 300][..]));
        assert!(rest.is_empty());
    }
}
