//! Templates, filter patterns and requests at random: understood or refused, never a panic.
//! `PROPTEST_CASES` sets how often; `make fuzz` sets it high.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};

use crate::{
    event::{Origin, SourceIp, event, is_well_formed},
    pattern::Pattern,
    routes::{Access, Route, choose},
    template::{DEPLOYED, Template},
};

/// A template of a few lines: cases of it are fast, and most changes of it matter.
const SMALL: &str = "
Parameters: {Stage: {Type: String, Default: dev}, Origins: {Type: CommaDelimitedList, Default: 'a,b'}}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  Other: !Not [!Condition IsDev]
  Either: !Or [!Condition Other, !Condition IsDev]
Globals: {Function: {Timeout: 15, Environment: {Variables: {DAYS: 7}}}}
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration: {AllowOrigins: !Ref Origins, MaxAge: 600}
      Auth:
        DefaultAuthorizer: Tokens
        Authorizers: {Tokens: {JwtConfiguration: {issuer: !Sub 'https://${AWS::Region}', audience: [x]}}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: PK, AttributeType: S}]
      KeySchema: [{AttributeName: PK, KeyType: HASH}]
  Function:
    Type: AWS::Serverless::Function
    Condition: Either
    Properties:
      CodeUri: !Join ['/', [target, one]]
      Environment: {Variables: {TABLE: !Ref Table, NAME: !If [IsDev, !Ref Stage, !Ref 'AWS::NoValue']}}
      Events:
        Get: {Type: HttpApi, Properties: {Method: GET, Path: '/v1/{id}', Auth: {AuthorizationScopes: [s]}}}
        Night: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day), Input: '{}'}}
        Feed:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Table.StreamArn
            StartingPosition: TRIM_HORIZON
            MaximumRetryAttempts: 5
            FilterCriteria: {Filters: [{Pattern: '{\"eventName\": [\"INSERT\"]}'}]}
";

