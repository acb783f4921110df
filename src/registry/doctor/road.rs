//! The way to a registry: its name, a connection, TLS, the first answer, and what time it is there.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::DATE;
use reqwest::{Method, Response};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::super::call::Call;
use super::super::error::Error;
use super::super::proxy::ProxyAddress;
use super::super::transport::{Manner, Route, Transport};
use super::super::trouble::Trouble;
use super::super::trust::{CertificateFault, portrait};
use super::super::verdict::Acquaintance;
use super::finding::{Attempt, Chart};
use super::{Check, DUE, Examination, Fact, PATIENCE, Reason, text};
use crate::content::{self, Advice, Class};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Addresses that are tried; of a name that has more, the first ones.
const MAX_ADDRESSES: usize = 8;

/// A difference between the clocks from which on tokens and signatures begin to fail.
const SKEW: i64 = 60;

/// Goes the way up to the first answer.
pub(super) async fn examine(exam: &Examination, chart: &mut Chart<'_>) -> Result<Response, Reason> {
    let route = exam.caller.route().await;
    let proxy = route.as_ref().ok().and_then(|route| route.proxy());
    let (name, port) = match (&proxy, &route) {
        (Some(proxy), _) => proxy.host_and_port(),
        (None, Ok(route)) => host_and_port(route),
        (None, Err(_)) => (exam.host.name(), exam.host.port().unwrap_or(443)),
    };
    let addresses = resolve(exam, chart, (name, port), proxy.as_ref().map(ToString::to_string)).await?;
    let address = connect(exam, chart, &addresses, proxy.as_ref()).await?;
    let route = match route {
        Ok(route) => route,
        // Files of certificates that cannot be used: which one is as much of it as why.
        Err(error) => {
            let why = std::error::Error::source(&error).map(|why| format!(": {why}")).unwrap_or_default();
            chart.fail(Check::Tls, None, content::Error::new(error.class(), format!("{error}{why}")));
            return Err(Reason::After(Check::Tls));
        }
    };
    match (&proxy, route.manner) {
        (proxy, Manner::Plain) => plain(exam, chart, address, proxy.is_none()).await?,
        (Some(_), _) => chart.skip(&[Check::Tls], Reason::Proxy),
        (None, _) => tls(exam, chart, route, address).await?,
    }
    greet(exam, chart).await
}

fn host_and_port(route: &Route) -> (&str, u16) {
    let host = route.base.host_str().unwrap_or_default().trim_matches(['[', ']']);
    (host, route.base.port_or_known_default().unwrap_or(443))
}

async fn resolve(
    exam: &Examination,
    chart: &mut Chart<'_>,
    (name, port): (&str, u16),
    proxy: Option<String>,
) -> Result<Vec<SocketAddr>, Reason> {
    let trouble = match tokio::time::timeout(CONNECT, tokio::net::lookup_host((name, port))).await {
        Err(_) => Trouble::Timeout,
        Ok(Err(error)) => Trouble::of_lookup(error.to_string()),
        Ok(Ok(addresses)) => {
            // In one order, whatever the resolver's is today.
            let mut found: Vec<SocketAddr> = addresses.take(MAX_ADDRESSES).collect();
            found.sort();
            found.dedup();
            let addresses = found.iter().map(SocketAddr::ip).collect();
            chart.fine(Check::Name, Fact::Name { name: name.to_owned(), addresses, proxy });
            return Ok(found);
        }
    };
    let advice = match proxy {
        Some(_) => None,
        None => Some(Advice::CheckName(exam.host.clone())),
    };
    let error = content::Error::from(exam.unreachable(&format!("find {name}"), trouble));
    chart.fail(Check::Name, None, advice.into_iter().fold(error, content::Error::advise));
    Err(Reason::After(Check::Name))
}

