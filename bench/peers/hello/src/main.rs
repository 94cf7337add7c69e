//! The least that a function on `lambda_http` with the SDK can be: one `GetItem`, one answer. What a first
//! response of ours takes beyond it is ours (`make bench-peers`). It is never deployed.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = Client::new(&config);
    let table = std::env::var("TABLE_NAME")?;
    run(service_fn(|_: Request| hello(&client, &table))).await
}

async fn hello(client: &Client, table: &str) -> Result<Response<Body>, Error> {
    let answer = client
        .get_item()
        .table_name(table)
        .key("PK", AttributeValue::S("RUN".to_owned()))
        .key("SK", AttributeValue::S("usage-aggregation".to_owned()))
        .consistent_read(true)
        .send()
        .await?;
    let found = answer.item.is_some();
    Ok(Response::builder().status(200).body(format!(r#"{{"found":{found}}}"#).into())?)
}
