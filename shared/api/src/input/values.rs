//! How domain types parse out of bodies and queries.

use std::{ops::Deref, str::FromStr};

use chrono::{DateTime, NaiveDate, Utc};
use deserr::{Deserr, IntoValue, Sequence, Value, ValuePointerRef};
use enumset::{EnumSet, EnumSetType};
use tsunagu_domain::{
    Invalid,
    account::AccountStatus,
    administrator::Permission,
    audit::{Action, ActorFilter},
    calendar::{self, Moment},
    connection::{ConnectionState, Role},
    dashboard::Sort,
    email::EmailAddress,
    federation::{
        certificate::CaCertificate,
        directory::{DirectoryUrl, DnTemplate},
        dn::{AttributeName, Dn},
        domain_name::DomainName,
        draft::BindKind,
        launch_url::LaunchUrl,
        login::Login,
        resource::ResourceKind,
        workspace::WorkspaceKind,
    },
    ids::{
        AccountId, AdminId, AuditId, CommentId, ConnectionId, DomainId, NotificationId, OrgId,
        ResourceId, ResourceLocationId, TicketId,
    },
    licenses::{
        entitlement::{EntitlementKind, EntitlementState},
        holder::{DeviceId, UserId},
        order::OrderStatus,
        tally::Level,
        trend::Interval,
    },
    locale::{CountryCode, LocalizedText, TimeZone},
    notification::Severity,
    program::{MembershipStatus, Program},
    service::LicenseModel,
    share::Share,
    text::{
        Address, Contact, DisplayName, Headline, Note, NotificationText, Reference,
        ResourceDescription, Subject, Tag, TicketText,
    },
    ticket,
    time::whole_millis,
    vendor::{
        CaseNumber, EntitlementId, ExternalId, NotificationCode, NotificationSource, OrderId,
        ServiceCode,
    },
    visibility::Visibility,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use super::{Flaw, InputErrors, Kind};

/// A text, as it must be before it can be parsed.
fn text<V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef<'_>,
) -> Result<String, InputErrors> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(InputErrors::at(location, Flaw::WrongType(Kind::String))),
    }
}

/// A value that is a text outside and parses into a type of one function.
pub fn parsed<T, V>(value: Value<V>, location: ValuePointerRef<'_>) -> Result<T, InputErrors>
where
    T: FromStr<Err: Into<Flaw>>,
    V: IntoValue,
{
    text(value, location)?.parse().map_err(|flaw: T::Err| InputErrors::at(location, flaw))
}

macro_rules! parsed_from_text {
    ($($name:ty),+ $(,)?) => {$(
        impl Deserr<InputErrors> for $name {
            fn deserialize_from_value<V: IntoValue>(
                value: Value<V>,
                location: ValuePointerRef<'_>,
            ) -> Result<Self, InputErrors> {
                parsed(value, location)
            }
        }
    )+};
}

parsed_from_text! {
    Login,
    AccountId, AdminId, AuditId, CommentId, ConnectionId, NotificationId, OrgId, TicketId,
    DomainId, ResourceId, ResourceLocationId,
    AttributeName, BindKind, CaCertificate, DirectoryUrl, Dn, DnTemplate, DomainName, LaunchUrl,
    ResourceDescription, ResourceKind, WorkspaceKind,
    Address, Contact, DisplayName, Headline, Note, NotificationText, Reference, Subject, Tag,
    TicketText,
    CountryCode, EmailAddress, TimeZone,
    CaseNumber, DeviceId, EntitlementId, ExternalId, NotificationCode, NotificationSource, OrderId,
    ServiceCode, UserId,
    AccountStatus, Action, ActorFilter, Moment, ConnectionState, EntitlementKind, EntitlementState, Interval, Level,
    LicenseModel, MembershipStatus, OrderStatus, Permission, Program, Role, Severity, Share, Sort,
    Visibility, ticket::Severity, ticket::Status,
}

/// RFC 3339 with any offset, cut to whole milliseconds as everything that the table keeps.
impl Deserr<InputErrors> for DateTime<Utc> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, InputErrors> {
        let text = text(value, location)?;
        DateTime::parse_from_rfc3339(&text)
            .map(|at| whole_millis(at.to_utc()))
            .map_err(|_| InputErrors::at(location, Invalid::NotAnInstant))
    }
}

/// `YYYY-MM-DD` and nothing else.
impl Deserr<InputErrors> for NaiveDate {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, InputErrors> {
        let text = text(value, location)?;
        calendar::day(&text).map_err(|invalid| InputErrors::at(location, invalid))
    }
}