/// Connects to every address, and gives the first that answers.
async fn connect(
    exam: &Examination,
    chart: &mut Chart<'_>,
    addresses: &[SocketAddr],
    proxy: Option<&ProxyAddress>,
) -> Result<SocketAddr, Reason> {
    let tries = addresses.iter().map(|address| async {
        let since = Instant::now();
        let connected = tokio::time::timeout(CONNECT, TcpStream::connect(*address)).await;
        let trouble = match connected {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(Trouble::of_connection(&error)),
            Err(_) => Some(Trouble::Timeout),
        };
        (*address, u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX), trouble)
    });
    let tried = futures_util::future::join_all(tries).await;
    let reached = tried.iter().find(|(.., trouble)| trouble.is_none()).map(|(address, ..)| *address);
    let trouble = tried.iter().find_map(|(.., trouble)| trouble.clone());
    let attempt = |(address, milliseconds, trouble): (_, _, Option<Trouble>)| Attempt {
        address,
        milliseconds,
        trouble: trouble.map(|trouble| trouble.to_string()),
    };
    let fact = Fact::Connection { attempts: tried.into_iter().map(attempt).collect() };
    match reached {
        Some(address) => {
            chart.fine(Check::Connection, fact);
            Ok(address)
        }
        None => {
            let trouble = match proxy {
                Some(proxy) => Trouble::ProxyGone(format!("the proxy {proxy}")),
                None => trouble.unwrap_or_else(|| Trouble::Dns("the name has no address".to_owned())),
            };
            chart.fail(Check::Connection, Some(fact), exam.unreachable(&format!("connect to {}", exam.host), trouble));
            Err(Reason::After(Check::Connection))
        }
    }
}

/// HTTP without TLS: is it what the registry speaks, and who can read along?
async fn plain(exam: &Examination, chart: &mut Chart<'_>, address: SocketAddr, is_direct: bool) -> Result<(), Reason> {
    // A loopback registry was asked already, unless somebody said that it need not be; a proxy does not speak for it.
    if exam.access.plain_http
        && is_direct
        && let Ok(Ok(stream)) = tokio::time::timeout(CONNECT, TcpStream::connect(address)).await
        && Transport::greeted_in_tls(stream).await
    {
        let error = content::Error::new(Class::Unreachable, "the registry speaks TLS, and HTTP was asked for");
        chart.fail(Check::Tls, None, error.advise(Advice::UseTls(exam.host.clone())));
        return Err(Reason::After(Check::Tls));
    }
    match exam.host.is_loopback() {
        true => chart.skip(&[Check::Tls], Reason::Plain),
        false => chart.warn(Check::Tls, Fact::PlainHttp { plain_http: true }, None),
    }
    Ok(())
}

/// A connection in TLS: the version, and the certificates that were shown.
struct Handshake {
    version: Option<String>,
    chain: Vec<CertificateDer<'static>>,
}

async fn shake(config: ClientConfig, name: ServerName<'static>, address: SocketAddr) -> Result<Handshake, Trouble> {
    let shaking = async {
        let stream = TcpStream::connect(address).await?;
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    };
    let stream = match tokio::time::timeout(CONNECT, shaking).await {
        Ok(shaken) => shaken.map_err(|error| Trouble::of_connection(&error))?,
        Err(_) => return Err(Trouble::Timeout),
    };
    let (_, connection) = stream.get_ref();
    let version = connection.protocol_version().and_then(|version| version.as_str().map(readable));
    let chain = connection.peer_certificates().unwrap_or_default();
    Ok(Handshake { version, chain: chain.iter().map(|certificate| certificate.clone().into_owned()).collect() })
}

/// `TLS 1.3` for `TLSv1_3`.
fn readable(version: &str) -> String {
    version.replace("TLSv", "TLS ").replace('_', ".")
}

async fn tls(exam: &Examination, chart: &mut Chart<'_>, route: &Route, address: SocketAddr) -> Result<(), Reason> {
    let doing = format!("speak TLS with {}", exam.host);
    let name = ServerName::try_from(host_and_port(route).0.to_owned());
    let Ok(name) = name else {
        let error = content::Error::new(Class::Failed, "no certificate can be for this name");
        chart.fail(Check::Tls, None, error);
        return Err(Reason::After(Check::Tls));
    };
    // Whatever the certificate is, it can be looked at; whether it is trusted is judged apart.
    let shaken = shake(route.trust.unverified(), name.clone(), address).await;
    let shaken = shaken.map_err(|trouble| route.understood(trouble, Acquaintance::Unknown));
    let judged = match &shaken {
        Ok(handshake) => route.trust.judge(&handshake.chain, &name),
        Err(_) => Err(CertificateFault::UnknownIssuer),
    };
    let trouble = match (&shaken, &judged) {
        (Err(trouble), _) => Some(trouble.clone()),
        (Ok(_), Err(fault)) if route.manner == Manner::Verified => Some(Trouble::Certificate(fault.clone())),
        _ => None,
    };
    let fact = shaken.as_ref().ok().map(|handshake| seen(handshake, &judged));
    if let Some(trouble) = trouble {
        let is_of_time =
            matches!(&trouble, Trouble::Certificate(CertificateFault::Expired(_) | CertificateFault::NotValidYet(_)));
        chart.fail(Check::Tls, fact.clone(), exam.unreachable(&doing, trouble));
        if is_of_time {
            late(chart, route, fact.as_ref()).await;
        }
        return Err(Reason::After(Check::Tls));
    }
    let Some(fact) = fact else { return Ok(()) };
    let is_due = matches!(fact, Fact::Tls { days_left: Some(days), .. } if days < DUE);
    match () {
        () if is_due || exam.access.insecure => chart.warn(Check::Tls, fact, None),
        () => chart.fine(Check::Tls, fact),
    }
    Ok(())
}

