//! The roles of functions, which say what they may do: exactly what they do.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use rstest::rstest;
use yaml_serde::Value;

use crate::{
    template::{functions, resources, tagged},
    uses::{self, Use},
};

/// A statement of a role about the table.
#[derive(Debug)]
struct Statement {
    actions: BTreeSet<String>,
    /// The indexes; `None` for the table itself.
    places: BTreeSet<Option<String>>,
    patterns: BTreeSet<String>,
}

/// The statements of each function's role, by the function's name.
fn roles() -> BTreeMap<String, Vec<Value>> {
    let resources = resources();
    let of_function = |(name, _, properties): (String, String, Value)| {
        let role = tagged(&properties["Role"], "!GetAtt").expect("a role of its own");
        let role = role.strip_suffix(".Arn").expect("the role's ARN");
        let policies = &resources[role]["Properties"]["Policies"];
        let policies = policies.as_sequence().expect("policies").iter();
        let statements = policies.flat_map(|policy| {
            let statements = policy["PolicyDocument"]["Statement"].as_sequence();
            statements.expect("statements").clone()
        });
        (name, statements.collect())
    };
    functions().into_iter().map(of_function).collect()
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Sequence(values) => values.iter().flat_map(texts).collect(),
        value => vec![value.as_str().expect("a text").to_owned()],
    }
}

impl Statement {
    /// The statement, where it is about the table or its indexes.
    fn of(value: &Value) -> Option<Self> {
        let actions: BTreeSet<_> = texts(&value["Action"]).into_iter().collect();
        let is_about_table = actions.iter().any(|action| action.starts_with("dynamodb:"));
        if !is_about_table || is_about_stream(value) {
            return None;
        }
        let condition = value["Condition"].as_mapping().expect("keys are told");
        assert_eq!(condition.len(), 1, "one condition: {condition:?}");
        let condition = &value["Condition"]["ForAllValues:StringLike"];
        let patterns = texts(&condition["dynamodb:LeadingKeys"]).into_iter().collect();
        let resources = match &value["Resource"] {
            Value::Sequence(resources) => resources.clone(),
            resource => vec![resource.clone()],
        };
        let places = resources.iter().map(place).collect();
        Some(Self { actions, places, patterns })
    }

    fn allows(&self, used: &Use) -> bool {
        self.actions.contains(used.action)
            && self.places.contains(&used.index)
            && used.kinds.is_subset(&self.patterns)
    }

    /// Everything that it allows, one by one.
    fn grants(&self) -> impl Iterator<Item = (&str, &Option<String>, &str)> {
        self.actions.iter().flat_map(move |action| {
            self.places.iter().flat_map(move |place| {
                self.patterns.iter().map(move |pattern| (action.as_str(), place, pattern.as_str()))
            })
        })
    }
}

/// Whether a statement is about the table's stream, which Lambda reads and no function.
fn is_about_stream(value: &Value) -> bool {
    let resource = &value["Resource"];
    tagged(resource, "!GetAtt") == Some("Table.StreamArn")
        || tagged(resource, "!Sub") == Some("${Table.Arn}/stream/*")
}

/// The index that a resource names, or the table.
fn place(resource: &Value) -> Option<String> {
    if tagged(resource, "!GetAtt") == Some("Table.Arn") {
        return None;
    }
    let arn = tagged(resource, "!Sub").expect("the table or one of its indexes");
    let index = arn.strip_prefix("${Table.Arn}/index/").expect("an index of the table");
    assert!(!index.contains('*'), "an index by its name: {arn}");
    Some(index.to_owned())
}

