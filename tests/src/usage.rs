//! Usage, and an oracle that says what it comes to: every figure computed from scratch from all facts
//! and releases, by the definitions and as plainly as they can be said.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{Debug, Display},
};

use chrono::{Days, NaiveDate};
use tsunagu_domain::{
    calendar::Month,
    ids::AccountId,
    licenses::{
        figures::{Both, Period, PeriodCounts},
        holder::{DeviceId, HolderId, HolderKind, Source, UserId},
    },
    service::LicenseModel,
    vendor::ServiceCode,
};
use tsunagu_store::{
    items::{CurrentFiguresItem, DayFiguresItem, HolderItem, MonthFiguresItem},
    keys,
    licenses::Usage,
};

use crate::stored::Contents;

/// A user, by its number.
pub fn user(number: u32) -> UserId {
    format!("user-{number}").parse().expect("an id")
}

/// A device, by its number.
pub fn device(number: u32) -> DeviceId {
    format!("device-{number}").parse().expect("an id")
}

/// That a user was active on a day.
pub fn usage(
    account_id: AccountId,
    service: &ServiceCode,
    user_number: u32,
    device_number: Option<u32>,
    day: NaiveDate,
) -> Usage {
    Usage {
        account_id,
        service: service.clone(),
        user_id: user(user_number),
        source: Source::Reported,
        device_id: device_number.map(device),
        day,
    }
}

/// The id of a user's holder.
pub fn user_holder(number: u32) -> HolderId {
    HolderId::of_user(Source::Reported, &user(number))
}

/// The id of a device's holder: the user's own where there is none.
pub fn device_holder(user_number: u32, device_number: Option<u32>) -> HolderId {
    match device_number {
        Some(number) => HolderId::of_device(&device(number)),
        None => HolderId::of_own_device(&user_holder(user_number)),
    }
}

/// What has happened to one kind of holders of a service: active days and releases of each.
#[derive(Clone, Debug, Default)]
pub struct Kind {
    active: BTreeMap<HolderId, BTreeSet<NaiveDate>>,
    releases: BTreeMap<HolderId, BTreeSet<NaiveDate>>,
}

/// From when to when a holder is assigned: the first active day, and the release.
type Stay = (NaiveDate, Option<NaiveDate>);

impl Kind {
    /// A holder is active.
    pub fn active(&mut self, holder: HolderId, day: NaiveDate) {
        self.active.entry(holder).or_default().insert(day);
    }

    /// A holder is released.
    pub fn release(&mut self, holder: HolderId, day: NaiveDate) {
        self.releases.entry(holder).or_default().insert(day);
    }

    /// The same, as far as it happened by a day.
    #[must_use]
    pub fn by(&self, day: NaiveDate) -> Self {
        let cut = |all: &BTreeMap<HolderId, BTreeSet<NaiveDate>>| {
            let days = |days: &BTreeSet<NaiveDate>| days.range(..=day).copied().collect();
            let all = all.iter().map(|(holder, known)| (holder.clone(), days(known)));
            all.filter(|(_, days): &(_, BTreeSet<_>)| !days.is_empty()).collect()
        };
        Self { active: cut(&self.active), releases: cut(&self.releases) }
    }

    /// The stays of a holder: each release cuts time; a stay begins with the first active day of its
    /// piece of time.
    fn stays(&self, holder: &HolderId) -> Vec<Stay> {
        let none = BTreeSet::new();
        let days = self.active.get(holder).unwrap_or(&none);
        let releases = self.releases.get(holder).unwrap_or(&none);
        let ends = releases.iter().map(|day| Some(*day)).chain([None]);
        let mut from = NaiveDate::MIN;
        let mut stays = Vec::new();
        for end in ends {
            let piece = from..end.unwrap_or(NaiveDate::MAX);
            if let Some(first) = days.range(piece).next() {
                stays.push((*first, end));
            }
            from = end.unwrap_or(NaiveDate::MAX);
        }
        stays
    }

