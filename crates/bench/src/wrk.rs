//! The load generator `wrk`: many connections that ask again as soon as they are answered. Its own report is for people; a
//! script has it tell what it counted as JSON.

use std::{
    ffi::OsString,
    fmt::Write as _,
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use nix::sys::signal::Signal;
use serde::Deserialize;
use test_support::servers::{Launch, Needed, Output, Watched, ensure_installed};
use tokio::time::sleep;

/// Runs where wrk is done. `errors.status` counts answers of 400 and above.
const TELL: &str = r#"
done = function(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '\n{"requests":%.0f,"micros":%.0f,"bytes":%.0f,"p50Micros":%.0f,"p99Micros":%.0f,'
            .. '"errors":{"connect":%.0f,"read":%.0f,"write":%.0f,"timeout":%.0f,"status":%.0f}}\n',
        summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
        errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
"#;

/// Each of these is answered within it, or counts as an error.
const TIMEOUT: &str = "15s";

/// Between two looks whether wrk has ended; it times itself.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What to ask for, and how much.
#[derive(Clone, Debug)]
pub struct Wrk {
    /// Where to; the whole URL.
    pub url: String,
    /// Headers that every request carries.
    pub headers: Vec<(&'static str, String)>,
    /// Paths of which each request takes one at random (the same in every run) instead of the URL's; none: the URL's.
    pub paths: Vec<String>,
    /// Threads; as many as the server has workers, so that it is not wrk that is measured.
    pub threads: usize,
    /// Connections in all.
    pub connections: usize,
    /// For how long.
    pub duration: Duration,
}

/// What came of it; every request was answered with a status below 400.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Requests answered.
    pub requests: u64,
    /// Seconds that took.
    pub seconds: f64,
    /// Bytes received, heads included.
    pub bytes: u64,
    /// Half of the answers came within so many seconds.
    pub p50: f64,
    /// All but a hundredth came within so many seconds.
    pub p99: f64,
}

impl Load {
    /// Requests a second.
    pub fn rate(&self) -> f64 {
        self.requests as f64 / self.seconds
    }

    /// Bytes of an answer, head included, on average.
    pub fn bytes_an_answer(&self) -> f64 {
        self.bytes as f64 / self.requests as f64
    }
}

/// Makes sure that there is a `wrk`.
///
/// # Errors
/// One line that says what to install.
pub async fn ensure_wrk() -> anyhow::Result<()> {
    tokio::task::spawn_blocking(|| ensure_installed(&[Needed::Wrk])).await?
}

impl Wrk {
    /// Makes the load.
    ///
    /// # Errors
    /// Where wrk cannot be run, where one request failed, or was answered with 400 or more.
    pub async fn run(&self) -> anyhow::Result<Load> {
        let folder = tempfile::Builder::new().prefix("admin-metrics-bench-").tempdir()?;
        let script = folder.path().join("wrk.lua");
        fs::write(&script, self.script()).context("cannot write wrk's script")?;
        let process = Watched::start(Launch {
            program: "wrk".into(),
            args: self.args(script.into()),
            env: Vec::new(),
            dir: folder.path().to_owned(),
            current_dir: None,
            run_as: None,
            output: Output::Log,
            stop_signal: Signal::SIGTERM,
        })?;
        // wrk counts in whole seconds; told to stop, it ends as it does when its time is up.
        let mut part_of_a_second = (self.duration.subsec_nanos() > 0).then_some(self.duration);
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = process.exited() {
                break status;
            }
            if part_of_a_second.take_if(|duration| begun.elapsed() >= *duration).is_some() {
                process.signal(Signal::SIGINT)?;
            }
            sleep(LOOK_EVERY).await;
        };
        let told = process.log();
        if !status.success() {
            bail!("wrk on {} ended with {status}: {}", self.url, told.trim());
        }
        parse(&told).with_context(|| format!("wrk on {}", self.url))
    }

    fn args(&self, script: OsString) -> Vec<OsString> {
        let option = |name: &str, value: String| [OsString::from(name), value.into()];
        let mut args = Vec::new();
        args.extend(option("--timeout", TIMEOUT.to_owned()));
        args.extend(option("--threads", self.threads.to_string()));
        args.extend(option("--connections", self.connections.to_string()));
        args.extend(option("--duration", format!("{}s", self.duration.as_secs_f64().ceil())));
        args.extend(["--script".into(), script]);
        for (name, value) in &self.headers {
            args.extend(option("--header", format!("{name}: {value}")));
        }
        args.push(self.url.clone().into());
        args
    }

    fn script(&self) -> String {
        let mut script = TELL.to_owned();
        if !self.paths.is_empty() {
            script.push_str("local paths, requests = {\n");
            for path in &self.paths {
                // A path that comes out of a URL holds nothing that Lua would take for something else.
                let _ = writeln!(script, "    \"{path}\",");
            }
            script.push_str(
                "}, {}\n\
                 local threads = 0\n\
                 setup = function(thread) threads = threads + 1; thread:set(\"number\", threads) end\n\
                 init = function()\n    \
                     for i, path in ipairs(paths) do requests[i] = wrk.format(\"GET\", path) end\n    \
                     math.randomseed(number)\n\
                 end\n\
                 request = function() return requests[math.random(#requests)] end\n",
            );
        }
        script
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    requests: u64,
    micros: u64,
    bytes: u64,
    p50_micros: u64,
    p99_micros: u64,
    errors: Errors,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Errors {
    connect: u64,
    read: u64,
    write: u64,
    timeout: u64,
    status: u64,
}

/// Reads what the script told at the end of wrk's own report.
fn parse(output: &str) -> anyhow::Result<Load> {
    let line = output.lines().rev().find(|line| line.starts_with('{'));
    let line = line.with_context(|| format!("told no figures, but: {}", output.trim()))?;
    let told: Told = serde_json::from_str(line).with_context(|| format!("told something else: {line}"))?;
    let Errors { connect, read, write, timeout, status } = told.errors;
    if connect + read + write + timeout + status > 0 {
        bail!(
            "of {} requests not all went well: {status} were answered with 400 or more, {timeout} not within {TIMEOUT}; \
             {connect} connections were refused, {read} broke while reading, {write} while writing",
            told.requests
        );
    }
    if told.requests == 0 || told.micros == 0 {
        bail!("no request was answered");
    }
    let seconds = |micros: u64| micros as f64 / 1e6;
    Ok(Load {
        requests: told.requests,
        seconds: seconds(told.micros),
        bytes: told.bytes,
        p50: seconds(told.p50_micros),
        p99: seconds(told.p99_micros),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
Running 2s test @ http://127.0.0.1:4711/
  2 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.20ms    1.03ms  30.03ms   90.00%
    Req/Sec    29.10k     1.51k   32.00k    75.00%
  100000 requests in 2.00s, 500.00MB read
Requests/sec:  50000.00
Transfer/sec:    250.00MB

";
    const TOLD: &str = r#"{"requests":100000,"micros":2000000,"bytes":500000000,"p50Micros":1000,"p99Micros":5000,"errors":{"connect":0,"read":0,"write":0,"timeout":0,"status":0}}"#;

    #[test]
    fn what_the_script_told_is_read() {
        let load = parse(&format!("{REPORT}{TOLD}\n")).unwrap();
        assert_eq!((load.rate(), load.bytes_an_answer()), (50_000.0, 5_000.0));
        assert_eq!((load.p50, load.p99), (0.001, 0.005));
    }

    #[test]
    fn a_run_with_errors_is_none() {
        for (kind, words) in [
            ("connect", "1 connections were refused"),
            ("read", "1 broke while reading"),
            ("write", "1 while writing"),
            ("timeout", "1 not within 15s"),
            ("status", "1 were answered with 400 or more"),
        ] {
            let told = TOLD.replace(&format!("\"{kind}\":0"), &format!("\"{kind}\":1"));
            let error = parse(&format!("{REPORT}{told}\n")).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        let nothing = TOLD.replace("\"requests\":100000", "\"requests\":0");
        assert_eq!(parse(&nothing).unwrap_err().to_string(), "no request was answered");
        assert!(parse(REPORT).unwrap_err().to_string().contains("told no figures"));
    }
}
