//! The episodes of each connection.

use tsunagu_domain::{connection::Role, time::Instant};
use tsunagu_store::items::Episode;

use super::{Ends, Findings, book::Book, keys_of};

pub(super) fn check(book: &Book<'_>, found: &mut Findings) {
    let (here, there) = (book.customer_episodes(), book.partner_episodes());
    for ends in keys_of(&here, &there) {
        let (here, there) = (here.get(&ends), there.get(&ends));
        let text = |episodes: Option<&Vec<Episode>>| format!("{episodes:?}");
        found.same("episode-mirror", format_args!("{ends:?}"), &text(there), &text(here));
    }
    let (active, past) = (book.customers(), book.past_customers());
    let mut all = keys_of(&active, &past);
    all.extend(here.keys().copied());
    let none = Vec::new();
    for ends in all {
        let episodes = here.get(&ends).unwrap_or(&none);
        numbers(&ends, episodes, found);
        let stands = active.get(&ends).map(|it| {
            State::new((it.connection_id.to_string(), it.episode, it.connected_at), None)
        });
        let ended = past.get(&ends).map(|it| {
            let it = &it.past;
            let end = Some((it.ended_at, it.ended_by));
            State::new((it.connection_id.to_string(), it.episode, it.connected_at), end)
        });
        let last = episodes.last().map(State::of);
        found.same("episode-state", format_args!("{ends:?}"), &stands.or(ended), &last);
        let before = episodes.iter().rev().skip(1).find(|episode| episode.ended_at.is_none());
        found.hold("episode-state", before.is_none(), || {
            format!("{ends:?}: an episode before the last has not ended: {before:?}")
        });
    }
}

/// What a connection and its last episode both say.
#[derive(Debug, PartialEq)]
struct State {
    connection: String,
    episode: u32,
    connected_at: Instant,
    end: Option<(Instant, Role)>,
}

impl State {
    fn new(begun: (String, u32, Instant), end: Option<(Instant, Role)>) -> Self {
        let (connection, episode, connected_at) = begun;
        Self { connection, episode, connected_at, end }
    }

    fn of(episode: &Episode) -> Self {
        let begun = (episode.connection_id.to_string(), episode.episode, episode.connected_at);
        Self::new(begun, episode.ended_at.zip(episode.ended_by))
    }
}

fn numbers(ends: &Ends, episodes: &[Episode], found: &mut Findings) {
    let first = episodes.first().map(|episode| episode.connection_id);
    for (number, episode) in (1..).zip(episodes) {
        let is_next = episode.episode == number && Some(episode.connection_id) == first;
        found.hold("episode-numbers", is_next, || {
            format!(
                "{ends:?}: {} of {} stands as number {number}",
                episode.episode, episode.connection_id
            )
        });
    }
}
