//! T12: what is read of the table is what is true now, asserted where the SDK sends it, because no
//! local engine shows staleness. Every test over a `Database` asserts it too, when it is over.

use rstest::rstest;
use tsunagu_domain::share::{Shares, part};
use tsunagu_tests::{
    Engine, Stage,
    record::{Call, Operation},
    stage::pair,
};

#[tokio::test(start_paused = true)]
async fn t12_every_read_of_the_table_insists_on_what_is_true_now() {
    let Some(stage) = Stage::open(Engine::Embedded).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    let pair = pair(&partner, &customer);
    // Given every read of the connection slice.
    stage.connect(&customer, &partner).await;
    let seen = stage.connected(&partner, &customer).await.expect("connected");
    let (of_partner, of_customer) = (stage.acting(&partner).await, stage.acting(&customer).await);
    let (store, now) = (&stage.store, stage.now());
    store.customer(&seen).await.expect("answers");
    let shared = seen.sharing::<part::Account>().expect("shares everything");
    store.account_of_customer(&shared).await.expect("answers");
    store.customers(&of_partner, None, Some(50)).await.expect("answers");
    store.partners(&of_customer, None, 50).await.expect("answers");
    store.partner(&of_customer, partner.id).await.expect("answers");
    let known = [(partner.id, partner.org)];
    store.partners_on_record(known, now).await.expect("answers");
    stage.episodes(&partner, pair, None, 50).await.expect("answers");
    stage.episodes(&customer, pair, None, 50).await.expect("answers");
    stage.share(&customer, pair, Shares::empty()).await.expect("answers");
    stage.block(&partner, pair).await.expect("answers");
    store.blocked_customers(&of_partner, None, 50).await.expect("answers");
    store.past_customers(&of_partner, None, 50).await.expect("answers");
    store.past_partners(&of_customer, None, 50).await.expect("answers");
    store.edge_secret().await.expect("answers");
    // Then each of them was sent so.
    let record = &stage.database.record;
    for operation in Operation::READS {
        assert!(record.count(*operation) > 0, "{operation:?} was not covered");
    }
    let found = record.stale_reads();
    assert!(found.is_empty(), "{found:#?}");
}

#[rstest]
#[case::get(Operation::GetItem, r#"{"ConsistentRead": false}"#, true)]
#[case::get_unsaid(Operation::GetItem, "{}", true)]
#[case::get_consistent(Operation::GetItem, r#"{"ConsistentRead": true}"#, false)]
#[case::query_unsaid(Operation::Query, "{}", true)]
#[case::index(Operation::Query, r#"{"IndexName": "GSI1"}"#, false)]
#[case::batch_unsaid(Operation::BatchGetItem, r#"{"RequestItems": {"t": {}}}"#, true)]
#[case::batch_of_two(
    Operation::BatchGetItem,
    r#"{"RequestItems": {"t": {"ConsistentRead": true}, "u": {}}}"#,
    true
)]
#[case::write(Operation::TransactWriteItems, "{}", false)]
fn a_read_counts_as_stale_unless_it_insists(
    #[case] operation: Operation,
    #[case] input: &str,
    #[case] stale: bool,
) {
    let input = serde_json::from_str(input).expect("JSON");
    assert_eq!(Call { operation, input }.is_stale_read(), stale);
}
