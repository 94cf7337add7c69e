//! The Lambda binary of function `workspaces`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tsunagu_api::start::Error> {
    tsunagu_api::start::serve_with(workspaces::routes, workspaces::Workspaces::of).await
}
