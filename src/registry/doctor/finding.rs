//! What an examination finds: for each check whether it went well, and the facts. Words for people are made of them elsewhere.

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;

use super::super::trust::{Anchor, Portrait};
use crate::content::{Advice, Error};

/// What is looked at, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// Does the host's name have an address?
    Name,
    /// Does something listen there?
    Connection,
    /// Is TLS spoken, and is the certificate good?
    Tls,
    /// Does a registry answer?
    Api,
    /// Is it as late here as there?
    Clock,
    /// How does one prove who one is?
    Scheme,
    /// Is the account accepted?
    Account,
    /// May it read the repository?
    Pull,
    /// Is a blob that does not exist told as such?
    Lookup,
    /// Can a download go on where it broke off?
    Range,
    /// Is there a list of what refers to an image?
    Referrers,
    /// May it write to the repository?
    Push,
    /// Where do uploads go on?
    Location,
    /// Can an upload come in pieces?
    Chunk,
    /// Can an upload go on where it broke off?
    Resume,
    /// Is a piece refused that does not fit?
    Order,
    /// How much may one request carry?
    Body,
    /// Can a layer be taken from another repository?
    Mount,
    /// Is nothing left behind?
    Cleanup,
    /// May something be deleted?
    Delete,
    /// How many requests are there left?
    Rate,
}

impl Check {
    /// All of them, in order.
    pub const ALL: [Self; 21] = [
        Self::Name,
        Self::Connection,
        Self::Tls,
        Self::Api,
        Self::Clock,
        Self::Scheme,
        Self::Account,
        Self::Pull,
        Self::Lookup,
        Self::Range,
        Self::Referrers,
        Self::Push,
        Self::Location,
        Self::Chunk,
        Self::Resume,
        Self::Order,
        Self::Body,
        Self::Mount,
        Self::Cleanup,
        Self::Delete,
        Self::Rate,
    ];

    /// Its name in a line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Connection => "connection",
            Self::Tls => "tls",
            Self::Api => "api",
            Self::Clock => "clock",
            Self::Scheme => "scheme",
            Self::Account => "account",
            Self::Pull => "pull",
            Self::Lookup => "lookup",
            Self::Range => "range",
            Self::Referrers => "referrers",
            Self::Push => "push",
            Self::Location => "location",
            Self::Chunk => "chunk",
            Self::Resume => "resume",
            Self::Order => "order",
            Self::Body => "body",
            Self::Mount => "mount",
            Self::Cleanup => "cleanup",
            Self::Delete => "delete",
            Self::Rate => "rate",
        }
    }
}

/// What came of a check.
#[derive(Debug)]
pub struct Finding {
    /// Which.
    pub check: Check,
    /// How it went.
    pub outcome: Outcome,
    /// What was seen.
    pub fact: Option<Fact>,
}

/// How a check went.
#[derive(Debug)]
pub enum Outcome {
    /// As it should.
    Fine,
    /// A push goes through, and still this is not as it should be.
    Warning(Option<Advice>),
    /// A push fails.
    Failed(Error),
    /// It was not made.
    Skipped(Reason),
}

