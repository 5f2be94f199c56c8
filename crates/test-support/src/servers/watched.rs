//! A program that ends with us. Between us and it stands a shell that reads from a pipe whose other end only we hold:
//! when we stop the program, or die in whatever way, the pipe closes, and the shell ends the program and removes its
//! folder. It needs no `unsafe` and works on any Unix.

use std::{
    ffi::OsString,
    fs,
    io::Write as _,
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, User},
};

/// `$1` is the folder, `$2` where output goes (`log` or `inherit`), `$3` the signal that ends the program, and the rest
/// is the program. A program that has ended leaves `exited` with its code, so that its number is not signalled again.
const WATCHDOG: &str = r#"
dir=$1 output=$2 signal=$3
shift 3
rm -f "$dir/pid" "$dir/exited"
(
    [ "$output" = inherit ] || exec >"$dir/log" 2>&1
    sh -c 'dir=$1; shift; echo "$$" >"$dir/pid.new" && mv "$dir/pid.new" "$dir/pid"; exec "$@"' sh "$dir" "$@"
    echo "$?" >"$dir/exited.new" && mv "$dir/exited.new" "$dir/exited"
) &
trap '' HUP INT TERM
order=
read -r order
while [ ! -e "$dir/pid" ]; do sleep 0.05; done
if [ ! -e "$dir/exited" ]; then
    kill -s "$signal" "$(cat "$dir/pid")"
    kill -s CONT "$(cat "$dir/pid")"
fi 2>/dev/null
wait
[ "$order" = keep ] && exit
for _ in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf "$dir" 2>/dev/null && exit
    sleep 0.5 # A process that it had started may still be writing there.
done
"#;

/// Between two looks at a file that the watchdog or the program writes.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How long a program may take to come up on a busy machine.
const START_WITHIN: Duration = Duration::from_mins(1);

/// What to start.
#[derive(Debug)]
pub struct Launch {
    /// The program's file.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Variables set for it beside ours.
    pub env: Vec<(OsString, OsString)>,
    /// A folder of its own for the log; removed when it ends.
    pub dir: PathBuf,
    /// Where it runs; `dir` unless said.
    pub current_dir: Option<PathBuf>,
    /// Who it runs as, if not as us.
    pub run_as: Option<User>,
    /// Where it writes.
    pub output: Output,
    /// What asks it to end.
    pub stop_signal: Signal,
}

/// Where a program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Into the file `log` of its folder.
    Log,
    /// Where we write.
    Inherit,
}

/// A running program that ends with us, at the latest when this is dropped.
#[derive(Debug)]
pub struct Watched {
    watchdog: Child,
    server: Pid,
    dir: PathBuf,
    name: String,
}

impl Watched {
    /// Starts it. It may not be ready yet.
    ///
    /// # Errors
    /// Where it, or the shell that watches it, cannot be started.
    pub fn start(launch: Launch) -> anyhow::Result<Self> {
        let name = launch.program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut command = Command::new("sh");
        command
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(&launch.dir)
            .arg(match launch.output {
                Output::Log => "log",
                Output::Inherit => "inherit",
            })
            .arg(launch.stop_signal.as_str().trim_start_matches("SIG"))
            .arg(&launch.program)
            .args(launch.args)
            .envs(launch.env)
            .current_dir(launch.current_dir.as_ref().unwrap_or(&launch.dir))
            .stdin(Stdio::piped())
            // A ctrl-C on the terminal is for us: we end the program when we are done with it.
            .process_group(0);
        if launch.output == Output::Log {
            command.stdout(Stdio::null()).stderr(Stdio::null());
        }
        if let Some(user) = &launch.run_as {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        for stale in ["pid", "exited"] {
            let _ = fs::remove_file(launch.dir.join(stale));
        }
        let mut watchdog = command.spawn().context("cannot run sh")?;
        match await_pid(&launch.dir, &mut watchdog) {
            Ok(server) => Ok(Self { watchdog, server, dir: launch.dir, name }),
            Err(error) => {
                drop(watchdog.stdin.take());
                let _ = watchdog.wait();
                Err(error.context(format!("cannot start {name}")))
            }
        }
    }

    /// The program's process id (not the watching shell's).
    pub fn pid(&self) -> u32 {
        self.server.as_raw().unsigned_abs()
    }

    /// Sends it a signal, unless it has ended.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        if self.exited().is_none() {
            kill(self.server, signal).with_context(|| format!("cannot send {signal} to {}", self.name))?;
        }
        Ok(())
    }

    /// How it ended, if it has.
    pub fn exited(&self) -> Option<ExitStatus> {
        let code: i32 = fs::read_to_string(self.dir.join("exited")).ok()?.trim().parse().ok()?;
        Some(ExitStatus::from_raw(code << 8))
    }

    /// What it has written so far, where that goes into its log.
    pub fn log(&self) -> String {
        fs::read(self.dir.join("log"))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Waits until its log says `words`.
    ///
    /// # Errors
    /// Where it ends before, or does not say them within a minute; the error shows the end of the log.
    pub fn await_log(&self, words: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + START_WITHIN;
        loop {
            let exited = self.exited();
            let log = self.log();
            if log.contains(words) {
                return Ok(());
            }
            if let Some(status) = exited {
                bail!("{} ended with code {}: {}", self.name, status.code().unwrap_or(-1), last_lines(&log));
            }
            if Instant::now() > deadline {
                bail!("{} was not ready within {START_WITHIN:?}: {}", self.name, last_lines(&log));
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits until it has ended, however that came about.
    pub fn wait(&self) -> ExitStatus {
        loop {
            if let Some(status) = self.exited() {
                return status;
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Ends it as its stop signal does, waits until it is gone, and leaves its folder, so that it can be started again.
    pub fn stop_and_keep(mut self) {
        if let Some(mut orders) = self.watchdog.stdin.take() {
            let _ = orders.write_all(b"keep\n");
        }
        let _ = self.watchdog.wait();
    }

    /// Ends it with SIGKILL and waits until it is gone.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn kill(&self) -> anyhow::Result<()> {
        self.signal(Signal::SIGKILL)?;
        self.wait();
        Ok(())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

/// The last lines of a log, on one line.
pub(super) fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(5)..].join(" | ")
}

fn await_pid(dir: &Path, watchdog: &mut Child) -> anyhow::Result<Pid> {
    let deadline = Instant::now() + START_WITHIN;
    loop {
        if let Ok(text) = fs::read_to_string(dir.join("pid")) {
            return Ok(Pid::from_raw(text.trim().parse().context("the process id is not a number")?));
        }
        if let Some(status) = watchdog.try_wait()? {
            bail!("the shell that watches it ended with {status}");
        }
        if Instant::now() > deadline {
            bail!("it had no process id within {START_WITHIN:?}");
        }
        thread::sleep(LOOK_EVERY);
    }
}
