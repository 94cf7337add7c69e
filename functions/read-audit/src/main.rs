//! The Lambda binary of function `read-audit`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tsunagu_api::start::Error> {
    tsunagu_api::start::serve_task(read_audit::task).await
}
