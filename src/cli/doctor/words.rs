//! What an examination found, in words: one short line a finding.

use std::net::SocketAddr;

use super::super::failure::Failure;
use crate::registry::CertificateAnchor;
use crate::registry::doctor::{Attempt, Check, DUE, Ended, Fact, Finding, Form, Outcome, Reason};

/// The longest line that a registry can make of its own words.
const MAX_SUMMARY: usize = 500;

/// One line for a finding. Of a failure it is the deepest cause, in the registry's words, after what was seen.
pub fn summary(finding: &Finding) -> String {
    let words = whole(finding);
    match words.chars().count() > MAX_SUMMARY {
        true => words.chars().take(MAX_SUMMARY).chain(['…']).collect(),
        false => words,
    }
}

fn whole(finding: &Finding) -> String {
    let seen = finding.fact.as_ref().and_then(|fact| fact_words(finding, fact));
    match &finding.outcome {
        Outcome::Skipped(reason) => self::reason(*reason),
        Outcome::Failed(error) => {
            let cause = Failure::of(error).cause().to_owned();
            match seen {
                Some(seen) => format!("{seen}: {cause}"),
                None => cause,
            }
        }
        _ => seen.unwrap_or_default(),
    }
}

/// Why a check was not made.
pub fn reason(reason: Reason) -> String {
    match reason {
        Reason::After(check) => format!("not asked: {} failed", check.name()),
        Reason::NoRepository => "not asked: no repository was named".to_owned(),
        Reason::Plain => "not asked: HTTP without TLS, on this machine".to_owned(),
        Reason::Proxy => "not looked at: the proxy makes the connection".to_owned(),
        Reason::NoDate => "not known: the registry does not tell the time".to_owned(),
        Reason::Open => "none: the registry asks nobody for an account".to_owned(),
        Reason::Empty => "not asked: the repository has no image to try it with".to_owned(),
    }
}

fn fact_words(finding: &Finding, fact: &Fact) -> Option<String> {
    let failed = matches!(finding.outcome, Outcome::Failed(_));
    Some(match fact {
        Fact::Name { name, addresses, proxy } => {
            let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            let proxy = proxy.as_ref().map(|proxy| format!(", the proxy {proxy}")).unwrap_or_default();
            format!("{name} is {}{proxy}", addresses.join(", "))
        }
        Fact::Connection { attempts } if failed => {
            attempts.iter().map(|attempt| attempt.address.to_string()).collect::<Vec<_>>().join(", ")
        }
        Fact::Connection { attempts } => attempts.iter().map(attempt).collect::<Vec<_>>().join("; "),
        Fact::Tls { .. } => tls(fact, failed),
        Fact::PlainHttp { .. } => "HTTP without TLS: everybody on the way can read along, passwords too".to_owned(),
        Fact::Api { status, version, server, content_type } => api(finding, *status, [version, server, content_type]),
        Fact::Clock { seconds_ahead } => clock(*seconds_ahead),
        Fact::Scheme { schemes, realm, service } => {
            let from = realm.as_ref().map(|realm| format!(": tokens from {realm}")).unwrap_or_default();
            let service = service.as_ref().map(|service| format!(" for {service}")).unwrap_or_default();
            format!("{}{from}{service}", schemes.join(", "))
        }
        Fact::Account { account, proof, origin, examined } => {
            let who = who(account.as_deref(), *proof, origin.as_deref());
            match (failed, examined, proof) {
                (true, ..) => who,
                (_, true, Some(_)) => format!("{who}, accepted"),
                (_, true, None) => format!("{who}; the registry lets everybody in so far"),
                (_, false, Some(_)) => format!("{who}, which the registry does not look at"),
                (_, false, None) => "none is needed".to_owned(),
            }
        }
        Fact::Scope { .. } => return scope(finding, fact),
        Fact::Location { form, given } => location(*form, given.as_deref()),
        Fact::Chunk { .. } => chunk(finding.check, fact),
        Fact::Body { .. } => body(fact)?,
        Fact::Mount { status, tried_with_a_blob } => match (status, tried_with_a_blob) {
            (201, true) => "layers are taken from other repositories".to_owned(),
            (201, false) => "the registry claims to have taken a blob that does not exist".to_owned(),
            (202, true) => "not done: layers of other repositories are sent again".to_owned(),
            (202, false) => "understood; whether it is done shows with the first image".to_owned(),
            (status, _) => format!("refused (HTTP {status}): layers of other repositories are sent again"),
        },
        Fact::Cleanup { cancelled, left: 0 } => {
            format!("all {cancelled} uploads are cancelled; nothing is left behind")
        }
        Fact::Cleanup { left, .. } => {
            format!("uploads that could not be cancelled: {left}; the registry drops them in time")
        }
        Fact::Answer { .. } if failed => return None,
        Fact::Answer { status } => answer(finding.check, *status),
        Fact::Rate { limit: None, remaining: None } => "no limit is told".to_owned(),
        Fact::Rate { limit, remaining } => rate(limit.as_deref(), remaining.as_deref()),
    })
}

