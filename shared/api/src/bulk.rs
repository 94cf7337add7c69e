//! Calls that take many things at once, of which each is judged by itself.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use deserr::{Deserr, IntoValue, Value as Given, ValuePointerRef};
use futures::{StreamExt, stream};
use http::{StatusCode, request::Parts};
use serde::Serialize;
use serde_json::{Map, Value};
use tsunagu_domain::{Invalid, ids::AccountId, locale::Language};
use tsunagu_store::Stated;
use utoipa::ToSchema;

use crate::{
    App,
    etag::status_of_put,
    input::{FieldErrorBody, Flaw, InputErrors, Kind, both},
    log,
    problem::Problem,
    scope::{self, Scope},
};

/// How many groups of items are worked on at the same time.
const AT_ONCE: usize = 8;
/// The longest text that is given back as it was sent, in characters: that of ids.
const MAX_MARK: usize = 64;

/// From `MIN` to `MAX` items that nobody has looked at yet, since each is judged by itself.
///
/// For the documentation it needs `#[schema(value_type = Vec<T>)]` and the bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Items<const MIN: usize, const MAX: usize>(Vec<Value>);

impl<const MIN: usize, const MAX: usize> Items<MIN, MAX> {
    /// The items, in the order in which they came.
    pub fn into_vec(self) -> Vec<Value> {
        self.0
    }
}

impl<const MIN: usize, const MAX: usize> Deserr<InputErrors> for Items<MIN, MAX> {
    fn deserialize_from_value<V: IntoValue>(
        value: Given<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, InputErrors> {
        let Given::Sequence(items) = value else {
            return Err(InputErrors::at(location, Flaw::WrongType(Kind::Array)));
        };
        match deserr::Sequence::len(&items) {
            length if length > MAX => Err(InputErrors::at(location, Invalid::TooMany { max: MAX })),
            0 if MIN > 0 => Err(InputErrors::at(location, Invalid::Empty)),
            _ => {
                let items = deserr::Sequence::into_iter(items);
                Ok(Self(items.map(|item| Value::from(item.into_value())).collect()))
            }
        }
    }
}

/// A text of an item as it was sent, for finding the item again; `None` for what is longer than any
/// id, and for what is no text.
pub fn mark(item: &Value, field: &str) -> Option<String> {
    let text = item.get(field)?.as_str()?;
    (text.chars().count() <= MAX_MARK).then(|| text.to_owned())
}

/// What an item has among its fields that elsewhere stands in the path.
pub trait Key: Deserr<InputErrors> {
    /// The names of its fields.
    const NAMES: &'static [&'static str];

    /// The account that the item is about.
    fn account(&self) -> AccountId;
}

/// The field that names the account of an item.
pub const ACCOUNT_ID: &str = "accountId";

/// What an item came to.
#[derive(Clone, Debug)]
pub struct Done<B> {
    /// Its place among the items, from 0.
    pub index: usize,
    marks: BTreeMap<&'static str, Option<String>>,
    answer: Result<Stated<B>, Problem>,
}

impl<B> Done<B> {
    /// What a field of its key was sent as ([`mark`]).
    pub fn mark(&self, field: &str) -> Option<String> {
        debug_assert!(self.marks.contains_key(field), "a field of the key");
        self.marks.get(field).cloned().flatten()
    }

    /// Its verdict, and what it put, unless that was refused.
    pub fn told(self, judge: &Judge) -> (Verdict, Option<B>) {
        (judge.verdict(self.answer.as_ref()), self.answer.ok().map(|stated| stated.value))
    }
}

/// Puts each item that can be understood, and goes on with the others whatever one comes to. The
/// items of one account are done in their order, those of several side by side.
pub async fn put_each<K, T, B, F>(items: Vec<Value>, put: impl Fn(K, T) -> F) -> Vec<Done<B>>
where
    K: Key,
    T: Deserr<InputErrors>,
    F: Future<Output = Result<Stated<B>, Problem>>,
{
    let items = items.into_iter().enumerate().map(|(index, item)| {
        let marks = K::NAMES.iter().map(|name| (*name, mark(&item, name))).collect();
        let read = parse_item::<K, T>(item, K::NAMES);
        (read.as_ref().ok().map(|(key, _)| key.account()), (index, marks, read))
    });
    for_each(items, |(index, marks, read)| {
        let begun = read.map(|(key, said)| put(key, said));
        async move {
            let answer = match begun {
                Ok(answer) => answer.await,
                Err(errors) => Err(errors.into()),
            };
            Done { index, marks, answer }
        }
    })
    .await
}

