//! Afterwards: everything is well again, and what is pending is run until nothing is.

use std::{fs, path::Path, time::Duration};

use serde_json::{Value, json};
use tokio::time::sleep;
use tsunagu_store::items::DirtyItem;
use tsunagu_tests::{
    Stored,
    laptop::{Laptop, now, text},
};

use crate::report::Tally;

/// Where the local server puts records that failed for good.
const FAILED: &str = "failed-records";
/// How often something is tried that only waits for others.
const TRIES: usize = 60;

/// Lets the stream flow and the scheduled function run, until there is nothing more to do.
pub(crate) async fn settle(laptop: &Laptop, data: &Path, stored: &Stored, tally: &Tally) {
    drain(laptop, tally).await;
    give_again(laptop, data, tally).await;
    aggregate(laptop, stored, tally).await;
    drain(laptop, tally).await;
}

async fn drain(laptop: &Laptop, tally: &Tally) {
    for _ in 0..TRIES {
        let told = laptop.nobody().post("/dev/invoke/change-feed", &json!({})).await;
        if told.status.as_u16() == 200 && told.json["batches"] == 0 {
            return;
        }
        sleep(Duration::from_millis(300)).await;
    }
    tally.wrong("the stream does not come to its end".to_owned());
}

/// As the runbook says: what was put away is given to the function once more.
async fn give_again(laptop: &Laptop, data: &Path, tally: &Tally) {
    let files = fs::read_dir(data.join(FAILED)).into_iter().flatten().flatten();
    for file in files.map(|file| file.path()) {
        let content = fs::read(&file).expect("it is ours");
        let kept: Value = serde_json::from_slice(&content).expect("it is JSON");
        let payload = kept["payload"].as_str().expect("it is a text");
        let event: Value = serde_json::from_str(payload).expect("it is an event");
        let records = event["Records"].as_array().map_or(0, Vec::len);
        tally.faults("records put away, given again afterwards", records as u64);
        let told = laptop.gateway.invoke("change-feed", event).await;
        match told {
            Some(Ok(report)) if report == json!({"batchItemFailures": []}) => {
                fs::remove_file(&file).expect("it is ours");
            }
            told => tally.wrong(format!("a record fails without any fault: {told:?}")),
        }
    }
    drain(laptop, tally).await;
}

async fn aggregate(laptop: &Laptop, stored: &Stored, tally: &Tally) {
    let mut told = None;
    for _ in 0..TRIES {
        let event = json!({"scheduledTime": text(now())});
        told = laptop.gateway.invoke("usage-aggregation", event).await;
        let complete = matches!(&told, Some(Ok(report)) if report["complete"] == true);
        if complete && stored.of_kind::<DirtyItem>("DIRTY#").await.is_empty() {
            return;
        }
        // A run that was killed has what it claimed for some more time.
        sleep(Duration::from_secs(1)).await;
    }
    tally.wrong(format!("usage is not counted to its end: {told:?}"));
}
