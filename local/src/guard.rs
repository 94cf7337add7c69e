//! Who may talk to the local server at all (T19). A web page in the developer's browser reaches
//! loopback too: by a name that it rebinds, a form that it posts, a script from another origin.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header};
use tsunagu_api::{Code, Problem};

use crate::{answer::problem, cors::CorsRules};

/// Checks every request before anything else looks at it.
#[derive(Clone, Debug)]
pub struct Guard {
    hosts: Vec<String>,
    origins: CorsRules,
    development: bool,
}

/// The path under which everything stands that is there for development only.
pub(crate) const DEV: &str = "/dev/";

impl Guard {
    /// A guard for a server on this loopback port. `origins` may call the API from a browser;
    /// without `development` there is no `/dev/*`.
    pub fn new(port: u16, origins: CorsRules, development: bool) -> Self {
        let mut hosts: Vec<_> = ["127.0.0.1", "localhost", "[::1]"]
            .iter()
            .map(|host| format!("{host}:{port}"))
            .collect();
        if port == 80 {
            hosts.extend(hosts.clone().iter().map(|host| host.replace(":80", "")));
        }
        Self { hosts, origins, development }
    }

    /// The address that this server answers at, as host and port.
    pub fn authority(&self) -> &str {
        &self.hosts[0]
    }

    /// Whether `/dev/*` may be had.
    pub fn development(&self) -> bool {
        self.development
    }

    /// The refusal of a request that must not be answered.
    pub(crate) fn refusal(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let headers = request.headers();
        let dev = request.uri().path().starts_with(DEV);
        if !self.is_own_host(request) {
            return Some(forbidden("The Host header is not this server's own loopback address."));
        }
        if !self.is_own_page(headers, !dev) {
            return Some(forbidden(
                "Pages of other origins may not call this server. TSUNAGU_CORS_ORIGINS lets an \
                 origin call the API; /dev/* stays closed to it.",
            ));
        }
        if dev && request.method() == Method::POST && !is_json(headers) {
            return Some(problem(&Problem::new(Code::UnsupportedMediaType), None));
        }
        None
    }

    fn is_own_host(&self, request: &Request<Bytes>) -> bool {
        let mut named = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (named.next(), named.next()) else { return false };
        let own = |host: &str| self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
        // An absolute request target names a host too, and must not name another one.
        let target = request.uri().authority().is_none_or(|authority| own(authority.as_str()));
        host.to_str().is_ok_and(own) && target
    }

    fn is_own_page(&self, headers: &HeaderMap, others: bool) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let origin = origins.next().map(|origin| origin.to_str().unwrap_or_default());
        if origins.next().is_some() {
            return false;
        }
        if others && origin.is_some_and(|origin| self.origins.allows(origin)) {
            return true;
        }
        // What is no browser sends neither of both.
        let site = headers.get("sec-fetch-site").map(|site| site.to_str().unwrap_or_default());
        origin.is_none_or(|origin| self.is_own_origin(origin))
            && site.is_none_or(|site| matches!(site, "same-origin" | "none"))
    }

    fn is_own_origin(&self, origin: &str) -> bool {
        origin.strip_prefix("http://").is_some_and(|host| self.hosts.iter().any(|own| own == host))
    }
}

fn forbidden(detail: &str) -> Response<Bytes> {
    problem(&Problem::new(Code::Forbidden), Some(detail.to_owned()))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn guard() -> Guard {
        let allow_origins = vec!["http://localhost:5173".to_owned()];
        Guard::new(3000, CorsRules { allow_origins, ..CorsRules::default() }, true)
    }

    fn status(method: Method, uri: &str, headers: &[(&str, &str)]) -> Option<u16> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::new()).expect("a request");
        guard().refusal(&request).map(|refusal| refusal.status().as_u16())
    }

    #[rstest]
    #[case("127.0.0.1:3000")]
    #[case("localhost:3000")]
    #[case("LOCALHOST:3000")]
    #[case("[::1]:3000")]
    fn given_an_own_host_when_asked_then_it_passes(#[case] host: &str) {
        assert_eq!(status(Method::GET, "/v1/me", &[("host", host)]), None);
    }

    #[rstest]
    #[case("evil.example")]
    #[case("evil.example:3000")]
    #[case("127.0.0.1")]
    #[case("127.0.0.1:3001")]
    #[case("127.0.0.1:3000.evil.example")]
    #[case("localhost.:3000")]
    #[case("0.0.0.0:3000")]
    #[case("")]
    fn t19_given_a_rebound_host_when_asked_then_nothing_answers(#[case] host: &str) {
        assert_eq!(status(Method::GET, "/v1/me", &[("host", host)]), Some(403));
    }

    #[test]
    fn t19_given_no_host_two_hosts_or_another_target_when_asked_then_nothing_answers() {
        assert_eq!(status(Method::GET, "/v1/me", &[]), Some(403));
        let two = [("host", "127.0.0.1:3000"), ("host", "evil.example")];
        assert_eq!(status(Method::GET, "/v1/me", &two), Some(403));
        let own = [("host", "127.0.0.1:3000")];
        assert_eq!(status(Method::GET, "http://evil.example/v1/me", &own), Some(403));
        assert_eq!(status(Method::GET, "http://127.0.0.1:3000/v1/me", &own), None);
    }

    #[rstest]
    #[case("/v1/me", &[("origin", "http://127.0.0.1:3000")], None)]
    #[case("/v1/me", &[("origin", "http://localhost:3000"), ("sec-fetch-site", "same-origin")], None)]
    #[case("/v1/me", &[("sec-fetch-site", "none")], None)]
    #[case("/v1/me", &[("origin", "http://localhost:5173"), ("sec-fetch-site", "same-site")], None)]
    #[case("/v1/me", &[("origin", "https://evil.example")], Some(403))]
    #[case("/v1/me", &[("origin", "null")], Some(403))]
    #[case("/v1/me", &[("origin", "https://127.0.0.1:3000")], Some(403))]
    #[case("/v1/me", &[("origin", "http://127.0.0.1:3000"), ("origin", "null")], Some(403))]
    #[case("/v1/me", &[("sec-fetch-site", "cross-site")], Some(403))]
    #[case("/v1/me", &[("sec-fetch-site", "same-site")], Some(403))]
    #[case("/dev/token", &[("origin", "http://localhost:5173")], Some(403))]
    #[case("/dev/token", &[("origin", "http://127.0.0.1:3000")], None)]
    fn t19_given_a_page_of_another_origin_when_it_asks_then_nothing_answers(
        #[case] path: &str,
        #[case] headers: &[(&str, &str)],
        #[case] expected: Option<u16>,
    ) {
        let own = ("host", "127.0.0.1:3000");
        let headers = [&[own, ("content-type", "application/json")], headers].concat();
        assert_eq!(status(Method::POST, path, &headers), expected);
    }

    #[rstest]
    #[case("application/x-www-form-urlencoded", Some(415))]
    #[case("text/plain", Some(415))]
    #[case("multipart/form-data; boundary=application/json", Some(415))]
    #[case("application/json; charset=utf-8", None)]
    fn t19_given_a_form_when_posted_to_dev_then_it_is_refused(
        #[case] kind: &str,
        #[case] expected: Option<u16>,
    ) {
        let headers = [("host", "127.0.0.1:3000"), ("content-type", kind)];
        assert_eq!(status(Method::POST, "/dev/clock", &headers), expected);
    }
}
