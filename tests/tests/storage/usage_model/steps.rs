//! Anything that may happen to a service of an account.

use proptest::{prelude::*, sample::Index};
use tsunagu_domain::{licenses::holder::HolderKind, service::LicenseModel};
use tsunagu_store::licenses::FoldLimits;

/// How many users and devices there are.
pub(super) const USERS: u32 = 5;
pub(super) const DEVICES: u32 = 3;

/// For how many days usage may wait for a run: later the oldest that is taken may be older
/// than the active days that are kept.
pub(super) const LONGEST_WAIT: u32 = 28;

/// A user was active, on a device or none, so many days ago.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fact {
    pub(super) user: u32,
    pub(super) device: Option<u32>,
    pub(super) days_ago: u32,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Usage comes in.
    Intake(Vec<Fact>),
    /// The same as some time before comes in again.
    Again(Index),
    /// Days pass.
    Wait(u32),
    /// A run.
    Run,
    /// Two runs at once.
    TwoRuns,
    /// A run, and usage that comes in meanwhile.
    RunWithIntake(Vec<Fact>),
    /// Two runs at once, and usage that comes in meanwhile.
    TwoRunsWithIntake(Vec<Fact>),
    /// A run, and a release meanwhile.
    RunWithRelease(HolderKind, u32),
    /// The vendor states how many licences there are.
    State(u32),
    /// A run, and a statement meanwhile.
    RunWithState(u32),
    /// A run that crashes behind so many calls.
    Crash(usize),
    /// Usage of which the sender hears nothing, as the database goes away behind so many calls: he
    /// sends it again.
    LostIntake(Vec<Fact>, usize),
    /// One that holds a licence is released, if it may be.
    Release(HolderKind, u32),
    /// The figures are computed anew, by a run that crashes behind so many calls.
    Rebuild(usize),
}

/// What a case is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) model: LicenseModel,
    pub(super) zone: &'static str,
    pub(super) limits: FoldLimits,
}

fn fact() -> impl Strategy<Value = Fact> {
    let days_ago = prop_oneof![4 => 0_u32..3, 3 => 0_u32..70, 1 => 0_u32..400];
    let device = proptest::option::weighted(0.7, 0..DEVICES);
    (0..USERS, device, days_ago).prop_map(|(user, device, days_ago)| Fact {
        user,
        device,
        days_ago,
    })
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    proptest::collection::vec(fact(), 1..8)
}

fn kind() -> impl Strategy<Value = HolderKind> {
    prop_oneof![Just(HolderKind::User), Just(HolderKind::Device)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => facts().prop_map(Step::Intake),
        2 => any::<Index>().prop_map(Step::Again),
        4 => prop_oneof![1_u32..4, 7..=LONGEST_WAIT].prop_map(Step::Wait),
        4 => Just(Step::Run),
        2 => Just(Step::TwoRuns),
        2 => facts().prop_map(Step::RunWithIntake),
        3 => (0_usize..40).prop_map(Step::Crash),
        1 => (facts(), 0_usize..4).prop_map(|(facts, calls)| Step::LostIntake(facts, calls)),
        4 => (kind(), 0..USERS).prop_map(|(kind, number)| Step::Release(kind, number)),
        2 => facts().prop_map(Step::TwoRunsWithIntake),
        2 => (kind(), 0..USERS).prop_map(|(kind, number)| Step::RunWithRelease(kind, number)),
        2 => (0_u32..3).prop_map(Step::State),
        2 => (0_u32..3).prop_map(Step::RunWithState),
        1 => (0_usize..30).prop_map(Step::Rebuild),
    ]
}

pub(super) fn case() -> impl Strategy<Value = (Case, Vec<Step>)> {
    let model = prop_oneof![Just(LicenseModel::User), Just(LicenseModel::UserDevice)];
    let zone = prop_oneof![
        Just("Asia/Tokyo"),
        Just("Pacific/Pago_Pago"),
        Just("Pacific/Kiritimati"),
        Just("America/New_York"),
    ];
    // So few that a fold of these users goes over several pages and transactions.
    let few = FoldLimits { page: 3, actions: 8 };
    let limits = prop_oneof![Just(FoldLimits::default()), Just(few)];
    let case = (model, zone, limits);
    let case = case.prop_map(|(model, zone, limits)| Case { model, zone, limits });
    (case, proptest::collection::vec(step(), 1..22))
}
