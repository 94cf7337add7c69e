//! Keys of tickets, their comments and their places in the vendor's list.

use tsunagu_domain::ids::{AccountId, CommentId, TicketId};

use super::{Key, account_partition, licenses::shard, prefix};

/// Over how many partitions of the index the vendor's list of tickets is spread.
pub const TICKET_SHARDS: u8 = 4;

/// A ticket.
pub fn ticket(account: AccountId, ticket: TicketId) -> Key {
    Key::new(account_partition(account), format_args!("{}{ticket}", prefix::TICKETS))
}

/// A ticket's place among those of its account with which somebody still has something to do.
pub fn open_ticket(account: AccountId, ticket: TicketId) -> Key {
    Key::new(account_partition(account), format_args!("{}{ticket}", prefix::OPEN_TICKETS))
}

/// A ticket's place among the others.
pub fn done_ticket(account: AccountId, ticket: TicketId) -> Key {
    Key::new(account_partition(account), format_args!("{}{ticket}", prefix::DONE_TICKETS))
}

/// Sort key prefix of the comments on a ticket.
pub fn comments(ticket: TicketId) -> String {
    format!("TKTC#{ticket}#")
}

/// A comment on a ticket.
pub fn comment(account: AccountId, ticket: TicketId, comment: CommentId) -> Key {
    Key::new(account_partition(account), format_args!("{}{comment}", comments(ticket)))
}

/// Partition of the index that holds a part of the vendor's list of tickets.
pub fn tickets_partition(shard: u8) -> String {
    format!("TICKETS#{shard}")
}

/// The place of a ticket in the vendor's list. `updated_at` sorts as the instant that it is.
pub fn updated_ticket(account: AccountId, updated_at: &str, ticket: TicketId) -> Key {
    let partition = tickets_partition(shard(account, TICKET_SHARDS));
    Key::new(partition, format_args!("{updated_at}#{ticket}"))
}
