//! What entitlements and assigned licences come to on a day, said once more: the words of
//! `docs/data-model.md` and the contract, and nothing of how the product computes them.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use tsunagu_domain::{
    dashboard::{Summary, Trials},
    licenses::{
        entitlement::{Entitlement, EntitlementKind, EntitlementState as State, Stage, Terms},
        figures::Current,
        tally::Tally,
    },
    service::LicenseModel,
    vendor::ServiceCode,
};

/// For how many days what has ended goes on counting, trials excepted.
const GRACE: Days = Days::new(30);
/// Within how many days an end is soon.
const SOON: Days = Days::new(90);

/// The terms that count on a day: the newest that have begun to, or else the first.
fn terms(one: &Entitlement, today: NaiveDate) -> Option<&Terms> {
    let begun = one.terms.iter().filter(|terms| terms.from <= today);
    begun.max_by_key(|terms| terms.from).or(one.terms.first())
}

fn state(one: &Entitlement, today: NaiveDate) -> State {
    match one.stage {
        Stage::Requested => return State::Pending,
        Stage::Declined => return State::Declined,
        Stage::Approved | Stage::Stated => {}
    }
    let Some(terms) = terms(one, today) else { return State::Expired };
    if today < terms.from || today < terms.starts_on {
        return State::Upcoming;
    }
    let Some(end) = terms.ends_on.filter(|end| *end < today) else { return State::Active };
    let in_grace = one.kind != EntitlementKind::Trial && today <= end + GRACE;
    if in_grace { State::Grace } else { State::Expired }
}

fn counts(one: &Entitlement, today: NaiveDate) -> bool {
    matches!(state(one, today), State::Active | State::Grace)
}

/// Where it ends and somebody should mind.
fn end(one: &Entitlement, today: NaiveDate) -> Option<NaiveDate> {
    let minds = state(one, today) == State::Active && !one.auto_renew;
    terms(one, today)?.ends_on.filter(|_| minds)
}

fn ends_soon(one: &Entitlement, today: NaiveDate) -> bool {
    end(one, today).is_some_and(|end| end <= today + SOON)
}

/// How many licences there are of what counts; `None` is unlimited.
fn much<'e>(of: impl Iterator<Item = &'e Entitlement>, today: NaiveDate) -> Option<u64> {
    let mut sum = 0;
    for one in of.filter(|one| counts(one, today)) {
        sum += u64::from(terms(one, today)?.quantity?);
    }
    Some(sum)
}

/// How many licences are assigned, by what a model counts: users, or the smaller of users and devices.
pub(super) fn assigned(current: &Current, model: LicenseModel) -> u64 {
    let (users, devices) = (current.users.assigned, current.devices.assigned);
    let counted = match model {
        LicenseModel::User => users,
        LicenseModel::UserDevice => users.min(devices),
    };
    u64::try_from(counted).unwrap_or_default()
}

/// Each service that may be used or is used, and what it comes to.
pub(super) fn tallies(
    bought: &[Entitlement],
    assigned: &BTreeMap<ServiceCode, u64>,
    today: NaiveDate,
) -> BTreeMap<ServiceCode, Tally> {
    let counting = bought.iter().filter(|one| counts(one, today)).map(|one| &one.service);
    let used = assigned.iter().filter(|(_, count)| **count > 0).map(|(service, _)| service);
    let tally = |service: &ServiceCode| {
        let of_it = || bought.iter().filter(|one| one.service == *service);
        let trials = of_it().filter(|one| one.kind == EntitlementKind::Trial);
        Tally {
            purchased: much(of_it(), today),
            of_which_trial: much(trials, today),
            assigned: assigned.get(service).copied().unwrap_or_default(),
            next_expiry: of_it().filter_map(|one| end(one, today)).min(),
            expiring_soon: number(of_it().filter(|one| ends_soon(one, today)).count()),
        }
    };
    counting.chain(used).map(|service| (service.clone(), tally(service))).collect()
}

/// The figures of licences on the dashboard.
pub(super) fn summary(
    bought: &[Entitlement],
    assigned: &BTreeMap<ServiceCode, u64>,
    today: NaiveDate,
) -> Summary {
    let tallies = tallies(bought, assigned, today);
    let (mut purchased, mut overage, mut utilization) = (Some(0), 0, None::<f64>);
    for tally in tallies.values() {
        purchased = purchased.and_then(|sum| Some(sum + tally.purchased?));
        let Some(has) = tally.purchased else { continue };
        overage += tally.assigned.saturating_sub(has);
        if has > 0 {
            #[expect(clippy::cast_precision_loss, reason = "licences are far fewer than 2^52")]
            let used = tally.assigned as f64 / has as f64;
            utilization = Some(utilization.map_or(used, |most| most.max(used)));
        }
    }
    Summary {
        services: Some(number(tallies.len())),
        purchased,
        assigned: Some(tallies.values().map(|tally| tally.assigned).sum()),
        overage: Some(overage),
        max_utilization: utilization,
        next_expiry: bought.iter().filter_map(|one| end(one, today)).min(),
        expiring_within90_days: Some(number(
            bought.iter().filter(|one| ends_soon(one, today)).count(),
        )),
        trials: Some(trials(bought, today)),
        ..Summary::default()
    }
}

fn trials(bought: &[Entitlement], today: NaiveDate) -> Trials {
    let trials = bought.iter().filter(|one| one.kind == EntitlementKind::Trial);
    let states: Vec<_> = trials.map(|one| state(one, today)).collect();
    let of = |state: State| number(states.iter().filter(|one| **one == state).count());
    Trials { active: of(State::Active), pending: of(State::Pending), expired: of(State::Expired) }
}

/// What partners keep of each: the terms of the day alone.
pub(super) fn kept(bought: &[Entitlement], today: NaiveDate) -> Vec<Entitlement> {
    let alone = |one: &Entitlement| Entitlement {
        terms: terms(one, today).copied().into_iter().collect(),
        ..one.clone()
    };
    bought.iter().map(alone).collect()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
