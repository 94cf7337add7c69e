//! Tickets that say much: partners see them whole, and do not pay for it with each comment.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;
use tsunagu_tests::{Engine, both_engines, feeds::Fed};

#[apply(both_engines)]
async fn a_long_description_is_shown_whole_and_hidden_at_once(engine: Engine) {
    let Some(mut fed) = Fed::open(engine).await else { return };
    let partner = fed.product.partner("misaki@minato.example", "みなとクラウド").await;
    let sakura = fed.product.register("taro@sakura.example", "さくら商事").await;
    fed.product.connect(&sakura, &partner).await;
    // Given one that is as long as may be, and one of usual length.
    let long = "遅".repeat(10_000);
    let mut paths = Vec::new();
    for description in [long.as_str(), "今朝から"] {
        fed.product.tick();
        let about = json!({"subject": "遅い", "description": description, "severity": "low"});
        let ticket = sakura.admin.post(&sakura.at("/tickets"), &about).await.expect(201);
        let id = ticket["ticketId"].as_str().expect("an id");
        paths.push(sakura.at(&format!("/tickets/{id}")));
    }
    fed.drain().await;
    let listed = async || {
        let shown = partner.admin.get(&partner.at("/customer-tickets")).await.expect(200);
        let items = shown["items"].as_array().expect("items").clone();
        items.into_iter().map(|it| it["description"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, [json!("今朝から"), json!(long)]);
    // When it is changed, then the list shows what it says now, before the stream has come by.
    let longer = "速".repeat(10_000);
    sakura.admin.patch(&paths[0], &json!({"description": longer})).await.expect(200);
    assert_eq!(listed().await, [json!("今朝から"), json!(longer)]);
    // When it is hidden, then it is gone.
    sakura.admin.patch(&paths[0], &json!({"visibility": "account"})).await.expect(200);
    assert_eq!(listed().await, [json!("今朝から")]);
    sakura.admin.patch(&paths[1], &json!({"visibility": "account"})).await.expect(200);
    assert!(listed().await.is_empty());
    fed.drain().await;
    assert!(listed().await.is_empty());
}
