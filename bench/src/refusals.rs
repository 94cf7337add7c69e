//! Whether the time of a refused sign-in tells why it was refused (T27): the times of names that do not
//! exist against those of names that do, as two samples of one distribution or of two.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use serde_json::{Value, json};
use statrs::stats_tests::{
    NaNPolicy,
    ks_test::{KSTwoSampleAlternativeMethod, ks_twosample},
};
use tsunagu_tests::{
    Engine,
    desk::{DEDICATED, Desk, password},
    product::Product,
    world::World,
};

use crate::figures::print;

/// Attempts of each kind.
const TIMES: usize = 250;
/// Attempts on their way at once.
const AT_ONCE: usize = 4;
/// Below this two kinds are told apart: by chance that happens once in a thousand runs.
const SURE: f64 = 0.001;
/// The floor that is tried, in milliseconds: shorter than the deployed one, for the benchmark's sake.
const FLOOR: &str = "250";

/// Why a sign-in is refused.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    UnknownName,
    WrongPassword,
    NoMember,
    /// What is typed as a name is none that a directory could have.
    NoName,
}

impl Kind {
    const ALL: [Self; 4] = [Self::UnknownName, Self::WrongPassword, Self::NoMember, Self::NoName];

    fn told(self) -> &'static str {
        match self {
            Self::UnknownName => "unknown name",
            Self::WrongPassword => "wrong password",
            Self::NoMember => "no member",
            Self::NoName => "no name",
        }
    }

    /// The attempt of this number.
    fn attempt(self, number: usize) -> Value {
        match self {
            Self::UnknownName => json!({"username": format!("ghost{number}"), "password": "wrong"}),
            Self::WrongPassword => json!({"username": "hanako", "password": "wrong"}),
            Self::NoMember => json!({"username": "nobody", "password": password("nobody")}),
            Self::NoName => json!({"username": " ", "password": "wrong"}),
        }
    }
}

/// Measures; gives what can be told apart.
pub(crate) async fn measure() -> Vec<String> {
    print(&format!(
        "Refused sign-ins, {TIMES} of each kind in turns, {AT_ONCE} at once: p50 and p99 in milliseconds, \
         and how far a kind's distribution is from that of unknown names (Kolmogorov-Smirnov; told apart \
         where p < {SURE}). Without a floor they may differ: that shows that the test can tell.",
    ));
    let blind = rows("0").await.is_empty();
    let apart = rows(FLOOR).await;
    print("");
    let apart = apart.into_iter();
    let apart = apart.map(|kind| format!("{kind} takes another time than an unknown name"));
    let blind =
        blind.then(|| "without a floor nothing is told apart: the test is blind".to_owned());
    apart.chain(blind).collect()
}

/// Prints the rows of one floor; gives the kinds that differ from unknown names.
async fn rows(floor: &str) -> Vec<&'static str> {
    let sampled = sample(floor).await;
    let of = |kind: Kind| -> Vec<f64> {
        let times = sampled.iter().filter(|(of, _)| *of == kind);
        times.map(|(_, took)| took.as_secs_f64() * 1000.0).collect()
    };
    let unknown = of(Kind::UnknownName);
    print(&row(floor, Kind::UnknownName, &unknown));
    let mut apart = Vec::new();
    for kind in [Kind::WrongPassword, Kind::NoMember, Kind::NoName] {
        let times = of(kind);
        let (distance, chance) = compared(&unknown, &times);
        print(&format!("{}   D {distance:.3}  p {chance:.4}", row(floor, kind, &times)));
        apart.extend((chance < SURE).then_some(kind.told()));
    }
    apart
}

fn row(floor: &str, kind: Kind, times: &[f64]) -> String {
    let (half, most) = (percentile(times, 50), percentile(times, 99));
    format!("floor {floor:>4} ms  {:<16}{half:>9.2}{most:>9.2}", kind.told())
}

/// Attempts of all kinds in turns, so that what else the machine does meets all alike.
async fn sample(floor: &str) -> Vec<(Kind, Duration)> {
    let many = "1000000";
    let decided = [
        ("SignInFloorMs", floor),
        ("SignInsOfNameAtAddress", many),
        ("SignInsOfName", many),
        ("SignInFailuresOfAddress", many),
        ("SignInFailuresOfWorkspace", many),
    ];
    let world = World::open_where(Engine::Embedded, &decided).await.expect("it is built in");
    let desk = Desk::over(Product { world }).await;
    let turns = (0..TIMES).flat_map(|number| Kind::ALL.map(|kind| (kind, number)));
    let attempts = stream::iter(turns).map(async |(kind, number)| {
        let begun = Instant::now();
        let refused = desk.try_as(DEDICATED, &kind.attempt(number)).await;
        let took = begun.elapsed();
        assert_eq!(refused.code(), Some("sign-in-failed"), "{}", refused.json);
        (kind, took)
    });
    attempts.buffer_unordered(AT_ONCE).collect().await
}

/// How far two samples are from each other, and how likely that is where they are of one distribution.
fn compared(one: &[f64], other: &[f64]) -> (f64, f64) {
    let method = KSTwoSampleAlternativeMethod::TwoSidedAsymptotic;
    let compared = ks_twosample(one.to_vec(), other.to_vec(), method, NaNPolicy::Error);
    compared.expect("two samples of numbers")
}

fn percentile(times: &[f64], percent: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[(times.len() * percent).div_ceil(100).max(1) - 1]
}
