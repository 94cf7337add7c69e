//! Every route, answered by its function's binary: the walk of the contract's tests.

use std::collections::BTreeSet;

use rstest::rstest;
use tsunagu_local::{routes::Route, server::TABLE};
use tsunagu_tests::{
    Engine,
    laptop::server,
    round::{Asked, Round, Watch},
    stored::Stored,
};

use crate::each_was_started;

/// What was asked.
#[derive(Default)]
struct Walked {
    routes: BTreeSet<String>,
}

impl Watch for Walked {
    async fn before(&mut self, _: &'static str) {}

    async fn after(&mut self, asked: &Asked) {
        self.routes.insert(asked.route.to_owned());
    }
}

#[rstest]
#[case::embedded(Engine::Embedded)]
#[case::dynamodb_local(Engine::DynamoDbLocal)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn given_the_binaries_when_all_routes_are_walked_then_each_answers_as_it_does_in_process(
    #[case] engine: Engine,
) {
    let Some((server, binaries)) = server(engine, std::sync::Arc::default()).await else { return };
    let stored = Stored::new(server.engine().client(), TABLE.to_owned());
    let mut walked = Walked::default();
    Round::over(server.gateway(), &stored, &mut walked, 1).walk().await;
    let routes = server.gateway().template().routes.iter().map(Route::key);
    let missing: Vec<_> =
        routes.filter(|route| route != "$default" && !walked.routes.contains(route)).collect();
    assert!(missing.is_empty(), "never asked: {missing:#?}");
    each_was_started(&binaries.started());
    server.run(async {}).await.expect("it ends well");
}
