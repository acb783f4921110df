//! Who one is to a registry: how it asks, which account is shown, and whether it is accepted.

use reqwest::{Method, Response, StatusCode};

use super::super::auth::Challenge;
use super::super::call::Call;
use super::finding::Chart;
use super::{Check, Examination, Fact, Reason, short};
use crate::credentials::{Credential, Origin};

/// Reads the first answer, and shows the account.
pub(super) async fn examine(exam: &Examination, chart: &mut Chart<'_>, hello: Response) -> Result<(), Reason> {
    if hello.status() != StatusCode::UNAUTHORIZED {
        chart.skip(&[Check::Scheme], Reason::Open);
        chart.fine(Check::Account, account(exam, false));
        return Ok(());
    }
    let challenges = Challenge::all(hello.headers());
    let Some(preferred) = Challenge::preferred(hello.headers()) else {
        let call = Call::new(Method::GET, String::new(), format!("log in to {}", exam.host));
        chart.fail(
            Check::Scheme,
            None,
            exam.caller.nonsense(&call, "it wants an account and does not say how (WWW-Authenticate)"),
        );
        return Err(Reason::After(Check::Scheme));
    };
    chart.fine(Check::Scheme, scheme(&challenges, &preferred));
    let call = Call::new(Method::GET, String::new(), format!("log in to {}", exam.host));
    let error = match exam.send(&call).await {
        Ok(response) if response.status().is_success() => {
            chart.fine(Check::Account, account(exam, true));
            return Ok(());
        }
        Ok(response) => exam.caller.refused(response, &call).await,
        Err(error) => error,
    };
    chart.fail(Check::Account, Some(account(exam, true)), error);
    // Nobody may still read a repository that is open to everybody, with a token for it.
    match (&exam.account.credential, preferred) {
        (Credential::Anonymous, Challenge::Bearer(_)) => Ok(()),
        _ => Err(Reason::After(Check::Account)),
    }
}

fn scheme(challenges: &[Challenge], preferred: &Challenge) -> Fact {
    let name = |challenge: &Challenge| match challenge {
        Challenge::Basic { .. } => "Basic",
        Challenge::Bearer(_) => "Bearer",
    };
    let (realm, service) = match preferred {
        Challenge::Basic { .. } => (None, None),
        // Without its query, which may be anything.
        Challenge::Bearer(bearer) => {
            (Some(short(&bearer.realm[..url::Position::AfterPath])), bearer.service.as_deref().map(short))
        }
    };
    Fact::Scheme { schemes: challenges.iter().map(name).take(8).collect(), realm, service }
}

fn account(exam: &Examination, examined: bool) -> Fact {
    let credential = &exam.account.credential;
    let proof = match credential {
        Credential::Anonymous => None,
        Credential::Basic { .. } => Some("password"),
        Credential::IdentityToken(_) => Some("refresh token"),
        Credential::RegistryToken(_) => Some("token"),
    };
    let origin = match &exam.account.origin {
        Origin::Nowhere => None,
        origin => Some(origin.to_string()),
    };
    Fact::Account { account: credential.username().map(str::to_owned), proof, origin, examined }
}
