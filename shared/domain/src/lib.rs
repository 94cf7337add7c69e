//! The rules: plain types and functions, no AWS, no HTTP, no clock of its own.
