//! How refusals of what only this function does are answered.

use tsunagu_api::{Code, Flaw, Problem, Text};
use tsunagu_domain::{locale::LocalizedText, ticket::ForbiddenMove};
use tsunagu_store::TicketRefusal;

const PARTNER_HIDES: Flaw = Flaw::Rule {
    code: "always-shared",
    text: Text::new(
        "パートナーが作成するチケットとコメントは常に共有されます。",
        "What a partner writes is always shared.",
    ),
};

pub(crate) fn of_ticket(refusal: TicketRefusal) -> Problem {
    match refusal {
        TicketRefusal::Unknown => Problem::not_found(),
        TicketRefusal::Changed => Problem::new(Code::PreconditionFailed),
        TicketRefusal::Move(refused) => Problem::conflict_with(of_move(refused)),
        TicketRefusal::PartnerHides => Problem::invalid("/visibility", PARTNER_HIDES),
        TicketRefusal::NotAdmitted(refusal) => refusal.into(),
    }
}

/// Says where the ticket stands, where it was to go, and where it may.
fn of_move(refused: ForbiddenMove) -> LocalizedText {
    let ForbiddenMove { from, to, .. } = refused;
    let allowed: Vec<_> = refused.allowed().map(|status| status.to_string()).collect();
    if allowed.is_empty() {
        return LocalizedText {
            ja: format!(
                "状態が {from} のチケットを {to} にすることはできません。再開できるのはサポートだけです。"
            ),
            en: format!(
                "A ticket that is {from} cannot become {to}. Only the support takes it up again."
            ),
        };
    }
    LocalizedText {
        ja: format!(
            "状態が {from} のチケットを {to} にすることはできません。変更できる状態: {}",
            allowed.join("、")
        ),
        en: format!(
            "A ticket that is {from} cannot become {to}. It may become: {}.",
            allowed.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use tsunagu_domain::{
        access::Refusal,
        locale::Language,
        share::Share,
        ticket::{AuthorRole, Status},
    };

    use super::*;

    fn told(refusal: TicketRefusal) -> (&'static str, u16) {
        let problem = of_ticket(refusal);
        (problem.code().as_str(), problem.code().status().as_u16())
    }

    fn refused(from: Status, to: Status) -> ForbiddenMove {
        ForbiddenMove { from, to, by: AuthorRole::Customer }
    }

    #[test]
    fn given_a_refusal_then_code_and_status_are_the_contracts() {
        assert_eq!(told(TicketRefusal::Unknown), ("not-found", 404));
        assert_eq!(told(TicketRefusal::Changed), ("precondition-failed", 412));
        let refused = refused(Status::Open, Status::Waiting);
        assert_eq!(told(TicketRefusal::Move(refused)), ("conflict", 409));
        assert_eq!(told(TicketRefusal::PartnerHides), ("validation-failed", 422));
        let ended = TicketRefusal::NotAdmitted(Refusal::NotConnected);
        assert_eq!(told(ended), ("not-found", 404));
        let narrowed = TicketRefusal::NotAdmitted(Refusal::NotShared(Share::Tickets));
        assert_eq!(told(narrowed), ("not-shared", 403));
    }

    #[test]
    fn given_a_forbidden_move_then_it_is_told_where_the_ticket_may_go_in_both_languages() {
        let problem = of_ticket(TicketRefusal::Move(refused(Status::Open, Status::InProgress)));
        let detail = |language| problem.body(language, "r").detail;
        let expected = "A ticket that is open cannot become in-progress. It may become: resolved, \
                        closed.";
        assert_eq!(detail(Language::En), expected);
        assert!(detail(Language::Ja).ends_with("変更できる状態: resolved、closed"));
    }

    #[test]
    fn given_a_closed_ticket_then_it_is_told_who_takes_it_up_again() {
        let problem = of_ticket(TicketRefusal::Move(refused(Status::Closed, Status::Open)));
        assert!(problem.body(Language::En, "r").detail.contains("Only the support"));
        assert!(problem.body(Language::Ja, "r").detail.contains("サポートだけ"));
    }

    #[test]
    fn given_a_partner_that_hides_something_then_the_field_is_pointed_at() {
        let problem = of_ticket(TicketRefusal::PartnerHides);
        let errors: Vec<_> =
            problem.errors().iter().map(|one| (one.pointer.as_str(), one.flaw.code())).collect();
        assert_eq!(errors, [("/visibility", "always-shared")]);
    }
}
