//! What providers set up, workspaces and sessions.

use crate::edit::{change, copy, find, number, take, text};

use super::{Breakage, NOBODY, any, breakage};

pub(super) fn breakages() -> Vec<Breakage> {
    vec![
        breakage("a location counts a domain more", &["location"], |world| {
            change(world, "resource-location", any, |item| {
                item.insert("domains".to_owned(), number(2));
            });
        }),
        breakage("a location's key leads nowhere", &["location"], |world| {
            take(world, "location-key", any);
        }),
        breakage("a domain counts a customer less", &["domain"], |world| {
            change(world, "domain", any, |item| {
                item.insert("customers".to_owned(), number(0));
            });
        }),
        breakage("a domain's name is nobody's", &["domain"], |world| {
            take(world, "domain-name", any);
        }),
        breakage("a domain's secret is gone", &["domain"], |world| {
            take(world, "directory-secret", any);
        }),
        breakage("a customer does not know of its domain", &["federated"], |world| {
            take(world, "federated-domain", any);
        }),
        breakage("somebody may open what is not there", &["resource"], |world| {
            let id = find(world, "resource", any).sk.replace("RES#res_", "");
            copy(world, "resource-customer", any, &id, NOBODY);
        }),
        breakage("a workspace is another at its account", &["workspace"], |world| {
            change(world, "account-workspace", any, |item| {
                item.insert("displayName".to_owned(), text("Others"));
            });
        }),
        breakage("an account counts a workspace more", &["workspace-count"], |world| {
            change(world, "workspace-count", any, |item| {
                item.insert("count".to_owned(), number(2));
            });
        }),
        breakage("a session is not found at its customer", &["session"], |world| {
            take(world, "session-place", any);
        }),
        breakage("a place leads to no session", &["session"], |world| {
            take(world, "session", any);
        }),
    ]
}