/// Why a check was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Another one failed, without which it makes no sense.
    After(Check),
    /// No repository was named.
    NoRepository,
    /// HTTP without TLS is spoken with this machine.
    Plain,
    /// The connection is made by a proxy.
    Proxy,
    /// The registry does not tell the time.
    NoDate,
    /// The registry asks nobody who they are.
    Open,
    /// The repository has nothing to try it with.
    Empty,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Fact {
    /// The addresses of a name, which is a proxy's where one is used.
    Name {
        /// The name.
        name: String,
        /// Its addresses.
        addresses: Vec<IpAddr>,
        /// The proxy, without its account.
        proxy: Option<String>,
    },
    /// Connections to each address.
    Connection {
        /// One an address.
        attempts: Vec<Attempt>,
    },
    /// TLS and the certificate.
    Tls {
        /// `TLS 1.3`.
        version: Option<String>,
        /// What the certificate says of itself.
        certificate: Option<Portrait>,
        /// How long it is still good.
        days_left: Option<i64>,
        /// How many certificates were shown.
        chain: usize,
        /// Who vouches for it.
        anchor: Option<Anchor>,
        /// Why nobody does.
        fault: Option<String>,
    },
    /// Neither TLS nor this machine.
    PlainHttp {
        /// Always true.
        plain_http: bool,
    },
    /// Who answered.
    Api {
        /// The status of the answer.
        status: u16,
        /// What it calls the API.
        version: Option<String>,
        /// What it calls itself.
        server: Option<String>,
        /// What the answer is written in.
        content_type: Option<String>,
    },
    /// The difference between two clocks.
    Clock {
        /// How many seconds this machine's clock is ahead of the registry's.
        seconds_ahead: i64,
    },
    /// How one proves who one is.
    Scheme {
        /// `Basic` or `Bearer`, in the order of the registry.
        schemes: Vec<&'static str>,
        /// Where tokens come from.
        realm: Option<String>,
        /// The registry's name there.
        service: Option<String>,
    },
    /// Who one is.
    Account {
        /// The account's name, where it has one.
        account: Option<String>,
        /// What proves it: `password`, `refresh token`, `token`.
        proof: Option<&'static str>,
        /// Where it was found.
        origin: Option<String>,
        /// Whether the registry looked at it.
        examined: bool,
    },
    /// What may be done with the repository.
    Scope {
        /// The status of the answer.
        status: u16,
        /// What the token server says it granted: `repository:app:pull`.
        granted: Option<String>,
        /// What may be pushed in pieces of at least so many bytes.
        #[serde(skip_serializing_if = "Option::is_none")]
        chunk_minimum: Option<u64>,
    },
    /// Where uploads go on.
    Location {
        /// In which form the address was given.
        form: Form,
        /// How a wrong or a foreign one begins: scheme, host and port.
        given: Option<String>,
    },
    /// A piece of an upload.
    Chunk {
        /// The status of the answer.
        status: u16,
        /// How many bytes were sent.
        bytes: u64,
        /// How many the registry says it has.
        kept: Option<u64>,
    },
    /// The largest request that went through.
    Body {
        /// The most bytes that were taken.
        taken: Option<u64>,
        /// The least that were not.
        refused: Option<u64>,
        /// Who refused them, by its own word.
        server: Option<String>,
        /// Why no more were tried.
        ended: Ended,
    },
    /// Whether layers are mounted.
    Mount {
        /// The status of the answer.
        status: u16,
        /// Whether it was tried with a blob that is there.
        tried_with_a_blob: bool,
    },
    /// What became of the uploads that were begun.
    Cleanup {
        /// So many are gone.
        cancelled: usize,
        /// So many the registry keeps until it drops them of its own accord.
        left: usize,
    },
    /// A status, which says it all.
    Answer {
        /// The status.
        status: u16,
    },
    /// How many requests there are, in the registry's own words.
    Rate {
        /// In all.
        limit: Option<String>,
        /// Left.
        remaining: Option<String>,
    },
}

/// A connection to one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The address.
    pub address: SocketAddr,
    /// How long it took.
    pub milliseconds: u64,
    /// Why it did not come about.
    pub trouble: Option<String>,
}

/// In which form an address was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A path.
    Relative,
    /// The whole of it.
    Absolute,
    /// The whole of it, on another host.
    Elsewhere,
    /// The whole of it, with a wrong scheme or port.
    Wrong,
}

/// Why no larger request was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ended {
    /// No larger one was asked for.
    Size,
    /// It would have taken too long.
    Time,
    /// One was refused.
    Refusal,
}

/// Where findings are told, and which have been.
pub(super) struct Chart<'a> {
    tell: &'a mut dyn FnMut(Finding),
    told: Vec<Check>,
}

impl<'a> Chart<'a> {
    pub fn new(tell: &'a mut dyn FnMut(Finding)) -> Self {
        Self { tell, told: Vec::new() }
    }

    pub fn fine(&mut self, check: Check, fact: Fact) {
        self.note(check, Outcome::Fine, Some(fact));
    }

    pub fn warn(&mut self, check: Check, fact: Fact, advice: Option<Advice>) {
        self.note(check, Outcome::Warning(advice), Some(fact));
    }

    pub fn fail(&mut self, check: Check, fact: Option<Fact>, error: impl Into<Error>) {
        self.note(check, Outcome::Failed(error.into()), fact);
    }

    pub fn skip(&mut self, checks: &[Check], reason: Reason) {
        for check in checks {
            self.note(*check, Outcome::Skipped(reason), None);
        }
    }

    /// Everything that was not looked at.
    pub fn skip_rest(&mut self, reason: Reason) {
        let rest: Vec<_> = Check::ALL.into_iter().filter(|check| !self.told.contains(check)).collect();
        self.skip(&rest, reason);
    }

    fn note(&mut self, check: Check, outcome: Outcome, fact: Option<Fact>) {
        self.told.push(check);
        (self.tell)(Finding { check, outcome, fact });
    }
}
