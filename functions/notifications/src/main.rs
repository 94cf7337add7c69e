//! The Lambda binary of function `notifications`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tsunagu_api::start::Error> {
    tsunagu_api::start::serve(notifications::routes).await
}
