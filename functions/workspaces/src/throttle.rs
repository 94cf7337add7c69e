//! Attempts that are too many (T28).

use tsunagu_api::{App, Problem, Text};
use tsunagu_domain::time::Instant;
use tsunagu_store::workspaces::{Attempt, TooManyAttempts};

use crate::Workspaces;

const TOO_MANY: Text = Text::new(
    "サインインの試行回数が上限に達しました。しばらくしてからもう一度お試しください。",
    "Too many attempts to sign in. Try again later.",
);

/// An attempt that was counted.
pub(crate) struct Counted<'a> {
    attempt: Attempt<'a>,
    at: Instant,
}

/// Counts an attempt before anything is asked of a directory.
pub(crate) async fn count<'a>(
    app: &App,
    workspaces: &Workspaces,
    attempt: Attempt<'a>,
) -> Result<Counted<'a>, Problem> {
    let at = app.now();
    match app.store.count_attempt(&attempt, workspaces.limits(), at).await? {
        Ok(()) => Ok(Counted { attempt, at }),
        Err(TooManyAttempts { retry_after }) => {
            Err(Problem::rate_limited(TOO_MANY, u32::try_from(retry_after).ok()))
        }
    }
}

impl Counted<'_> {
    /// It was none of guessing: where only failures count, it is given back. What was decided stands,
    /// whether this works out or not.
    pub(crate) async fn give_back(&self, app: &App, workspaces: &Workspaces) {
        let limits = workspaces.limits();
        if let Err(error) = app.store.give_attempt_back(&self.attempt, limits, self.at).await {
            tracing::warn!(%error, "an attempt to sign in was not given back");
        }
    }
}
