//! function connections.
