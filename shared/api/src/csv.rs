//! Lists as CSV for spreadsheets (RFC 4180), which nobody can smuggle a formula into (T16).

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use chrono::SecondsFormat;
use csv::{Terminator, Writer, WriterBuilder};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use tsunagu_domain::{Invalid, locale::Language, time::Instant};

use crate::{
    App, json,
    problem::{Code, Problem},
    query,
    texts::Text,
};

/// Tells spreadsheets that the text is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();
/// The most bytes of a file: a Lambda function answers at most 6 MB, and the event around the file
/// escapes its quotes and line ends.
const MAX_BYTES: usize = 4_500_000;

/// What a spreadsheet may take for the beginning of a formula, full-width forms included.
const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
/// What may stand unencoded in an extended parameter value (RFC 8187, section 3.2.1).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// In which form a list is asked for: `?format=`, or else `Accept`. It stands before
/// [`Query`](crate::Query) or [`Page`](crate::Page) in a handler's signature; without it these refuse
/// `format` as unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON page.
    Json,
    /// A CSV file.
    Csv,
}

/// Marks a request whose `format` parameter has been looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FormatRead;

impl FromRequestParts<App> for Format {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let (parameters, _) = query::parameters(parts)?;
        parts.extensions.insert(FormatRead);
        match parameters.get("format").map(|format| format.as_str().unwrap_or_default()) {
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some(_) => Err(Problem::invalid("/format", Invalid::UnknownValue)),
            None => Ok(Self::accepted(&parts.headers)),
        }
    }
}

impl Format {
    /// The answer in this form: a body as JSON, or what `file` makes of it.
    pub fn respond<B: Serialize>(self, body: &B, file: impl FnOnce(&B) -> Csv) -> Response {
        match self {
            Self::Json => json::respond(StatusCode::OK, body),
            Self::Csv => file(body).into_response(),
        }
    }

    /// CSV where it is named and JSON is not: whoever takes anything gets JSON.
    fn accepted(headers: &HeaderMap) -> Self {
        let named = |wanted: &str| {
            let values = headers.get_all(header::ACCEPT).iter();
            values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(
                |range| {
                    let mut parts = range.split(';').map(str::trim);
                    let essence = parts.next().unwrap_or_default();
                    essence.eq_ignore_ascii_case(wanted) && !parts.any(is_refusal)
                },
            )
        };
        if named("text/csv") && !named("application/json") { Self::Csv } else { Self::Json }
    }
}

/// Whether a parameter of a media range is a weight of zero: what is named is not wanted.
fn is_refusal(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(name, weight)| {
        let weight: Option<f32> = weight.trim().parse().ok();
        name.trim().eq_ignore_ascii_case("q") && weight.is_some_and(|weight| weight <= 0.0)
    })
}

/// A CSV file.
#[derive(Debug)]
pub struct Csv {
    file_name: &'static str,
    shown_name: String,
    writer: Writer<Vec<u8>>,
}

impl Csv {
    /// An empty table. `file_name` is plain ASCII without an ending, `shown_name` the same in the
    /// reader's language; so are the headings.
    pub fn new(file_name: &'static str, shown_name: &str, headings: &[&str]) -> Self {
        let writer =
            WriterBuilder::new().terminator(Terminator::CRLF).from_writer(BYTE_ORDER_MARK.to_vec());
        let mut csv = Self { file_name, shown_name: shown_name.to_owned(), writer };
        csv.row(headings);
        csv
    }

    /// An empty table, with its name and headings in the reader's language.
    pub fn titled(
        file_name: &'static str,
        shown_name: Text,
        headings: &[Text],
        language: Language,
    ) -> Self {
        let headings: Vec<_> = headings.iter().map(|text| text.in_language(language)).collect();
        Self::new(file_name, shown_name.in_language(language), &headings)
    }

    /// Adds a row of as many cells as there are headings.
    ///
    /// # Panics
    ///
    /// If there are more or fewer.
    pub fn row<C: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = C>) {
        let cells = cells.into_iter().map(|cell| harmless(cell.as_ref()));
        self.writer.write_record(cells).expect("memory takes rows of as many cells as headings");
    }

    fn disposition(&self) -> Result<HeaderValue, Problem> {
        let shown = format!("{}.csv", self.shown_name);
        let shown = utf8_percent_encode(&shown, ENCODED);
        let name = self.file_name;
        HeaderValue::from_str(&format!(
            "attachment; filename=\"{name}.csv\"; filename*=UTF-8''{shown}"
        ))
        .map_err(Problem::internal)
    }

    fn render(self) -> Result<Response, Problem> {
        let disposition = self.disposition()?;
        let bytes = self.writer.into_inner().map_err(|error| Problem::internal(error.error()))?;
        if bytes.len() > MAX_BYTES {
            return Err(Problem::new(Code::ExportTooLarge));
        }
        let mut response = bytes.into_response();
        let headers = response.headers_mut();
        let media_type = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
        headers.insert(header::CONTENT_TYPE, media_type);
        headers.insert(header::CONTENT_DISPOSITION, disposition);
        Ok(response)
    }
}

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        self.render().into_response()
    }
}

/// A value as a cell; empty where there is none.
pub fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// An instant as a cell, as JSON has it: RFC 3339, UTC, `Z`.
pub fn instant(at: Option<Instant>) -> String {
    cell(at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)))
}

