//! Connections: the trusted link between a partner and a customer (P4–P9).
//!
//! A pair of accounts has at most one connection. It is active or ended, and each acceptance after
//! an end begins a new *episode* under the same id. It never expires (P9).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};
use thiserror::Error;

use crate::{
    ids::{AccountId, ConnectionId},
    share::Shares,
    time::Instant,
};

/// How many episodes one pair may begin in one day of the customer's time zone (T8).
pub const MAX_EPISODES_A_DAY: u32 = 20;

/// The two roles of accounts in a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Role {
    /// Who looks after the other.
    Partner,
    /// Who is looked after, and decides what is seen.
    Customer,
}

/// Whether a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum ConnectionState {
    /// The partner sees what is shared.
    Active,
    /// The partner sees nothing.
    Ended,
}

/// The two accounts of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// The partner.
    pub partner: AccountId,
    /// The customer.
    pub customer: AccountId,
}

impl Pair {
    /// A pair of two different accounts.
    pub fn new(partner: AccountId, customer: AccountId) -> Result<Self, AcceptRefusal> {
        if partner == customer {
            return Err(AcceptRefusal::SelfConnection);
        }
        Ok(Self { partner, customer })
    }
}

/// An active connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The same over all episodes.
    pub connection_id: ConnectionId,
    /// Whom it connects.
    pub pair: Pair,
    /// Counts from 1.
    pub episode: u32,
    /// What the customer shares.
    pub shares: Shares,
    /// When this episode began.
    pub connected_at: Instant,
    /// How many episodes began on the day on which this one did.
    pub begun: Begun,
}

/// A connection after its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedConnection {
    /// The connection as it stood.
    pub last: Connection,
    /// When it ended.
    pub ended_at: Instant,
    /// Who ended it.
    pub ended_by: Role,
}

/// How many episodes of a pair began on a day of the customer's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The day.
    pub day: NaiveDate,
    /// How many began on it.
    pub count: u32,
}

impl Begun {
    fn another(before: Option<Self>, day: NaiveDate) -> Result<Self, AcceptRefusal> {
        let count = before.filter(|begun| begun.day == day).map_or(0, |begun| begun.count);
        if count >= MAX_EPISODES_A_DAY {
            return Err(AcceptRefusal::TooManyEpisodes);
        }
        Ok(Self { day, count: count + 1 })
    }
}

/// Why an invite link cannot be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AcceptRefusal {
    /// The partner's own link.
    #[error("an account cannot connect to itself")]
    SelfConnection,
    /// The partner has no badge, is suspended or blocks this customer; which of them is not told.
    #[error("the partner is not available")]
    PartnerNotAvailable,
    /// The accepting account was suspended meanwhile.
    #[error("the account is suspended")]
    CustomerSuspended,
    /// What the link shows has changed since the customer read it (T7).
    #[error("the invitation has changed")]
    InvitationChanged,
    /// More than [`MAX_EPISODES_A_DAY`] new episodes of this pair today.
    #[error("too many new episodes today")]
    TooManyEpisodes,
}

impl Connection {
    /// Begins the first episode of a pair, or the next one after an end.
    ///
    /// `today` is the day of the customer's time zone.
    pub fn begin(
        pair: Pair,
        before: Option<&EndedConnection>,
        shares: Shares,
        now: Instant,
        today: NaiveDate,
    ) -> Result<Self, AcceptRefusal> {
        let last = before.map(|ended| &ended.last);
        Ok(Self {
            connection_id: last.map_or_else(|| ConnectionId::mint(now), |last| last.connection_id),
            pair,
            episode: last.map_or(1, |last| last.episode + 1),
            shares,
            connected_at: now,
            begun: Begun::another(last.map(|last| last.begun), today)?,
        })
    }

    /// Ends this episode.
    pub fn end(self, by: Role, now: Instant) -> EndedConnection {
        EndedConnection { ended_at: now.max(self.connected_at), ended_by: by, last: self }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Accept,
        End(Role),
        Wait(i64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            5 => Just(Step::Accept),
            5 => prop_oneof![Just(Role::Partner), Just(Role::Customer)].prop_map(Step::End),
            1 => (1_i64..30).prop_map(Step::Wait),
        ]
    }

    #[derive(Clone, Debug)]
    enum State {
        Never,
        Active(Connection),
        Ended(EndedConnection),
    }

    fn accept(state: State, pair: Pair, now: Instant) -> State {
        let today = now.date_naive();
        let begin = |before| Connection::begin(pair, before, Shares::all(), now, today);
        match &state {
            State::Active(_) => state,
            State::Never => begin(None).map_or(State::Never, State::Active),
            State::Ended(ended) => {
                let ended = ended.clone();
                begin(Some(&ended)).map_or(State::Ended(ended), State::Active)
            }
        }
    }

    proptest! {
        /// Given any interleaving of acceptances, ends and time, then the id never changes, episodes
        /// count up by one, and no day begins more than the limit.
        #[test]
        fn a_pair_has_one_connection_whose_episodes_count_up(
            steps in proptest::collection::vec(step(), 1..200),
        ) {
            let mut now = DateTime::from_timestamp(1_800_000_000, 0).expect("in range");
            let pair = Pair::new(AccountId::mint(now), AccountId::mint(now)).expect("two accounts");
            let mut state = State::Never;
            let mut episodes: Vec<(NaiveDate, ConnectionId, u32)> = vec![];
            for step in steps {
                let was_active = matches!(state, State::Active(_));
                state = match step {
                    Step::Wait(hours) => { now += TimeDelta::hours(hours); state }
                    Step::End(by) => match state {
                        State::Active(connection) => State::Ended(connection.end(by, now)),
                        other => other,
                    },
                    Step::Accept => accept(state, pair, now),
                };
                if let (State::Active(connection), false) = (&state, was_active) {
                    let begun = (now.date_naive(), connection.connection_id, connection.episode);
                    episodes.push(begun);
                }
            }
            for (index, (day, id, episode)) in episodes.iter().enumerate() {
                prop_assert_eq!(*id, episodes[0].1);
                prop_assert_eq!(*episode as usize, index + 1);
                let of_day = episodes.iter().filter(|(other, ..)| other == day).count();
                prop_assert!(of_day <= MAX_EPISODES_A_DAY as usize);
            }
        }
    }

    #[test]
    fn the_21st_episode_of_a_day_is_refused_and_the_next_day_opens_again() {
        let now: Instant = "2026-03-01T00:00:00Z".parse().expect("an instant");
        let pair = Pair::new(AccountId::mint(now), AccountId::mint(now)).expect("two accounts");
        let mut before = None;
        for _ in 0..MAX_EPISODES_A_DAY {
            let connection =
                Connection::begin(pair, before.as_ref(), Shares::all(), now, now.date_naive())
                    .expect("within the limit");
            before = Some(connection.end(Role::Customer, now));
        }
        let today = now.date_naive();
        let again = |day| Connection::begin(pair, before.as_ref(), Shares::all(), now, day);
        assert_eq!(again(today), Err(AcceptRefusal::TooManyEpisodes));
        let tomorrow = today.succ_opt().expect("a day");
        assert_eq!(again(tomorrow).map(|connection| connection.episode), Ok(21));
    }

    #[test]
    fn nobody_connects_to_himself() {
        let account = AccountId::mint(Instant::default());
        assert_eq!(Pair::new(account, account), Err(AcceptRefusal::SelfConnection));
    }
}
