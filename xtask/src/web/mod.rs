//! `cargo xtask web`: the dashboard's page, built for the service to serve; its checks; its tests in a browser.

mod browser;
mod budget;
mod build;

use std::{path::Path, process::ExitCode};

use clap::{Args, Subcommand};

use crate::{npm::Package, servers::TestServers};

pub use build::{Built, build, is_built};

/// The package.
pub const PACKAGE: Package = Package { folder: "web", name: "the dashboard", least_node: (20, 19) };

/// Build the dashboard's page into web/dist, or check and test it.
///
/// A debug build of the service reads the page from there, a release build takes in what is there. Nothing is done where it
/// was built from these very sources. Needs Node.js 20.19 or newer; what else it needs is installed into
/// web/node_modules and openapi/client/node_modules, by the lock files.
#[derive(Debug, Args)]
pub struct Web {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check types, lints, format, unit tests, and that the first page is small enough.
    Check,
    /// Run the tests in a browser, on a private PostgreSQL and Redis; see web/e2e/README.md.
    ///
    /// Builds the service and the page first, where they are old, and installs Chromium and the servers where they are
    /// missing and apt-get works without asking. API_BINARY is used instead of a service that is built, TEST_DATABASE_URL
    /// instead of a PostgreSQL that is started.
    Test {
        /// Passed on to `playwright test`.
        #[arg(last = true, value_name = "PLAYWRIGHT ARGUMENTS")]
        rest: Vec<String>,
    },
    /// Take the pictures in docs/screenshots.
    Screenshots,
}

impl Web {
    /// Builds, checks, tests.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self.action {
            None => match build().await? {
                Built::Anew => println!("{}/dist written", PACKAGE.folder),
                Built::Before => println!("{}/dist was up to date", PACKAGE.folder),
            },
            Some(Action::Check) => {
                check().await?;
                unit_tests().await?;
            }
            Some(Action::Test { rest }) => {
                let (api, servers) = (browser::service().await?, TestServers::for_browser()?);
                browser::run(&["playwright", "test"], &rest, &api, &servers).await?;
            }
            Some(Action::Screenshots) => {
                let (api, servers) = (browser::service().await?, TestServers::for_browser()?);
                browser::run(&["npm", "run", "--silent", "screenshots"], &[], &api, &servers).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Whether types, lints and format are right, it builds, and its first page is small enough.
///
/// # Errors
/// Where something is not; what it is has been told.
pub async fn check() -> anyhow::Result<()> {
    build::prepare().await?;
    for script in ["typecheck", "lint", "format:check"] {
        PACKAGE.npm(&["run", "--silent", script]).await?;
    }
    build().await?;
    budget::check()
}

/// Runs its tests: of its parts, then in a browser, against `api`, the service's binary.
///
/// # Errors
/// Where one fails, or they cannot be run for want of Node.js or Chromium.
pub async fn test(api: &Path, servers: &TestServers) -> anyhow::Result<()> {
    build::prepare().await?;
    unit_tests().await?;
    let all = ["--forbid-only".to_owned()];
    browser::run(&["playwright", "test"], &all, api, servers).await
}

async fn unit_tests() -> anyhow::Result<()> {
    PACKAGE.npm(&["run", "--silent", "test"]).await
}
