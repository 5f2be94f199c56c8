//! `api admin`: the first administrator, and letting somebody in again. And that no secret is ever logged.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Output, Stdio},
};

use reqwest::Client;
use serde_json::json;

fn api(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut process = Command::new(env!("CARGO_BIN_EXE_api"))
        .args(arguments)
        .env_clear()
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who is not asked for a password may have ended already.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    process.wait_with_output().unwrap()
}

fn said(output: &Output, code: i32) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    if code == 0 { out.into_owned() } else { err.into_owned() }
}

#[test]
fn the_first_admin_is_made_where_nothing_is_yet() {
    let folder = tempfile::tempdir().unwrap();
    let create = ["admin", "create", "--email", "Root@example.org", "--password-stdin"];
    let made = said(&api(folder.path(), &create, "correct horse battery\n"), 0);
    assert!(made.contains("root@example.org") && !made.contains("horse"), "{made}");
    let again = said(&api(folder.path(), &create, "correct horse battery\n"), 1);
    assert!(again.contains("reset-password") && again.lines().count() == 1, "{again}");
    let link = said(&api(folder.path(), &["admin", "reset-password", "--email", "root@example.org"], ""), 0);
    assert!(link.lines().any(|line| line.trim().len() == 43), "{link}");
    for (arguments, input, expected) in [
        (&["admin", "reset-password", "--email", "nobody@example.org"][..], "", "nobody@example.org"),
        (&["admin", "create", "--email", "b@example.org", "--password-stdin"], "short\n", "12 to 256"),
        (&["admin", "create", "--email", "b@example.org", "--password-stdin"], "", "standard input"),
        (&["admin", "create", "--email", "not an address"], "", "ada@example.org"),
    ] {
        let refused = said(&api(folder.path(), arguments, input), 1);
        assert!(refused.contains(expected) && refused.lines().count() == 1, "{arguments:?}: {refused}");
    }
}

#[tokio::test]
async fn no_secret_is_in_the_log_however_much_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    let password = "correct horse battery";
    let create = ["admin", "create", "--email", "root@example.org", "--password-stdin"];
    said(&api(folder.path(), &create, password), 0);
    let mut process = Command::new(env!("CARGO_BIN_EXE_api"))
        .env_clear()
        .envs([("BIND_ADDR", "127.0.0.1:0"), ("LOG_FORMAT", "json"), ("RUST_LOG", "trace")])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let listening = lines.find(|line| line.contains("\"listening\"")).unwrap();
    let listening: serde_json::Value = serde_json::from_str(&listening).unwrap();
    let address = listening["http.address"].as_str().unwrap().to_owned();
    let log = std::thread::spawn(move || lines.collect::<Vec<_>>().join("\n"));

    let session = format!("http://{address}/api/v1/session");
    let client = Client::new();
    let body = json!({"email": "root@example.org", "password": password});
    let answer = client.post(&session).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let body = json!({"email": "root@example.org", "password": "a wrong horse"});
    assert_eq!(client.post(&session).json(&body).send().await.unwrap().status(), 401);
    let asked = client.get(&session).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(asked.status(), 200);
    drop(client);
    assert!(Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap().success());
    assert!(process.wait().unwrap().success());
    let log = log.join().unwrap();
    let kept = std::fs::read_to_string(folder.path().join("data/dashboard.db.session-secret")).unwrap();
    assert!(log.contains("/api/v1/session"), "it is logged that somebody signed in");
    for secret in [password, "a wrong horse", cookie.split_once('=').unwrap().1, kept.trim(), "$argon2"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
