use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::licenses::{oracle::on, usage::KEPT_MONTHS};

fn user(id: &str) -> UserId {
    id.parse().expect("a short text")
}

fn device(id: &str) -> DeviceId {
    id.parse().expect("a short text")
}

fn holder(text: &str) -> HolderId {
    text.parse().expect("40 digits")
}

proptest! {
    /// Given any id, when it is debugged, then neither it nor its digest shows.
    #[test]
    fn no_id_shows_when_it_is_debugged(id in "[0-9a-z]{7,40}") {
        let holders = [HolderId::of_user(Source::Reported, &user(&id)), HolderId::of_device(&device(&id))];
        let shown = format!("{:?} {:?} {holders:?}", user(&id), device(&id));
        prop_assert_eq!(&shown, "UserId(…) DeviceId(…) [HolderId(…), HolderId(…)]");
    }

    /// Given two holders, when they are placed among all that there could be, then they stand there as
    /// their ids sort.
    #[test]
    fn holders_stand_as_their_ids_sort(one in "[0-9a-f]{40}", other in "[0-9a-f]{40}", same in 0_usize..40) {
        // Neighbours too: ids that begin alike.
        let neighbour = format!("{}{}", &one[..same], &other[same..]);
        for other in [other, neighbour] {
            let (one, other) = (holder(&one), holder(&other));
            let by_place = one.place().total_cmp(&other.place());
            prop_assert!(by_place.is_eq() || by_place == one.cmp(&other));
            prop_assert!((0.0..=1.0).contains(&one.place()));
        }
    }

    /// Given an id of a user, when it is digested, then it is so the same each time, reads back, and is
    /// no user of another source, no device, and not its own device.
    #[test]
    fn each_kind_of_holder_has_ids_of_its_own(id in "[^\\p{Cc}]{1,20}") {
        let of_user = |source| HolderId::of_user(source, &user(&id));
        let reported = of_user(Source::Reported);
        let all = [
            reported.clone(),
            of_user(Source::Federation),
            HolderId::of_device(&device(&id)),
            HolderId::of_own_device(&reported),
            HolderId::of_own_device(&of_user(Source::Federation)),
        ];
        prop_assert_eq!(&all[0], &of_user(Source::Reported));
        for (place, one) in all.iter().enumerate() {
            prop_assert_eq!(&holder(&one.to_string()), one);
            prop_assert!(!all[..place].contains(one));
        }
    }
}

/// Ids are keys in the table: another digest would count every user again.
#[test]
fn an_id_stays_the_digest_that_it_is() {
    let reported = HolderId::of_user(Source::Reported, &user("u-10023"));
    assert_eq!(reported.as_str(), "6d28cc54cd18fef40daef775f11bea9d4498e2cc");
    let federated = HolderId::of_user(Source::Federation, &user("u-10023"));
    assert_eq!(federated.as_str(), "bc7f4250951a6f70c00516a013ddcf3c38fcb76e");
    let device = HolderId::of_device(&device("d-7f3a"));
    assert_eq!(device.as_str(), "be3764b865c7d8da0b32a412cfe0d8fed9c4e7f4");
    let own = HolderId::of_own_device(&reported);
    assert_eq!(own.as_str(), "02611a33bfb8b91877be9f1ef10cdf6078d4c0e2");
}

#[rstest]
#[case::canonical("6d28cc54cd18fef40daef775f11bea9d4498e2cc", true)]
#[case::upper_case("6D28CC54CD18FEF40DAEF775F11BEA9D4498E2CC", false)]
#[case::too_short("6d28cc54cd18fef40daef775f11bea9d4498e2c", false)]
#[case::too_long("6d28cc54cd18fef40daef775f11bea9d4498e2cc0", false)]
#[case::no_digit("6d28cc54cd18fef40daef775f11bea9d4498e2cg", false)]
#[case::sign("+d28cc54cd18fef40daef775f11bea9d4498e2cc", false)]
#[case::space(" d28cc54cd18fef40daef775f11bea9d4498e2cc", false)]
#[case::wide_digit("６28cc54cd18fef40daef775f11bea9d4498e2cc", false)]
#[case::wide_digit_of_as_many_bytes("６8cc54cd18fef40daef775f11bea9d4498e2cc", false)]
#[case::empty("", false)]
fn only_the_canonical_form_of_a_holder_parses(#[case] text: &str, #[case] parses: bool) {
    let expected = if parses { Ok(text) } else { Err(Invalid::Malformed) };
    let parsed = text.parse::<HolderId>();
    assert_eq!(parsed.as_ref().map(HolderId::as_str), expected.as_ref().map(|text| *text));
    let read = serde_json::from_value::<HolderId>(text.into());
    assert_eq!(read.ok(), parsed.ok());
}

#[rstest]
#[case("0000000000000000000000000000000000000000", 0.0)]
#[case("7fffffff00000000000000000000000000000000", 0.5)]
#[case("ffffffffffffffffffffffffffffffffffffffff", 1.0)]
fn a_place_is_from_nothing_to_all(#[case] id: &str, #[case] place: f64) {
    assert!((holder(id).place() - place).abs() < 1e-9);
}

#[rstest]
#[case::usual("u-10023", Ok(()))]
#[case::as_mail("佐藤+1@example.jp", Ok(()))]
#[case::spaces_are_its_own(" u ", Ok(()))]
#[case::longest(&"あ".repeat(256), Ok(()))]
#[case::too_long(&"a".repeat(257), Err(Invalid::TooLong { max: 256 }))]
#[case::empty("", Err(Invalid::Empty))]
#[case::nul("u\u{0}1", Err(Invalid::ForbiddenCharacter))]
#[case::line("u\n1", Err(Invalid::ForbiddenCharacter))]
#[case::control_of_latin_1("u\u{85}1", Err(Invalid::ForbiddenCharacter))]
fn outside_ids_are_taken_as_they_come(#[case] text: &str, #[case] expected: Result<(), Invalid>) {
    let (user, device) = (text.parse::<UserId>(), text.parse::<DeviceId>());
    assert_eq!(device.map(|_| ()), expected);
    assert_eq!(user.clone().map(|_| ()), expected);
    if let Ok(id) = user {
        assert_eq!(id.as_str(), text);
        assert_eq!(serde_json::to_value(&id).expect("a string"), text);
        assert_eq!(serde_json::from_value::<UserId>(text.into()).expect("as written"), id);
    }
}

/// Given a last active day, when a release is asked for, then it has to be 30 days ago.
#[rstest]
#[case("2026-03-31", "2026-03-02", true)]
#[case("2026-03-31", "2026-03-01", false)]
#[case("2024-03-30", "2024-02-29", false)]
#[case("2024-03-30", "2024-03-01", true)]
fn a_holder_is_too_active_for_30_days(
    #[case] today: NaiveDate,
    #[case] last_active: NaiveDate,
    #[case] too_active: bool,
) {
    assert_eq!(too_active_from(today) <= last_active, too_active);
    assert_eq!((today - last_active).num_days() < 30, too_active);
}

/// Given a holder without a licence, when it is deleted, then no usage that is still taken could have
/// touched it.
#[test]
fn a_holder_is_kept_longer_than_usage_is_taken() {
    let now = on("2026-12-31");
    let horizon = now - chrono::Months::new(KEPT_MONTHS);
    assert!(KEPT_FOR > now - horizon);
}
