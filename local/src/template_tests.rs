use rstest::rstest;

use super::*;

const PARTS: &str = "
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration: {AllowOrigins: !Ref Origins, AllowMethods: [GET]}
      Auth:
        DefaultAuthorizer: Tokens
        Authorizers:
          Tokens:
            IdentitySource: $request.header.Authorization
            JwtConfiguration: {issuer: !Sub 'https://x/${Pool}', audience: [!Ref Client]}
  Pool: {Type: 'AWS::Cognito::UserPool'}
  Client: {Type: 'AWS::Cognito::UserPoolClient'}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: PK, AttributeType: S}]
      KeySchema: [{AttributeName: PK, KeyType: HASH}]
  AccountsFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/accounts/
      Policies: [!ImportValue somewhere]
      Environment: {Variables: {TABLE_NAME: !Ref Table, DAYS: 14}}
      Events:
        Me: {Type: HttpApi, Properties: {Method: get, Path: /v1/me, Auth: {AuthorizationScopes: [a/console]}}}
        Open: {Type: HttpApi, Properties: {Method: GET, Path: '/open/{token}', Auth: {Authorizer: NONE}}}
        Any: {Type: HttpApi, Properties: {Auth: {Authorizer: NONE}}}
  NightlyFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/nightly
      Timeout: 60
      MemorySize: 256
      ReservedConcurrentExecutions: !Ref Reserved
      Events: {Night: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day), Input: '{}'}}}
Parameters:
  Origins: {Type: CommaDelimitedList, Default: ''}
  Reserved: {Type: Number, Default: 3}
Globals:
  Function: {Timeout: 15, MemorySize: 512, Environment: {Variables: {RUST_LOG: info, DAYS: 7}}}
";

fn parse(text: &str) -> Result<Template, TemplateError> {
    let origins = ("Origins".to_owned(), "https://a.example,https://b.example".to_owned());
    Template::parse(text, &BTreeMap::from([origins]))
}

#[test]
fn given_a_template_when_read_then_routes_have_method_path_scopes_and_function() {
    let template = parse(PARTS).expect("reads");
    let mut routes: Vec<_> = template
        .routes
        .iter()
        .map(|route| (route.key(), route.access.clone(), route.function.as_str()))
        .collect();
    routes.sort_by(|a, b| a.0.cmp(&b.0));
    let scoped = Access::Token { scopes: vec!["a/console".to_owned()] };
    assert_eq!(
        routes,
        [
            ("$default".to_owned(), Access::Public, "accounts"),
            ("GET /open/{token}".to_owned(), Access::Public, "accounts"),
            ("GET /v1/me".to_owned(), scoped, "accounts"),
        ]
    );
}

#[test]
fn given_a_template_when_read_then_functions_inherit_what_is_global() {
    let template = parse(PARTS).expect("reads");
    let accounts = &template.functions["accounts"];
    assert!(accounts.answers_http);
    assert_eq!(accounts.timeout, Duration::from_secs(15));
    let expected = [("DAYS", "14"), ("RUST_LOG", "info"), ("TABLE_NAME", "Table")];
    let found: Vec<_> =
        accounts.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(found, expected);
    let nightly = &template.functions["nightly"];
    assert!(!nightly.answers_http);
    assert_eq!(nightly.timeout, Duration::from_mins(1));
    assert_eq!((accounts.memory, accounts.concurrency), (512, None));
    assert_eq!((nightly.memory, nightly.concurrency), (256, Some(3)));
    let every: Vec<_> = nightly.schedules.iter().map(|schedule| schedule.every).collect();
    assert_eq!(every, [Duration::from_hours(24)]);
}

#[test]
fn given_parameters_when_read_then_they_win_over_defaults() {
    let template = parse(PARTS).expect("reads");
    assert_eq!(template.cors.allow_origins, ["https://a.example", "https://b.example"]);
    let template = Template::parse(PARTS, &BTreeMap::new()).expect("reads");
    assert!(template.cors.allow_origins.is_empty());
    let reserved = |number: &str| BTreeMap::from([("Reserved".to_owned(), number.to_owned())]);
    let template = Template::parse(PARTS, &reserved("5")).expect("reads");
    assert_eq!(template.functions["nightly"].concurrency, Some(5));
    let refused = Template::parse(PARTS, &reserved("many")).expect_err("is refused").to_string();
    assert!(refused.ends_with("reserves what is no number of executions"), "{refused}");
}

#[rstest]
#[case(
    "Type: ScheduleV2",
    "Type: Kinesis",
    "NightlyFunction.Properties.Events.Night: events of type Kinesis"
)]
#[case("Method: get", "Method: FETCH", "Events.Me: FETCH is not a method")]
#[case("/v1/me", "v1/me", "Events.Me: v1/me does not begin with /")]
#[case("'/open/{token}'", "/v1/me", "GET /v1/me belongs to accounts and to accounts")]
#[case("Authorizer: NONE", "Authorizer: Nobody", "uses the authorizer Nobody, which is not there")]
#[case("AuthorizationScopes:", "InvokeRole:", "Events.Me.Properties")]
#[case("target/lambda/nightly", "target/lambda/accounts", "a second function is called accounts")]
#[case("$request.header.Authorization", "$request.querystring.t", "the identity source")]
#[case(
    "AWS::DynamoDB::Table",
    "AWS::DynamoDB::GlobalTable",
    "Resources: has no AWS::DynamoDB::Table"
)]
#[case("Resources:", "Resources: [", "the document")]
fn given_what_is_not_understood_when_read_then_the_place_is_named(
    #[case] part: &str,
    #[case] instead: &str,
    #[case] expected: &str,
) {
    assert!(PARTS.contains(part), "the case changes nothing");
    let message = parse(&PARTS.replacen(part, instead, 1)).expect_err("is refused").to_string();
    assert!(message.starts_with("template.yaml: "), "{message}");
    assert!(message.contains(expected), "{message}");
}

#[test]
fn given_the_deployment_when_read_then_every_function_has_a_meaning_here() {
    let console = ("ConsoleUrl".to_owned(), "https://console.example".to_owned());
    let template = Template::parse(DEPLOYED, &BTreeMap::from([console])).expect("reads");
    let default = template.routes.iter().find(|route| route.key() == "$default");
    assert_eq!(default.map(|route| &route.access), Some(&Access::Public));
    assert!(template.routes.iter().all(|route| template.functions.contains_key(&route.function)));
    assert!(!template.functions["token-claims"].answers_http);
}
