//! The Lambda binary of function `change-feed`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tsunagu_api::start::Error> {
    tsunagu_api::start::serve_task(change_feed::task).await
}
