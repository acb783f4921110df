//! One example of every fact about what would help, so that each is shown in words. A new one does not compile until it has a name
//! here, and has none until it has an example.

use std::path::PathBuf;
use std::time::Duration;

use rpush::cli::failure::Failure;
use rpush::content::{Advice, Class, Error};
use rpush::image::{Algorithm, Host, MediaType, Platform};

/// The name of a fact, as the sources write it.
pub fn name(advice: &Advice) -> &'static str {
    match advice {
        Advice::LogIn(_) => "LogIn",
        Advice::LogInFor { .. } => "LogInFor",
        Advice::LogInForMore(_) => "LogInForMore",
        Advice::UsePlainHttp(_) => "UsePlainHttp",
        Advice::TrustCertificate(_) => "TrustCertificate",
        Advice::RenewCertificate(_) => "RenewCertificate",
        Advice::CheckClock => "CheckClock",
        Advice::UseNameOfCertificate { .. } => "UseNameOfCertificate",
        Advice::ShowCertificate(_) => "ShowCertificate",
        Advice::Elsewhere(_) => "Elsewhere",
        Advice::NameProxyAccount => "NameProxyAccount",
        Advice::AskProxy(_) => "AskProxy",
        Advice::CheckProxy(_) => "CheckProxy",
        Advice::UseTls(_) => "UseTls",
        Advice::CheckName(_) => "CheckName",
        Advice::LookBehindProxy(_) => "LookBehindProxy",
        Advice::TellRegistryItsAddress(_) => "TellRegistryItsAddress",
        Advice::StartTokenServer { .. } => "StartTokenServer",
        Advice::SecureRealm { .. } => "SecureRealm",
        Advice::StartRegistry(_) => "StartRegistry",
        Advice::TryAgain(_) => "TryAgain",
        Advice::AskDoctor(_) => "AskDoctor",
        Advice::CheckRepository(_) => "CheckRepository",
        Advice::ChoosePlatform(_) => "ChoosePlatform",
        Advice::CompletePlatforms { .. } => "CompletePlatforms",
        Advice::AllowForeignLayers(_) => "AllowForeignLayers",
        Advice::UseSha256 { .. } => "UseSha256",
        Advice::PushOnePlatform(_) => "PushOnePlatform",
        Advice::UseKnownType { .. } => "UseKnownType",
        Advice::RaiseBodyLimit(_) => "RaiseBodyLimit",
        Advice::NameRepository(_) => "NameRepository",
        Advice::AllowDelete(_) => "AllowDelete",
        Advice::TellProxy { .. } => "TellProxy",
        Advice::ComeBackIn(_) => "ComeBackIn",
        Advice::FreeSpace(_) => "FreeSpace",
        Advice::RaiseFileLimit => "RaiseFileLimit",
        Advice::GiveFile => "GiveFile",
        Advice::OtherStore => "OtherStore",
        Advice::Examine(_) => "Examine",
        Advice::FetchAgain => "FetchAgain",
        Advice::Type(_) => "Type",
    }
}

/// The names in the sources.
pub fn names() -> Vec<String> {
    let source = include_str!("../../src/content/error.rs");
    let body = source.split("pub enum Advice {").nth(1).and_then(|rest| rest.split("\n}\n").next());
    let lines = body.expect("the sources have the enum").lines();
    let variants =
        lines.filter_map(|line| line.strip_prefix("    ").filter(|rest| rest.starts_with(char::is_uppercase)));
    variants.map(|line| line.chars().take_while(|c| c.is_alphanumeric()).collect()).collect()
}

/// What people read.
pub fn hint(advice: &Advice) -> String {
    let failure = Failure::from(Error::new(Class::Failed, "it failed").advise(advice.clone()));
    failure.cure().unwrap_or_else(|| panic!("{advice:?} has no words")).to_owned()
}

/// At least one of each.
pub fn examples() -> Vec<Advice> {
    let host = || "registry.example:5000".parse::<Host>().expect("a host");
    let other = || "auth.example".parse::<Host>().expect("a host");
    let platform = || "linux/arm64".parse::<Platform>().expect("a platform");
    let realm = || "http://auth.example/token".to_owned();
    let certificate = || {
        vec![
            Advice::TrustCertificate(other()),
            Advice::RenewCertificate(other()),
            Advice::UseNameOfCertificate { host: other(), names: Vec::new() },
            Advice::UsePlainHttp(other()),
            Advice::ShowCertificate(other()),
            Advice::StartRegistry(other()),
        ]
    };
    let mut all = vec![
        Advice::LogIn(host()),
        Advice::LogInFor { host: host(), actions: vec!["pull".to_owned(), "push".to_owned()] },
        Advice::LogInForMore("docker.io".parse().expect("a host")),
        Advice::UsePlainHttp(host()),
        Advice::TrustCertificate(host()),
        Advice::RenewCertificate(host()),
        Advice::CheckClock,
        Advice::UseNameOfCertificate { host: host(), names: vec!["*.example".to_owned(), "r.example".to_owned()] },
        Advice::UseNameOfCertificate { host: host(), names: vec!["*.example".to_owned()] },
        Advice::ShowCertificate(host()),
        Advice::NameProxyAccount,
        Advice::AskProxy(host()),
        Advice::CheckProxy(host()),
        Advice::UseTls(host()),
        Advice::CheckName(host()),
        Advice::LookBehindProxy(host()),
        Advice::TellRegistryItsAddress(host()),
        Advice::StartTokenServer { realm: realm(), registry: host() },
        Advice::SecureRealm { realm: realm(), allowable: None },
        Advice::SecureRealm { realm: realm(), allowable: Some(other()) },
        Advice::StartRegistry(host()),
        Advice::TryAgain(host()),
        Advice::AskDoctor(host()),
        Advice::CheckRepository(host()),
        Advice::ChoosePlatform(vec![platform()]),
        Advice::CompletePlatforms { name: "localhost:5000/app:1".to_owned(), present: vec![platform()] },
        Advice::CompletePlatforms { name: "localhost:5000/app:1".to_owned(), present: Vec::new() },
        Advice::AllowForeignLayers(host()),
        Advice::UseSha256 { host: host(), algorithm: Algorithm::Sha512 },
        Advice::PushOnePlatform(host()),
        Advice::UseKnownType { host: host(), media_type: MediaType::new("application/x-new") },
        Advice::RaiseBodyLimit(host()),
        Advice::NameRepository(host()),
        Advice::AllowDelete(host()),
        Advice::TellProxy { host: host(), header: "X-Forwarded-Proto: https".to_owned() },
        Advice::ComeBackIn(Duration::from_secs(30)),
        Advice::FreeSpace(PathBuf::from("/var/lib/rpush")),
        Advice::RaiseFileLimit,
        Advice::GiveFile,
        Advice::OtherStore,
        Advice::Examine(PathBuf::from("/var/lib/rpush")),
        Advice::FetchAgain,
        Advice::Type("decompress it first, with `xz -d`".to_owned()),
    ];
    all.extend(certificate().into_iter().map(|advice| Advice::Elsewhere(Box::new(advice))));
    all
}
