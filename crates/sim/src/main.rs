//! `cargo xtask sim`: runs schedules, tells the story of one, or hunts mutations.

use std::{process::ExitCode, thread::available_parallelism, time::Duration};

use clap::Parser;
use sim::{
    campaign::{Campaign, switch},
    mutations,
    oracle::Violation,
    plan::Plan,
    run::run,
    shrink::shrink,
};

/// So many last lines of a failing schedule's story are shown.
const TAIL: usize = 60;
/// A minimum of schedules after which everything must have been met.
const FULL_RUN: u64 = 20_000;

/// Simulate the shipped cache engine: schedule after schedule, each from a seed, until a promise is broken.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask sim", bin_name = "cargo xtask sim")]
struct Cli {
    /// How many schedules.
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    schedules: u64,
    /// The first seed; the others follow it.
    #[arg(long, value_name = "S", default_value_t = 0)]
    first: u64,
    /// Run this schedule alone and tell its whole story.
    #[arg(long, value_name = "S", conflicts_with_all = ["schedules", "first", "minutes", "mutations"])]
    seed: Option<u64>,
    /// Go on for so many minutes, however many schedules that is, from a seed that is never the same.
    #[arg(long, value_name = "M", conflicts_with_all = ["schedules", "first"])]
    minutes: Option<u64>,
    /// Leave out one rule of the engine after the other, and fail if the simulation does not notice one.
    #[arg(long)]
    mutations: bool,
    /// With --seed or --mutations: this one only, by its name.
    #[arg(long, value_name = "NAME")]
    mutation: Option<String>,
    /// Do not stop at the first failure; say what each is.
    #[arg(long)]
    keep_going: bool,
    /// On so many threads; as many as there are cores, if left out.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let jobs = cli.jobs.unwrap_or_else(|| available_parallelism().map_or(2, usize::from));
    if let Some(seed) = cli.seed {
        return tell(seed, cli.mutation.as_deref());
    }
    if cli.mutations {
        return hunt(cli.schedules.min(FULL_RUN), jobs, cli.mutation.as_deref());
    }
    simulate(&cli, jobs)
}

fn simulate(cli: &Cli, jobs: usize) -> ExitCode {
    let campaign = match cli.minutes {
        None => Campaign {
            first: cli.first,
            schedules: cli.schedules,
            within: Duration::MAX,
            jobs,
            mutation: None,
            keep_going: cli.keep_going,
        },
        Some(minutes) => {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            let within = Duration::from_secs(60 * minutes);
            Campaign {
                first: now.as_secs() << 24,
                schedules: u64::MAX,
                within,
                jobs,
                mutation: None,
                keep_going: cli.keep_going,
            }
        }
    };
    println!("seeds from {}, on {jobs} threads", campaign.first);
    let report = campaign.run(|done, took| {
        if done % 50_000 == 0 {
            println!("  {done} schedules, {:.0} s", took.as_secs_f64());
        }
    });
    println!("{}", report.coverage.table());
    let rate = report.schedules as f64 / report.took.as_secs_f64();
    println!("{} schedules in {:.1} s, {rate:.0} a second", report.schedules, report.took.as_secs_f64());
    for (seed, violation) in report.others {
        println!("seed {seed} breaks promise {}: {}", violation.promise, violation.what);
    }
    if let Some((seed, violation)) = report.failed {
        explain(seed, &violation);
        return ExitCode::FAILURE;
    }
    let missing = report.coverage.missing();
    if report.schedules >= FULL_RUN && !missing.is_empty() {
        println!("never met, so that nothing is proved of it: {}", missing.join(", "));
        return ExitCode::FAILURE;
    }
    println!("every promise was kept");
    ExitCode::SUCCESS
}

/// Says how a schedule failed, and what is left of it once everything is left out that it does not need.
fn explain(seed: u64, violation: &Violation) {
    println!("\nseed {seed} breaks promise {}: {}", violation.promise, violation.what);
    let plan = Plan::draw(seed);
    let smaller = shrink(&plan, violation.promise);
    println!("\nits plan, without what the failure does not need ({:?}):", smaller.settings);
    for (pause, action) in &smaller.steps {
        println!("  {:>12.3} ms later: {action:?}", *pause as f64 / 1000.0);
    }
    let story = run(&smaller, true).story;
    println!("\nthe end of that plan's story:");
    show(&story[story.len().saturating_sub(TAIL)..]);
    println!("\nthe whole story of the schedule: cargo xtask sim --seed {seed}");
}

fn tell(seed: u64, mutation: Option<&str>) -> ExitCode {
    if let Some(name) = mutation {
        let Some((mutation, _)) = mutations::ALL.iter().find(|(of, _)| format!("{of:?}") == name) else {
            eprintln!("error: no mutation is called {name}");
            return ExitCode::from(2);
        };
        switch(Some(*mutation));
    }
    let plan = Plan::draw(seed);
    println!("{:?}", plan.settings);
    let outcome = run(&plan, true);
    show(&outcome.story);
    match outcome.violation {
        None => {
            println!("every promise was kept; the story's digest is {:016x}", outcome.digest);
            ExitCode::SUCCESS
        }
        Some(violation) => {
            println!("promise {} was broken: {}", violation.promise, violation.what);
            ExitCode::FAILURE
        }
    }
}

fn show(story: &[(u64, String)]) {
    for (at, line) in story {
        println!("{:>14.3} ms  {line}", *at as f64 / 1000.0);
    }
}

fn hunt(schedules: u64, jobs: usize, only: Option<&str>) -> ExitCode {
    if !cfg!(feature = "mutations") {
        eprintln!(
            "error: built without the feature `mutations`; `cargo xtask sim --mutations` builds it with it"
        );
        return ExitCode::from(2);
    }
    println!("{:<28}{:<50}{:<24}{:>9}{:>9}", "mutation", "left out", "noticed by promise", "after", "seed");
    let mut survived = Vec::new();
    for (mutation, left_out) in mutations::ALL {
        let name = format!("{mutation:?}");
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let report = mutations::hunt(*mutation, schedules, jobs);
        if let Some((seed, violation)) = report.failed {
            let promise = violation.promise.to_string();
            println!("{name:<28}{left_out:<50}{promise:<24}{:>9}{seed:>9}", report.schedules);
        } else {
            println!("{name:<28}{left_out:<50}{:<24}{:>9}", "SURVIVED", report.schedules);
            survived.push(name);
        }
    }
    for (mutation, why) in mutations::CANNOT_SHOW {
        println!("{:<28}cannot show: {why}", format!("{mutation:?}"));
    }
    if survived.is_empty() {
        println!("every mutation was noticed");
        return ExitCode::SUCCESS;
    }
    println!("not noticed: {}", survived.join(", "));
    ExitCode::FAILURE
}
