//! What the binary says of a configuration that it cannot use: one line, exit code 2, and nothing started.

use std::process::{Command, Output};

fn api(arguments: &[&str], variables: &[(&str, &str)]) -> (Output, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
    command.args(arguments).env_clear().envs(variables.iter().copied()).current_dir(folder.path());
    (command.output().unwrap(), folder)
}

#[test]
fn a_variable_that_cannot_be_used_is_named_in_one_line() {
    for (name, value, expected) in [
        ("BIND_ADDR", "somewhere", "127.0.0.1:8080"),
        ("BIND_ADDR", "0.0.0.0", "0.0.0.0:8080"),
        ("PUBLIC_ORIGIN", "metrics.example.com", "https://metrics.example.com"),
        ("PUBLIC_ORIGIN", "https://metrics.example.com/admin", "no path"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, proxy", "192.168.0.0/16"),
        ("CORS_ALLOWED_ORIGINS", "*", "http or https"),
        ("METRICS_PUBLIC", "perhaps", "true or false"),
        ("WEB_DIR", "/no/such/folder", "index.html"),
        ("DATABASE_URL", "mysql://root:s3cret@db/x", "postgres://"),
        ("DATABASE_URL", "postgres://u:s3cret@db/x?sslmode=maybe", "verify-full"),
        ("DATABASE_MAX_CONNECTIONS", "0", "1 to 1000"),
        ("AUTO_MIGRATE", "perhaps", "true or false"),
        ("CHANGE_FEED", "yes", "postgres or off"),
        ("CHANGE_FEED", "postgres", "SQLite"),
        ("REDIS_URL", "http://u:s3cret@cache", "rediss://"),
        ("CACHE_L1_MAX_ITEMS", "many", "whole number"),
        ("CACHE_LOAD_SOFT_MS", "20000", "CACHE_LOAD_HARD_MS"),
        ("SESSION_SECRET", "s3cret", "64 bytes"),
        ("SESSION_IDLE_MINS", "never", "whole number"),
        ("DATABASE_URL", "postgres://u:s3cret@db/x", "64 random bytes"),
        ("LOG_FORMAT", "xml", "pretty or json"),
        ("RUST_LOG", "api=loud", "directives"),
    ] {
        let (output, folder) = api(&[], &[(name, value)]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}: {said}");
        assert_eq!(said.lines().count(), 1, "{name}: {said}");
        let named = if expected == "64 random bytes" { "SESSION_SECRET" } else { name };
        assert!(said.starts_with(&format!("{named}: ")) && said.contains(expected), "{said}");
        assert!(!said.contains("s3cret"), "{said}");
        assert!(output.stdout.is_empty(), "{name}");
        assert_eq!(folder.path().read_dir().unwrap().count(), 0, "{name}: nothing was started");
    }
}

#[test]
fn an_env_file_is_read_and_a_broken_one_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = |content: &str| {
        std::fs::write(folder.path().join(".env"), content).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
        let output = command.env_clear().current_dir(folder.path()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run("BIND_ADDR=nowhere\n");
    assert_eq!((code, said.starts_with("BIND_ADDR: ")), (Some(2), true), "{said}");
    let (code, said) = run("REDIS_PASSWORD s3cret\n");
    assert_eq!((code, said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.starts_with(".env: ") && !said.contains("s3cret"), "{said}");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (output, folder) = api(&[], &[("BIND_ADDR", &address)]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains(&address), "{said}");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "nothing was started");
}

#[test]
fn the_other_commands_do_what_their_help_says() {
    let text = |arguments: &[&str]| {
        let (output, folder) = api(arguments, &[]);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        (String::from_utf8(output.stdout).unwrap(), folder)
    };
    let (help, _) = text(&["--help"]);
    for command in ["migrate", "openapi", "healthcheck"] {
        assert!(help.contains(command), "{help}");
    }
    assert_eq!(text(&["openapi"]).0, api::openapi::document_json().unwrap());

    let folder = tempfile::tempdir().unwrap();
    let migrate = |action: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
        let output =
            command.args(["migrate", action]).env_clear().current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{action}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    migrate("up");
    let applied = migrate("status");
    assert!(
        applied.lines().count() >= 3 && applied.lines().all(|line| line.starts_with("applied ")),
        "{applied}"
    );
    migrate("down");
    assert!(migrate("status").contains("pending "));

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (output, _) = api(&["healthcheck"], &[("BIND_ADDR", &free)]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_migration_back_needs_a_yes_on_a_server_elsewhere() {
    let url = "postgres://u:s3cret@db.example.org/x";
    let (output, _) = api(&["migrate", "down"], &[("DATABASE_URL", url)]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("--yes") && !said.contains("s3cret"), "{said}");
}
