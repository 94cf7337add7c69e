//! The one table: keys, items, transactions, queries.
