//! function invite-accept.
