//! That the checker of invariants finds what is wrong, and nothing where nothing is: a small world that
//! is right, made by the routes of the contract alone, and then broken in one way at a time.

mod breakages;
mod broken;
mod edit;
mod scene;
