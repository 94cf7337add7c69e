//! T16: formulas in spreadsheets, and file names.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, Response, both_engines, contract,
    product::{Product, Tenant},
    vendor::{bought, text, used},
};

/// What a spreadsheet would take for a formula, and what would break a row.
const NAMES: [&str; 10] = [
    "=1+1",
    "+81 3 0000",
    "-2+3|cmd",
    "@SUM(1)",
    "＝HYPERLINK(\"http://evil.example\")",
    "＋3",
    "－4",
    "＠5",
    "\"quoted\", with; comma",
    "さくら商事",
];

struct Stage {
    partner: Tenant,
    customer: Tenant,
}

async fn stage(product: &Product) -> Stage {
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let mut first = None;
    for (number, name) in NAMES.iter().enumerate() {
        let service = format!("s{number}");
        product
            .offer_as(&service, &json!({"name": {"ja": name, "en": name}, "model": "user"}))
            .await;
        let customer = product.register(&format!("a@c{number}.example"), name).await;
        let path = format!("/v1/platform/organizations/{}", customer.org);
        product.platform().put(&path, &json!({ "name": name })).await;
        product.connect(&customer, &partner).await;
        product.entitle(&customer, &format!("-EN{number}"), &bought(&service, 3)).await;
        product.report(&[used(&customer, &service, "u", "2026-03-01")]).await;
        first.get_or_insert(customer);
    }
    let customer = first.expect("there are names");
    for number in 0..NAMES.len() {
        let entitlement = bought(&format!("s{number}"), 3);
        product.entitle(&customer, &format!("EN-{number}"), &entitlement).await;
    }
    product.aggregate().await;
    Stage { partner, customer }
}

/// The paths of every route that gives CSV, by the contract.
fn routes(stage: &Stage) -> Vec<String> {
    let document = serde_json::to_value(contract::document()).expect("the document is JSON");
    let paths = document["paths"].as_object().expect("paths");
    let gives_csv =
        |item: &Value| !item["get"]["responses"]["200"]["content"]["text/csv"].is_null();
    let routes: Vec<_> = paths.iter().filter(|(_, item)| gives_csv(item)).collect();
    assert!(routes.len() >= 7, "{routes:?}");
    let fill = |path: &str| {
        path.replace("{partner}", &stage.partner.id)
            .replace("{account}", &stage.customer.id)
            .replace("{customer}", &stage.customer.id)
            .replace("{service}", "s0")
    };
    routes.iter().map(|(path, _)| fill(path)).collect()
}

/// The rows of a file, headings first. Each has as many cells as there are headings, or this fails.
fn rows(file: &Response) -> Vec<Vec<String>> {
    let text = text(file);
    let text = text.strip_prefix('\u{FEFF}').expect("a byte order mark");
    assert!(text.ends_with("\r\n") && !text.starts_with('\u{FEFF}'), "{text}");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.expect("as many cells as headings"));
    rows.map(|row| row.iter().map(str::to_owned).collect()).collect()
}

/// The ASCII name of a file, and the one in the reader's language (RFC 6266, RFC 8187).
fn file_names(file: &Response) -> (String, String) {
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let disposition = file.header("content-disposition").expect("plain ASCII");
    let rest = disposition.strip_prefix("attachment; filename=\"").expect("a file name");
    let (ascii, rest) = rest.split_once("\"; ").expect("its end");
    let extended = rest.strip_prefix("filename*=UTF-8''").expect("an encoded name");
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'-' || byte == b'.';
    assert!(ascii.bytes().all(plain) && ascii.strip_suffix(".csv").is_some(), "{disposition}");
    let is_attribute = |byte: u8| byte.is_ascii_alphanumeric() || b"%!#$&+-.^_`|~".contains(&byte);
    assert!(extended.bytes().all(is_attribute), "{disposition}");
    let shown = percent_decode_str(extended).decode_utf8().expect("UTF-8").into_owned();
    (ascii.to_owned(), shown)
}

fn is_formula(cell: &str) -> bool {
    let cell = cell.trim_start_matches([' ', '\u{A0}', '\u{3000}']);
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// No cell of any file is a formula, whoever chose its text, and every name is there in full.
#[apply(both_engines)]
async fn t16_given_names_like_formulas_then_no_file_has_one(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let stage = stage(&product).await;
    let mut files = BTreeSet::new();
    let mut cells = BTreeSet::new();
    for path in routes(&stage) {
        let who = if path.contains(&stage.partner.id) { &stage.partner } else { &stage.customer };
        let mut headings = Vec::new();
        for language in ["ja", "en"] {
            let reader = who.admin.reading(language).with("accept", "text/csv");
            let file = reader.get(&path).await;
            let (ascii, shown) = file_names(&file);
            match language {
                "ja" => assert!(
                    shown.strip_suffix(".csv").is_some_and(|name| !name.is_ascii()),
                    "{shown}"
                ),
                _ => assert_eq!(shown, ascii),
            }
            files.insert(ascii);
            let rows = rows(&file);
            assert!(rows.len() > 1, "{path} shows something");
            let formula = rows.iter().flatten().find(|cell| is_formula(cell));
            assert_eq!(formula, None, "{path}");
            headings.push(rows[0].clone());
            cells.extend(rows.into_iter().skip(1).flatten());
        }
        assert_eq!(headings[0].len(), headings[1].len(), "{path}");
        assert!(headings[1].iter().all(|heading| heading.is_ascii()), "{path}");
        assert_ne!(headings[0], headings[1], "{path}");
    }
    let expected = [
        "customer-entitlements.csv",
        "customer-licenses.csv",
        "customers.csv",
        "licenses.csv",
        "usage-trends.csv",
    ];
    assert!(expected.iter().all(|name| files.contains(*name)), "{files:?}");
    for name in NAMES.iter().chain(&["-EN0"]) {
        let cell = if is_formula(name) { format!("'{name}") } else { (*name).to_owned() };
        assert!(cells.contains(&cell), "{name} in {cells:?}");
    }
}

/// What could begin a cell of its own, a row or a formula behind a blank does not become a name.
#[apply(both_engines)]
async fn t16_given_control_characters_then_they_are_no_name(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    for name in ["a\t=1", "a\r=1", "a\r\n=1", "a\u{0}", "\u{200B}=1"] {
        let body = json!({ "displayName": name });
        customer.admin.patch(&customer.at(""), &body).await.expect(422);
        let service = json!({"name": {"ja": name, "en": name}, "model": "user"});
        product.platform().put("/v1/platform/services/bad", &service).await.expect(422);
        let organization = format!("/v1/platform/organizations/{}", customer.org);
        product.platform().put(&organization, &json!({ "name": name })).await.expect(422);
    }
}
