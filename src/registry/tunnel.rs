//! What a proxy says that does not let a connection through. The HTTP client keeps it to itself, and it is what matters: a wrong
//! account, a host or port that is not allowed, and a host that the proxy cannot reach have different cures. So the same is asked
//! once more by hand.

use std::time::Duration;

use hyper::Uri;
use hyper_util::client::proxy::matcher::Intercept;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

use super::trouble::Trouble;

/// How long the proxy may take to say it again.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much of a proxy's words is repeated.
const MAX_WORDS: usize = 200;

/// A trouble on a way that leads through a proxy. It is the proxy that refuses connections then; and who has forgotten that the
/// environment names one has to be told which.
pub(super) async fn explain(trouble: Trouble, proxy: &Intercept, address: &Url) -> Trouble {
    let name = name(proxy.uri());
    match trouble {
        Trouble::Refused | Trouble::Dns(_) | Trouble::Lookup(_) => Trouble::ProxyGone(name),
        Trouble::ProxyAccount(_) => Trouble::ProxyAccount(name),
        Trouble::ProxyRefuses(..) => {
            let said = tokio::time::timeout(PATIENCE, ask(proxy, address)).await.ok().flatten();
            match said.as_deref().and_then(status) {
                // Tinyproxy says 401 to a wrong account.
                Some((401 | 407, _)) => Trouble::ProxyAccount(name),
                Some((_, words)) => Trouble::ProxyRefuses(name, format!(": {words}")),
                None => Trouble::ProxyRefuses(name, String::new()),
            }
        }
        trouble => trouble,
    }
}

/// What the proxy is called in messages: without the account.
fn name(proxy: &Uri) -> String {
    let port = proxy.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("the proxy {}://{}{port}", proxy.scheme_str().unwrap_or("http"), proxy.host().unwrap_or_default())
}

/// The first line of what a proxy that is spoken to in HTTP says to a CONNECT.
async fn ask(proxy: &Intercept, address: &Url) -> Option<String> {
    if proxy.uri().scheme_str() != Some("http") {
        return None;
    }
    let host = proxy.uri().host()?.trim_matches(['[', ']']);
    let mut stream = TcpStream::connect((host, proxy.uri().port_u16().unwrap_or(80))).await.ok()?;
    let to = format!("{}:{}", address.host_str()?, address.port_or_known_default()?);
    let mut request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n").into_bytes();
    if let Some(account) = proxy.basic_auth() {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(account.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await.ok()?;
    let mut answer = Vec::new();
    let mut limited = stream.take(1024);
    while !answer.contains(&b'\n') && limited.read_buf(&mut answer).await.ok()? > 0 {}
    Some(String::from_utf8_lossy(&answer).lines().next()?.to_owned())
}

/// `403` and `403 Filtered` of `HTTP/1.0 403 Filtered`; nothing of a yes, which does not explain a no.
fn status(line: &str) -> Option<(u16, String)> {
    let (version, words) = line.trim().split_once(' ')?;
    let number: u16 = words.split(' ').next()?.parse().ok()?;
    (version.starts_with("HTTP/") && number >= 300).then(|| (number, words.chars().take(MAX_WORDS).collect()))
}

#[cfg(test)]
mod tests {
    use hyper_util::client::proxy::matcher::Matcher;
    use tokio::net::TcpListener;

    use super::*;

    /// What is made of a proxy's answer, and what the proxy was asked.
    async fn explained(answer: &'static str) -> (Trouble, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let proxy = format!("http://alice:s3cr3t@{}", listener.local_addr().expect("an address"));
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") && stream.read_buf(&mut asked).await.expect("reads") > 0 {}
            stream.write_all(answer.as_bytes()).await.expect("writes");
            String::from_utf8(asked).expect("text")
        });
        let intercept = Matcher::builder().all(proxy).build().intercept(&Uri::from_static("https://r.example/"));
        let address = Url::parse("https://r.example/v2/").expect("an address");
        let refuses = Trouble::ProxyRefuses("the proxy".to_owned(), String::new());
        let trouble = explain(refuses, &intercept.expect("a proxy"), &address).await;
        (trouble, asked.await.expect("no panic"))
    }

    #[tokio::test]
    async fn a_proxy_says_why_it_does_not_let_through() {
        let (trouble, asked) = explained("HTTP/1.1 403 Filtered\r\nserver: proxy\r\n\r\n").await;
        assert!(trouble.to_string().ends_with("does not let this connection through: 403 Filtered"), "{trouble}");
        assert!(!trouble.to_string().contains("s3cr3t"), "{trouble}");
        // `alice:s3cr3t`
        let expected = "CONNECT r.example:443 HTTP/1.1\r\nHost: r.example:443\r\n\
                        Proxy-Authorization: Basic YWxpY2U6czNjcjN0\r\n\r\n";
        assert_eq!(asked, expected);
        for answer in ["HTTP/1.0 401 Unauthorized\r\n\r\n", "HTTP/1.1 407 \r\n\r\n"] {
            assert!(matches!(explained(answer).await.0, Trouble::ProxyAccount(_)), "{answer}");
        }
        for answer in ["", "HTTP/1.1 200 OK\r\n\r\n", "SSH-2.0-OpenSSH\r\n"] {
            let (trouble, _) = explained(answer).await;
            assert!(trouble.to_string().ends_with("does not let this connection through"), "{trouble}");
        }
    }
}
