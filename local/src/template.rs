//! What `template.yaml` says: routes with their scopes, functions, CORS and the table. The local
//! server has no list of its own, so what is deployed and what runs here cannot differ.

mod values;

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use yaml_serde::{Mapping, Value};

use crate::{
    cors::CorsRules,
    intrinsics::Scope,
    routes::{Access, PathTemplate, Route, Verb},
    schedule::Schedule,
    source::StreamSource,
    table::TableSpec,
};
use values::{count, texts, typed};

/// The template of this build, so that the binary runs from anywhere.
pub const DEPLOYED: &str = include_str!("../../template.yaml");

/// Lambda's time-out for a function that states none.
const DEFAULT_TIMEOUT_SECONDS: u64 = 3;
/// Lambda's memory for a function that states none, in MB.
const DEFAULT_MEMORY: u64 = 128;

/// A place in the template that the local server does not understand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template.yaml: {place}: {problem}")]
pub struct TemplateError {
    place: String,
    problem: String,
}

impl TemplateError {
    pub(crate) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }
}

/// The deployment, as far as it matters to a request.
#[derive(Clone, Debug)]
pub struct Template {
    /// Every operation of the HTTP API.
    pub routes: Vec<Route>,
    /// Every function, by the last part of its `CodeUri`.
    pub functions: BTreeMap<String, FunctionSpec>,
    /// The HTTP API's CORS configuration.
    pub cors: CorsRules,
    /// The one table.
    pub table: TableSpec,
}

/// One function of the deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionSpec {
    /// How long an invocation may take.
    pub timeout: Duration,
    /// How much memory it has, in MB.
    pub memory: u64,
    /// How many environments it may have at a time, where some are reserved for it.
    pub concurrency: Option<usize>,
    /// The environment variables, `Globals` included.
    pub environment: BTreeMap<String, String>,
    /// Whether HTTP requests reach it. Others are run by `/dev/invoke`.
    pub answers_http: bool,
    /// When it is started by the clock.
    pub schedules: Vec<Schedule>,
    /// How the table's stream reaches it.
    pub stream: Option<StreamSource>,
}

impl Template {
    /// Reads a template; `parameters` win over the template's defaults.
    pub fn parse(text: &str, parameters: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let document: Mapping = yaml_serde::from_str(text)
            .map_err(|error| TemplateError::new("the document", error.to_string()))?;
        Reader { scope: Scope::new(&document, parameters), document: &document }.read()
    }
}

