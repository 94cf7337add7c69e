//! The Lambda binary of function `invite-accept`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tsunagu_api::start::Error> {
    tsunagu_api::start::serve(invite_accept::routes).await
}
