//! The Lambda binary of function `token-claims`.

use lambda_runtime::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // Neither the event nor the claims are logged: both hold a person's address.
    run(service_fn(token_claims::handle)).await
}
