//! function accounts.
