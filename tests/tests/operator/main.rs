//! What an operator does to whole tables and whole accounts, on both engines.

mod back;
mod carried;
mod deleted;
mod scene;
mod stopped;
mod tables;