/// Both languages, each by the rules of names for display.
impl Deserr<InputErrors> for LocalizedText {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, InputErrors> {
        #[derive(Deserr)]
        #[deserr(error = InputErrors, deny_unknown_fields)]
        struct Names {
            ja: DisplayName,
            en: DisplayName,
        }
        let Names { ja, en } = Names::deserialize_from_value(value, location)?;
        Ok(Self { ja: ja.into(), en: en.into() })
    }
}

/// A list whose elements may each stand once.
impl<T: EnumSetType + Deserr<InputErrors>> Deserr<InputErrors> for EnumSet<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, InputErrors> {
        let elements = distinct::<T, V>(value, location, usize::MAX)?;
        Ok(elements.into_iter().collect())
    }
}

/// At most `MAX` elements, no two of them alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distinct<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Distinct<T, MAX> {
    /// The elements, in the order in which they came.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MAX: usize> Deref for Distinct<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T, const MAX: usize> Deserr<InputErrors> for Distinct<T, MAX>
where
    T: Deserr<InputErrors> + PartialEq,
{
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, InputErrors> {
        distinct(value, location, MAX).map(Self)
    }
}

impl<T: ToSchema, const MAX: usize> PartialSchema for Distinct<T, MAX> {
    fn schema() -> RefOr<Schema> {
        utoipa::openapi::ArrayBuilder::new()
            .items(T::schema())
            .max_items(Some(MAX))
            .unique_items(true)
            .into()
    }
}

impl<T: ToSchema, const MAX: usize> ToSchema for Distinct<T, MAX> {}

fn distinct<T, V>(
    value: Value<V>,
    location: ValuePointerRef<'_>,
    max: usize,
) -> Result<Vec<T>, InputErrors>
where
    T: Deserr<InputErrors> + PartialEq,
    V: IntoValue,
{
    let Value::Sequence(elements) = value else {
        return Err(InputErrors::at(location, Flaw::WrongType(Kind::Array)));
    };
    // Before the elements are looked at: comparing them costs the square of their number.
    if elements.len() > max {
        return Err(InputErrors::at(location, Invalid::TooMany { max }));
    }
    let mut kept: Vec<T> = Vec::new();
    let mut errors = Vec::new();
    for (index, element) in elements.into_iter().enumerate() {
        let place = location.push_index(index);
        match T::deserialize_from_value(element.into_value(), place) {
            Ok(twice) if kept.contains(&twice) => {
                errors.push(InputErrors::at(place, Invalid::Duplicate));
            }
            Ok(element) => kept.push(element),
            Err(error) => errors.push(error),
        }
    }
    InputErrors::all(errors).map_or(Ok(kept), Err)
}

/// A whole number from `MIN` to `MAX`. For the documentation it needs `#[schema(value_type = u32)]` and
/// the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounded<const MIN: u32, const MAX: u32>(pub u32);

impl<const MIN: u32, const MAX: u32> Deserr<InputErrors> for Bounded<MIN, MAX> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, InputErrors> {
        let number = match value {
            Value::Integer(number) => u32::try_from(number).ok(),
            Value::NegativeInteger(_) => None,
            _ => return Err(InputErrors::at(location, Flaw::WrongType(Kind::Integer))),
        };
        let (min, max) = (MIN.into(), MAX.into());
        number
            .filter(|number| (MIN..=MAX).contains(number))
            .map(Self)
            .ok_or_else(|| InputErrors::at(location, Invalid::OutOfRange { min, max }))
    }
}

/// A number or a boolean in a query, where every value is text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parsed<T>(pub T);

impl<T: ToSchema> PartialSchema for Parsed<T> {
    fn schema() -> RefOr<Schema> {
        T::schema()
    }
}

impl<T: ToSchema> ToSchema for Parsed<T> {}

macro_rules! parsed_in_queries {
    ($($name:ty: $kind:ident, $sound:expr;)+) => {$(
        impl Deserr<InputErrors> for Parsed<$name> {
            fn deserialize_from_value<V: IntoValue>(
                value: Value<V>,
                location: ValuePointerRef<'_>,
            ) -> Result<Self, InputErrors> {
                let sound: fn(&$name) -> bool = $sound;
                // Rust takes a plus sign before a number, JSON does not.
                Some(text(value, location)?)
                    .filter(|text| !text.starts_with('+'))
                    .and_then(|text| text.parse().ok())
                    .filter(sound)
                    .map(Self)
                    .ok_or_else(|| InputErrors::at(location, Flaw::WrongType(Kind::$kind)))
            }
        }
    )+};
}

parsed_in_queries! {
    bool: Boolean, |_| true;
    u32: Integer, |_| true;
    u64: Integer, |_| true;
    // Neither compares as a limit should.
    f64: Number, |number| number.is_finite();
}
