//! Challenges and token servers as they really are. What happens to tokens that run out is in `tokens.rs` of the suite.

use std::time::Duration;

use super::{Deed, Place, Row, check, no};
use crate::support::{Asked, Said};

const ACCOUNT: &str = "--creds alice:s3cr3t-word";
const BASIC: &str = "Basic YWxpY2U6czNjcjN0LXdvcmQ=";

/// A registry that takes this header and nothing else; `challenges` says what it wants, with `HOST` for its own name.
fn guarded(
    challenges: &'static [&'static str],
    header: &'static str,
    token: impl Fn() -> Deed + Send + 'static,
) -> impl FnMut(&Asked) -> Deed + Send {
    move |asked| match (Place::of(asked), asked.header("authorization")) {
        (Place::Token, _) => token(),
        (_, Some(sent)) if sent == header => Deed::Pass,
        _ => {
            let mut said = no(401, "UNAUTHORIZED", "authentication required");
            for challenge in challenges {
                said = said.and("www-authenticate", &challenge.replace("HOST", asked.host()));
            }
            Deed::Answer(said)
        }
    }
}

fn given(body: &'static str) -> impl Fn() -> Deed + Send + 'static {
    move || Deed::Answer(Said::new(200, body))
}

fn nothing() -> Deed {
    Deed::Answer(Said::new(500, ""))
}

const BEARER: &[&str] = &["Bearer realm=\"http://HOST/token\",service=\"r\""];

#[test]
fn challenges() {
    let row = |name: &str, challenges: &'static [&'static str], header: &'static str| {
        Row::push(name)
            .options(ACCOUNT)
            .fault(guarded(challenges, header, given(r#"{"token":"t"}"#)))
            .sends_at_most(100)
    };
    check([
        row("Basic", &["Basic realm=\"r\""], BASIC),
        row("basic, without a realm", &["basic"], BASIC),
        row("Bearer", BEARER, "Bearer t"),
        row("Basic and Bearer in one header", &["Basic realm=\"r\", Bearer realm=\"http://HOST/token\""], "Bearer t"),
        row("Bearer and Basic in one header", &["Bearer realm=\"http://HOST/token\", Basic realm=\"r\""], "Bearer t"),
        row(
            "Basic and Bearer in two headers",
            &["Basic realm=\"r\"", "Bearer realm=\"http://HOST/token\""],
            "Bearer t",
        ),
        row("an unknown scheme first", &["Negotiate, Basic realm=\"r\""], BASIC),
        row("an unknown scheme first, with a token", &["NTLM TlRMTVNTUAAC", "Basic realm=\"r\""], BASIC),
        row("a Bearer without a realm, and Basic", &["Bearer service=\"r\"", "Basic realm=\"r\""], BASIC),
        row("a realm with a query of its own", &["Bearer realm=\"http://HOST/token?a=b&c\",service=\"r\""], "Bearer t"),
        row("unknown schemes alone", &["Negotiate", "NTLM"], BASIC)
            .fails(4, "a kind that rpush does not know: Negotiate, NTLM (HTTP 401")
            .asks(Place::HeadManifest, 1),
        row("no challenge", &[], BASIC)
            .fails(4, "does not accept the credentials of alice (HTTP 401")
            .asks(Place::HeadManifest, 1),
        row("garbage", &["=,;\"\\"], BASIC).fails(4, "does not accept the credentials of alice (HTTP 401"),
        row("a realm that is no address", &["Bearer realm=\"token\""], BASIC).fails(4, "HTTP 401"),
        row("a realm without TLS on another host", &["Bearer realm=\"http://token.example/token\""], "Bearer t")
            .fails(1, "without TLS"),
        // One try each: an account is locked by a program that insists.
        row("a wrong password", &["Basic realm=\"r\""], "Basic other")
            .fails(4, "does not accept the credentials of alice (HTTP 401")
            .asks(Place::HeadManifest, 2),
        row("401 for ever in spite of a token", BEARER, "Bearer other")
            .fails(4, "does not accept the credentials of alice (HTTP 401")
            .asks(Place::HeadManifest, 2)
            .asks(Place::Token, 1),
    ]);
}

#[test]
fn token_servers() {
    let row = |name: &str, token: fn() -> Deed| {
        Row::push(name).options(format!("{ACCOUNT} --stall-timeout 500ms")).fault(guarded(BEARER, "Bearer t", token))
    };
    check([
        row("only a token", || given(r#"{"token":"t"}"#)()).asks(Place::Token, 1),
        row("only an access_token", || given(r#"{"access_token":"t"}"#)()).asks(Place::Token, 1),
        row("an empty token and an access_token", || given(r#"{"token":"","access_token":"t"}"#)()),
        row("expires_in is 0", || given(r#"{"token":"t","expires_in":0}"#)()),
        row("expires_in is negative", || given(r#"{"token":"t","expires_in":-1}"#)()),
        row("expires_in is a text", || given(r#"{"token":"t","expires_in":"300"}"#)()),
        row("expires_in is huge", || given(r#"{"token":"t","expires_in":99999999999999999999}"#)())
            .asks(Place::Token, 1),
        row("issued_at is nonsense", || given(r#"{"token":"t","issued_at":"yesterday"}"#)()),
        row("no token", || given(r#"{"errors":[]}"#)())
            .fails(1, "gave an answer without a token")
            .asks(Place::Token, 1),
        row("a page", || given("<html>Log in</html>")()).fails(1, "without a token").asks(Place::Token, 1),
        row("nothing", || given("")()).fails(1, "without a token"),
        row("a token that is no header", || given(r#"{"token":"a\nb"}"#)()).fails(1, "no header can carry"),
        row("a page that says no", || Deed::Answer(Said::new(403, "<html><title>Keep out</title></html>")))
            .fails(4, "403 Forbidden")
            .asks(Place::Token, 1),
        row("a wrong password", || Deed::Answer(no(401, "UNAUTHORIZED", "bad credentials")))
            .fails(4, "bad credentials")
            .asks(Place::Token, 1),
        row("a redirect", || Deed::Answer(Said::new(302, "").with("location", "http://localhost:1/token")))
            .fails(1, "302")
            .asks(Place::Token, 1),
        row("slow", || Deed::Late(Duration::from_millis(200), Box::new(given(r#"{"token":"t"}"#)()))),
        row("a page of 10 MB", || Deed::Answer(Said::new(200, "x".repeat(10 << 20)))).fails(1, "too long"),
    ]);
}

/// A token server that does not answer is asked again, and not for ever.
#[test]
fn token_servers_that_are_silent() {
    let quiet = |times: usize| {
        let mut left = times;
        move |asked: &Asked| match guarded(BEARER, "Bearer t", given(r#"{"token":"t"}"#))(asked) {
            Deed::Answer(_) if Place::Token.is(asked) && left > 0 => {
                left -= 1;
                // Nobody is behind it who could be asked.
                Deed::Late(Duration::from_secs(2), Box::new(nothing()))
            }
            deed => deed,
        }
    };
    let options = |retries: u32| format!("{ACCOUNT} --stall-timeout 300ms --retry {retries}");
    check([
        Row::push("silent once").options(options(5)).fault(quiet(1)),
        Row::push("silent for ever")
            .options(options(1))
            .fault(quiet(9))
            .fails(5, "the answer was not whole after 0.3 s")
            .asks(Place::Token, 2),
    ]);
}