/// The key of an item and what else it says. All that is wrong with it at once, by pointers into it.
fn parse_item<K, T>(item: Value, names: &[&str]) -> Result<(K, T), InputErrors>
where
    K: Deserr<InputErrors>,
    T: Deserr<InputErrors>,
{
    let Value::Object(mut body) = item else {
        return Err(InputErrors::one("", Flaw::WrongType(Kind::Object)));
    };
    let keys: Map<_, _> = names.iter().filter_map(|name| body.remove_entry(*name)).collect();
    both(deserr::deserialize(Value::Object(keys)), deserr::deserialize(Value::Object(body)))
}

/// Does something with each item. The items of one group are taken in their order, those of several
/// groups side by side, so that no two of a group are in each other's way. The answers come in the
/// order of the items.
pub async fn for_each<G, T, R, F>(
    items: impl IntoIterator<Item = (G, T)>,
    act: impl Fn(T) -> F,
) -> Vec<R>
where
    G: Ord,
    F: Future<Output = R>,
{
    let mut groups = BTreeMap::<G, Vec<(usize, T)>>::new();
    for (place, (group, item)) in items.into_iter().enumerate() {
        groups.entry(group).or_default().push((place, item));
    }
    let groups = stream::iter(groups.into_values().map(|group| in_order(group, &act)));
    let mut done = groups.buffer_unordered(AT_ONCE).concat().await;
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, answer)| answer).collect()
}

async fn in_order<T, R, F>(items: Vec<(usize, T)>, act: &impl Fn(T) -> F) -> Vec<(usize, R)>
where
    F: Future<Output = R>,
{
    let mut done = Vec::with_capacity(items.len());
    for (place, item) in items {
        done.push((place, act(item).await));
    }
    done
}

/// How one of many items went. Refusals are those of the call that does it alone.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Verdict {
    /// The HTTP status that it would have alone.
    #[schema(example = 201)]
    pub status: u16,
    /// The stable code of a problem; left out where it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<String>,
    /// The problem in words, in the language asked for; left out where it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
    /// Every value that was refused, by pointers into the item.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldErrorBody>,
}

/// Says how items went, in the reader's language; what went wrong inside is told to the log.
#[derive(Clone, Debug)]
pub struct Judge(Scope);

impl FromRequestParts<App> for Judge {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        scope::of(parts).cloned().map(Self)
    }
}

impl Judge {
    fn verdict<B>(&self, went: Result<&Stated<B>, &Problem>) -> Verdict {
        if let Err(problem) = went {
            log::write_item(&self.0, problem);
        }
        Verdict::of(went.map(status_of_put), self.0.language())
    }
}