#[tokio::test(start_paused = true)]
async fn given_a_walk_through_all_routes_then_roles_allow_what_was_done_and_nothing_else() {
    let seen = uses::all().await;
    let mut problems = Vec::new();
    for (function, statements) in roles() {
        let statements: Vec<_> = statements.iter().filter_map(Statement::of).collect();
        let used = seen.get(&function).cloned().unwrap_or_default();
        for one in &used {
            if !statements.iter().any(|statement| statement.allows(one)) {
                problems.push(format!("{function} does what its role refuses: {one:?}"));
            }
        }
        let grants = statements.iter().flat_map(Statement::grants);
        for (action, place, pattern) in grants {
            let is_used = used.iter().any(|one| {
                one.action == action && one.index == *place && one.kinds.contains(pattern)
            });
            if !is_used {
                problems.push(format!("{function} never does {action} on {place:?} {pattern}"));
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}\n{}", described(&seen));
}

/// What each function did, as a role would list it.
fn described(uses: &uses::Uses) -> String {
    let mut text = String::new();
    for (function, uses) in uses {
        let mut kinds: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
        for one in uses {
            let place = one.index.as_deref().unwrap_or("table");
            let known = kinds.entry((one.action, place)).or_default();
            known.extend(one.kinds.iter().map(String::as_str));
        }
        for ((action, place), kinds) in kinds {
            writeln!(text, "{function}: {action} on {place}: {kinds:?}").expect("texts grow");
        }
    }
    text
}

#[test]
fn given_a_role_then_no_action_is_a_wildcard_and_logs_go_to_its_own_group() {
    let roles = roles();
    assert_eq!(roles.len(), 12);
    for (function, statements) in roles {
        for statement in &statements {
            assert_eq!(statement["Effect"], "Allow", "{function}");
            for action in texts(&statement["Action"]) {
                assert!(!action.contains('*'), "{function}: {action}");
                let known = [
                    "dynamodb:",
                    "kms:Decrypt",
                    "kms:Encrypt",
                    "logs:",
                    "sqs:SendMessage",
                    "s3:PutObject",
                    "s3:ListBucket",
                ];
                let known = known.iter().any(|one| action.starts_with(one));
                assert!(known, "{function}: {action}");
            }
        }
        let logs = statements.iter().filter(|one| texts(&one["Action"])[0].starts_with("logs:"));
        let logs: Vec<_> = logs.collect();
        assert_eq!(logs.len(), 1, "{function}: one statement about logs");
        let properties = functions().into_iter().find(|(name, ..)| *name == function);
        let properties = properties.expect("a function").2;
        let group = properties["LoggingConfig"]["LogGroup"].clone();
        let group = tagged(&group, "!Ref").expect("a log group of its own").to_owned();
        let resource = tagged(&logs[0]["Resource"], "!GetAtt").expect("a log group");
        assert_eq!(resource, format!("{group}.Arn"), "{function}");
    }
}

/// And only what names a provider and its domain.
#[rstest]
#[case("kms:Decrypt", "workspaces")]
#[case("kms:Encrypt", "federation")]
fn given_the_secrets_of_directories_then_one_function_opens_and_another_one_seals_them(
    #[case] action: &str,
    #[case] whose: &str,
) {
    for (function, statements) in roles() {
        let does = |one: &&Value| texts(&one["Action"]).iter().any(|found| found == action);
        let found: Vec<_> = statements.iter().filter(does).collect();
        assert_eq!(found.len(), usize::from(function == whose), "{function}");
        for statement in found {
            for part in ["csp", "domain"] {
                let context = format!("kms:EncryptionContext:{part}");
                assert_eq!(statement["Condition"]["Null"][context.as_str()], "false");
            }
        }
    }
}

#[test]
fn given_the_function_that_shapes_tokens_then_it_reaches_no_table() {
    let roles = roles();
    let statements = roles["token-claims"].iter().filter_map(Statement::of);
    assert_eq!(statements.count(), 0);
}

/// Lambda reads the stream, and keeps what failed, by the function's role: with what its documentation
/// asks for, and nothing else.
#[test]
fn given_the_function_of_the_stream_then_its_role_reads_the_stream_and_no_other_does() {
    for (function, statements) in roles() {
        let about_stream = statements.iter().filter(|statement| is_about_stream(statement));
        let actions: BTreeSet<_> = about_stream.flat_map(|one| texts(&one["Action"])).collect();
        let stored = statements.iter().flat_map(|statement| texts(&statement["Action"]));
        let stored: BTreeSet<_> = stored.filter(|action| action.starts_with("s3:")).collect();
        if function == "change-feed" {
            let reading = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
            assert_eq!(actions, reading.map(|action| format!("dynamodb:{action}")).into());
            let keeping = ["s3:ListBucket", "s3:PutObject"];
            assert_eq!(stored, keeping.map(str::to_owned).into());
        } else {
            assert!(actions.is_empty() && stored.is_empty(), "{function}");
        }
    }
}
