//! Which route a request takes, chosen as an HTTP API chooses it.

use std::{cmp::Ordering, collections::BTreeMap, str::FromStr};

use http::Method;
use percent_encoding::percent_decode_str;

/// One operation of the HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method, or any.
    pub verb: Verb,
    /// The path with its parameters.
    pub path: PathTemplate,
    /// Who may pass the gateway.
    pub access: Access,
    /// The function behind it, by name.
    pub function: String,
}

/// Who may pass the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody; the function decides.
    Public,
    /// A valid token; where scopes are named, one that carries any of them.
    Token {
        /// The scopes, any of which opens the route.
        scopes: Vec<String>,
    },
}

/// The method part of a route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Every method.
    Any,
    /// This one, in upper case.
    One(String),
}

impl FromStr for Verb {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let upper = text.to_ascii_uppercase();
        match upper.as_str() {
            "ANY" | "X-AMAZON-APIGATEWAY-ANY-METHOD" => Ok(Self::Any),
            "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS" => {
                Ok(Self::One(upper))
            }
            _ => Err(format!("{text} is not a method")),
        }
    }
}

/// A path as routes write it: `/v1/accounts/{accountId}`, `/files/{path+}` or `$default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathTemplate {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Static(String),
    Parameter(String),
    /// The rest of the path, one segment or more.
    Greedy(String),
}

impl PathTemplate {
    /// The route that takes what no other does.
    pub const DEFAULT: &str = "$default";

    /// The path as the template writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn is_default(&self) -> bool {
        self.text == Self::DEFAULT
    }

    /// The decoded parameters where `raw`, a path as sent, is one of this route. Matching looks at
    /// the encoded path, so an encoded slash stays inside its parameter and is decoded there (T1).
    fn matches(&self, raw: &str) -> Option<BTreeMap<String, String>> {
        let mut rest = raw.strip_prefix('/')?.split('/');
        let mut parameters = BTreeMap::new();
        for segment in &self.segments {
            let sent = rest.next()?;
            match segment {
                Segment::Static(text) if text == sent => {}
                Segment::Parameter(name) if !sent.is_empty() => {
                    parameters.insert(name.clone(), decoded(sent));
                }
                Segment::Greedy(name) if !sent.is_empty() => {
                    let all: Vec<_> = std::iter::once(sent).chain(rest).collect();
                    parameters.insert(name.clone(), decoded(&all.join("/")));
                    return Some(parameters);
                }
                _ => return None,
            }
        }
        rest.next().is_none().then_some(parameters)
    }

    /// `Greater` is the more specific: exact text beats a parameter, which beats a greedy one.
    fn specificity(&self, other: &Self) -> Ordering {
        let rank = |segment: &Segment| match segment {
            Segment::Static(_) => 2,
            Segment::Parameter(_) => 1,
            Segment::Greedy(_) => 0,
        };
        self.segments.iter().map(rank).cmp(other.segments.iter().map(rank))
    }
}

impl FromStr for PathTemplate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == Self::DEFAULT {
            return Ok(Self { text: text.to_owned(), segments: Vec::new() });
        }
        let path = text.strip_prefix('/').ok_or_else(|| format!("{text} does not begin with /"))?;
        let segments = path.split('/').map(segment).collect::<Result<Vec<_>, _>>()?;
        let greedy = segments.iter().position(|part| matches!(part, Segment::Greedy(_)));
        if greedy.is_some_and(|at| at + 1 < segments.len()) {
            return Err(format!("{text} goes on behind a greedy parameter"));
        }
        Ok(Self { text: text.to_owned(), segments })
    }
}

fn segment(text: &str) -> Result<Segment, String> {
    let Some(name) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
        if text.contains(['{', '}']) {
            return Err(format!("{text} is neither text nor a parameter"));
        }
        return Ok(Segment::Static(text.to_owned()));
    };
    let (name, greedy) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) {
        return Err(format!("{text} is not the name of a parameter"));
    }
    let name = name.to_owned();
    Ok(if greedy { Segment::Greedy(name) } else { Segment::Parameter(name) })
}

/// The text behind percent-encoding. What is no UTF-8 becomes U+FFFD, which opens nothing.
pub(crate) fn decoded(raw: &str) -> String {
    percent_decode_str(raw).decode_utf8_lossy().into_owned()
}

impl Route {
    /// The route key as API Gateway names it: `GET /v1/me`, or `$default`.
    pub fn key(&self) -> String {
        match &self.verb {
            _ if self.path.is_default() => PathTemplate::DEFAULT.to_owned(),
            Verb::Any => format!("ANY {}", self.path.text),
            Verb::One(method) => format!("{method} {}", self.path.text),
        }
    }

    /// The key with its parameters' names left out: two routes of one shape take the same requests.
    pub(crate) fn shape(&self) -> String {
        let shape = |segment: &Segment| match segment {
            Segment::Static(text) => text.clone(),
            Segment::Parameter(_) => "{}".to_owned(),
            Segment::Greedy(_) => "{+}".to_owned(),
        };
        let path: Vec<_> = self.path.segments.iter().map(shape).collect();
        format!("{:?} {} {}", self.verb, self.path.is_default(), path.join("/"))
    }

    fn takes(&self, method: &Method) -> bool {
        match &self.verb {
            Verb::Any => true,
            Verb::One(name) => name == method.as_str(),
        }
    }
}

