//! Refusals and failures that several functions meet, as problems.

use std::fmt::Debug;

use tsunagu_domain::access::Refusal;
use tsunagu_store::{AdmitError, Changed, StoreError, WriteError};

use super::{Code, Problem};
use crate::input::InputErrors;

impl From<InputErrors> for Problem {
    fn from(errors: InputErrors) -> Self {
        let mut problem = Self::new(Code::ValidationFailed);
        problem.0.errors = errors.into_vec();
        problem
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::unavailable(error),
            StoreError::Internal(_) => Self::internal(error),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let mut problem = Self::new(match refusal {
            Refusal::NotAdministrator | Refusal::NotConnected => Code::NotFound,
            Refusal::RightMissing(_) => Code::PermissionMissing,
            Refusal::AccountSuspended => Code::AccountSuspended,
            Refusal::BadgeRequired => Code::PartnerBadgeRequired,
            Refusal::ProgramRequired(_) => Code::ProgramRequired,
            Refusal::NotShared(_) => Code::NotShared,
        });
        match refusal {
            Refusal::RightMissing(right) => problem.0.permission = Some(right.name()),
            Refusal::ProgramRequired(program) => problem.0.program = Some(program),
            Refusal::NotShared(share) => problem.0.share = Some(share),
            _ => {}
        }
        problem
    }
}

impl From<Changed> for Problem {
    fn from(_: Changed) -> Self {
        Self::new(Code::PreconditionFailed)
    }
}

impl From<AdmitError> for Problem {
    fn from(error: AdmitError) -> Self {
        match error {
            AdmitError::Refused(refusal) => refusal.into(),
            AdmitError::Store(error) => error.into(),
        }
    }
}

impl<R: Debug + Into<Problem>> From<WriteError<R>> for Problem {
    fn from(error: WriteError<R>) -> Self {
        match error {
            WriteError::Refused(refusal) => refusal.into(),
            WriteError::Store(error) => error.into(),
            // Creating handlers replay the other request's answer (`Pending::finish`); whoever has
            // none to replay asks again.
            WriteError::KeyTaken => Self::unavailable("the idempotency key was taken meanwhile"),
        }
    }
}
