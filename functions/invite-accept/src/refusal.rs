//! How refusals of what only this function does are answered.

use tsunagu_api::{Code, Problem, Text};
use tsunagu_domain::{
    connection::{AcceptRefusal, MAX_EPISODES_A_DAY},
    locale::TimeZone,
    time::Instant,
};

const _: () = assert!(MAX_EPISODES_A_DAY == 20, "the text below names the number");

/// A refused acceptance at `now` by a customer whose days are those of `zone`.
pub(crate) fn of_acceptance(refusal: AcceptRefusal, zone: TimeZone, now: Instant) -> Problem {
    Problem::new(match refusal {
        AcceptRefusal::SelfConnection => Code::SelfConnection,
        AcceptRefusal::CustomerSuspended => Code::AccountSuspended,
        AcceptRefusal::PartnerNotAvailable => Code::PartnerNotAvailable,
        AcceptRefusal::InvitationChanged => Code::InvitationChanged,
        AcceptRefusal::TooManyEpisodes => return too_many_episodes(zone, now),
    })
}

fn too_many_episodes(zone: TimeZone, now: Instant) -> Problem {
    let why = Text::new(
        "同じパートナーと顧客の接続を新たに始められるのは 1 日 20 回までです。顧客のタイムゾーンで翌日になってからお試しください。",
        "A partner and a customer may begin 20 new episodes a day. Try again on the next day of the \
         customer's time zone.",
    );
    // A second more, as what is left of one counts.
    let seconds = (zone.next_day_after(now) - now).num_seconds() + 1;
    Problem::rate_limited(why, u32::try_from(seconds).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_refused_acceptance_then_code_and_status_are_the_contracts() {
        let zone = "Asia/Tokyo".parse().expect("a zone");
        let now = "2026-02-28T15:00:00Z".parse().expect("an instant");
        let told = |refusal| {
            let code = of_acceptance(refusal, zone, now).code();
            (code.as_str(), code.status().as_u16())
        };
        assert_eq!(told(AcceptRefusal::SelfConnection), ("self-connection", 409));
        assert_eq!(told(AcceptRefusal::CustomerSuspended), ("account-suspended", 403));
        assert_eq!(told(AcceptRefusal::PartnerNotAvailable), ("partner-not-available", 409));
        assert_eq!(told(AcceptRefusal::InvitationChanged), ("invitation-changed", 409));
        assert_eq!(told(AcceptRefusal::TooManyEpisodes), ("rate-limited", 429));
    }
}
