//! Reaching Redis: each step where all is well, and at the one that fails what is wrong and what to try.

use infra::cache::inspect::{Dialled, StepKind, Trouble, dial};
use test_support::{
    RedisServer, TestAuthority,
    servers::{LOOPBACK, free_port},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::config;

const SECRET: &str = "p@ss:w/rd";

async fn dialled(variables: &[(&str, &str)]) -> Dialled {
    dial(&config(variables).0).await
}

/// What is wrong, at the step where it must show; no word of it is a secret.
async fn trouble_at(step: StepKind, variables: &[(&str, &str)]) -> Trouble {
    let dialled = dialled(variables).await;
    assert!(dialled.connection.is_none());
    let last = dialled.steps.last().unwrap();
    assert_eq!(last.kind, step, "{:?}", dialled.steps);
    assert!(dialled.steps.iter().rev().skip(1).all(|step| step.outcome.is_ok()), "{:?}", dialled.steps);
    let all = format!("{:?} {:?}", dialled.steps, dialled.tls);
    assert!(!all.contains(SECRET) && !all.contains("wr0ng"), "{all}");
    last.outcome.clone().unwrap_err()
}

fn says(trouble: &Trouble, problem: &str, advice: &str) {
    assert!(trouble.problem.contains(problem), "{trouble}");
    assert!(trouble.advice.contains(advice), "{trouble}");
}

fn url(server: &RedisServer) -> (&'static str, String) {
    ("REDIS_URL", server.url())
}

#[tokio::test]
async fn every_step_is_told_over_tls_with_user_password_and_database() {
    let authority = TestAuthority::new();
    let redis = authority.redis().user("dashboard", SECRET).start().unwrap();
    let ca_file = authority.ca_file();
    let url = format!("{}/3", redis.url());
    let dialled = dialled(&[("REDIS_URL", &url), ("REDIS_CA_FILE", ca_file.to_str().unwrap())]).await;
    let kinds: Vec<_> = dialled.steps.iter().map(|step| step.kind).collect();
    let every = [StepKind::Resolve, StepKind::Connect, StepKind::Tls, StepKind::SignIn, StepKind::Ping];
    assert_eq!(kinds, every, "{:?}", dialled.steps);
    assert!(dialled.trouble().is_none() && dialled.connection.is_some());
    assert_eq!(dialled.steps[3].outcome.as_ref().unwrap(), "as dashboard, database 3");
    let tls = dialled.tls.unwrap();
    assert_eq!(tls.protocol.as_deref(), Some("TLSv1.3"));
    assert!(tls.cipher_suite.unwrap().starts_with("TLS13_"));
    assert!(tls.roots.contains("REDIS_CA_FILE"));
    let certificate = tls.certificate.unwrap();
    assert_eq!(certificate.names, ["127.0.0.1", "localhost"]);
    assert!(certificate.days_left() > 0 && certificate.issuer.contains("CN="));
}

#[tokio::test]
async fn a_plain_redis_without_a_password_has_no_tls_step() {
    let redis = RedisServer::start().unwrap();
    let (name, value) = url(&redis);
    let dialled = dialled(&[(name, &value)]).await;
    let kinds: Vec<_> = dialled.steps.iter().map(|step| step.kind).collect();
    assert_eq!(kinds, [StepKind::Resolve, StepKind::Connect, StepKind::SignIn, StepKind::Ping]);
    assert!(dialled.tls.is_none());
}

#[tokio::test]
async fn a_closed_port_is_refused_and_a_name_that_does_not_exist_does_not_resolve() {
    let port = free_port().unwrap().to_string();
    let trouble = trouble_at(StepKind::Connect, &[("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", &port)]).await;
    says(&trouble, "nobody listens", "REDIS_PORT");
    let trouble = trouble_at(StepKind::Resolve, &[("REDIS_HOST", "redis.invalid")]).await;
    says(&trouble, "redis.invalid", "REDIS_HOST");
}

#[tokio::test]
async fn wrong_users_and_passwords_are_told_apart() {
    let redis = RedisServer::options().user("dashboard", SECRET).start().unwrap();
    let port = redis.port().to_string();
    let at = [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", port.as_str())];
    let with = |more: &[(&'static str, &'static str)]| [&at[..], more].concat();
    let trouble =
        trouble_at(StepKind::SignIn, &with(&[("REDIS_USERNAME", "dashboard"), ("REDIS_PASSWORD", "wr0ng")]))
            .await;
    says(&trouble, "wrong", "REDIS_PASSWORD");
    let trouble =
        trouble_at(StepKind::SignIn, &with(&[("REDIS_USERNAME", "somebody"), ("REDIS_PASSWORD", SECRET)]))
            .await;
    says(&trouble, "wrong", "REDIS_USERNAME");
    let trouble = trouble_at(StepKind::Ping, &at).await;
    says(&trouble, "asks for a password", "REDIS_PASSWORD");

    let open = RedisServer::start().unwrap();
    let port = open.port().to_string();
    let at = [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", port.as_str()), ("REDIS_PASSWORD", SECRET)];
    let trouble = trouble_at(StepKind::SignIn, &at).await;
    says(&trouble, "has no password", "REDIS_PASSWORD");
    let url = format!("{}/99", open.url());
    let trouble = trouble_at(StepKind::SignIn, &[("REDIS_URL", &url)]).await;
    says(&trouble, "does not have this database", "REDIS_URL");
}

#[tokio::test]
async fn a_certificate_that_is_not_accepted_is_named() {
    let authority = TestAuthority::new();
    let other = TestAuthority::new();
    let redis = authority.redis().start().unwrap();
    let (name, value) = url(&redis);
    let trouble = trouble_at(StepKind::Tls, &[(name, &value)]).await;
    says(&trouble, "not trusted", "name the PEM file");
    let ca_file = other.ca_file();
    let trouble =
        trouble_at(StepKind::Tls, &[(name, &value), ("REDIS_CA_FILE", ca_file.to_str().unwrap())]).await;
    says(&trouble, "not trusted", "give the right one");

    for (authority, problem, advice) in [
        (TestAuthority::for_names(&["cache.example.net"]), "cache.example.net", "REDIS_HOST"),
        (TestAuthority::expired(), "expired on 2021-01-01", "renew"),
    ] {
        let redis = authority.redis().start().unwrap();
        let ca_file = authority.ca_file();
        let (name, value) = url(&redis);
        let variables = [(name, value.as_str()), ("REDIS_CA_FILE", ca_file.to_str().unwrap())];
        says(&trouble_at(StepKind::Tls, &variables).await, problem, advice);
        let shown = dialled(&variables).await.tls.unwrap().certificate;
        assert!(shown.is_some(), "what was shown is told although it was refused");
    }
}

#[tokio::test]
async fn tls_and_plain_mixed_up_are_found_out_in_both_directions() {
    let authority = TestAuthority::new();
    let encrypted = authority.redis().user("dashboard", SECRET).start().unwrap();
    let plain_url = encrypted.url().replace("rediss:", "redis:");
    let trouble = trouble_at(StepKind::SignIn, &[("REDIS_URL", &plain_url)]).await;
    says(&trouble, "speaks TLS", "rediss://");

    let plain = RedisServer::options().password(SECRET).start().unwrap();
    let tls_url = plain.url().replace("redis:", "rediss:");
    let variables = [("REDIS_URL", tls_url.as_str()), ("REDIS_CONNECT_TIMEOUT_MS", "500")];
    let trouble = trouble_at(StepKind::Tls, &variables).await;
    says(&trouble, "speaks plain Redis", "redis://");
}

#[tokio::test]
async fn a_frozen_redis_is_waited_for_no_longer_than_the_time_limit() {
    let authority = TestAuthority::new();
    let ca_file = authority.ca_file();
    let ca_file = [("REDIS_CA_FILE", ca_file.to_str().unwrap())];
    for (redis, step, settings) in [
        (RedisServer::start().unwrap(), StepKind::Ping, &[][..]),
        (RedisServer::options().password(SECRET).start().unwrap(), StepKind::SignIn, &[][..]),
        (authority.redis().start().unwrap(), StepKind::Tls, &ca_file[..]),
    ] {
        redis.pause().unwrap();
        let url = redis.url();
        let limit = [("REDIS_URL", url.as_str()), ("REDIS_CONNECT_TIMEOUT_MS", "200")];
        let trouble = trouble_at(step, &[&limit[..], settings].concat()).await;
        redis.resume().unwrap();
        says(&trouble, "within 200 ms", "REDIS_CONNECT_TIMEOUT_MS");
    }
}

#[tokio::test]
async fn another_kind_of_server_is_not_taken_for_a_redis() {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 16];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let at = [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", port.as_str())];
    let trouble = trouble_at(StepKind::Ping, &at).await;
    says(&trouble, "does not speak Redis", "REDIS_PORT");
}

#[tokio::test]
async fn a_server_that_quotes_the_password_is_not_repeated() {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 256];
            let _ = stream.read(&mut request).await;
            let answer = format!("-ERR unknown command 'AUTH', with args beginning with: '{SECRET}'\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let at = [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", port.as_str()), ("REDIS_PASSWORD", SECRET)];
    let trouble = trouble_at(StepKind::SignIn, &at).await;
    says(&trouble, "unknown command 'AUTH'", "rename-command");
}
