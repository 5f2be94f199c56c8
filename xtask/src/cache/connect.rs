//! `cargo xtask cache connect`: reaches Redis step by step, and says at the one that fails what is wrong and what to try.

use std::fmt::Write as _;

use clap::Args;
use infra::{
    cache::inspect::{Server, StepKind, TlsFacts, dial},
    config::RedisTls,
};
use serde::Serialize;

use super::{
    Report, Settings,
    words::{count, millis, rfc3339, time, whole_micros},
};

/// Reach Redis step by step: resolve, connect, TLS, sign in, PING.
#[derive(Debug, Args)]
pub struct Connect {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reached {
    place: String,
    namespace: String,
    connected: bool,
    steps: Vec<StepReport>,
    /// Null without TLS, or where it was not reached.
    tls: Option<Tls>,
    /// Null where it was not reached, or does not tell.
    server: Option<ServerReport>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StepReport {
    step: &'static str,
    ok: bool,
    took_micros: u64,
    detail: Option<String>,
    problem: Option<String>,
    advice: Option<String>,
}

/// What is known of the encryption.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tls {
    protocol: Option<String>,
    cipher_suite: Option<String>,
    certificate: Option<CertificateReport>,
    roots: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CertificateReport {
    subject: String,
    names: Vec<String>,
    issuer: String,
    valid_from: String,
    valid_until: String,
    days_left: i64,
    #[serde(skip)]
    until: String,
}

/// What the server tells of itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServerReport {
    version: Option<String>,
    mode: Option<String>,
    /// `primary` or `replica`.
    role: Option<&'static str>,
}

impl Connect {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<Report> {
        let dialled = dial(&settings.redis).await;
        let mut console = settings.console(&dialled);
        let server = match &mut console {
            Some(console) => Some(console.server().await.map_err(|trouble| settings.failed(&trouble))?),
            None => None,
        };
        let tls = dialled.tls.map(Tls::from);
        let mut text = self::heading(settings);
        for step in &dialled.steps {
            let (mark, detail) = match &step.outcome {
                Ok(detail) => ("✓", detail),
                Err(trouble) => ("✗", &trouble.problem),
            };
            writeln!(text, "{mark} {:<8} {:>9}  {detail}", step.kind, millis(step.took))?;
            if let (StepKind::Tls, Some(tls)) = (step.kind, &tls) {
                tls.describe(&mut text)?;
            }
            if let Err(trouble) = &step.outcome {
                writeln!(text, "  Try this: {}.", trouble.advice)?;
            }
        }
        if let Some(server) = &server {
            writeln!(text, "{}.", described(server))?;
            if server.is_replica() {
                writeln!(
                    text,
                    "! It is a read-only replica: nothing can be stored or invalidated on it. Let REDIS_HOST lead to the primary."
                )?;
            }
        }
        let steps = dialled.steps.iter().map(|step| {
            let trouble = step.outcome.as_ref().err();
            StepReport {
                step: match step.kind {
                    StepKind::Resolve => "resolve",
                    StepKind::Connect => "connect",
                    StepKind::Tls => "tls",
                    StepKind::SignIn => "signIn",
                    StepKind::Ping => "ping",
                },
                ok: trouble.is_none(),
                took_micros: whole_micros(step.took),
                detail: step.outcome.as_ref().ok().cloned(),
                problem: trouble.map(|trouble| trouble.problem.clone()),
                advice: trouble.map(|trouble| trouble.advice.clone()),
            }
        });
        let connected = console.is_some();
        let report = Report::new(
            Reached {
                place: settings.place(),
                namespace: settings.cache.namespace.clone(),
                connected,
                steps: steps.collect(),
                tls,
                server: server.as_ref().filter(|server| server.version.is_some()).map(ServerReport::from),
            },
            &text,
        )?;
        Ok(if connected { report } else { report.failed() })
    }
}

fn heading(settings: &Settings) -> String {
    let encryption = match &settings.redis.tls {
        RedisTls::Off => "without TLS",
        RedisTls::WebPki => "with TLS",
        RedisTls::PrivateCa(_) => "with TLS and a private authority",
    };
    format!("Redis on {} {encryption}, namespace {}\n", settings.place(), settings.cache.namespace)
}

/// `Redis 7.0.15, standalone, primary`, as far as it is known.
pub(super) fn described(server: &Server) -> String {
    let report = ServerReport::from(server);
    let Some(version) = report.version else {
        return "Redis, which does not tell its version".to_owned();
    };
    let facts = [Some(format!("Redis {version}")), report.mode, report.role.map(str::to_owned)];
    facts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

impl From<&Server> for ServerReport {
    fn from(server: &Server) -> Self {
        let role = server.role.is_some().then(|| if server.is_replica() { "replica" } else { "primary" });
        Self { version: server.version.clone(), mode: server.mode.clone(), role }
    }
}

impl From<TlsFacts> for Tls {
    fn from(facts: TlsFacts) -> Self {
        let certificate = facts.certificate.map(|certificate| CertificateReport {
            days_left: certificate.days_left(),
            valid_from: rfc3339(certificate.valid_from),
            valid_until: rfc3339(certificate.valid_until),
            until: time(certificate.valid_until),
            subject: certificate.subject,
            names: certificate.names,
            issuer: certificate.issuer,
        });
        Self { protocol: facts.protocol, cipher_suite: facts.cipher_suite, certificate, roots: facts.roots }
    }
}

impl Tls {
    /// `TLSv1.3, TLS13_AES_256_GCM_SHA384, certificate good for 80 days`.
    pub(super) fn in_short(&self) -> String {
        let days = self.certificate.as_ref().map(|certificate| days(certificate.days_left));
        let days = days.map(|days| format!("certificate good for {days}"));
        let facts = [self.protocol.clone(), self.cipher_suite.clone(), days];
        facts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    fn describe(&self, text: &mut String) -> std::fmt::Result {
        let mut line = |name: &str, what: &str| writeln!(text, "  {name:<12}{what}");
        if let Some(certificate) = &self.certificate {
            line("certificate", &certificate.subject)?;
            line("for", &certificate.names.join(", "))?;
            line("signed by", &certificate.issuer)?;
            let left = match certificate.days_left {
                left if left < 0 => format!("{} ago", days(-left)),
                left => format!("{} left", days(left)),
            };
            line("valid until", &format!("{} ({left})", certificate.until))?;
        }
        line("trusted", &self.roots)
    }
}

fn days(number: i64) -> String {
    count(number.unsigned_abs(), "day", "days")
}