/// The route that a request takes, with its decoded path parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched<'a> {
    /// The route.
    pub route: &'a Route,
    /// Its parameters, decoded.
    pub parameters: BTreeMap<String, String>,
}

/// Chooses among `routes` for a method and a path as sent: the most specific path, then the exact
/// method before `ANY`, then `$default`.
pub fn choose<'a>(routes: &'a [Route], method: &Method, raw_path: &str) -> Option<Matched<'a>> {
    let specific = routes
        .iter()
        .filter(|route| !route.path.is_default() && route.takes(method))
        .filter_map(|route| Some(Matched { route, parameters: route.path.matches(raw_path)? }))
        .max_by(|a, b| {
            let by_path = a.route.path.specificity(&b.route.path);
            by_path.then_with(|| a.route.verb.cmp(&b.route.verb))
        });
    specific.or_else(|| {
        let route = routes.iter().find(|route| route.path.is_default())?;
        Some(Matched { route, parameters: BTreeMap::new() })
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn routes() -> Vec<Route> {
        let keys = [
            "GET /v1/me",
            "GET /v1/accounts/{accountId}",
            "ANY /v1/accounts/{accountId}",
            "POST /v1/accounts/{accountId}/notifications/dismiss",
            "POST /v1/accounts/{accountId}/notifications/{notificationId}",
            "GET /v1/accounts/{accountId}/customers/{customer}",
            "GET /v1/platform/accounts/{accountId}",
            "GET /files/{path+}",
            "GET /files/readme",
        ];
        let mut routes: Vec<_> = keys
            .iter()
            .map(|key| {
                let (verb, path) = key.split_once(' ').expect("a key has two parts");
                Route {
                    verb: verb.parse().expect("a method"),
                    path: path.parse().expect("a path"),
                    access: Access::Public,
                    function: "f".to_owned(),
                }
            })
            .collect();
        let default = PathTemplate::DEFAULT.parse().expect("a path");
        routes.push(Route {
            verb: Verb::Any,
            path: default,
            access: Access::Public,
            function: "f".into(),
        });
        routes
    }

    #[rstest]
    #[case("GET", "/v1/me", "GET /v1/me")]
    #[case("GET", "/v1/accounts/a", "GET /v1/accounts/{accountId}")]
    #[case("PUT", "/v1/accounts/a", "ANY /v1/accounts/{accountId}")]
    #[case(
        "POST",
        "/v1/accounts/a/notifications/dismiss",
        "POST /v1/accounts/{accountId}/notifications/dismiss"
    )]
    #[case(
        "POST",
        "/v1/accounts/a/notifications/n1",
        "POST /v1/accounts/{accountId}/notifications/{notificationId}"
    )]
    #[case("GET", "/files/readme", "GET /files/readme")]
    #[case("GET", "/files/a/b", "GET /files/{path+}")]
    #[case("GET", "/files/", "$default")]
    #[case("POST", "/v1/me", "$default")]
    #[case("GET", "/v1/me/", "$default")]
    #[case("GET", "/v1//me", "$default")]
    #[case("GET", "/v1/accounts/", "$default")]
    #[case("GET", "/", "$default")]
    #[case("GET", "/V1/ME", "$default")]
    fn given_routes_when_a_request_comes_then_the_most_specific_takes_it(
        #[case] method: Method,
        #[case] path: &str,
        #[case] expected: &str,
    ) {
        let routes = routes();
        let matched = choose(&routes, &method, path).expect("$default takes all else");
        assert_eq!(matched.route.key(), expected);
    }

    #[rstest]
    #[case(
        "/v1/accounts/a/customers/..%2F..%2F..%2Fplatform%2Faccounts%2Fb",
        "../../../platform/accounts/b"
    )]
    #[case("/v1/accounts/a/customers/b%23c", "b#c")]
    #[case("/v1/accounts/a/customers/%2e%2e", "..")]
    #[case("/v1/accounts/a/customers/b%5Cc", "b\\c")]
    #[case("/v1/accounts/a/customers/%E9%A1%A7%E5%AE%A2+1", "顧客+1")]
    #[case("/v1/accounts/a/customers/%252F", "%2F")]
    fn t1_given_an_encoded_separator_when_matched_then_it_stays_in_its_parameter(
        #[case] path: &str,
        #[case] customer: &str,
    ) {
        let routes = routes();
        let matched = choose(&routes, &Method::GET, path).expect("a route");
        assert_eq!(matched.route.key(), "GET /v1/accounts/{accountId}/customers/{customer}");
        assert_eq!(matched.parameters["customer"], customer);
        assert_eq!(matched.parameters["accountId"], "a");
    }

    #[test]
    fn given_no_default_when_nothing_matches_then_there_is_no_route() {
        let routes: Vec<_> = routes().into_iter().filter(|r| !r.path.is_default()).collect();
        assert_eq!(choose(&routes, &Method::GET, "/nowhere"), None);
    }

    #[rstest]
    #[case("v1/me")]
    #[case("/v1/{}")]
    #[case("/v1/{a b}")]
    #[case("/v1/x{a}")]
    #[case("/v1/{a+}/b")]
    fn given_a_malformed_path_when_parsed_then_it_is_refused(#[case] path: &str) {
        assert!(path.parse::<PathTemplate>().is_err());
    }
}
