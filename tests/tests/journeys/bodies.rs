//! Bodies that are wrong: the right problem for each, all mistakes at once, and never a 500.

use http::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, Response, both_engines,
    product::{Person, Product, Tenant, column},
};

/// A route that takes a body, and a body that it would take.
struct Route {
    who: Person,
    method: Method,
    path: String,
    body: Value,
}

struct Stage {
    product: Product,
    partner: Tenant,
    customer: Tenant,
    admin: String,
    token: String,
}

async fn stage(engine: Engine) -> Option<Stage> {
    let product = Product::open(engine).await?;
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    let invite = json!({"email": "ken@minato.example", "access": "full"});
    let invited = partner.admin.post(&partner.at("/administrators"), &invite).await.expect(201);
    let admin = invited["adminId"].as_str().expect("an id").to_owned();
    let token = product.invite_token(&partner).await;
    Some(Stage { product, partner, customer, admin, token })
}

/// Every route that takes a body.
fn routes(stage: &Stage) -> Vec<Route> {
    let Stage { product, partner, customer, admin, token } = stage;
    let route = |who: &Person, method: Method, path: String, body: Value| Route {
        who: who.clone(),
        method,
        path,
        body,
    };
    let platform = product.platform();
    let org = format!("/v1/platform/organizations/{}", partner.org);
    let notification = "ntf_01JD3Z8Q4V9X7M2N5P6R8S0T1W";
    let ticket = "tkt_01JD3Z8Q4V9X7M2N5P6R8S0T1W";
    let names = json!({"ja": "一", "en": "One"});
    vec![
        route(
            &partner.admin,
            Method::POST,
            "/v1/accounts".into(),
            json!({"displayName": "x", "country": "JP"}),
        ),
        route(&partner.admin, Method::PATCH, partner.at(""), json!({"displayName": "x"})),
        route(
            &partner.admin,
            Method::POST,
            partner.at("/administrators"),
            json!({"email": "z@z.example", "access": "full"}),
        ),
        route(
            &partner.admin,
            Method::PATCH,
            partner.at(&format!("/administrators/{admin}")),
            json!({"access": "full"}),
        ),
        route(&partner.admin, Method::PATCH, partner.customer(customer), json!({"reference": "x"})),
        route(
            &customer.admin,
            Method::PATCH,
            customer.partner(partner),
            json!({"shares": ["account"]}),
        ),
        route(
            &customer.admin,
            Method::POST,
            format!("/v1/invitations/{token}/accept"),
            json!({"accountId": customer.id}),
        ),
        route(
            &partner.admin,
            Method::POST,
            partner.at("/notifications/dismiss"),
            json!({"all": true, "upTo": notification}),
        ),
        route(
            &customer.admin,
            Method::POST,
            customer.at("/tickets"),
            json!({"subject": "x", "description": "x", "severity": "low"}),
        ),
        route(
            &customer.admin,
            Method::POST,
            customer.at(&format!("/tickets/{ticket}/comments")),
            json!({"body": "x"}),
        ),
        route(
            &customer.admin,
            Method::PATCH,
            customer.at(&format!("/tickets/{ticket}")),
            json!({"status": "closed"}),
        ),
        route(
            &platform,
            Method::POST,
            format!("{}/tickets/{ticket}/updates", customer.platform_path()),
            json!({"status": "closed"}),
        ),
        route(
            &platform,
            Method::PUT,
            "/v1/platform/services/one".into(),
            json!({"name": names, "model": "user"}),
        ),
        route(&platform, Method::PUT, org.clone(), json!({"name": "x"})),
        route(&platform, Method::PUT, format!("{org}/programs/CSP"), json!({"status": "active"})),
        route(&platform, Method::PUT, partner.platform_path(), json!({"displayName": "x"})),
    ]
}

impl Route {
    async fn send(&self, content_type: Option<&str>, bytes: &[u8]) -> Response {
        self.who.send_bytes(self.method.clone(), &self.path, content_type, bytes).await
    }

