//! Function `federation`: what service providers and their customers manage of federated domains and
//! workspaces (P19). It seals the secrets of directories and never opens one; it reaches none.

use tsunagu_api::{
    Routes,
    permit::{
        Admitted, AdmittedTo, FullAdministrator, Holding, With, permission::FederationManage,
        program::Csp, sharing::Federation,
    },
    routes,
};

mod change_domain;
mod change_resource;
mod create_domain;
mod create_location;
mod create_resource;
mod delete_domain;
mod delete_location;
mod delete_resource;
mod delete_workspace;
mod directory;
mod domain;
mod domain_sessions;
mod end_user_sessions;
mod federated_customer;
mod get_domain;
mod get_location;
mod get_resource;
mod get_workspace;
mod list_domains;
mod list_federated_customers;
mod list_federated_domains;
mod list_locations;
mod list_resource_customers;
mod list_resources;
mod list_workspaces;
mod location;
mod member_sessions;
mod members;
mod put_federated_customer;
mod put_workspace;
mod refusal;
mod remove_federated_customer;
mod rename_location;
mod resource;
mod resource_customer;
mod rotate_key;
mod set_resources;
mod settings;
mod workspace;

pub use settings::Management;

/// A service provider whose administrator manages federation.
type Provider = Admitted<With<FederationManage>, Holding<Csp>>;
/// One with full access.
type ProviderOwner = Admitted<FullAdministrator, Holding<Csp>>;
/// A provider for a connected customer that shares `federation`.
type ProviderFor = AdmittedTo<With<FederationManage>, Federation, Holding<Csp>>;

/// The routes of this function. Handlers take [`Management`] as an extension.
pub fn routes() -> Routes {
    Routes::new()
        .merge(locations())
        .merge(domains())
        .merge(workspaces())
        .merge(resources())
        .merge(sessions())
}

fn locations() -> Routes {
    Routes::new()
        .routes(routes!(list_locations::list_locations, create_location::create_location))
        .routes(routes!(
            get_location::get_location,
            rename_location::rename_location,
            delete_location::delete_location
        ))
        .routes(routes!(rotate_key::rotate_key))
}

fn domains() -> Routes {
    Routes::new()
        .routes(routes!(list_domains::list_domains, create_domain::create_domain))
        .routes(routes!(
            get_domain::get_domain,
            change_domain::change_domain,
            delete_domain::delete_domain
        ))
        .routes(routes!(list_federated_customers::list_federated_customers))
        .routes(routes!(
            put_federated_customer::put_federated_customer,
            remove_federated_customer::remove_federated_customer
        ))
        .routes(routes!(list_federated_domains::list_federated_domains))
}

fn workspaces() -> Routes {
    Routes::new()
        .routes(routes!(list_workspaces::list_workspaces))
        .routes(routes!(
            get_workspace::get_workspace,
            put_workspace::put_workspace,
            delete_workspace::delete_workspace
        ))
        .routes(routes!(list_workspaces::list_workspaces_of_customer))
        .routes(routes!(
            get_workspace::get_workspace_of_customer,
            put_workspace::put_workspace_for_customer,
            delete_workspace::delete_workspace_of_customer
        ))
}

fn resources() -> Routes {
    Routes::new()
        .routes(routes!(list_resources::list_resources, create_resource::create_resource))
        .routes(routes!(
            get_resource::get_resource,
            change_resource::change_resource,
            delete_resource::delete_resource
        ))
        .routes(routes!(list_resource_customers::list_resource_customers))
        .routes(routes!(resource_customer::allow_resource, resource_customer::withdraw_resource))
        .routes(routes!(set_resources::set_resources))
}

fn sessions() -> Routes {
    Routes::new()
        .routes(routes!(domain_sessions::count_domain_sessions))
        .routes(routes!(end_user_sessions::end_user_sessions))
        .routes(routes!(
            member_sessions::count_member_sessions,
            member_sessions::end_member_sessions
        ))
}
