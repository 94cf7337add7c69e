//! What providers set up, workspaces and sessions.

use crate::edit::{change, copy, find, number, take, text};

use super::{NOBODY, Way, any, way};

pub(super) fn ways() -> Vec<Way> {
    vec![
        way("a location counts a domain more", &["location"], |world| {
            change(world, "resource-location", any, |item| {
                item.insert("domains".to_owned(), number(2));
            });
        }),
        way("a location's key leads nowhere", &["location"], |world| {
            take(world, "location-key", any);
        }),
        way("a domain counts a customer less", &["domain"], |world| {
            change(world, "domain", any, |item| {
                item.insert("customers".to_owned(), number(0));
            });
        }),
        way("a domain's name is nobody's", &["domain"], |world| {
            take(world, "domain-name", any);
        }),
        way("a domain's secret is gone", &["domain"], |world| {
            take(world, "directory-secret", any);
        }),
        way("a customer does not know of its domain", &["federated"], |world| {
            take(world, "federated-domain", any);
        }),
        way("somebody may open what is not there", &["resource"], |world| {
            let id = find(world, "resource", any).sk.replace("RES#res_", "");
            copy(world, "resource-customer", any, &id, NOBODY);
        }),
        way("a workspace is another at its account", &["workspace"], |world| {
            change(world, "account-workspace", any, |item| {
                item.insert("displayName".to_owned(), text("Others"));
            });
        }),
        way("an account counts a workspace more", &["workspace-count"], |world| {
            change(world, "workspace-count", any, |item| {
                item.insert("count".to_owned(), number(2));
            });
        }),
        way("a session is not found at its customer", &["session"], |world| {
            take(world, "session-place", any);
        }),
        way("a place leads to no session", &["session"], |world| {
            take(world, "session", any);
        }),
    ]
}
