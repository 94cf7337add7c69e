//! The real functions, in this process.

use std::sync::Arc;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_types::SdkConfig;
use axum::Extension;
use federation::Management;
use lambda_runtime::service_fn;
use serde_json::Value;
use tsunagu_api::{App, Background, BadVariable, Edge, Environment, Event, Routes, Task};
use workspaces::Workspaces;

use crate::{
    function::{Function, InProcess},
    server::{Backend, Functions},
};

/// Every function of the deployment, made from its environment as in Lambda.
pub fn all(backend: &Backend) -> Result<Functions, String> {
    let functions: [(&str, Arc<dyn Function>); 12] = [
        ("accounts", http(backend, "accounts", accounts::routes())?),
        ("invite-accept", http(backend, "invite-accept", invite_accept::routes())?),
        ("connections", http(backend, "connections", connections::routes())?),
        ("licenses", http(backend, "licenses", licenses::routes())?),
        ("notifications", http(backend, "notifications", notifications::routes())?),
        ("tickets", http(backend, "tickets", tickets::routes())?),
        ("federation", more(backend, "federation", federation::routes(), Management::of)?),
        ("workspaces", more(backend, "workspaces", workspaces::routes(), Workspaces::of)?),
        ("usage-aggregation", task(backend, "usage-aggregation", usage_aggregation::task)?),
        ("read-audit", task(backend, "read-audit", read_audit::task)?),
        ("change-feed", task(backend, "change-feed", change_feed::task)?),
        ("token-claims", token_claims()),
    ];
    Ok(functions.map(|(name, function)| (name.to_owned(), function)).into())
}

/// A function that answers requests.
fn http(backend: &Backend, name: &str, routes: Routes) -> Result<Arc<dyn Function>, String> {
    let edge = Edge::new(routes, app(backend, name)?);
    Ok(Arc::new(InProcess::<_, Event<ApiGatewayV2httpRequest>>::new(edge)))
}

/// A function whose handlers take something more that is made of its environment.
fn more<E: Clone + Send + Sync + 'static>(
    backend: &Backend,
    name: &str,
    routes: Routes,
    of: fn(&Environment) -> Result<E, BadVariable>,
) -> Result<Arc<dyn Function>, String> {
    let more = of(&environment(backend, name)).map_err(|error| bad(name, &error))?;
    http(backend, name, routes.layer(Extension(more)))
}

/// A function that an event of its own starts.
fn task<T: Task>(
    backend: &Backend,
    name: &str,
    task: fn(App) -> T,
) -> Result<Arc<dyn Function>, String> {
    let background = Background::new(task(app(backend, name)?));
    Ok(Arc::new(InProcess::<_, Event<T::Event>>::new(background)))
}

/// What a function is made from. Each has a store of its own, as each has its own environments.
fn app(backend: &Backend, name: &str) -> Result<App, String> {
    App::of(&environment(backend, name), backend.client.clone(), backend.clock.clone())
        .map_err(|error| bad(name, &error))
}

/// A function's environment. It reaches nothing of AWS: the table is given, and so is every key.
fn environment(backend: &Backend, name: &str) -> Environment {
    let variables = backend.environments.get(name).cloned().unwrap_or_default();
    Environment::new(variables, SdkConfig::builder().build())
}

fn bad(name: &str, error: &BadVariable) -> String {
    format!("the function {name} in template.yaml: {error}")
}

fn token_claims() -> Arc<dyn Function> {
    Arc::new(InProcess::<_, Value>::new(service_fn(token_claims::handle)))
}