fn attempt(attempt: &Attempt) -> String {
    let address: SocketAddr = attempt.address;
    match &attempt.trouble {
        Some(trouble) => format!("{address}: {trouble}"),
        None => format!("{address} in {} ms", attempt.milliseconds),
    }
}

fn tls(fact: &Fact, failed: bool) -> String {
    let Fact::Tls { version, certificate, days_left, chain, anchor, fault } = fact else { return String::new() };
    let mut parts: Vec<String> = version.iter().cloned().collect();
    if let Some(certificate) = certificate {
        let names = if certificate.names.is_empty() { "no name".to_owned() } else { certificate.names.join(", ") };
        parts.push(format!("certificate for {names} by {}", certificate.issuer));
    }
    if *chain > 1 {
        parts.push(format!("{chain} in the chain"));
    }
    match (failed, days_left) {
        (false, Some(days)) if *days > 36_500 => parts.push("good for ever".to_owned()),
        (false, Some(days)) if *days < DUE => parts.push(format!("only {days} days left: it has to be renewed")),
        (false, Some(days)) => parts.push(format!("{days} days left")),
        _ => {}
    }
    match (anchor, fault) {
        (Some(CertificateAnchor::System), _) => parts.push("trusted by the system".to_owned()),
        (Some(CertificateAnchor::Configured), _) => parts.push("trusted as configured".to_owned()),
        (None, Some(fault)) if !failed => parts.push(format!("not verified ({fault})")),
        _ => {}
    }
    parts.join(", ")
}

fn api(finding: &Finding, status: u16, [version, server, content_type]: [&Option<String>; 3]) -> String {
    if let Outcome::Warning(_) = finding.outcome {
        let kind = content_type.as_deref().unwrap_or_default();
        return format!("/v2/ answers with a page ({kind}); is it a registry?");
    }
    let version = version.as_ref().map(|version| format!(", {version}")).unwrap_or_default();
    let server = server.as_ref().map(|server| format!(", {server}")).unwrap_or_default();
    format!("/v2/ answers with HTTP {status}{version}{server}")
}

fn clock(ahead: i64) -> String {
    match ahead {
        -2..=2 => "the same here as there".to_owned(),
        3.. => format!("this machine is {ahead} s ahead of the registry"),
        _ => format!("this machine is {} s behind the registry", ahead.unsigned_abs()),
    }
}

fn who(account: Option<&str>, proof: Option<&str>, origin: Option<&str>) -> String {
    let from = origin.map(|origin| format!(" from {origin}")).unwrap_or_default();
    match (account, proof) {
        (Some(account), Some(proof)) => format!("{account}, with a {proof}{from}"),
        (None, Some(proof)) => format!("a {proof}{from}"),
        _ => "nobody".to_owned(),
    }
}

fn scope(finding: &Finding, fact: &Fact) -> Option<String> {
    let Fact::Scope { status, granted, chunk_minimum } = fact else { return None };
    if let Outcome::Failed(_) = finding.outcome {
        // What was granted is in the words of the failure.
        return None;
    }
    let what = match (finding.check, status) {
        (Check::Pull, 404) => "allowed; nothing is there yet",
        _ => "allowed",
    };
    let granted = granted.as_ref().map(|granted| format!(", with `{granted}`")).unwrap_or_default();
    let minimum = chunk_minimum.map(|bytes| format!(", in pieces of at least {}", size(bytes))).unwrap_or_default();
    Some(format!("{what}{granted}{minimum}"))
}

fn location(form: Form, given: Option<&str>) -> String {
    let given = given.unwrap_or_default();
    match form {
        Form::Relative => "uploads go on at a path of the registry".to_owned(),
        Form::Absolute => "uploads go on at a whole address of the registry".to_owned(),
        Form::Elsewhere => format!("uploads go on at {given}"),
        Form::Wrong => format!("uploads are sent to {given}, which is not the registry; the right address is used"),
    }
}