impl Verdict {
    fn of(went: Result<StatusCode, &Problem>, language: Language) -> Self {
        match went {
            Ok(status) => {
                let status = status.as_u16();
                Self { status, code: None, detail: None, errors: Vec::new() }
            }
            Err(problem) => {
                let told = problem.body(language, "");
                let (code, detail) = (Some(told.code), Some(told.detail));
                Self { status: told.status, code, detail, errors: told.errors }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use rstest::rstest;
    use serde_json::json;
    use tsunagu_domain::text::DisplayName;

    use super::*;

    #[derive(Debug, PartialEq, Deserr)]
    #[deserr(error = InputErrors, rename_all = camelCase)]
    struct Keys {
        account_id: AccountId,
    }

    impl Key for Keys {
        const NAMES: &'static [&'static str] = &[ACCOUNT_ID];

        fn account(&self) -> AccountId {
            self.account_id
        }
    }

    #[derive(Debug, PartialEq, Deserr)]
    #[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
    struct Said {
        display_name: DisplayName,
    }

    fn told(errors: InputErrors) -> Vec<(String, &'static str)> {
        let errors = errors.into_vec().into_iter();
        errors.map(|error| (error.pointer, error.flaw.code())).collect()
    }

    #[rstest]
    #[case(json!([]), Err("empty"))]
    #[case(json!([1, {}]), Ok(2))]
    #[case(json!([1, 2, 3, 4]), Err("too-many"))]
    #[case(json!({}), Err("wrong-type"))]
    #[case(json!(null), Err("wrong-type"))]
    fn given_a_list_then_only_its_length_is_looked_at(
        #[case] value: Value,
        #[case] expected: Result<usize, &'static str>,
    ) {
        let parsed = deserr::deserialize::<Items<1, 3>, _, InputErrors>(value);
        let length = parsed.map(|items| items.into_vec().len());
        assert_eq!(length.map_err(|errors| told(errors)[0].1), expected);
    }

    #[test]
    fn given_an_item_then_its_keys_and_what_is_said_are_told_apart() {
        let id = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W";
        let item = json!({"accountId": id, "displayName": "Minato"});
        let (keys, said) = parse_item::<Keys, Said>(item, &["accountId"]).expect("good");
        assert_eq!(Some(keys.account_id), id.parse().ok());
        assert_eq!(said.display_name.as_str(), "Minato");
    }

    #[rstest]
    #[case(json!([]), &[("", "wrong-type")])]
    #[case(json!({"accountId": "x", "surprise": 1}),
        &[("/accountId", "malformed"), ("/surprise", "unknown-field"), ("/displayName", "required")])]
    #[case(json!({"displayName": "a"}), &[("/accountId", "required")])]
    fn given_a_malformed_item_then_all_its_mistakes_are_told(
        #[case] item: Value,
        #[case] expected: &[(&str, &'static str)],
    ) {
        let errors = parse_item::<Keys, Said>(item, &["accountId"]).expect_err("malformed");
        let expected: Vec<_> =
            expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), *code)).collect();
        assert_eq!(told(errors), expected);
    }

    #[test]
    fn given_a_mark_then_it_comes_back_unless_it_can_be_no_id() {
        let long = "x".repeat(65);
        let item = json!({"id": "ev-1", "number": 1, "long": long, "most": "あ".repeat(64)});
        assert_eq!(mark(&item, "id").as_deref(), Some("ev-1"));
        assert!(mark(&item, "most").is_some());
        for field in ["number", "long", "absent"] {
            assert_eq!(mark(&item, field), None, "{field}");
        }
        assert_eq!(mark(&json!([]), "id"), None);
    }

    #[tokio::test]
    async fn given_groups_then_each_is_done_in_order_and_answers_stand_as_items_did() {
        let done = Mutex::new(Vec::new());
        let items = (0..40_u32).map(|number| (number % 3, number));
        let answers = for_each(items, async |number: u32| {
            tokio::task::yield_now().await;
            done.lock().expect("nobody panicked").push(number);
            number * 10
        })
        .await;
        assert_eq!(answers, (0..40).map(|number| number * 10).collect::<Vec<_>>());
        let done = done.into_inner().expect("nobody panicked");
        for group in 0..3 {
            let of_group = done.iter().filter(|number| *number % 3 == group);
            assert!(of_group.is_sorted(), "{done:?}");
        }
    }

    #[tokio::test]
    async fn given_items_of_which_some_are_refused_then_the_others_are_done() {
        let id = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W";
        let items = vec![
            json!({"accountId": id, "displayName": "Minato"}),
            json!({"accountId": 7, "displayName": "Minato"}),
            json!({"accountId": id, "displayName": "Other"}),
            json!({"accountId": "x"}),
        ];
        let done = put_each(items, async |_: Keys, said: Said| match said.display_name.as_str() {
            "Other" => Err(Problem::not_found()),
            name => Ok(Stated { value: name.to_owned(), is_new: false }),
        })
        .await;
        let marks: Vec<_> = done.iter().map(|done| done.mark(ACCOUNT_ID)).collect();
        assert_eq!(
            marks,
            [Some(id), None, Some(id), Some("x")].map(|mark| mark.map(str::to_owned))
        );
        assert!(done.iter().map(|done| done.index).eq(0..4));
        let told = |done: Done<String>| match done.answer {
            Ok(stated) => stated.value,
            Err(problem) => problem.code().as_str().to_owned(),
        };
        let told: Vec<_> = done.into_iter().map(told).collect();
        assert_eq!(told, ["Minato", "validation-failed", "not-found", "validation-failed"]);
    }

    #[test]
    fn given_a_problem_then_the_verdict_has_its_words_and_nothing_of_its_cause() {
        let problem = Problem::unavailable("secret");
        let verdict = Verdict::of(Err(&problem), Language::Ja);
        let verdict = serde_json::to_value(verdict).expect("JSON");
        assert_eq!(verdict["status"], 503);
        assert_eq!(verdict["code"], "unavailable");
        assert!(!verdict["detail"].as_str().expect("words").is_ascii());
        assert!(!verdict.to_string().contains("secret"));
        let done = serde_json::to_value(Verdict::of(Ok(StatusCode::CREATED), Language::En));
        assert_eq!(done.expect("JSON"), json!({"status": 201}));
    }
}
