//! The Lambda binary of function `connections`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tsunagu_api::start::Error> {
    tsunagu_api::start::serve(connections::routes).await
}