/// A cell that a spreadsheet shows as what it is: text.
fn harmless(cell: &str) -> String {
    let cell = cell.replace('\0', "");
    let first = cell.trim_start_matches([' ', '\u{A0}', '\u{3000}']).chars().next();
    if first.is_some_and(|first| FORMULA_STARTS.contains(&first)) {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("=1+1", "'=1+1")]
    #[case("  =cmd", "'  =cmd")]
    #[case("\u{3000}＝1", "'\u{3000}＝1")]
    #[case("＋81", "'＋81")]
    #[case("－1", "'－1")]
    #[case("＠a", "'＠a")]
    #[case("-1", "'-1")]
    #[case("@sum", "'@sum")]
    #[case("\tx", "'\tx")]
    #[case("\rx", "'\rx")]
    #[case("\nx", "'\nx")]
    #[case("\0=1", "'=1")]
    #[case("a\0b", "ab")]
    #[case("a=b", "a=b")]
    #[case("0.4", "0.4")]
    #[case("", "")]
    fn t16_no_cell_begins_as_a_formula(#[case] cell: &str, #[case] expected: &str) {
        assert_eq!(harmless(cell), expected);
    }

    #[test]
    fn t16_quotes_and_separators_stay_inside_their_cell() {
        let mut csv = Csv::new("customers", "顧客", &["名前", "参照"]);
        csv.row(["a,\"b\"", "two\nlines"]);
        let bytes = csv.writer.into_inner().expect("in memory");
        let expected = "\u{FEFF}名前,参照\r\n\"a,\"\"b\"\"\",\"two\nlines\"\r\n";
        assert_eq!(String::from_utf8(bytes).expect("UTF-8"), expected);
    }

    proptest! {
        /// Given any cells, when a reader of CSV reads the file, then each is what it was, as text: no
        /// cell begins as a formula, and none spills into another (T16).
        #[test]
        fn t16_any_cell_reads_back_as_text(
            rows in proptest::collection::vec(
                ["([=+@＝＋－＠\"',;\\t\\r\\n\\x00 \u{A0}\u{3000}-]|\\PC){0,8}", ".{0,8}"], 0..6,
            ),
        ) {
            let mut csv = Csv::new("file", "file", &["a", "b"]);
            for row in &rows {
                csv.row(row);
            }
            let bytes = csv.writer.into_inner().expect("in memory");
            let text = bytes.strip_prefix(BYTE_ORDER_MARK).expect("a mark");
            let mut reader = csv::ReaderBuilder::new().from_reader(text);
            let read: Vec<_> = reader.records().collect::<Result<_, _>>().expect("it is CSV");
            prop_assert_eq!(read.len(), rows.len());
            for (cell, given) in read.iter().flatten().zip(rows.iter().flatten()) {
                let given = given.replace('\0', "");
                prop_assert_eq!(cell.strip_prefix('\'').filter(|_| cell != given).unwrap_or(cell), given);
                let shown = cell.trim_start_matches([' ', '\u{A0}', '\u{3000}']);
                prop_assert!(!shown.starts_with(FORMULA_STARTS), "{:?}", cell);
            }
        }
    }

    #[test]
    fn given_a_language_then_name_and_headings_are_in_it() {
        let name = Text::new("顧客", "customers");
        let headings = [Text::new("名前", "Name"), Text::new("参照", "Reference")];
        let written = |language| {
            let csv = Csv::titled("customers", name, &headings, language);
            (csv.shown_name, String::from_utf8(csv.writer.into_inner().expect("in memory")))
        };
        let (shown, text) = written(Language::Ja);
        assert_eq!((shown.as_str(), text.as_deref()), ("顧客", Ok("\u{FEFF}名前,参照\r\n")));
        let (shown, text) = written(Language::En);
        assert_eq!(
            (shown.as_str(), text.as_deref()),
            ("customers", Ok("\u{FEFF}Name,Reference\r\n"))
        );
    }

    #[test]
    fn given_what_may_be_missing_then_its_cell_is_empty() {
        let at = "2026-03-01T09:00:00.5+09:00".parse().ok();
        assert_eq!(cell(Some(0.4)), "0.4");
        assert_eq!(cell(None::<u32>), "");
        assert_eq!(instant(at), "2026-03-01T00:00:00.500Z");
        assert_eq!(instant(None), "");
    }

    #[test]
    fn t16_the_file_name_is_ascii_beside_its_encoded_form() {
        let csv = Csv::new("customers", "顧客\"; x=\r\n/..", &["a"]);
        let response = csv.into_response();
        let expected = "attachment; filename=\"customers.csv\"; \
                        filename*=UTF-8''%E9%A1%A7%E5%AE%A2%22%3B%20x%3D%0D%0A%2F...csv";
        assert_eq!(response.headers()[header::CONTENT_DISPOSITION], expected);
    }

    #[test]
    fn given_more_than_one_file_can_hold_then_it_is_refused_rather_than_cut() {
        let mut csv = Csv::new("customers", "customers", &["a"]);
        let cell = "あ".repeat(1_000);
        for _ in 0..=MAX_BYTES / cell.len() {
            csv.row([&cell]);
        }
        let problem = csv.render().expect_err("too large");
        assert_eq!(problem.code(), Code::ExportTooLarge);
    }

    #[rstest]
    #[case("text/csv", Format::Csv)]
    #[case("Text/CSV; q=0.9", Format::Csv)]
    #[case("application/json, text/csv", Format::Json)]
    #[case("text/csv;q=0", Format::Json)]
    #[case("text/csv; header=present; Q=0.000", Format::Json)]
    #[case("application/json;q=0, text/csv", Format::Csv)]
    #[case("*/*", Format::Json)]
    #[case("", Format::Json)]
    fn given_accept_then_csv_is_given_where_it_is_asked_for(
        #[case] accept: &str,
        #[case] expected: Format,
    ) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_str(accept).expect("a value"));
        assert_eq!(Format::accepted(&headers), expected);
    }
}