fn seen(handshake: &Handshake, judged: &Result<super::super::trust::Anchor, CertificateFault>) -> Fact {
    let certificate = handshake.chain.first().and_then(|certificate| portrait(certificate));
    let days_left = certificate.as_ref().map(|certificate| certificate.not_after.saturating_sub(now()) / (24 * 3600));
    Fact::Tls {
        version: handshake.version.clone(),
        certificate,
        days_left,
        chain: handshake.chain.len(),
        anchor: judged.as_ref().ok().copied(),
        fault: judged.as_ref().err().map(ToString::to_string),
    }
}

/// Asks what time it is where the certificate is not good now: if it would be good there, this machine's clock is wrong. The
/// answer is nobody's in particular, and nothing but this is made of it.
async fn late(chart: &mut Chart<'_>, route: &Route, fact: Option<&Fact>) {
    let Ok(client) = route.unverified() else { return };
    let Ok(url) = route.base.join("v2/") else { return };
    let Ok(Ok(response)) = tokio::time::timeout(PATIENCE, client.get(url).send()).await else { return };
    let (Some(there), Some(Fact::Tls { certificate: Some(certificate), .. })) = (date(&response), fact) else { return };
    let ahead = now() - there;
    if (certificate.not_before..=certificate.not_after).contains(&there) && ahead.abs() > SKEW {
        let error = content::Error::new(Class::Failed, "this machine's clock is wrong, and the certificate is good");
        let fact = Fact::Clock { seconds_ahead: ahead };
        chart.fail(Check::Clock, Some(fact), error.advise(Advice::CheckClock));
    } else {
        clock(chart, ahead);
    }
}

/// The first question: is it a registry?
async fn greet(exam: &Examination, chart: &mut Chart<'_>) -> Result<Response, Reason> {
    let call = Call::new(Method::GET, String::new(), format!("talk to {}", exam.host));
    let error = match exam.in_time(PATIENCE, &call, exam.caller.ask(&call)).await {
        Err(error) => error,
        Ok(response) if !matches!(response.status().as_u16(), 200 | 401) => exam.caller.refused(response, &call).await,
        Ok(response) => {
            let headers = response.headers();
            let fact = Fact::Api {
                status: response.status().as_u16(),
                version: text(headers, "docker-distribution-api-version"),
                server: text(headers, "server"),
                content_type: text(headers, "content-type"),
            };
            let is_page = matches!(&fact, Fact::Api { version: None, content_type: Some(kind), .. } if kind.starts_with("text/html"));
            match is_page {
                true => chart.warn(Check::Api, fact, None),
                false => chart.fine(Check::Api, fact),
            }
            match date(&response) {
                Some(there) => clock(chart, now() - there),
                None => chart.skip(&[Check::Clock], Reason::NoDate),
            }
            return Ok(response);
        }
    };
    chart.fail(Check::Api, None, wanting_a_registry(error, exam));
    Err(Reason::After(Check::Api))
}

/// A 404 where a registry should answer is another program's.
fn wanting_a_registry(error: Error, exam: &Examination) -> content::Error {
    let error = content::Error::from(error);
    match error.class() {
        Class::NotFound => error.advise(Advice::StartRegistry(exam.host.clone())),
        _ => error,
    }
}

fn clock(chart: &mut Chart<'_>, ahead: i64) {
    let fact = Fact::Clock { seconds_ahead: ahead };
    match ahead.abs() > SKEW {
        true => chart.warn(Check::Clock, fact, Some(Advice::CheckClock)),
        false => chart.fine(Check::Clock, fact),
    }
}

fn date(response: &Response) -> Option<i64> {
    let date = httpdate::parse_http_date(response.headers().get(DATE)?.to_str().ok()?).ok()?;
    seconds(date)
}

fn now() -> i64 {
    seconds(SystemTime::now()).unwrap_or_default()
}

fn seconds(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn versions_are_written_as_people_write_them() {
        assert_eq!(readable("TLSv1_3"), "TLS 1.3");
    }
}
