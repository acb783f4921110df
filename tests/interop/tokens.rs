//! A token server that a real registry believes: it knows three accounts and what each may do, and signs what it grants.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, SigningKey as _};
use serde_json::{Value, json};

/// Who signs, as registries are told to check it.
pub const ISSUER: &str = "rpush tests";
/// For whom the tokens are.
pub const SERVICE: &str = "registry";

/// Alice may pull and push, bob may pull, and everybody may pull what is below `public/`. It answers as long as the process
/// lives.
pub struct TokenServer {
    /// Where it listens, on this machine.
    pub port: u16,
    /// The certificate of who signs: a registry's `rootcertbundle`.
    pub certificate: String,
}

struct Signer {
    key: KeyPair,
    certificate: Vec<u8>,
    password: String,
}

impl TokenServer {
    /// One for which every account has this password.
    pub fn start(password: &str) -> Self {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key");
        let certificate = CertificateParams::new([]).expect("no names").self_signed(&key).expect("a certificate");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("an address").port();
        let signer = Signer { key, certificate: certificate.der().to_vec(), password: password.to_owned() };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Who goes away in the middle has no answer.
                let _ = signer.serve(&stream);
            }
        });
        Self { port, certificate: certificate.pem() }
    }
}

impl Signer {
    fn serve(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream).lines();
        let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
        let mut authorization = None;
        for line in lines {
            let line = line?;
            match line.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                    authorization = Some(value.to_owned());
                }
                None => break,
                _ => {}
            }
        }
        let target = first.split(' ').nth(1).unwrap_or_default();
        let (status, body) = self.answer(target, authorization.as_deref());
        let body = body.to_string();
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
    }

    fn answer(&self, target: &str, authorization: Option<&str>) -> (&'static str, Value) {
        let account = match authorization {
            None => "",
            Some(sent) => {
                let is = |name: &&&str| {
                    let pair = BASE64_STANDARD.encode(format!("{name}:{}", self.password));
                    sent == format!("Basic {pair}")
                };
                let Some(name) = ["alice", "bob"].iter().find(is) else {
                    let error = json!({"code": "UNAUTHORIZED", "message": "incorrect username or password"});
                    return ("401 Unauthorized", json!({ "errors": [error] }));
                };
                name
            }
        };
        let url = url::Url::parse(&format!("http://tokens{target}")).expect("an address");
        let scopes = url.query_pairs().filter(|(name, _)| name == "scope");
        let access: Vec<Value> = scopes.filter_map(|(_, scope)| granted(account, &scope)).collect();
        ("200 OK", json!({ "token": self.token(account, &access), "expires_in": 300 }))
    }

    /// A JSON Web Token with its certificate, as `docker-registry` verifies it.
    fn token(&self, account: &str, access: &[Value]) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let head = json!({ "typ": "JWT", "alg": "RS256", "x5c": [BASE64_STANDARD.encode(&self.certificate)] });
        let claims = json!({
            "iss": ISSUER, "aud": SERVICE, "sub": account, "jti": "1",
            "iat": now, "nbf": now - 60, "exp": now + 300, "access": access,
        });
        let [head, claims] = [head, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{head}.{claims}");
        let signature = self.key.sign(signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What an account may do of `repository:NAME:ACTIONS`.
fn granted(account: &str, scope: &str) -> Option<Value> {
    let (kind, rest) = scope.split_once(':')?;
    let (name, actions) = rest.rsplit_once(':')?;
    let may = |action: &&str| match (account, *action) {
        ("alice", "pull" | "push") | ("bob", "pull") => true,
        ("", "pull") => name.starts_with("public/"),
        _ => false,
    };
    let actions: Vec<&str> = actions.split(',').filter(may).collect();
    (!actions.is_empty()).then(|| json!({ "type": kind, "name": name, "actions": actions }))
}
