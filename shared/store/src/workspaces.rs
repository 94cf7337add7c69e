//! Workspaces as users and machines meet them: signing in, sessions, launches.
//!
//! Who manages domains and workspaces never ends a session by finding it: a session holds what it was
//! granted as it stood, and every request compares that with what stands now ([`standing`]). So what
//! was granted in a race with a removal is refused on its first use, and what was removed and added
//! again is not the same (T25).

mod counting;
mod ending;
mod entrance;
mod launching;
mod redeeming;
mod resources;
mod sessions;
mod standing;
mod testing;
mod throttles;

pub use entrance::{Candidates, Entrance, ShownWorkspace};
pub use launching::{LaunchRefusal, Launched, NewLaunch};
pub use redeeming::{Location, Redeemed};
pub use resources::{AvailableResource, LaunchableResource, NotLaunchable};
pub use sessions::{OpenSession, SignedInUser, WorkspaceTerms};
pub use testing::DomainUnderTest;
pub use throttles::{Attempt, TooManyAttempts};
