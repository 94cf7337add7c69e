//! How refusals of what only this function does are answered.

use tsunagu_api::{Code, Flaw, Problem, Text};
use tsunagu_domain::licenses::{
    IDLE_DAYS, MAX_MONTHS, entitlement::StatementRefusal, trend::RangeError,
};
use tsunagu_store::licenses::{ReleaseError, StateError, TrialRefusal};

const _: () = assert!(IDLE_DAYS == 30 && MAX_MONTHS == 13, "the texts below name the numbers");

/// An end before its beginning.
pub(crate) const ENDS_BEFORE_START: Flaw = Flaw::Rule {
    code: "ends-before-start",
    text: Text::new(
        "endsOn は startsOn 以降の日にしてください。",
        "endsOn must not be before startsOn.",
    ),
};

/// An end that is past already.
pub(crate) const ENDED: Flaw = Flaw::Rule {
    code: "in-the-past",
    text: Text::new("endsOn は今日以降の日にしてください。", "endsOn must not be in the past."),
};

/// A trial that would never end.
pub(crate) const TRIAL_WITHOUT_END: Flaw = Flaw::Rule {
    code: "trial-without-end",
    text: Text::new("トライアルには最終日が必要です。", "A trial needs a last day."),
};

const REVERSED: Flaw = Flaw::Rule {
    code: "behind-end",
    text: Text::new("from は to 以前にしてください。", "from must not be behind to."),
};

const TOO_LONG: Flaw = Flaw::Rule {
    code: "range-too-long",
    text: Text::new("期間は 13 か月以内にしてください。", "The range may have at most 13 months."),
};

const FUTURE: Flaw = Flaw::Rule {
    code: "in-future",
    text: Text::new("to を未来にすることはできません。", "to must not be in the future."),
};

pub(crate) fn of_statement(error: StateError) -> Problem {
    match error {
        StateError::Changed => Problem::new(Code::PreconditionFailed),
        StateError::Rules(StatementRefusal::OtherService) => Problem::conflict(Text::new(
            "既存の使用権のサービスは変更できません。",
            "The service of an existing entitlement never changes.",
        )),
        StateError::Rules(StatementRefusal::TrialRequest) => Problem::conflict(Text::new(
            "これはトライアルの申請です。上書きではなく、承認または却下してください。",
            "This is a trial request: it is approved or declined, not overwritten.",
        )),
    }
}

pub(crate) fn of_trial(refusal: TrialRefusal) -> Problem {
    match refusal {
        TrialRefusal::Unknown => Problem::not_found(),
        TrialRefusal::AskedAlready => Problem::conflict(Text::new(
            "このサービスのトライアルは既に申請されています。",
            "A trial of this service has been asked for already.",
        )),
        TrialRefusal::Decided => Problem::conflict(Text::new(
            "この申請は既に承認または却下されています。",
            "This request has been approved or declined already.",
        )),
    }
}

pub(crate) fn of_release(error: ReleaseError) -> Problem {
    match error {
        ReleaseError::Unknown => Problem::not_found(),
        ReleaseError::StillActive => Problem::conflict(Text::new(
            "ライセンスを解放できるのは、30 日間利用がなかった後です。",
            "A licence can be released after 30 days without use.",
        )),
    }
}

/// Which end of a range is refused, as a pointer, and why.
pub(crate) fn of_range(error: RangeError) -> (&'static str, Flaw) {
    match error {
        RangeError::From(invalid) => ("/from", invalid.into()),
        RangeError::To(invalid) => ("/to", invalid.into()),
        RangeError::Reversed => ("/from", REVERSED),
        RangeError::TooLong => ("/from", TOO_LONG),
        RangeError::Future => ("/to", FUTURE),
    }
}

#[cfg(test)]
mod tests {
    use tsunagu_domain::Invalid;

    use super::*;

    fn told(problem: &Problem) -> (&'static str, u16) {
        (problem.code().as_str(), problem.code().status().as_u16())
    }

    #[test]
    fn given_a_refusal_then_code_and_status_are_the_contracts() {
        let conflict = ("conflict", 409);
        let statement = |refusal| told(&of_statement(StateError::Rules(refusal)));
        assert_eq!(statement(StatementRefusal::OtherService), conflict);
        assert_eq!(statement(StatementRefusal::TrialRequest), conflict);
        assert_eq!(told(&of_statement(StateError::Changed)), ("precondition-failed", 412));
        assert_eq!(told(&of_trial(TrialRefusal::AskedAlready)), conflict);
        assert_eq!(told(&of_trial(TrialRefusal::Decided)), conflict);
        assert_eq!(told(&of_trial(TrialRefusal::Unknown)), ("not-found", 404));
        assert_eq!(told(&of_release(ReleaseError::StillActive)), conflict);
        assert_eq!(told(&of_release(ReleaseError::Unknown)), ("not-found", 404));
    }

    #[test]
    fn given_a_refused_range_then_the_end_that_is_wrong_is_pointed_at() {
        let told = |error| {
            let (pointer, flaw) = of_range(error);
            (pointer, flaw.code())
        };
        assert_eq!(told(RangeError::From(Invalid::Malformed)), ("/from", "malformed"));
        assert_eq!(told(RangeError::To(Invalid::Malformed)), ("/to", "malformed"));
        assert_eq!(told(RangeError::Reversed), ("/from", "behind-end"));
        assert_eq!(told(RangeError::TooLong), ("/from", "range-too-long"));
        assert_eq!(told(RangeError::Future), ("/to", "in-future"));
    }
}
