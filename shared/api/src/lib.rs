//! The HTTP edge: who is asking, what may they see, problem+json, paging, idempotency, start-up.
//!
//! A function lists its routes as [`Routes`]; [`Edge`] puts them behind everything that
//! all requests have in common, and [`start::serve`] runs them in Lambda. A handler's signature says
//! who may call it ([`permit`]), what it takes ([`Json`], [`Query`], [`Page`], [`Once`]) and that it
//! answers a [`Problem`] where it cannot do what is asked.

pub mod app;
mod aws;
pub mod background;
pub mod bearer;
pub mod bodies;
pub mod bulk;
pub mod claims;
pub mod csv;
mod cursor;
mod digest;
pub mod edge;
pub mod environment;
pub mod etag;
pub mod event;
pub mod idempotency;
pub mod input;
pub mod json;
mod log;
mod metrics;
#[cfg(feature = "document")]
pub mod openapi;
pub mod page;
pub mod path;
pub mod permit;
pub mod problem;
pub mod query;
mod rebuild;
mod routes;
pub mod scope;
pub mod source;
pub mod start;
#[cfg(test)]
mod testing;
pub mod texts;
// The one place that knows of the feature: off, nothing of it is compiled.
#[cfg_attr(not(feature = "traces"), path = "untraced.rs")]
mod traces;
pub mod unmatched;

pub use app::{App, Settings};
pub use background::{Background, Task, TaskError};
pub use bearer::{Bearer, Machine};
pub use claims::{Platform, SignedIn};
pub use csv::{Csv, Format};
pub use edge::Edge;
pub use environment::{BadVariable, Environment};
pub use etag::{IfMatch, Shown, Tagged};
pub use event::Event;
pub use idempotency::{Begun, Once};
pub use input::{FieldError, Flaw, Given, InputErrors, Nullable, Patch};
pub use json::Json;
pub use page::{Page, PageBody, PageParams};
pub use path::{ChosenId, PathId, PathIds};
pub use permit::{
    BadgedPartner, ConnectedView, FullAccess, Member, Permitted, SharingView, admit_account,
};
pub use problem::{Code, Problem};
pub use query::Query;
pub use routes::{Operations, Routes};
pub use scope::Reader;
pub use source::SourceAddress;
pub use texts::Text;
// For `routes!`, which functions call.
#[doc(hidden)]
pub use utoipa_axum;
