//! The Lambda binary of function `federation`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tsunagu_api::start::Error> {
    tsunagu_api::start::serve_with(federation::routes, federation::Management::of).await
}
