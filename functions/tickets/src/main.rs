//! The Lambda binary of function `tickets`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tsunagu_api::start::Error> {
    tsunagu_api::start::serve(tickets::routes).await
}
