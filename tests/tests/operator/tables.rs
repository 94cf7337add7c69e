//! A whole table, out and in again.

use std::{fs, path::Path};

use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_operator::{OperatorError, Resuming, Target, export_table, import_table};
use tsunagu_tests::{Database, Engine, both_engines, faults::Fault, record::Operation};

use crate::scene::Scene;

/// A full table in a file.
async fn exported(engine: Engine) -> Option<(Scene, std::path::PathBuf)> {
    let scene = Scene::open(engine).await?;
    let path = scene.path("table.jsonl");
    let to = Target::File(path.clone());
    let items = export_table(&scene.stage.store, &to, 3, scene.stage.now()).await;
    let there = scene.stage.stored.json().await.len();
    assert_eq!(items.expect("is exported"), u64::try_from(there).expect("a number"));
    Some((scene, path))
}

async fn import(
    scene: &Scene,
    into: &Database,
    path: &Path,
    resuming: Resuming,
) -> Result<u64, OperatorError> {
    import_table(&into.store(), path, 2, resuming, scene.stage.now()).await
}

#[apply(both_engines)]
async fn given_a_full_table_when_imported_into_a_new_one_then_it_is_item_for_item_the_same(
    engine: Engine,
) {
    let Some((scene, path)) = exported(engine).await else { return };
    let Some(other) = engine.open().await else { return };
    let before = scene.stage.stored.json().await;
    let found = import(&scene, &other, &path, Resuming::No).await.expect("is imported");
    assert_eq!(found, u64::try_from(before.len()).expect("a number"));
    assert_eq!(other.stored().json().await, before);
    // Then a second time it is refused, and so is another table's.
    let again = import(&scene, &other, &path, Resuming::No).await;
    assert!(matches!(again, Err(OperatorError::NotEmpty)), "{again:?}");
    assert_eq!(other.stored().json().await, before);
}

#[apply(both_engines)]
async fn given_a_file_then_nobody_else_may_read_it_and_none_is_overwritten(engine: Engine) {
    let Some((scene, path)) = exported(engine).await else { return };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let before = fs::read(&path).expect("is read");
    let to = Target::File(path.clone());
    let again = export_table(&scene.stage.store, &to, 1, scene.stage.now()).await;
    assert!(matches!(again, Err(OperatorError::FileThere(_))), "{again:?}");
    assert_eq!(fs::read(&path).expect("is read"), before);
    let text = String::from_utf8(before).expect("a text");
    let first = text.lines().next().expect("a line");
    assert!(first.contains("\"format\":\"tsunagu-export\"") && first.contains("\"version\":1"));
    assert!(text.lines().last().expect("a line").contains("\"sha256\""));
}

#[apply(both_engines)]
async fn given_a_file_that_was_cut_or_altered_then_it_is_refused_before_anything_is_written(
    engine: Engine,
) {
    let Some((scene, path)) = exported(engine).await else { return };
    let Some(other) = engine.open().await else { return };
    let text = fs::read_to_string(&path).expect("is read");
    let lines: Vec<_> = text.lines().collect();
    let all_but = |left_out: usize| {
        let kept = lines.iter().enumerate().filter(|(place, _)| *place != left_out);
        kept.flat_map(|(_, line)| [line, "\n"]).collect::<String>()
    };
    let broken = [
        String::new(),
        text[..text.len() - 1].to_owned(),
        lines[..lines.len() / 2].join("\n"),
        all_but(lines.len() - 1),
        all_but(0),
        all_but(1),
        all_but(lines.len() / 2),
        text.replacen("\"S\":\"", "\"S\":\"x", 9),
        text.replacen("みなとクラウド", "みなとクラブ", 1),
        text.replacen("\"version\":1", "\"version\":2", 1),
        text.replacen("\"what\":\"table\"", "\"what\":\"account\"", 1),
        format!("{text}{}\n", lines[1]),
        format!("{text}{}\n", lines[lines.len() - 1]),
        "{}\n{}\n".to_owned(),
    ];
    for (number, text) in broken.into_iter().enumerate() {
        let path = scene.path(&format!("broken-{number}"));
        fs::write(&path, text).expect("is written");
        for resuming in [Resuming::No, Resuming::Yes] {
            let refused = import(&scene, &other, &path, resuming).await;
            assert!(matches!(refused, Err(OperatorError::File(_))), "{number}: {refused:?}");
        }
    }
    assert!(other.stored().json().await.is_empty());
}

#[apply(both_engines)]
async fn given_a_table_that_is_not_empty_then_nothing_is_imported_into_it(engine: Engine) {
    let Some((scene, path)) = exported(engine).await else { return };
    let Some(other) = Scene::open(engine).await else { return };
    let before = other.stage.stored.json().await;
    let refused = import(&scene, &other.stage.database, &path, Resuming::No).await;
    assert!(matches!(refused, Err(OperatorError::NotEmpty)), "{refused:?}");
    let refused = import(&scene, &other.stage.database, &path, Resuming::Yes).await;
    assert!(matches!(refused, Err(OperatorError::OtherItems(_))), "{refused:?}");
    assert_eq!(other.stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_an_import_that_stopped_when_resumed_then_it_is_completed(engine: Engine) {
    let Some((scene, path)) = exported(engine).await else { return };
    let Some(other) = engine.open().await else { return };
    other.faults.stop_after(2);
    let stopped = import(&scene, &other, &path, Resuming::No).await;
    assert!(matches!(stopped, Err(OperatorError::Store(_))), "{stopped:?}");
    other.faults.heal();
    let begun = other.stored().json().await.len();
    let all = scene.stage.stored.json().await;
    assert!(begun > 0 && begun < all.len(), "{begun} of {}", all.len());
    let refused = import(&scene, &other, &path, Resuming::No).await;
    assert!(matches!(refused, Err(OperatorError::NotEmpty)), "{refused:?}");
    import(&scene, &other, &path, Resuming::Yes).await.expect("is completed");
    assert_eq!(other.stored().json().await, all);
}

#[apply(both_engines)]
async fn given_a_busy_database_when_imported_then_what_is_unprocessed_is_put_again(engine: Engine) {
    let Some((scene, path)) = exported(engine).await else { return };
    let Some(other) = engine.open().await else { return };
    let batches = &[Operation::BatchWriteItem];
    other.faults.next(batches, Fault::Unprocessed, 5);
    other.faults.next(batches, Fault::HalfUnprocessed, 7);
    other.faults.next(batches, Fault::ThroughputExceeded, 30);
    import(&scene, &other, &path, Resuming::No).await.expect("is imported");
    assert_eq!(other.stored().json().await, scene.stage.stored.json().await);
}
