//! Making a failing plan smaller: steps are left out, many at a time and then one by one, as long as the same promise is
//! still broken. The rest of a schedule's chance falls otherwise once a step is gone, so a smaller plan is tried with some
//! seeds more.

use std::time::{Duration, Instant};

use crate::{oracle::Promise, plan::Plan, run::run};

/// Seeds tried for each smaller plan.
const SEEDS: u64 = 12;
/// Shrinking ends after this.
const WITHIN: Duration = Duration::from_secs(20);

/// A plan with fewer steps that breaks the same promise.
pub fn shrink(plan: &Plan, promise: Promise) -> Plan {
    let started = Instant::now();
    let mut smallest = plan.clone();
    let mut chunk = smallest.steps.len().div_ceil(2);
    while chunk > 0 && started.elapsed() < WITHIN {
        let mut at = 0;
        let mut smaller = false;
        while at < smallest.steps.len() && started.elapsed() < WITHIN {
            let mut candidate = smallest.clone();
            let end = (at + chunk).min(candidate.steps.len());
            // Time passes as before.
            let pause: u64 = candidate.steps.drain(at..end).map(|(pause, _)| pause).sum();
            if let Some(step) = candidate.steps.get_mut(at) {
                step.0 += pause;
            }
            if let Some(failing) = still_fails(&candidate, promise) {
                smallest = failing;
                smaller = true;
            } else {
                at += chunk;
            }
        }
        if !(smaller && chunk == 1) {
            chunk /= 2;
        }
    }
    smallest
}

fn still_fails(plan: &Plan, promise: Promise) -> Option<Plan> {
    (0..SEEDS).find_map(|more| {
        let candidate = Plan { seed: plan.seed.wrapping_add(more), ..plan.clone() };
        let violation = run(&candidate, false).violation?;
        (violation.promise == promise).then_some(candidate)
    })
}