/// What is put into a template: its own words, numbers at their ends, and anything.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "!Ref ",
        "!Sub ",
        "!If ",
        "!Not [",
        "!Condition ",
        "!Split [",
        "!Join [",
        "!GetAtt ",
        "Fn::If: ",
        "Fn::",
        "Ref: ",
        "Condition: ",
        "IsDev",
        "Other",
        "Either",
        "Stage",
        "Table",
        "AWS::NoValue",
        "${",
        "}",
        "{",
        "[",
        "]",
        ": ",
        ", ",
        "- ",
        "\n",
        "\n  ",
        "'",
        "\"",
        "&a ",
        "*a",
        "<<: ",
        "~",
        "null",
        "true",
        "0",
        "-1",
        "1e999",
        "18446744073709551615",
        "rate(",
        " minutes)",
        " days)",
        "HttpApi",
        "DynamoDB",
        "$default",
        "/",
        "{proxy+}",
        "!!binary ",
        "? ",
        "| ",
        "> ",
        "#",
        "%",
        "\t",
        "---\n",
    ];
    prop_oneof![5 => select(words.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

/// A text with pieces put in, and some of it taken out.
fn spoiled(text: &'static str) -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), 0..20_usize, piece());
    vec(change, 1..6).prop_map(move |changes| {
        changes.into_iter().fold(text.to_owned(), |text, (at, taken, put)| {
            let signs: Vec<char> = text.chars().collect();
            let (before, behind) = signs.split_at(at.index(signs.len().max(1)).min(signs.len()));
            before
                .iter()
                .copied()
                .chain(put.chars())
                .chain(behind.iter().copied().skip(taken))
                .collect()
        })
    })
}

fn read(text: &str) {
    if let Err(error) = Template::parse(text, &BTreeMap::new()) {
        assert!(error.to_string().starts_with("template.yaml: "), "{error}");
    }
}

/// JSON as patterns and records have it.
fn document() -> impl Strategy<Value = Value> {
    let words =
        select(vec!["eventName", "dynamodb", "S", "prefix", "exists", "anything-but", "a", ""]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words.clone().prop_map(Value::from),
        "\\PC{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 24, 3, move |inner| {
        let fields = vec((words.clone(), inner.clone()), 0..3);
        let object = fields.prop_map(|fields| {
            fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Value>()
        });
        prop_oneof![vec(inner, 0..3).prop_map(Value::from), object]
    })
}

fn routes() -> Vec<Route> {
    let route = |verb: &str, path: &str| Route {
        verb: verb.parse().expect("a method"),
        path: path.parse().expect("a path"),
        access: Access::Public,
        function: "one".to_owned(),
    };
    vec![route("POST", "/v1/{id}/things"), route("GET", "/files/{path+}"), route("ANY", "$default")]
}

proptest! {
    /// Given a template that was spoiled, when it is read, then it is understood or refused.
    #[test]
    fn given_a_spoiled_template_then_it_is_understood_or_refused(text in spoiled(SMALL)) {
        read(&text);
    }

    #[test]
    fn given_any_text_then_it_is_understood_or_refused(pieces in vec(piece(), 0..30), text in "\\PC{0,60}") {
        read(&pieces.concat());
        read(&text);
    }

    /// Given any pattern, when it is understood, then it can be held against any record.
    #[test]
    fn given_any_pattern_then_it_is_understood_or_refused(pattern in document(), record in document()) {
        if let Ok(pattern) = Pattern::parse(&pattern.to_string()) {
            let _ = pattern.matches(&record);
        }
    }

    /// Given any request of HTTP, when it is made an event, then the Lambda library reads it, with the
    /// query and the very bytes of the body as they were sent.
    #[test]
    fn given_any_request_then_its_event_is_read_as_it_was_sent(
        method in select(vec!["GET", "POST", "PUT", "OPTIONS", "X-OWN"]),
        path in "/(v1|files)?/?([a-z]|%[0-9a-fA-F]{2}|[!-\"$-'*-;=@_~.]){0,20}(/things)?",
        query in option::of("([a-z0-9&=+;,/?:@._~!$'()*-]|%[0-9a-fA-F]{0,2}){0,30}"),
        headers in vec(
            (select(vec!["a-b", "cookie", "content-type", "host", "x-forwarded-for", "user-agent", "accept"]),
             vec(prop_oneof![0x20..=0x7e_u8, 0x80..=0xff_u8, Just(b'\t')], 0..20)),
            0..5,
        ),
        body in vec(any::<u8>(), 0..30),
        address in any::<[u8; 4]>(),
    ) {
        let uri = query.as_ref().map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
        let mut builder = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            builder = builder.header(name, HeaderValue::from_bytes(&value).expect("bytes of a header"));
        }
        let address = IpAddr::V4(Ipv4Addr::from_octets(address));
        let request = builder.extension(SourceIp(address)).body(Bytes::from(body.clone()));
        let Ok(request) = request else { return Ok(()) };
        prop_assume!(is_well_formed(request.uri().path()));
        let routes = routes();
        let matched = choose(&routes, request.method(), request.uri().path()).expect("a route");
        let at = "2026-03-01T09:08:07.123Z".parse().expect("an instant");
        let origin = Origin { request_id: "id=", at, domain: "127.0.0.1:3000", authorized: None };
        let text = event(&request, &matched, &origin).to_string();
        let read: ApiGatewayV2httpRequest = serde_json::from_str(&text).expect("an event");
        prop_assert_eq!(read.request_context.http.method, Method::from_bytes(method.as_bytes()).expect("one"));
        prop_assert_eq!(read.raw_query_string.unwrap_or_default(), request.uri().query().unwrap_or_default());
        let sent = read.body.unwrap_or_default();
        let sent = if read.is_base64_encoded { BASE64_STANDARD.decode(sent).expect("base64") } else { sent.into() };
        prop_assert_eq!(sent, body);
        prop_assert_eq!(json!(read.request_context.http.source_ip), json!(address.to_string()));
    }
}

proptest! {
    // The whole template takes its time.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.div_ceil(16), ..Default::default() })]

    /// Given our own template, when a part of it is spoiled, then it is understood or refused.
    #[test]
    fn given_our_own_template_spoiled_then_it_is_understood_or_refused(text in spoiled(DEPLOYED)) {
        read(&text);
    }
}

#[test]
fn given_nesting_without_end_then_it_is_refused() {
    read(&"[".repeat(100_000));
    read(&format!("Resources: {}1{}", "{Fn::Sub: ".repeat(5_000), "}".repeat(5_000)));
    read(&format!("a: {}", "!Ref ".repeat(5_000)));
    let nested = format!("{}1{}", r#"{"a":"#.repeat(5_000), "}".repeat(5_000));
    assert!(Pattern::parse(&nested).is_err());
}

#[test]
fn given_the_small_template_unspoiled_then_it_is_understood() {
    let template = Template::parse(SMALL, &BTreeMap::new()).expect("it is one");
    assert_eq!((template.routes.len(), template.functions.len()), (1, 1));
}