fn chunk(check: Check, fact: &Fact) -> String {
    let Fact::Chunk { status, bytes, kept } = fact else { return String::new() };
    let kept = match kept {
        Some(kept) => format!("the registry has {kept} of {bytes} bytes"),
        None => "the registry does not say what it has".to_owned(),
    };
    match (check, status) {
        (Check::Chunk, 202) if kept.contains(" 0 of") => kept,
        (Check::Chunk, 202) => format!("a piece of {} is taken", size(*bytes)),
        (Check::Chunk, status) => {
            format!("a piece of {} gets HTTP {status}: layers go in one request each", size(*bytes))
        }
        (_, 204) => kept,
        (_, status) => format!("the state of an upload gets HTTP {status}: one that breaks off begins anew"),
    }
}

fn body(fact: &Fact) -> Option<String> {
    let Fact::Body { taken, refused, server, ended } = fact else { return None };
    let taken = taken.map(size);
    Some(match (ended, refused) {
        (Ended::Refusal, Some(refused)) => {
            let by = server.as_ref().map(|server| format!(" by {server}")).unwrap_or_default();
            let taken = taken.map(|taken| format!("{taken} is taken, ")).unwrap_or_default();
            format!("{taken}{} is refused{by}", size(*refused))
        }
        (Ended::Time, _) => match taken {
            Some(taken) => format!("{taken} is taken; more was not tried, the connection is slow"),
            None => "not measured: the connection is slow".to_owned(),
        },
        _ => format!("{} is taken; more was not tried", taken?),
    })
}

fn answer(check: Check, status: u16) -> String {
    match (check, status) {
        (Check::Lookup, _) => "what is not there is told as such".to_owned(),
        (Check::Range, 206) => "a download goes on where it broke off".to_owned(),
        (Check::Range, _) => "a download that breaks off begins anew".to_owned(),
        (Check::Referrers, 200) => "the registry lists them".to_owned(),
        (Check::Referrers, 404) => "not listed; tags take the place of the list".to_owned(),
        (Check::Order, 400..500) => format!("a piece at the wrong place is refused (HTTP {status})"),
        (Check::Order, _) => {
            format!("a piece at the wrong place is taken (HTTP {status}): resumed uploads cannot be trusted")
        }
        (Check::Delete, 404) => "allowed, as far as can be told without deleting something".to_owned(),
        (Check::Delete, 401 | 403) => "not allowed to this account".to_owned(),
        (Check::Delete, 405) => "switched off".to_owned(),
        (_, status) => format!("the registry answers with HTTP {status}"),
    }
}

/// `100;w=21600` is a hundred within six hours, as Docker Hub writes it.
fn rate(limit: Option<&str>, remaining: Option<&str>) -> String {
    let number = |text: &str| text.split(';').next().unwrap_or_default().trim().to_owned();
    let within = limit.or(remaining).and_then(|text| text.split_once("w=")).map(|(_, seconds)| seconds);
    let within = within.map(|seconds| format!(" within {seconds} s")).unwrap_or_default();
    match (limit, remaining) {
        (Some(limit), Some(left)) => format!("{} of {} requests are left{within}", number(left), number(limit)),
        (Some(limit), None) => format!("{} requests are allowed{within}", number(limit)),
        (None, left) => format!("{} requests are left{within}", number(left.unwrap_or_default())),
    }
}

/// Sizes in the units of limits: nginx' `1m` is 1024 times 1024 bytes.
fn size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{} {name}", bytes / unit),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_limits() {
        for (bytes, words) in
            [(1 << 30, "1 GiB"), (100 << 20, "100 MiB"), (64 << 10, "64 KiB"), (1000, "1000 bytes"), (0, "0 bytes")]
        {
            assert_eq!(size(bytes), words);
        }
    }

    /// Docker Hub's spelling, GitHub's, and rubbish.
    #[test]
    fn rates_are_read_aloud() {
        for (limit, remaining, words) in [
            (Some("100;w=21600"), Some("7;w=21600"), "7 of 100 requests are left within 21600 s"),
            (Some("5000"), Some("4999"), "4999 of 5000 requests are left"),
            (Some("100;w=21600"), None, "100 requests are allowed within 21600 s"),
            (None, Some("many"), "many requests are left"),
        ] {
            assert_eq!(rate(limit, remaining), words);
        }
    }

    #[test]
    fn clocks_differ_to_one_side_or_the_other() {
        for (ahead, words) in [
            (0, "the same here as there"),
            (-2, "the same here as there"),
            (90, "this machine is 90 s ahead of the registry"),
            (-90, "this machine is 90 s behind the registry"),
        ] {
            assert_eq!(clock(ahead), words);
        }
    }
}
