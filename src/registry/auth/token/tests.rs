//! What is asked of a token server, in what words, and what is made of its answers.

use super::super::tokens::tests::{Heard, TokenService, client, server_at};
use super::*;

const SOON: Duration = Duration::from_secs(30);

const PASSWORD: &str = "Basic YWxpY2U6czNjcmV0"; // alice:s3cret

fn scopes(text: &str) -> ScopeSet {
    text.parse().unwrap_or_else(|never: std::convert::Infallible| match never {})
}

fn alice() -> Credential {
    Credential::basic("alice", "s3cret")
}

/// Asks a service that gives these answers one after the other.
async fn ask(answers: &[(u16, &str)], credential: &Credential, query: &str) -> (Result<Token, Error>, Vec<Heard>) {
    let service = TokenService::start(answers).await;
    let server = server_at(&service.url(query), Some("r.example"));
    let needed = scopes("repository:app:pull,push repository:base:pull");
    (fetch(&client(), &server, &needed, credential, SOON).await, service.heard())
}

#[tokio::test]
async fn a_02_each_scope_is_a_parameter_and_the_realms_query_stays() {
    let (token, heard) = ask(&[(200, r#"{"token":"t"}"#)], &alice(), "?own=1%2F2").await;
    assert_eq!(token.expect("a token").value().expose(), "t");
    assert_eq!(
        heard,
        [Heard {
            line: "GET /token?own=1%2F2&service=r.example&scope=repository%3Aapp%3Apull%2Cpush\
                   &scope=repository%3Abase%3Apull&client_id=rpush&account=alice HTTP/1.1"
                .into(),
            authorization: Some(PASSWORD.into()),
            body: String::new(),
        }]
    );
}

/// One that takes the request and says nothing, or says it byte by byte, would be waited for in vain.
#[tokio::test]
async fn a_token_server_that_never_answers_is_not_waited_for() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let server = server_at(&format!("http://{}/token", silent.local_addr().expect("an address")), None);
    let (needed, wait) = (scopes("repository:app:pull"), Duration::from_millis(50));
    let request = get(&client(), &server, &needed, &alice());
    let error = receive(wait, &server, &needed, request).await.expect_err("no token");
    assert!(matches!(&error, Error::Unreachable { source: Trouble::Dragging(_), .. }), "{error:?}");
    assert!(error.is_passing(), "it may have been busy");
}

#[tokio::test]
async fn a_02_nobody_asks_without_a_name() {
    let (token, heard) = ask(&[(200, r#"{"token":"t"}"#)], &Credential::Anonymous, "").await;
    assert!(token.is_ok());
    assert_eq!(heard[0].authorization, None);
    assert!(!heard[0].line.contains("account"), "{}", heard[0].line);
}

#[tokio::test]
async fn a_03_a_request_without_service_and_scope_has_neither() {
    let service = TokenService::start(&[(200, r#"{"token":"t"}"#)]).await;
    let server = server_at(&service.url(""), None).for_login();
    fetch(&client(), &server, &ScopeSet::default(), &alice(), SOON).await.expect("a token");
    assert_eq!(service.heard()[0].line, "GET /token?client_id=rpush&offline_token=true&account=alice HTTP/1.1");
}

#[tokio::test]
async fn a_08_a_refresh_token_is_posted_with_all_scopes_in_one() {
    let identity = Credential::IdentityToken("re+fresh".into());
    let answer = r#"{"access_token":"t","refresh_token":"next","scope":"repository:app:pull"}"#;
    let (token, heard) = ask(&[(200, answer)], &identity, "").await;
    let token = token.expect("a token");
    assert_eq!((token.value().expose(), token.refresh_token()), ("t", Some(&"next".into())));
    assert_eq!(token.granted().map(ToString::to_string).as_deref(), Some("repository:app:pull"));
    assert!(token.covers(&scopes("repository:base:pull")));
    assert_eq!(
        heard,
        [Heard {
            line: "POST /token HTTP/1.1".into(),
            authorization: None,
            body: "grant_type=refresh_token&service=r.example&client_id=rpush\
                   &scope=repository%3Aapp%3Apull%2Cpush+repository%3Abase%3Apull&refresh_token=re%2Bfresh"
                .into(),
        }]
    );
}

#[tokio::test]
async fn a_08_a_server_without_oauth_is_asked_the_other_way() {
    let identity = Credential::IdentityToken("refresh".into());
    for status in [400, 401, 404, 405] {
        let (token, heard) = ask(&[(status, ""), (200, r#"{"token":"t"}"#)], &identity, "").await;
        assert!(token.is_ok(), "{status}");
        assert!(heard[1].line.starts_with("GET /token?service="), "{}", heard[1].line);
        assert_eq!(heard[1].authorization.as_deref(), Some("Basic OnJlZnJlc2g="));
    }
    let (refused, heard) = ask(&[(503, "")], &identity, "").await;
    assert!(refused.is_err() && heard.len() == 1);
}

#[tokio::test]
async fn a_revoked_refresh_token_is_told_in_the_servers_words() {
    let identity = Credential::IdentityToken("refresh".into());
    let revoked = r#"{"error":"invalid_grant","error_description":"token revoked"}"#;
    for status in [400, 401] {
        let (refused, _) = ask(&[(status, revoked), (401, "")], &identity, "").await;
        let Err(Error::Denied { source, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(source.text, "invalid_grant: token revoked");
    }
}

#[tokio::test]
async fn a_registrys_own_token_goes_to_no_token_server() {
    let credential = Credential::RegistryToken("bearer".into());
    let (token, heard) = ask(&[], &credential, "").await;
    assert_eq!(token.expect("a token").value().expose(), "bearer");
    assert_eq!(heard, []);
}

#[tokio::test]
async fn refusals_keep_the_servers_words() {
    for (status, body, words, passing) in [
        (
            401,
            r#"{"errors":[{"code":"UNAUTHORIZED","message":"bad creds"}]}"#,
            "401 Unauthorized: UNAUTHORIZED: bad creds",
            false,
        ),
        (
            401,
            r#"{"details":"incorrect username or password"}"#,
            "401 Unauthorized: incorrect username or password",
            false,
        ),
        (403, "go away\n", "403 Forbidden: go away", false),
        (401, "<html>no</html>", "401 Unauthorized", false),
        (429, "", "429 Too Many Requests", true),
        (503, "[]", "503 Service Unavailable", true),
        (500, &"x".repeat(MAX_ANSWER + 1), "500 Internal Server Error", true),
        (400, "bad", "400 Bad Request: bad", false),
        (307, "", "307 Temporary Redirect", false),
    ] {
        let (refused, heard) = ask(&[(status, body)], &alice(), "").await;
        let error = refused.expect_err("no token");
        assert_eq!(error.is_passing(), passing, "{status}");
        let (Error::Denied { source, .. } | Error::Failed { source, .. }) = error else { panic!("{error:?}") };
        assert_eq!(source.to_string(), words);
        assert_eq!(heard.len(), 1, "one try, or an account is locked");
    }
}

#[tokio::test]
async fn answers_without_a_token_are_told() {
    let long = format!(r#"{{"token":"{}"}}"#, "t".repeat(MAX_ANSWER));
    for (body, words) in [
        ("<html>", "it is not JSON"),
        ("{}", "it has no `token`"),
        (r#"{"token":""}"#, "it has no `token`"),
        (r#"{"token":"a\nb"}"#, "no header can carry its `token`"),
        (&long, "it is too long"),
    ] {
        let (refused, _) = ask(&[(200, body)], &alice(), "").await;
        assert!(matches!(refused, Err(Error::Malformed { why, .. }) if why == words), "{body:.20}");
    }
}

#[test]
fn a_06_what_is_granted_is_known_when_it_is_said_in_the_words_of_registries() {
    for (scope, granted) in [
        (r#","scope":"repository:app:pull""#, Some("repository:app:pull")),
        (r#","scope":"""#, Some("")),
        (r#","scope":"read write""#, None),
        (r#","scope":null"#, None),
        ("", None),
    ] {
        let asked: ScopeSet = scopes("repository:app:pull,push");
        let token = parse(format!(r#"{{"token":"t"{scope}}}"#).as_bytes(), &asked).expect("a token");
        assert_eq!(token.granted().map(ToString::to_string).as_deref(), granted, "{scope}");
        assert_eq!(token.to_keep().is_some(), granted.is_none(), "less than was asked for is not kept: {scope}");
    }
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let server = server_at(&TokenService::gone().await, None);
    let error = fetch(&client(), &server, &ScopeSet::default(), &alice(), SOON).await.expect_err("nobody");
    assert!(matches!(error, Error::Unreachable { .. }) && error.is_passing());
    assert!(!format!("{error:?}").contains("alice"), "{error:?}");
}

#[tokio::test]
async fn a_05_a_token_lives_a_minute_at_least() {
    for (body, life) in [
        (r#"{"token":"t"}"#, 60),
        (r#"{"token":"","access_token":"t","expires_in":0}"#, 60),
        (r#"{"token":"t","expires_in":-5}"#, 60),
        (r#"{"token":"t","expires_in":300}"#, 300),
        (r#"{"token":"t","expires_in":"300"}"#, 300),
        (r#"{"token":"t","expires_in":1e300}"#, 30 * 24 * 3600),
        (r#"{"token":"t","expires_in":null,"issued_at":"1999-01-01T00:00:00Z"}"#, 60),
    ] {
        let before = Instant::now();
        let token = parse(body.as_bytes(), &ScopeSet::default()).expect("a token");
        let life = Duration::from_secs(life);
        assert!(token.is_fresh(before + life - MARGIN - Duration::from_nanos(1)), "{body}");
        assert!(!token.is_fresh(Instant::now() + life - MARGIN), "{body}");
    }
}