    async fn json(&self, body: &Value) -> Response {
        self.send(Some("application/json"), body.to_string().as_bytes()).await
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

#[track_caller]
fn assert_problem(answer: &Response, status: u16, code: &str, what: &str) {
    let found = (answer.status.as_u16(), answer.code());
    assert_eq!(found, (status, Some(code)), "{what}: {}", answer.json);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
    for field in ["type", "title", "detail", "requestId"] {
        assert!(answer.json[field].is_string(), "{what}: {field}");
    }
    assert_eq!(answer.json["status"], status, "{what}");
}

fn errors(answer: &Response) -> Vec<(String, String)> {
    let items = json!({"items": answer.json["errors"]});
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let pointers = column(&items, "/pointer");
    let codes = column(&items, "/code");
    let mut errors: Vec<_> =
        pointers.iter().zip(&codes).map(|(pointer, code)| (text(pointer), text(code))).collect();
    errors.sort();
    errors
}

fn nested(depth: usize) -> Vec<u8> {
    [vec![b'['; depth], vec![b']'; depth]].concat()
}

/// What is not JSON, not text, or not sent as JSON, on every route.
#[apply(both_engines)]
async fn what_is_no_json_is_refused_on_every_route(engine: Engine) {
    let Some(stage) = stage(engine).await else { return };
    let before = stage.product.world.stored.json().await;
    for route in routes(&stage) {
        let name = route.name();
        let good = route.body.to_string();
        for kind in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("application/jsonx"),
            Some(""),
        ] {
            let refused = route.send(kind, good.as_bytes()).await;
            assert_problem(&refused, 415, "unsupported-media-type", &format!("{name} {kind:?}"));
        }
        let deep = nested(100_000);
        for (what, bytes) in [
            ("empty", &b""[..]),
            ("cut off", br#"{"displayName": "#),
            ("trailing", br"{} {}"),
            ("a comment", br"{/* */}"),
            ("invalid UTF-8", b"{\"displayName\": \"\xff\xfe\"}"),
            ("a lone surrogate", br#"{"displayName": "\ud800"}"#),
            ("deep nesting", &deep),
            ("NaN", br#"{"a": NaN}"#),
            ("a byte order mark", b"\xef\xbb\xbf{}"),
        ] {
            let refused = route.send(Some("application/json"), bytes).await;
            assert_problem(&refused, 400, "malformed-request", &format!("{name}: {what}"));
        }
        let large = format!(r#"{{"displayName": "{}"}}"#, "x".repeat(300 * 1024));
        let refused = route.send(Some("application/json"), large.as_bytes()).await;
        assert_problem(&refused, 413, "payload-too-large", &name);
    }
    assert_eq!(stage.product.world.stored.json().await, before, "nothing was written");
}

/// Unknown fields, duplicate keys, and bodies of another type, on every route.
#[apply(both_engines)]
async fn unknown_and_duplicate_fields_and_wrong_types_are_named_on_every_route(engine: Engine) {
    let Some(stage) = stage(engine).await else { return };
    let before = stage.product.world.stored.json().await;
    for route in routes(&stage) {
        let name = route.name();
        let mut unknown = route.body.clone();
        unknown["no~such/field"] = json!(1);
        let refused = route.json(&unknown).await;
        assert_problem(&refused, 422, "validation-failed", &name);
        assert_eq!(
            errors(&refused),
            [("/no~0such~1field".into(), "unknown-field".into())],
            "{name}"
        );

        let (field, value) =
            route.body.as_object().and_then(|body| body.iter().next()).expect("a field");
        let twice = format!(r#"{{"{field}": {value}, "{field}": {value}}}"#);
        let refused = route.send(Some("application/json"), twice.as_bytes()).await;
        assert_problem(&refused, 422, "validation-failed", &name);
        assert_eq!(errors(&refused), [(format!("/{field}"), "duplicate-key".into())], "{name}");

        for whole in [json!(null), json!([]), json!("text"), json!(7), json!(true)] {
            let refused = route.json(&whole).await;
            assert_problem(&refused, 422, "validation-failed", &format!("{name} {whole}"));
            assert_eq!(errors(&refused), [(String::new(), "wrong-type".into())], "{name} {whole}");
        }
        for field in route.body.as_object().expect("an object").keys() {
            let mut wrong = route.body.clone();
            wrong[field] = json!({"an": ["object"]});
            let refused = route.json(&wrong).await;
            assert_problem(&refused, 422, "validation-failed", &format!("{name} {field}"));
            let found = errors(&refused);
            let begins = |(at, _): &(String, String)| at.starts_with(&format!("/{field}"));
            assert!(!found.is_empty() && found.iter().all(begins), "{name} {field}: {found:?}");
        }
    }
    assert_eq!(stage.product.world.stored.json().await, before, "nothing was written");
}

/// All mistakes of a body at once, with texts in the reader's language.
#[apply(both_engines)]
async fn all_mistakes_are_told_at_once_in_both_languages(engine: Engine) {
    let Some(stage) = stage(engine).await else { return };
    let admin = &stage.partner.admin;
    let body = json!({
        "displayName": "x".repeat(101), "country": "XX", "timeZone": "Mars/Olympus", "plan": "gold",
    });
    let english = admin.post("/v1/accounts", &body).await;
    assert_problem(&english, 422, "validation-failed", "register");
    let expected = [
        ("/country", "unknown-value"),
        ("/displayName", "too-long"),
        ("/plan", "unknown-field"),
        ("/timeZone", "unknown-value"),
    ];
    let found = errors(&english);
    let pointers =
        |errors: &[(String, String)]| errors.iter().map(|(at, _)| at.clone()).collect::<Vec<_>>();
    assert_eq!(pointers(&found), expected.map(|(at, _)| at.to_owned()), "{found:?}");
    assert!(found.contains(&("/displayName".into(), "too-long".into())), "{found:?}");
    let japanese = admin.reading("ja").post("/v1/accounts", &body).await;
    assert_eq!(errors(&japanese), found);
    assert_eq!(japanese.json["title"], "入力に誤りがあります");
    let details = |answer: &Response| column(&json!({"items": answer.json["errors"]}), "/detail");
    assert!(details(&english).contains(&json!("Must have at most 100 characters.")));
    assert!(details(&japanese).contains(&json!("100 文字以内にしてください。")));
}

/// Names that hide, reorder, draw nothing or are too long; names that are a little odd are fine.
#[apply(both_engines)]
async fn names_follow_their_rules(engine: Engine) {
    let Some(stage) = stage(engine).await else { return };
    let (admin, path) = (&stage.partner.admin, stage.partner.at(""));
    for (bad, code) in [
        ("", "empty"),
        (" \u{3000} ", "empty"),
        ("a\u{202E}b", "forbidden-character"),
        ("a\u{200B}b", "forbidden-character"),
        ("a\0b", "forbidden-character"),
        ("a\nb", "forbidden-character"),
        ("a\u{E000}", "forbidden-character"),
        ("\u{3164}", "forbidden-character"),
        ("\u{FEFF}a", "forbidden-character"),
        (&"あ".repeat(101), "too-long"),
    ] {
        let refused = admin.patch(&path, &json!({"displayName": bad})).await;
        assert_problem(&refused, 422, "validation-failed", bad);
        assert_eq!(errors(&refused), [("/displayName".into(), code.into())], "{bad:?}");
    }
    for (sent, kept) in [
        ("  株式会社　みなと ", "株式会社　みなと"),
        ("Cafe\u{301}", "Café"),
        ("<b>&\"'</b>", "<b>&\"'</b>"),
        (&"𠮷".repeat(100), &*"𠮷".repeat(100)),
    ] {
        let answer = admin.patch(&path, &json!({"displayName": sent})).await.expect(200);
        assert_eq!(answer["displayName"], kept);
    }
}

/// The limits of the partner's marks.
#[apply(both_engines)]
async fn marks_follow_their_limits(engine: Engine) {
    let Some(stage) = stage(engine).await else { return };
    let (admin, path) = (&stage.partner.admin, stage.partner.customer(&stage.customer));
    let tags = |count: usize| (0..count).map(|number| format!("t{number}")).collect::<Vec<_>>();
    for (body, at) in [
        (json!({"reference": "r".repeat(65)}), "/reference"),
        (json!({"tags": tags(11)}), "/tags"),
        (json!({"tags": ["t".repeat(33)]}), "/tags/0"),
        (json!({"tags": ["a", "a"]}), "/tags/1"),
        (json!({"note": "n".repeat(2001)}), "/note"),
        (json!({"tags": ["ok", 7]}), "/tags/1"),
    ] {
        let refused = admin.patch(&path, &body).await;
        assert_problem(&refused, 422, "validation-failed", &body.to_string());
        let pointers: Vec<_> = errors(&refused).into_iter().map(|(at, _)| at).collect();
        assert_eq!(pointers, [at], "{body}");
    }
    let most = json!({"reference": "参".repeat(64), "tags": tags(10), "note": "注".repeat(2000)});
    let kept = admin.patch(&path, &most).await.expect(200);
    assert_eq!(
        (&kept["reference"], &kept["tags"], &kept["note"]),
        (&most["reference"], &most["tags"], &most["note"])
    );
    for shares in
        [json!(["account", "account"]), json!(["passwords"]), json!("account"), json!([null])]
    {
        let path = stage.customer.partner(&stage.partner);
        let refused = stage.customer.admin.patch(&path, &json!({"shares": shares})).await;
        assert_problem(&refused, 422, "validation-failed", &shares.to_string());
    }
}

/// What an account never changes is refused by name.
#[apply(both_engines)]
async fn what_never_changes_is_refused_by_name(engine: Engine) {
    let Some(stage) = stage(engine).await else { return };
    for (field, value) in [
        ("orgId", json!(stage.customer.org)),
        ("timeZone", json!("UTC")),
        ("accountId", json!("x")),
        ("status", json!("active")),
        ("badges", json!([])),
        ("organizationName", json!("x")),
    ] {
        let refused =
            stage.partner.admin.patch(&stage.partner.at(""), &json!({field: value})).await;
        assert_problem(&refused, 422, "validation-failed", field);
        let pointers: Vec<_> = errors(&refused).into_iter().map(|(at, _)| at).collect();
        assert_eq!(pointers, [format!("/{field}")]);
    }
}
