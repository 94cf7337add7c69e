//! What may happen to feeds.

use proptest::{prelude::*, sample::Index};
use strum::VariantArray;
use tsunagu_domain::{
    notification::Severity,
    share::{Share, Shares},
    ticket::Status,
    visibility::Visibility,
};

/// How many customers there are.
pub(crate) const CUSTOMERS: usize = 2;
/// How many partners.
pub(crate) const PARTNERS: usize = 2;

/// What the feeds are about: connections are narrowed to some of it.
const SHARED: [Share; 2] = [Share::Tickets, Share::Notifications];

/// What is written on a ticket.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    Comment(Visibility),
    Move(Status),
    Show(Visibility),
}

/// Something that happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Publish(usize, Visibility, Severity),
    Open(usize, Visibility),
    Write(Index, Write),
    Connect(usize, usize),
    End(usize, usize),
    Share(usize, usize, Shares),
    Dismiss(usize, Vec<Index>),
    DismissAll(usize, Index),
    DismissAllOf(usize, Index),
    /// So many of the oldest records are handed over.
    Deliver(usize),
    /// So many of the newest ones, the other way round.
    DeliverLast(usize),
    /// A record comes again.
    Again(Index),
    /// Everything is handed over, the function crashes behind so many calls, and all comes again.
    Crash(usize),
    /// Everything is handed over while the partner dismisses.
    DismissMeanwhile(usize, Vec<Index>),
    Wait(i64),
    Drain,
}

fn visibility() -> impl Strategy<Value = Visibility> {
    prop_oneof![3 => Just(Visibility::Shared), 1 => Just(Visibility::Account)]
}

fn severity() -> impl Strategy<Value = Severity> {
    prop_oneof![Just(Severity::Error), Just(Severity::Warning), Just(Severity::Information)]
}

fn write() -> impl Strategy<Value = Write> {
    prop_oneof![
        visibility().prop_map(Write::Comment),
        prop::sample::select(Status::VARIANTS).prop_map(Write::Move),
        visibility().prop_map(Write::Show),
    ]
}

fn indexes() -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 1..4)
}

fn step() -> impl Strategy<Value = Step> {
    let (customer, partner) = (0..CUSTOMERS, 0..PARTNERS);
    let both = || (0..CUSTOMERS, 0..PARTNERS);
    let shares = prop::collection::vec(prop::sample::select(SHARED.to_vec()), 0..3);
    let shares = shares.prop_map(|some| some.into_iter().collect::<Shares>());
    prop_oneof![
        8 => (customer.clone(), visibility(), severity())
            .prop_map(|(c, v, s)| Step::Publish(c, v, s)),
        4 => (customer, visibility()).prop_map(|(c, v)| Step::Open(c, v)),
        4 => (any::<Index>(), write()).prop_map(|(i, w)| Step::Write(i, w)),
        6 => both().prop_map(|(c, p)| Step::Connect(c, p)),
        3 => both().prop_map(|(c, p)| Step::End(c, p)),
        3 => (both(), shares).prop_map(|((c, p), s)| Step::Share(c, p, s)),
        3 => (partner.clone(), indexes()).prop_map(|(p, i)| Step::Dismiss(p, i)),
        2 => (partner.clone(), any::<Index>()).prop_map(|(p, i)| Step::DismissAll(p, i)),
        2 => (partner.clone(), any::<Index>()).prop_map(|(p, i)| Step::DismissAllOf(p, i)),
        4 => (1_usize..8).prop_map(Step::Deliver),
        3 => (1_usize..8).prop_map(Step::DeliverLast),
        3 => any::<Index>().prop_map(Step::Again),
        2 => (0_usize..30).prop_map(Step::Crash),
        2 => (partner, indexes()).prop_map(|(p, i)| Step::DismissMeanwhile(p, i)),
        1 => (1_i64..60).prop_map(Step::Wait),
        2 => Just(Step::Drain),
    ]
}

/// What one customer and one partner do in this order, some of it left out: whatever is dismissed
/// stays so over an end and a new start, wherever the stream is meanwhile.
fn story() -> impl Strategy<Value = Vec<Step>> {
    let parts = (any::<Index>(), prop::collection::vec(any::<bool>(), 12));
    ((0..CUSTOMERS, 0..PARTNERS), parts).prop_map(|((customer, partner), (index, taken))| {
        let publish = || Step::Publish(customer, Visibility::Shared, Severity::Warning);
        let story = [
            Step::Connect(customer, partner),
            publish(),
            publish(),
            Step::Deliver(3),
            publish(),
            Step::Drain,
            Step::DismissAllOf(partner, index),
            Step::DismissAll(partner, index),
            Step::Deliver(2),
            Step::End(customer, partner),
            Step::DeliverLast(1),
            Step::Connect(customer, partner),
        ];
        let steps = story.into_iter().zip(taken).enumerate();
        // It always begins, ends and begins again.
        let kept = steps.filter(|(place, (_, taken))| *taken || [0, 1, 9, 11].contains(place));
        kept.map(|(_, (step, _))| step).collect()
    })
}

/// Anything, and now and then a story.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let some = prop_oneof![
        6 => step().prop_map(|step| vec![step]),
        1 => story(),
    ];
    prop::collection::vec(some, 1..24).prop_map(|steps| {
        std::iter::once(Step::Connect(0, 0)).chain(steps.into_iter().flatten()).collect()
    })
}
