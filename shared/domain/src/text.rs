//! Text that people type: names, tags, notes; and how it is folded for searching.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::{Invalid, schema::text_form};

/// Letters by category that draw nothing: a name of them would look empty (T7).
const BLANK_LETTERS: [char; 5] = ['\u{115F}', '\u{1160}', '\u{2800}', '\u{3164}', '\u{FFA0}'];

/// What a text may hold.
#[derive(Clone, Copy, PartialEq)]
enum Rule {
    /// A name: one line, nothing that hides, reorders or draws nothing (T7).
    Name,
    /// The same over several lines.
    Lines,
    /// One line of what people write, in any language: joiners and marks of direction are spelling
    /// (Persian, Hindi, Hebrew, emoji), and words come with what an office program put between them.
    /// What turns the text around it stays out.
    Line,
    /// What people write, or paste, in several lines.
    Prose,
}

/// NFC, trimmed, 1 to `max` characters, at least one of which draws something by itself.
fn clean(text: &str, max: usize, rule: Rule) -> Result<String, Invalid> {
    let unified = text.replace("\r\n", "\n");
    let clean: String = unified.trim().nfc().collect();
    if clean.is_empty() {
        return Err(Invalid::Empty);
    }
    if clean.chars().any(|c| is_forbidden(c, rule)) {
        return Err(Invalid::ForbiddenCharacter);
    }
    if !clean.chars().any(is_visible) {
        return Err(Invalid::ForbiddenCharacter);
    }
    if clean.chars().count() > max { Err(Invalid::TooLong { max }) } else { Ok(clean) }
}

/// Letters, numbers, punctuation and symbols; marks and variation selectors alone draw nothing.
fn is_visible(c: char) -> bool {
    matches!(
        c.general_category_group(),
        GeneralCategoryGroup::Letter
            | GeneralCategoryGroup::Number
            | GeneralCategoryGroup::Punctuation
            | GeneralCategoryGroup::Symbol
    )
}

fn is_forbidden(c: char, rule: Rule) -> bool {
    use GeneralCategory::{Control, Format, PrivateUse, Surrogate, Unassigned};
    let category = c.general_category();
    match rule {
        Rule::Lines | Rule::Prose if matches!(c, '\n' | '\t') => false,
        Rule::Name | Rule::Lines => {
            let hides = [Control, Format, PrivateUse, Unassigned, Surrogate];
            BLANK_LETTERS.contains(&c) || hides.contains(&category) || separates(category)
        }
        Rule::Line => category == Control || separates(category) || turns_around(c),
        // A form feed stands in what programs print; to reverse what follows is nobody's spelling.
        Rule::Prose => {
            (category == Control && c != '\u{c}') || matches!(c, '\u{202D}' | '\u{202E}')
        }
    }
}

/// Whether what is of this category begins a line.
fn separates(category: GeneralCategory) -> bool {
    matches!(category, GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator)
}

/// Whether a sign embeds, isolates or overrides the direction of what follows (Unicode's UAX 9).
fn turns_around(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

macro_rules! text {
    ($($(#[$doc:meta])* $name:ident: $max:literal, $rule:expr, example $example:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The most characters that it holds.
            pub const MAX: usize = $max;

            /// The text, in Unicode's normal form C.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                clean(text, Self::MAX, $rule).map(Self)
            }
        }

        text_form!($name, $example);
    )+};
}

text! {
    /// A name for display: of an account, an organization or a service.
    DisplayName: 100, Rule::Name, example "株式会社みなと";
    /// A partner's own mark of a customer, such as its customer number.
    Reference: 64, Rule::Name, example "C-1024";
    /// A partner's own tag of a customer.
    Tag: 32, Rule::Name, example "更新予定";
    /// A partner's own note on a customer.
    Note: 2000, Rule::Prose, example "Renewal talks in March.";
    /// The postal address of an account.
    Address: 500, Rule::Lines, example "東京都千代田区丸の内1-1-1";
    /// What a support ticket is about, in one line.
    Subject: 200, Rule::Line, example "Sessions end after ten minutes";
    /// What a support ticket or a comment says.
    TicketText: 10_000, Rule::Prose, example "Since Monday every session ends after ten minutes.";
    /// The headline of a notification.
    Headline: 200, Rule::Line, example "Maintenance on Sunday";
    /// What a notification says.
    NotificationText: 2000, Rule::Prose, example "The service is not available from 02:00 to 04:00.";
    /// What an app or a desktop is for.
    ResourceDescription: 500, Rule::Prose, example "The ledger of the headquarters.";
    /// How to reach the account; shown to connected partners.
    Contact: 200, Rule::Lines, example "IT desk, +81 3 0000 0000";
}

impl TicketText {
    /// The beginning of the text where it has more than so many bytes; `None` where it has not.
    pub fn beginning(&self, bytes: usize) -> Option<Self> {
        let cut = self.0.floor_char_boundary(bytes);
        let is_longer = cut > 0 && cut < self.0.len();
        is_longer.then(|| Self(self.0[..cut].to_owned()))
    }
}

