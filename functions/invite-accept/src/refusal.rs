//! How refusals of what only this function does are answered.

use tsunagu_api::{Code, Problem};
use tsunagu_domain::connection::AcceptRefusal;

pub(crate) fn of_acceptance(refusal: AcceptRefusal) -> Problem {
    Problem::new(match refusal {
        AcceptRefusal::SelfConnection => Code::SelfConnection,
        AcceptRefusal::CustomerSuspended => Code::AccountSuspended,
        AcceptRefusal::PartnerNotAvailable => Code::PartnerNotAvailable,
        AcceptRefusal::InvitationChanged => Code::InvitationChanged,
        AcceptRefusal::TooManyEpisodes => Code::RateLimited,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_refused_acceptance_then_code_and_status_are_the_contracts() {
        let told = |refusal| {
            let code = of_acceptance(refusal).code();
            (code.as_str(), code.status().as_u16())
        };
        assert_eq!(told(AcceptRefusal::SelfConnection), ("self-connection", 409));
        assert_eq!(told(AcceptRefusal::CustomerSuspended), ("account-suspended", 403));
        assert_eq!(told(AcceptRefusal::PartnerNotAvailable), ("partner-not-available", 409));
        assert_eq!(told(AcceptRefusal::InvitationChanged), ("invitation-changed", 409));
        assert_eq!(told(AcceptRefusal::TooManyEpisodes), ("rate-limited", 429));
    }
}
