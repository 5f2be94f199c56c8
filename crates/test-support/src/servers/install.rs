//! Finding the programs that tests and benchmarks run, and installing those that are missing where that works without
//! asking.

use std::{
    env, fs,
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};
use nix::unistd::geteuid;

/// What Chromium is called, and what else will do.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// The variable that names the one to use.
pub const CHROMIUM_PATH: &str = "CHROMIUM";

/// A program that is needed: a server, or what asks one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// `initdb` and `postgres`.
    Postgres,
    /// `redis-server`, or `valkey-server`, which speaks the same.
    Redis,
    /// `wrk`, which makes load over HTTP.
    Wrk,
    /// Chromium, or Chrome, in which pages are looked at.
    Chromium,
}

impl Needed {
    const fn package(self) -> &'static str {
        match self {
            Self::Postgres => "postgresql",
            Self::Redis => "redis-server",
            Self::Wrk => "wrk",
            Self::Chromium => "chromium",
        }
    }

    /// The variable that names a running one instead.
    const fn variable(self) -> Option<&'static str> {
        match self {
            Self::Postgres => Some(crate::TEST_DATABASE_URL),
            Self::Redis => Some(crate::TEST_REDIS_URL),
            Self::Wrk | Self::Chromium => None,
        }
    }

    fn is_installed(self) -> bool {
        match self {
            Self::Postgres => postgres_folder().is_some(),
            Self::Redis => redis_binary().is_some(),
            Self::Wrk => in_path("wrk").is_some(),
            Self::Chromium => chromium().is_some(),
        }
    }
}

/// Installs what is missing of `needed` with the system's package manager, where that works without asking: Debian and
/// its like, as root or with a sudo that wants no password.
///
/// # Errors
/// One line that says what to install.
pub fn ensure_installed(needed: &[Needed]) -> anyhow::Result<()> {
    if missing(needed).is_empty() {
        return Ok(());
    }
    // Test binaries of several checkouts may come here at once.
    let lock = File::create(env::temp_dir().join(format!("admin-metrics-install-{}.lock", geteuid())))
        .context("cannot make the lock file for the installation")?;
    lock.lock().context("cannot lock the installation")?;
    let missing = missing(needed);
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|program| program.package()).collect();
    let by_hand = by_hand(&missing);
    let Some(apt_get) = AptGet::without_asking() else {
        bail!("a program is missing, and it cannot be installed without asking: {by_hand}");
    };
    eprintln!(
        "Installing {} with apt-get: tests and benchmarks start processes of their own from it.",
        packages.join(", ")
    );
    // Lists that cannot be refreshed may still do.
    let _ = apt_get.run(&["update", "--quiet"]);
    let mut install = vec!["install", "--quiet", "--yes", "--no-install-recommends"];
    install.extend(&packages);
    let installed = apt_get.run(&install);
    if !matches!(installed, Ok(true)) || missing.iter().any(|program| !program.is_installed()) {
        bail!("apt-get did not install a program that is missing: {by_hand}");
    }
    Ok(())
}

/// The folder that holds both `initdb` and `postgres`: of `PATH`, else the newest where distributions keep them.
pub(super) fn postgres_folder() -> Option<PathBuf> {
    let has_both = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let parents =
        ["/usr/lib/postgresql", "/usr/local/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr"];
    path_folders().into_iter().find(has_both).or_else(|| {
        parents
            .iter()
            .flat_map(|parent| newest_first(Path::new(parent)))
            .map(|version| version.join("bin"))
            .find(has_both)
    })
}

/// `redis-server`, or `valkey-server`.
pub fn redis_binary() -> Option<PathBuf> {
    in_path("redis-server").or_else(|| in_path("valkey-server"))
}

/// Chromium: what `CHROMIUM` names, whatever that is, else the first that is on `PATH`.
pub fn chromium() -> Option<PathBuf> {
    let given = env::var_os(CHROMIUM_PATH).filter(|path| !path.is_empty());
    given.map(PathBuf::from).or_else(|| CHROMIUM.into_iter().find_map(in_path))
}

fn missing(needed: &[Needed]) -> Vec<Needed> {
    needed.iter().copied().filter(|program| !program.is_installed()).collect()
}

/// What a person can do about what is `missing`.
fn by_hand(missing: &[Needed]) -> String {
    let packages: Vec<&str> = missing.iter().map(|program| program.package()).collect();
    let variables: Vec<&str> = missing.iter().filter_map(|program| program.variable()).collect();
    let mut text = format!(
        "install the package{} {} (Debian, Ubuntu: sudo apt-get install {})",
        if packages.len() == 1 { "" } else { "s" },
        packages.join(" and "),
        packages.join(" "),
    );
    if missing.contains(&Needed::Chromium) {
        text += ", or set ";
        text += CHROMIUM_PATH;
        text += " to the path of one";
    }
    if variables.len() == packages.len() {
        text += ", or set ";
        text += &variables.join(" and ");
        text += " to a running server";
    }
    text
}

/// The program `name` on `PATH`.
fn in_path(name: &str) -> Option<PathBuf> {
    path_folders().into_iter().map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn path_folders() -> Vec<PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

/// The folders in `parent` by the number in their name, the highest first: `16` before `9.6`, `postgresql@17` too.
fn newest_first(parent: &Path) -> Vec<PathBuf> {
    let version = |folder: &PathBuf| -> u32 {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let from = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
        name[from..].split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok()).unwrap_or(0)
    };
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    folders.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
    folders
}

/// The package manager, where it works without asking.
struct AptGet {
    sudo: bool,
}

impl AptGet {
    fn without_asking() -> Option<Self> {
        let apt_get = path_folders().iter().any(|folder| folder.join("apt-get").is_file());
        if !apt_get {
            return None;
        }
        if geteuid().is_root() {
            return Some(Self { sudo: false });
        }
        let sudo = Command::new("sudo")
            .args(["-n", "true"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        sudo.is_ok_and(|status| status.success()).then_some(Self { sudo: true })
    }

    /// Whether it succeeded. It writes to stderr, so that a test's own output stays apart.
    fn run(&self, args: &[&str]) -> std::io::Result<bool> {
        let mut command = Command::new(if self.sudo { "sudo" } else { "env" });
        if self.sudo {
            command.args(["-n", "env"]);
        }
        command
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"])
            .args(args)
            .stdin(Stdio::null())
            .stdout(std::io::stderr());
        command.status().map(|status| status.success())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_server_is_offered_only_where_it_would_do() {
        let servers = by_hand(&[Needed::Postgres, Needed::Redis]);
        assert!(servers.contains("sudo apt-get install postgresql redis-server"), "{servers}");
        assert!(
            servers.ends_with("or set TEST_DATABASE_URL and TEST_REDIS_URL to a running server"),
            "{servers}"
        );
        let load = by_hand(&[Needed::Wrk]);
        assert_eq!(load, "install the package wrk (Debian, Ubuntu: sudo apt-get install wrk)");
        let browser = by_hand(&[Needed::Chromium]);
        assert!(
            browser.ends_with("apt-get install chromium), or set CHROMIUM to the path of one"),
            "{browser}"
        );
    }
}
