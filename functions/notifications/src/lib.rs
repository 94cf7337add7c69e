//! function notifications.
