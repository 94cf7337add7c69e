//! The OpenAPI document: what all operations have in common, said in one place.

mod refusals;

use strum::VariantArray;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Header, HeaderBuilder, Info, License, OpenApi, Paths, RefOr,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        schema::{ObjectBuilder, Schema, Type},
        security::{Http, HttpAuthScheme, OpenIdConnect, SecurityScheme},
        server::ServerBuilder,
    },
};

use crate::{
    Routes,
    input::FieldErrorBody,
    problem::{Code, ProblemBody},
};

/// The document of functions' routes.
pub fn document(routes: impl IntoIterator<Item = Routes>) -> OpenApi {
    let mut document = OpenApi::new(info(), Paths::new());
    for routes in routes {
        document.merge(routes.into_openapi());
    }
    // Each router brings a title of its own, made of its crate's manifest.
    document.info = info();
    document.servers = Some(vec![ServerBuilder::new().url("/").build()]);
    complete_components(document.components.get_or_insert_with(Components::new));
    let mut shared = refusals::Shared::new();
    for (path, item) in &mut document.paths.paths {
        // Whatever can be read has a tag that its changes can name.
        let is_tagged = item.get.is_some();
        let is_changed = item.put.is_some() || item.patch.is_some() || item.delete.is_some();
        for (method, operation) in operations(item) {
            complete(method, is_tagged, operation);
            complete_answers(is_tagged && is_changed && method != "POST", operation);
            refusals::complete(refusals::Place { method, path }, operation, &mut shared);
        }
    }
    document.components.get_or_insert_with(Components::new).responses.extend(shared);
    document
}

fn info() -> Info {
    let mut info = Info::new("Tsunagu", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Partners and customers of a cloud vendor link their accounts, and the partner sees what \
         the customer shares. Clients accept unknown fields and unknown values of enumerations."
            .to_owned(),
    );
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".to_owned());
    info.license = Some(license);
    info
}

fn complete_components(components: &mut Components) {
    let mut schemas = vec![
        ("Problem".to_owned(), problem_schema()),
        ("FieldError".to_owned(), FieldErrorBody::schema()),
        ("GatewayError".to_owned(), gateway_error()),
    ];
    ProblemBody::schemas(&mut schemas);
    for (name, schema) in schemas {
        components.schemas.entry(name).or_insert(schema);
    }
    let issuer = "/.well-known/openid-configuration";
    for (name, description) in [
        ("console", "An access token of a person, with the scope `tsunagu/console`."),
        (
            "platform",
            "An access token of a machine of the vendor, with the scope `tsunagu/platform`.",
        ),
    ] {
        let scheme = OpenIdConnect::with_description(issuer, description);
        components.add_security_scheme(name, SecurityScheme::OpenIdConnect(scheme));
    }
    for (name, description) in [
        ("session", "The token of a session, as signing in at a workspace gave it."),
        ("location", "The key of a resource location, which its machines hold."),
    ] {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some(description.to_owned());
        components.add_security_scheme(name, SecurityScheme::Http(scheme));
    }
}

/// The schema of problems, with all codes: a text, so that clients take codes that are new to them.
fn problem_schema() -> RefOr<Schema> {
    let mut schema = ProblemBody::schema();
    if let RefOr::T(Schema::Object(problem)) = &mut schema
        && let Some(RefOr::T(Schema::Object(code))) = problem.properties.get_mut("code")
    {
        let known = Code::VARIANTS
            .iter()
            .map(|code| format!("- `{}` {}", code.as_str(), code.status().as_u16()));
        let known = known.collect::<Vec<_>>().join("\n");
        code.description = Some(format!(
            "The stable code: what a program should look at. More may come; these are known, each \
             with its status:\n{known}"
        ));
    }
    schema
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("GET", &mut item.get),
        ("PUT", &mut item.put),
        ("POST", &mut item.post),
        ("PATCH", &mut item.patch),
        ("DELETE", &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn complete(method: &str, is_tagged: bool, operation: &mut Operation) {
    let creates = method == "POST" && operation.responses.responses.contains_key("201");
    let parameters = operation.parameters.get_or_insert_with(Vec::new);
    parameters
        .push(header("Accept-Language", "Language of texts for people: `ja` or `en`.").into());
    if creates {
        let description = "Makes the request safe to repeat for 24 hours: the same key and body \
                           give the first answer again. 1 to 255 visible ASCII characters but the comma.";
        parameters.push(header("Idempotency-Key", description).into());
    }
    if is_tagged && matches!(method, "PUT" | "PATCH" | "DELETE") {
        let description = "The `ETag` of what was read: 412 when something else is there by now.";
        parameters.push(header("If-Match", description).into());
    }
}

/// The headers of what is answered.
fn complete_answers(is_tagged: bool, operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if is_tagged && matches!(status.as_str(), "200" | "201") {
            let description = "Names what was read or made, for `If-Match`.";
            response.headers.insert("ETag".to_owned(), answer_header(description));
        }
        if response.content.contains_key("text/csv") {
            let description = "Of the file: a name in ASCII, and one in the reader's language \
                               (RFC 6266).";
            let name = "Content-Disposition".to_owned();
            response.headers.insert(name, answer_header(description));
        }
    }
}

fn answer_header(description: &str) -> RefOr<Header> {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(description))
        .build()
        .into()
}

/// What the gateway itself answers.
fn gateway_error() -> RefOr<Schema> {
    ObjectBuilder::new()
        .property("message", ObjectBuilder::new().schema_type(Type::String))
        .required("message")
        .examples([serde_json::json!({"message": "Unauthorized"})])
        .into()
}

fn header(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

#[cfg(test)]
mod tests;
