//! Function `workspaces`: what users and machines of workspaces call. It alone reaches directories.

pub mod directory;
