//! What the vendor says when it publishes.

use std::convert::Infallible;

use deserr::Deserr;
use tsunagu_api::{App, Flaw, InputErrors, Problem, Text, input::Bilingual};
use tsunagu_domain::{
    ids::AccountId,
    locale::LocalizedText,
    notification::Severity,
    publication::Publication,
    text::{Headline, NotificationText},
    vendor::{NotificationCode, NotificationSource},
    visibility::Visibility,
};
use tsunagu_store::WriteError;
use utoipa::ToSchema;

/// What the vendor has to tell an account.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct PublishNotification {
    /// How much it matters.
    severity: Severity,
    /// Which part of the vendor's systems speaks.
    source: NotificationSource,
    /// What happened, as a stable code; not one of those of connections and licences, which the
    /// software itself says.
    code: NotificationCode,
    /// The headline: one line of up to 200 characters.
    #[schema(value_type = TextOrBoth)]
    title: Bilingual<Headline>,
    /// The text: lines of up to 2,000 characters together.
    #[schema(value_type = TextOrBoth)]
    message: Bilingual<NotificationText>,
    /// Who may see it; `shared` if left out. `account` is never shown to a partner: for anything
    /// that names a user.
    #[deserr(default)]
    #[schema(required = false, default = "shared")]
    visibility: Visibility,
}

/// One text for both languages, or one for each.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
#[serde(untagged)]
pub(crate) enum TextOrBoth {
    One(String),
    Both(LocalizedText),
}

const RESERVED: Flaw = Flaw::Rule {
    code: "reserved-code",
    text: Text::new(
        "このコードはシステム自身の通知用に予約されています。",
        "This code is reserved for what the software itself tells.",
    ),
};

impl PublishNotification {
    /// What is published, if anybody but the software may say it.
    pub(crate) fn publication(self) -> Result<Publication, InputErrors> {
        let Self { severity, source, code, title, message, visibility } = self;
        if code.is_the_softwares_own() {
            return Err(InputErrors::one("/code", RESERVED));
        }
        let (title, message) = (title.into(), message.into());
        Ok(Publication { severity, source, code, title, message, visibility })
    }
}

/// Refuses unless there is such an account.
pub(crate) async fn demand_account(app: &App, account: AccountId) -> Result<(), Problem> {
    // Of all that an account has, its time zone never changes: it is remembered.
    let known = app.store.time_zone(account).await?;
    known.map(|_| ()).ok_or_else(Problem::not_found)
}

/// Publishing has no refusal of its own once the account is known.
pub(crate) fn failed(error: WriteError<Infallible>) -> WriteError<Problem> {
    error.map_refusal(|never| match never {})
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn parsed(change: &serde_json::Value) -> Result<Publication, Vec<(String, &'static str)>> {
        let mut body = json!({
            "severity": "warning", "source": "maintenance", "code": "maintenance-planned",
            "title": "Sunday", "message": {"ja": "日曜日", "en": "On Sunday\nat two"},
        });
        for (name, value) in change.as_object().expect("fields") {
            body[name] = value.clone();
        }
        let parsed = deserr::deserialize::<PublishNotification, _, InputErrors>(body);
        parsed.and_then(PublishNotification::publication).map_err(|errors| {
            let problem = Problem::from(errors);
            let told = problem.errors().iter();
            told.map(|one| (one.pointer.clone(), one.flaw.code())).collect()
        })
    }

    #[test]
    fn given_one_text_then_it_is_both_and_given_two_then_each_is_its_own() {
        let publication = parsed(&json!({})).expect("good");
        assert_eq!(publication.title, LocalizedText { ja: "Sunday".into(), en: "Sunday".into() });
        assert_eq!(publication.message.in_language("ja".parse().expect("ours")), "日曜日");
        assert_eq!(publication.message.en, "On Sunday\nat two");
        assert_eq!(publication.visibility, Visibility::Shared);
    }

    #[rstest]
    #[case(json!({"title": {"ja": "x"}}), "/title/en", "required")]
    #[case(json!({"title": {"ja": "x", "en": "x", "fr": "x"}}), "/title/fr", "unknown-field")]
    #[case(json!({"title": ["x"]}), "/title", "wrong-type")]
    #[case(json!({"title": "two\nlines"}), "/title", "forbidden-character")]
    #[case(json!({"title": "あ".repeat(201)}), "/title", "too-long")]
    #[case(json!({"message": {"ja": "x", "en": "あ".repeat(2001)}}), "/message/en", "too-long")]
    #[case(json!({"message": "a\u{202E}b"}), "/message", "forbidden-character")]
    #[case(json!({"message": " "}), "/message", "empty")]
    #[case(json!({"source": "Not Kebab"}), "/source", "forbidden-character")]
    #[case(json!({"code": "x".repeat(65)}), "/code", "too-long")]
    #[case(json!({"code": "connection-created"}), "/code", "reserved-code")]
    #[case(json!({"code": "entitlement-expiring"}), "/code", "reserved-code")]
    #[case(json!({"visibility": "public"}), "/visibility", "unknown-value")]
    #[case(json!({"severity": "high"}), "/severity", "unknown-value")]
    fn given_what_cannot_be_published_then_it_is_pointed_at(
        #[case] change: serde_json::Value,
        #[case] pointer: &str,
        #[case] code: &'static str,
    ) {
        assert_eq!(parsed(&change), Err(vec![(pointer.to_owned(), code)]));
    }

    #[test]
    fn given_the_longest_texts_then_they_are_taken() {
        let title = "あ".repeat(200);
        let message = "\u{1F980}".repeat(2000);
        assert!(parsed(&json!({"title": title, "message": message})).is_ok());
    }
}