/// Folds text for searching: width, compatibility forms and case by Unicode's own tables, then
/// katakana onto hiragana, so that `ﾐﾅﾄ`, `ミナト` and `みなと` are one, and so are `Ｃｌｏｕｄ` and `CLOUD`.
pub fn fold(text: &str) -> String {
    let compatible: String = text.nfkc().collect();
    caseless::default_case_fold_str(&compatible).nfkc().map(hiragana).collect()
}

/// The two kana blocks have the same order, 0x60 apart.
fn hiragana(c: char) -> char {
    match c {
        'ァ'..='ヶ' | 'ヽ' | 'ヾ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("  Minato Ltd. ", Ok("Minato Ltd."))]
    #[case::decomposed("Cafe\u{301}", Ok("Café"))]
    #[case::japanese("株式会社　みなと", Ok("株式会社　みなと"))]
    #[case::variation_of_an_ideograph("葛\u{E0100}城", Ok("葛\u{E0100}城"))]
    #[case::nothing("", Err(Invalid::Empty))]
    #[case::spaces(" \u{3000}\u{A0}", Err(Invalid::Empty))]
    #[case::bidi("abc\u{202E}fed", Err(Invalid::ForbiddenCharacter))]
    #[case::zero_width("Ten\u{200B}ant", Err(Invalid::ForbiddenCharacter))]
    #[case::nul("a\0b", Err(Invalid::ForbiddenCharacter))]
    #[case::two_lines("a\nb", Err(Invalid::ForbiddenCharacter))]
    #[case::line_separator("a\u{2028}b", Err(Invalid::ForbiddenCharacter))]
    #[case::private_use("a\u{E000}", Err(Invalid::ForbiddenCharacter))]
    #[case::unassigned("a\u{0378}", Err(Invalid::ForbiddenCharacter))]
    #[case::draws_nothing("\u{3164}", Err(Invalid::ForbiddenCharacter))]
    #[case::variation_of_nothing("\u{FE0F}", Err(Invalid::ForbiddenCharacter))]
    #[case::accents_on_nothing("\u{301}\u{301}", Err(Invalid::ForbiddenCharacter))]
    #[case::symbol("★", Ok("★"))]
    fn names_are_normalised_and_hide_nothing(
        #[case] text: &str,
        #[case] expected: Result<&str, Invalid>,
    ) {
        let name = text.parse::<DisplayName>();
        assert_eq!(name.as_ref().map(DisplayName::as_str), expected.as_ref().copied());
    }

    #[rstest]
    #[case::persian("می\u{200C}خواهم")]
    #[case::hindi("क्\u{200D}ष")]
    #[case::family("👨\u{200D}👩\u{200D}👧")]
    #[case::hebrew("שלום\u{200F}!")]
    #[case::soft_hyphen("Kunden\u{AD}dienst")]
    #[case::gaiji("髙\u{E000}橋")]
    fn what_people_write_is_taken_in_any_language(#[case] text: &str) {
        assert_eq!(text.parse::<TicketText>().map(String::from), Ok(text.to_owned()));
        assert_eq!(text.parse::<Subject>().map(String::from), Ok(text.to_owned()));
    }

    #[test]
    fn what_programs_print_is_taken_and_what_commands_a_terminal_is_not() {
        assert!("a\u{2028}b\u{c}c".parse::<TicketText>().is_ok());
        for text in ["\u{1b}[31mred", "a\0b", "a\u{7}b", "abc\u{202E}fed"] {
            assert_eq!(text.parse::<TicketText>(), Err(Invalid::ForbiddenCharacter));
        }
        assert_eq!("abc\u{202E}fed".parse::<Subject>(), Err(Invalid::ForbiddenCharacter));
        assert_eq!("a\u{2028}b".parse::<Subject>(), Err(Invalid::ForbiddenCharacter));
    }

    #[test]
    fn the_beginning_of_a_text_ends_between_characters() {
        let text: TicketText = "みなと".parse().expect("a text");
        let beginning = |bytes| text.beginning(bytes).map(String::from);
        assert_eq!(beginning(8), Some("みな".to_owned()));
        assert_eq!(beginning(3), Some("み".to_owned()));
        assert_eq!(beginning(9), None);
        assert_eq!(beginning(2), None, "nothing would be left");
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert!("あ".repeat(100).parse::<DisplayName>().is_ok());
        assert_eq!("あ".repeat(101).parse::<DisplayName>(), Err(Invalid::TooLong { max: 100 }));
    }

    #[test]
    fn notes_keep_their_lines() {
        let note: Note = "one\r\n\ttwo".parse().expect("lines and tabs are allowed");
        assert_eq!(note.as_str(), "one\n\ttwo");
    }

    #[rstest]
    #[case("ミナト", "みなと")]
    #[case("ﾐﾅﾄ", "みなと")]
    #[case("ガ", "が")]
    #[case("ｶﾞ", "が")]
    #[case("ＣＬＯＵＤ", "cloud")]
    #[case("Straße", "strasse")]
    #[case("㈱みなと", "(株)みなと")]
    fn folding_ignores_width_case_and_kana(#[case] text: &str, #[case] folded: &str) {
        assert_eq!(fold(text), folded);
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,40}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn a_name_that_parses_parses_again_to_itself(text in "\\PC{1,120}") {
            if let Ok(name) = text.parse::<DisplayName>() {
                prop_assert_eq!(name.as_str().parse::<DisplayName>(), Ok(name));
            }
        }
    }
}
