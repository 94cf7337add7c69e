//! The attacks of the threat model, each a test named after its number, on both engines.

mod disguises;
mod events;
mod t01_paths;
mod t02_t04_administrators;
mod t05_tokens;
mod t06_t08_invitations;
mod t09_feeds;
mod t09_licenses;
mod t09_tickets;
mod t09_unshared;
mod t10_t13_t14_feeds;
mod t10_t13_t14_strangers;
mod t10_workspaces;
mod t11_keys;
mod t12_reads;
mod t14_t33_federation;
mod t15_feeds;
mod t15_users;
mod t16_csv;
mod t17_logs;
mod t17_secrets;
mod t18_t19_hosts;
mod t20_exhaustion;
mod t21_t32_workspaces;