    fn all_stays(&self) -> impl Iterator<Item = Stay> + '_ {
        self.active.keys().flat_map(|holder| self.stays(holder))
    }

    /// Who is assigned, and since when.
    pub fn assigned(&self) -> BTreeMap<HolderId, NaiveDate> {
        let open = |holder: &HolderId| {
            let last = self.stays(holder).last().copied();
            last.filter(|(_, end)| end.is_none()).map(|(begin, _)| (holder.clone(), begin))
        };
        self.active.keys().filter_map(open).collect()
    }

    /// The last active day of a holder.
    pub fn last_active(&self, holder: &HolderId) -> Option<NaiveDate> {
        self.active.get(holder)?.last().copied()
    }

    /// How many holders were active in some days.
    fn active_in(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        let was = |days: &&BTreeSet<NaiveDate>| days.range(from..=to).next().is_some();
        i64::try_from(self.active.values().filter(was).count()).expect("few")
    }

    fn period(&self, from: NaiveDate, to: NaiveDate) -> PeriodCounts {
        let inside = |day: NaiveDate| from <= day && day <= to;
        let count = |wanted: &dyn Fn(Stay) -> bool| {
            i64::try_from(self.all_stays().filter(|stay| wanted(*stay)).count()).expect("few")
        };
        let released = |(_, end): Stay| end.is_some_and(inside);
        PeriodCounts {
            active: self.active_in(from, to),
            started: count(&|(begin, _)| inside(begin)),
            released: count(&released),
            both: count(&|stay @ (begin, _)| inside(begin) && released(stay)),
        }
    }

    fn days(&self) -> BTreeSet<NaiveDate> {
        let active = self.active.values().flatten();
        active.chain(self.releases.values().flatten()).copied().collect()
    }
}

/// Everything that has happened to a service.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    /// To its users.
    pub users: Kind,
    /// To its devices.
    pub devices: Kind,
}

impl Oracle {
    /// A fact.
    pub fn hear(&mut self, model: LicenseModel, user: u32, device: Option<u32>, day: NaiveDate) {
        self.users.active(user_holder(user), day);
        if model == LicenseModel::UserDevice {
            self.devices.active(device_holder(user, device), day);
        }
    }

    /// The holders of a kind.
    pub fn kind(&mut self, kind: HolderKind) -> &mut Kind {
        match kind {
            HolderKind::User => &mut self.users,
            HolderKind::Device => &mut self.devices,
        }
    }

    /// Holds what is in the table against what it has to be when everything up to a day is counted.
    pub fn check(
        &self,
        contents: &Contents,
        account: AccountId,
        service: &ServiceCode,
        as_of: NaiveDate,
    ) {
        let differences = self.differences(contents, account, service, as_of);
        assert!(differences.is_empty(), "{differences:#?}");
    }

    /// In what the table is not what it has to be when everything up to a day is counted.
    pub fn differences(
        &self,
        contents: &Contents,
        account: AccountId,
        service: &ServiceCode,
        as_of: NaiveDate,
    ) -> Vec<String> {
        let known = Both { users: self.users.by(as_of), devices: self.devices.by(as_of) };
        let of = Of { contents, account, service };
        let mut differences = Differences::default();
        of.compare_periods(&known, &mut differences);
        of.compare_current(&known, as_of, &mut differences);
        of.compare_holders(&known, &mut differences);
        differences.0
    }
}

/// What is not as it has to be.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn compare<T: PartialEq + Debug>(&mut self, what: impl Display, found: &T, expected: &T) {
        if found != expected {
            self.0.push(format!("{what}: {found:?} and not {expected:?}"));
        }
    }
}

/// A service of an account, in a table.
struct Of<'a> {
    contents: &'a Contents,
    account: AccountId,
    service: &'a ServiceCode,
}

