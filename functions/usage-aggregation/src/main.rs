//! The Lambda binary of function `usage-aggregation`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tsunagu_api::start::Error> {
    tsunagu_api::start::serve_task(usage_aggregation::task).await
}
