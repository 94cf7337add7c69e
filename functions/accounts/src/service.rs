//! A service of the catalogue as it is shown.

use deserr::Deserr;
use serde::Serialize;
use tsunagu_api::{App, InputErrors, Page, Problem, Shown};
use tsunagu_domain::{
    locale::{Language, LocalizedText},
    program::Program,
    service::{LicenseModel, Service},
    vendor::ServiceCode,
};
use utoipa::ToSchema;

/// A service of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Service)]
pub(crate) struct ServiceBody {
    /// Its product code.
    pub service: ServiceCode,
    /// Its name, in the language asked for.
    pub name: String,
    /// What its licences count.
    pub model: LicenseModel,
    /// The program that an account needs to have it; `null` where anybody may.
    #[schema(required = true)]
    pub required_program: Option<Program>,
}

impl ServiceBody {
    pub(crate) fn new(service: &Service, language: Language) -> Self {
        Self {
            service: service.code.clone(),
            name: service.name.in_language(language).to_owned(),
            model: service.model,
            required_program: service.required_program,
        }
    }
}

/// A service as the vendor is shown it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CatalogueService)]
pub(crate) struct CatalogueServiceBody {
    /// Its product code.
    pub service: ServiceCode,
    /// Its name in both languages.
    pub name: LocalizedText,
    /// What its licences count.
    pub model: LicenseModel,
    /// The program that an account needs to have it; `null` where anybody may.
    #[schema(required = true)]
    pub required_program: Option<Program>,
}

impl From<Service> for CatalogueServiceBody {
    fn from(service: Service) -> Self {
        let Service { code, name, model, required_program } = service;
        Self { service: code, name, model, required_program }
    }
}

impl Shown for CatalogueServiceBody {}

/// A page of the catalogue, which is remembered as a whole, by code.
pub(crate) async fn page_of_catalogue<F>(
    app: &App,
    page: &Page<F>,
) -> Result<(Vec<Service>, Option<ServiceCode>), Problem> {
    let after: Option<ServiceCode> = page.position(app).await?;
    Ok(cut(app.store.services().await?.iter(), after.as_ref(), page.limit))
}

/// The services behind a place, and the place of the last where more follow.
fn cut<'a>(
    services: impl Iterator<Item = &'a Service>,
    after: Option<&ServiceCode>,
    limit: usize,
) -> (Vec<Service>, Option<ServiceCode>) {
    let mut behind = services.filter(|service| after.is_none_or(|after| *after < service.code));
    let page: Vec<_> = behind.by_ref().take(limit).cloned().collect();
    let last = page.last().map(|service| service.code.clone());
    let next = last.filter(|_| behind.next().is_some());
    (page, next)
}

/// What the vendor says of a service.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct PutService {
    /// Its name in both languages.
    pub name: LocalizedText,
    /// What its licences count.
    pub model: LicenseModel,
    /// The program that an account needs to have it; anybody may where it is left out.
    #[deserr(default)]
    pub required_program: Option<Program>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(code: &str) -> Service {
        Service {
            code: code.parse().expect("a code"),
            name: LocalizedText { ja: "名".to_owned(), en: "name".to_owned() },
            model: LicenseModel::User,
            required_program: None,
        }
    }

    #[test]
    fn given_pages_of_two_then_each_service_stands_on_exactly_one() {
        let all: Vec<_> = ["a", "b", "c", "d", "e"].map(service).into();
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let (page, next) = cut(all.iter(), after.as_ref(), 2);
            seen.extend(page);
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
        assert_eq!(cut(all.iter(), None, 5), (all.clone(), None));
    }

    #[test]
    fn given_a_language_then_the_name_is_in_it() {
        assert_eq!(ServiceBody::new(&service("a"), Language::Ja).name, "名");
        assert_eq!(ServiceBody::new(&service("a"), Language::En).name, "name");
    }
}
