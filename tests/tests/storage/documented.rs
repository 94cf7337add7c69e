//! The page on the data model, held against what is kept.

use std::collections::{BTreeMap, BTreeSet};

use tsunagu_store::keys::attribute::{ENTITY, GSI1PK, GSI1SK, GSI2PK, GSI2SK, PK, SK, VERSION};

const PAGE: &str = include_str!("../../../docs/data-model.md");
/// What every item has, or has a column of its own.
const KEYS: [&str; 8] = [PK, SK, GSI1PK, GSI1SK, GSI2PK, GSI2SK, ENTITY, VERSION];
/// What only comes about in ways that writing one item of every kind does not go.
const SELDOM: [(&str, &str); 6] = [
    ("blocked-customer", "on"),
    ("dirty", "claim"),
    ("holder", "ttl"),
    ("notification", "dismissedAt"),
    ("run", "behind"),
    ("usage-fact", "source"),
];

/// The names of attributes by kind.
pub(crate) type Attributes = BTreeMap<String, BTreeSet<String>>;

/// The row of each kind in the table of items: what it says of attributes.
fn rows() -> BTreeMap<&'static str, &'static str> {
    let mut rows = BTreeMap::new();
    for line in PAGE.lines() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, kinds, pk, _, _, attributes, _] = cells[..] else { continue };
        if !pk.starts_with('`') {
            continue;
        }
        rows.extend(quoted(kinds).into_iter().map(|kind| (kind, attributes)));
    }
    rows
}

/// What stands between backticks.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// A text without what stands in brackets: that is about the parts of an attribute.
fn without_brackets(text: &str) -> String {
    let mut depth = 0;
    let outside = |c: &char| {
        depth += i32::from(*c == '(');
        let is_outside = depth == 0;
        depth -= i32::from(*c == ')');
        is_outside
    };
    text.chars().filter(outside).collect()
}

/// That the page names exactly the attributes that items of each kind have. Where it tells them further
/// below it names each of them somewhere, but for numbers, whose names are made of several parts.
pub(crate) fn check(kept: &Attributes) {
    let rows = rows();
    for (kind, names) in kept {
        let row = rows.get(kind.as_str()).unwrap_or_else(|| panic!("{kind} has a row"));
        let names: BTreeSet<&str> =
            names.iter().map(String::as_str).filter(|name| !KEYS.contains(name)).collect();
        if row.contains("below") {
            let is_known = |name: &&str| PAGE.contains(&format!("`{name}`"));
            let unknown: Vec<_> = names.into_iter().filter(|name| !is_known(name)).collect();
            assert!(unknown.is_empty() || row.contains("numbers"), "{kind}: {unknown:?}");
            continue;
        }
        let outside = without_brackets(row);
        let mut told = quoted(&outside);
        for (of, name) in SELDOM {
            if of == kind && !names.contains(name) {
                assert!(told.remove(name), "the page tells of {name} of {kind}");
            }
        }
        assert_eq!(told, names, "{kind} on the page, and as it is kept");
    }
    let gone: Vec<_> = rows.keys().filter(|kind| !kept.contains_key(**kind)).collect();
    assert!(gone.is_empty(), "nothing of these kinds is kept: {gone:?}");
}
