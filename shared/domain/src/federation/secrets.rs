//! What users of workspaces and machines hold.

use chrono::TimeDelta;

use crate::secret::secret;

secret! {
    /// What a user holds who has signed in.
    SessionToken
}

secret! {
    /// What opens an app or a desktop, once.
    LaunchTicket
}

impl LaunchTicket {
    /// For how long a ticket opens what it is for.
    pub const LIVES: TimeDelta = TimeDelta::seconds(60);
}

secret! {
    /// What the machines of a resource location hold.
    LocationKey
}
