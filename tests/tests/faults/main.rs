//! The store when the database throttles, is in conflict, loses answers or is away: tried again
//! within the request's time, then said plainly; never twice, never by half, never taken for
//! absent.

mod lost_answers;
mod passing;
mod stale_reads;
mod stopped;
mod tickets;
mod unprocessed;
