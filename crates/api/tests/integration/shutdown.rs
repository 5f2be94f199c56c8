//! A server that is told to stop finishes what it has begun, and ends with 0.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

/// The binary, serving.
pub(crate) struct Server {
    process: Child,
    log: BufReader<ChildStdout>,
    /// Where it listens.
    pub(crate) address: String,
    _folder: tempfile::TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_api"))
            .env_clear()
            .envs([("BIND_ADDR", "127.0.0.1:0"), ("LOG_FORMAT", "json")])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(process.stdout.take().unwrap());
        let mut server = Self { process, log, address: String::new(), _folder: folder };
        let listening = server.wait_for("listening");
        listening["http.address"].as_str().unwrap().clone_into(&mut server.address);
        server
    }

    /// Reads the log up to a line with this message.
    fn wait_for(&mut self, message: &str) -> Value {
        loop {
            let mut line = String::new();
            assert_ne!(self.log.read_line(&mut line).unwrap(), 0, "the log ended before {message:?}");
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["message"].as_str().unwrap_or_default().starts_with(message) {
                return event;
            }
        }
    }

    fn terminate(&self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_request_in_flight_is_finished() {
    let mut server = Server::start();
    let body = r#"{"email": "ada@example.org", "password": "a guess"}"#;
    let mut connection = TcpStream::connect(&server.address).unwrap();
    write!(
        connection,
        "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
        body.len()
    )
    .unwrap();
    // The server asks for the body: the request is in flight.
    let mut go_on = [0; 25];
    connection.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");

    server.terminate();
    server.wait_for("stopping");
    connection.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    // The database was asked, and the refusal written down.
    assert!(answer.contains("sign-in-refused"), "{answer}");
    server.wait_for("stopped");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}

#[test]
fn an_idle_connection_does_not_hold_it_up() {
    let mut server = Server::start();
    let mut connection = TcpStream::connect(&server.address).unwrap();
    write!(connection, "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut first = [0; 15];
    connection.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    let asked = std::time::Instant::now();
    server.terminate();
    server.wait_for("stopped");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
    // It would else have been waited for as long as a request may take then.
    assert!(asked.elapsed().as_secs() < 30, "it took {:?}", asked.elapsed());
}
