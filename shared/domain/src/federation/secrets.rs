//! What users of workspaces and machines hold.

use crate::secret::secret;

secret! {
    /// What a user holds who has signed in.
    SessionToken
}

secret! {
    /// What opens an app or a desktop, once.
    LaunchTicket
}

secret! {
    /// What the machines of a resource location hold.
    LocationKey
}