impl Of<'_> {
    fn compare_periods(&self, known: &Both<Kind>, differences: &mut Differences) {
        let partition = keys::account_partition(self.account);
        let days: BTreeSet<_> = known.users.days().union(&known.devices.days()).copied().collect();
        let months: BTreeSet<_> = days.iter().map(|day| Month::of(*day)).collect();
        let of_month = |month: &Month| {
            let count = |kind: &Kind| kind.period(month.first_day(), month.last_day());
            (*month, known.map(count))
        };
        let expected: BTreeMap<Month, Period> = months.iter().map(of_month).collect();
        let found = self.contents.of_kind::<MonthFiguresItem>(&partition);
        let found = found.into_iter().filter(|item| item.service == *self.service);
        let found = found.map(|item| (item.month, item.counts));
        let found: BTreeMap<_, _> =
            found.filter(|(_, counts)| *counts != Period::default()).collect();
        differences.compare("months", &found, &expected);
        let of_day = |day: &NaiveDate| (*day, known.map(|kind| kind.period(*day, *day)));
        let expected: BTreeMap<NaiveDate, Period> = days.iter().map(of_day).collect();
        let found = self.contents.of_kind::<DayFiguresItem>(&partition);
        let found = found.into_iter().filter(|item| item.service == *self.service);
        let found: BTreeMap<_, _> = found.flat_map(|item| item.days).collect();
        differences.compare("days", &found, &expected);
    }

    fn compare_current(&self, known: &Both<Kind>, as_of: NaiveDate, differences: &mut Differences) {
        let key = keys::current_figures(self.account, self.service);
        let found: Option<CurrentFiguresItem> = self.contents.get(&key);
        let current = found.map(|item| item.current).unwrap_or_default();
        let first = as_of.checked_sub_days(Days::new(29)).expect("a day");
        for (kind, found) in [(&known.users, &current.users), (&known.devices, &current.devices)] {
            let assigned = kind.assigned();
            let count = |number: usize| i64::try_from(number).expect("few");
            differences.compare("assigned", &found.assigned, &count(assigned.len()));
            // Any window that ends on the day, of one day to thirty.
            for day in first.iter_days().take_while(|day| *day <= as_of) {
                let active = kind.active_in(day, as_of);
                let of = format_args!("active since {day}");
                differences.compare(of, &found.active_since(day), &active);
            }
            let month = Month::of(as_of);
            let newly = assigned.values().filter(|begin| month.first_day() <= **begin).count();
            let of = format_args!("newly assigned in {month}");
            differences.compare(of, &found.newly_since(month), &count(newly));
        }
    }

    fn compare_holders(&self, known: &Both<Kind>, differences: &mut Differences) {
        let partition = keys::holders_partition(self.account, self.service);
        // A partition's name may begin another's.
        let found = self.contents.of_kind::<HolderItem>(&partition).into_iter();
        let found: Vec<_> = found.filter(|item| item.service == *self.service).collect();
        for (kind, known) in
            [(HolderKind::User, &known.users), (HolderKind::Device, &known.devices)]
        {
            let of_kind = found.iter().filter(|item| item.kind == kind);
            let assigned = of_kind
                .filter_map(|item| Some((item.holder_id.clone(), item.activity.assigned_on()?)));
            let assigned: BTreeMap<_, _> = assigned.collect();
            // Who it is, is nobody's to read: how many, and whether it is they.
            let expected = known.assigned();
            differences.compare("holders of a kind", &assigned.len(), &expected.len());
            let same = assigned == expected;
            differences.compare("who is assigned, and since when", &same, &true);
        }
        for item in &found {
            let kind = match item.kind {
                HolderKind::User => &known.users,
                HolderKind::Device => &known.devices,
            };
            let (last, expected) = (item.activity.last_active(), kind.last_active(&item.holder_id));
            differences.compare("last active", &last, &expected);
            differences.compare("whoever is kept was active", &last.is_some(), &true);
        }
    }
}