struct Reader<'a> {
    scope: Scope,
    document: &'a Mapping,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct FunctionProperties {
    code_uri: Option<String>,
    timeout: Option<u64>,
    memory_size: Option<u64>,
    reserved_concurrent_executions: Option<Value>,
    #[serde(default)]
    environment: Environment,
    #[serde(default)]
    events: BTreeMap<String, Event>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Environment {
    #[serde(default)]
    variables: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    r#type: String,
    #[serde(default)]
    properties: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct HttpEvent {
    path: Option<String>,
    method: Option<String>,
    #[serde(default)]
    auth: RouteAuth,
    payload_format_version: Option<Value>,
    // Known, and without a meaning on a laptop.
    #[serde(rename = "ApiId")]
    _api_id: Option<Value>,
    #[serde(rename = "RouteSettings")]
    _route_settings: Option<Value>,
    #[serde(rename = "TimeoutInMillis")]
    _timeout_in_millis: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RouteAuth {
    authorizer: Option<String>,
    authorization_scopes: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct HttpApi {
    cors_configuration: Option<CorsRules>,
    #[serde(default)]
    auth: ApiAuth,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct ApiAuth {
    default_authorizer: Option<String>,
    #[serde(default)]
    authorizers: BTreeMap<String, Authorizer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Authorizer {
    identity_source: Option<String>,
    authorization_scopes: Option<Vec<String>>,
    #[serde(rename = "JwtConfiguration")]
    _jwt_configuration: JwtConfiguration,
}

#[derive(Deserialize)]
struct JwtConfiguration {
    #[serde(rename = "issuer")]
    _issuer: String,
    #[serde(rename = "audience")]
    _audience: Vec<String>,
}

impl Reader<'_> {
    fn read(&self) -> Result<Template, TemplateError> {
        let (place, api) = self.only("AWS::Serverless::HttpApi")?;
        let api: HttpApi = typed(api, &place)?;
        let (place, table) = self.only("AWS::DynamoDB::Table")?;
        let table: TableSpec = typed(table, &place)?;
        let mut routes = Vec::new();
        let mut functions = BTreeMap::new();
        for (place, properties) in self.resources("AWS::Serverless::Function")? {
            let (name, spec) = self.function(&place, properties, &api.auth, &mut routes)?;
            if functions.insert(name.clone(), spec).is_some() {
                return Err(TemplateError::new(
                    place,
                    format!("a second function is called {name}"),
                ));
            }
        }
        no_route_twice(&routes)?;
        let mut listeners = functions.iter().filter(|(_, spec)| spec.stream.is_some());
        if let (Some(_), Some((name, _))) = (listeners.next(), listeners.next()) {
            // Who listens also removes what was read.
            return Err(TemplateError::new(name, "is a second function of the one stream"));
        }
        let cors = api.cors_configuration.unwrap_or_default();
        Ok(Template { routes, functions, cors, table })
    }

    fn function(
        &self,
        place: &str,
        properties: Value,
        auth: &ApiAuth,
        routes: &mut Vec<Route>,
    ) -> Result<(String, FunctionSpec), TemplateError> {
        let properties: FunctionProperties = typed(properties, place)?;
        let globals = self.globals()?;
        let name = properties
            .code_uri
            .or(globals.code_uri)
            .as_deref()
            .and_then(|uri| uri.trim_end_matches('/').rsplit('/').next())
            .filter(|name| !name.is_empty())
            .ok_or_else(|| TemplateError::new(place, "has no CodeUri"))?
            .to_owned();
        let before = routes.len();
        let (mut schedules, mut stream) = (Vec::new(), None);
        for (event, definition) in properties.events {
            let place = format!("{place}.Events.{event}");
            match definition.r#type.as_str() {
                "HttpApi" => routes.push(route(definition, &place, &name, auth)?),
                "ScheduleV2" => schedules.push(Schedule::parse(definition.properties, &place)?),
                "DynamoDB" if stream.is_none() => {
                    stream = Some(StreamSource::parse(definition.properties, &place)?);
                }
                // Started by something else: `/dev/invoke` runs these.
                "Cognito" | "CloudWatchLogs" => {}
                other => {
                    let problem = format!("events of type {other} are not understood here");
                    return Err(TemplateError::new(place, problem));
                }
            }
        }
        let seconds = properties.timeout.or(globals.timeout).unwrap_or(DEFAULT_TIMEOUT_SECONDS);
        let mut environment = globals.environment.variables;
        environment.extend(properties.environment.variables);
        let concurrency = properties.reserved_concurrent_executions;
        let spec = FunctionSpec {
            timeout: Duration::from_secs(seconds),
            memory: properties.memory_size.or(globals.memory_size).unwrap_or(DEFAULT_MEMORY),
            concurrency: concurrency.map(|number| count(&number, place)).transpose()?,
            environment: texts(environment, place)?,
            answers_http: routes.len() > before,
            schedules,
            stream,
        };
        Ok((name, spec))
    }

    fn globals(&self) -> Result<FunctionProperties, TemplateError> {
        let place = "Globals.Function";
        let globals = self.document.get("Globals").and_then(|globals| globals.get("Function"));
        let Some(globals) = globals else { return Ok(FunctionProperties::default()) };
        typed(self.scope.resolve(globals, place)?.unwrap_or_default(), place)
    }

    /// The properties of the one resource of this type.
    fn only(&self, kind: &str) -> Result<(String, Value), TemplateError> {
        let mut found = self.resources(kind)?;
        match (found.pop(), found.pop()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(TemplateError::new("Resources", format!("has no {kind}"))),
            (Some(_), Some((place, _))) => {
                Err(TemplateError::new(place, format!("is one {kind} of several")))
            }
        }
    }

    /// The properties of all resources of this type, intrinsic functions resolved.
    fn resources(&self, kind: &str) -> Result<Vec<(String, Value)>, TemplateError> {
        let resources = self.document.get("Resources").and_then(Value::as_mapping);
        let mut found = Vec::new();
        for (name, resource) in resources.into_iter().flatten() {
            let name = name.as_str().unwrap_or("?");
            if resource.get("Type").and_then(Value::as_str) != Some(kind) {
                continue;
            }
            if let Some(condition) = resource.get("Condition").and_then(Value::as_str)
                && !self.scope.condition(condition, name)?
            {
                continue;
            }
            let place = format!("Resources.{name}.Properties");
            let needed = needed_properties(resource, kind);
            found.push((place.clone(), self.scope.resolve(&needed, &place)?.unwrap_or_default()));
        }
        Ok(found)
    }
}

/// A function's properties less its policies, layers and the like: they may use any intrinsic
/// function, and mean nothing on a laptop.
fn needed_properties(resource: &Value, kind: &str) -> Value {
    let Some(properties) = resource.get("Properties").and_then(Value::as_mapping) else {
        return Value::Mapping(Mapping::new());
    };
    let wanted: &[&str] = match kind {
        "AWS::Serverless::Function" => &[
            "CodeUri",
            "Timeout",
            "MemorySize",
            "ReservedConcurrentExecutions",
            "Environment",
            "Events",
        ],
        "AWS::Serverless::HttpApi" => &["CorsConfiguration", "Auth"],
        _ => return Value::Mapping(properties.clone()),
    };
    let kept =
        properties.iter().filter(|(key, _)| key.as_str().is_some_and(|k| wanted.contains(&k)));
    Value::Mapping(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

fn route(
    event: Event,
    place: &str,
    function: &str,
    auth: &ApiAuth,
) -> Result<Route, TemplateError> {
    let event: HttpEvent = match event.properties {
        Value::Null => HttpEvent::default(),
        properties => typed(properties, &format!("{place}.Properties"))?,
    };
    if let Some(version) = event.payload_format_version
        && version.as_str() != Some("2.0")
    {
        return Err(TemplateError::new(place, "only payload format 2.0 is understood"));
    }
    let access = access(event.auth, auth, place)?;
    let path = event.path.unwrap_or_else(|| PathTemplate::DEFAULT.to_owned());
    let path = path.parse().map_err(|problem: String| TemplateError::new(place, problem))?;
    let verb = match event.method {
        Some(method) => {
            method.parse().map_err(|problem: String| TemplateError::new(place, problem))?
        }
        None => Verb::Any,
    };
    Ok(Route { verb, path, access, function: function.to_owned() })
}

fn access(route: RouteAuth, api: &ApiAuth, place: &str) -> Result<Access, TemplateError> {
    let name = match route.authorizer.or_else(|| api.default_authorizer.clone()) {
        None => return Ok(Access::Public),
        Some(name) if name == "NONE" => return Ok(Access::Public),
        Some(name) => name,
    };
    let authorizer = api.authorizers.get(&name).ok_or_else(|| {
        TemplateError::new(place, format!("uses the authorizer {name}, which is not there"))
    })?;
    match authorizer.identity_source.as_deref() {
        None | Some("$request.header.Authorization") => {}
        Some(other) => {
            let problem = format!("the identity source {other} is not understood");
            return Err(TemplateError::new(place, problem));
        }
    }
    let scopes = route.authorization_scopes.or_else(|| authorizer.authorization_scopes.clone());
    Ok(Access::Token { scopes: scopes.unwrap_or_default() })
}

fn no_route_twice(routes: &[Route]) -> Result<(), TemplateError> {
    let mut seen = BTreeMap::new();
    for route in routes {
        if let Some(other) = seen.insert(route.shape(), &route.function) {
            let problem = format!("{} belongs to {other} and to {}", route.key(), route.function);
            return Err(TemplateError::new("Resources", problem));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
