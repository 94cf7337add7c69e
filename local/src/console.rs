//! Where invite links lead on a laptop without a console: a page that says so.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use tsunagu_domain::invitation::InviteToken;

/// The path of invite links.
const INVITATIONS: &str = "/invitations/";

/// The page behind an invite link; `None` for every other request.
pub(crate) fn page(request: &Request<Bytes>) -> Option<Response<Bytes>> {
    let token = request.uri().path().strip_prefix(INVITATIONS)?;
    if request.method() != Method::GET || token.is_empty() || token.contains('/') {
        return None;
    }
    // What is no token of ours is not repeated: it may be anything.
    let token = token.parse::<InviteToken>().map_or("{token}", |_| token);
    let text = format!(
        "Here a console would show the invitation. Tsunagu has none of its own: this is the API.\n\
         Read it at /v1/invitations/{token}\n\
         Accept it by POST /v1/invitations/{token}/accept\n"
    );
    let mut response = Response::new(Bytes::from(text));
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The address holds the link's secret.
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Some(response)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const TOKEN: &str = "lnerbOJr1_U--_x6z3GaR4wzhEjGysWEV4mcG89fbfg";

    fn shown(method: Method, path: &str) -> Option<Response<Bytes>> {
        page(&Request::builder().method(method).uri(path).body(Bytes::new()).expect("a request"))
    }

    #[test]
    fn given_an_invite_link_when_opened_then_the_page_says_where_the_invitation_is() {
        let answer = shown(Method::GET, &format!("/invitations/{TOKEN}?x=1")).expect("a page");
        let text = std::str::from_utf8(answer.body()).expect("text");
        assert!(text.contains(&format!("/v1/invitations/{TOKEN}\n")), "{text}");
        assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    }

    #[rstest]
    #[case("/invitations/%3Cscript%3E")]
    #[case("/invitations/buy-this")]
    fn given_something_else_in_the_link_when_opened_then_it_is_not_repeated(#[case] path: &str) {
        let answer = shown(Method::GET, path).expect("a page");
        let text = std::str::from_utf8(answer.body()).expect("text");
        assert!(text.contains("/v1/invitations/{token}\n"), "{text}");
        assert!(!text.contains("script") && !text.contains("buy"), "{text}");
    }

    #[rstest]
    #[case(Method::POST, "/invitations/x")]
    #[case(Method::GET, "/invitations/")]
    #[case(Method::GET, "/invitations/x/y")]
    #[case(Method::GET, "/v1/invitations/x")]
    fn given_another_request_then_the_page_is_not_for_it(
        #[case] method: Method,
        #[case] path: &str,
    ) {
        assert!(shown(method, path).is_none());
    }
}
