//! Every rule left out once: the simulation must notice. A mutation that survives is a hole in the oracle, or a rule that
//! nothing needs.

use std::time::Duration;

use infra::cache::mutation::Mutation;

use crate::campaign::{Campaign, Report};

/// Each mutation, and what is left out.
pub const ALL: &[(Mutation, &str)] = &[
    (Mutation::NoJoinCheck, "no join check"),
    (Mutation::StampAfterLoad, "stamp after the load"),
    (Mutation::NoLocalSequence, "no local sequence"),
    (Mutation::NoResync, "no resync"),
    (Mutation::ResyncBeforeSubscription, "the resync's MGET before the subscription"),
    (Mutation::PlainCounter, "a plain counter for the version"),
    (Mutation::CounterWithoutKnown, "a counter without the caller's known"),
    (Mutation::TrustL2WhilePending, "L2 trusted while pending"),
    (Mutation::AcknowledgeWholeTag, "an acknowledgement that clears the whole tag"),
    (Mutation::PeerEndsPending, "pending ended by a peer's message"),
    (Mutation::MergeNotByMax, "merge not by max"),
    (Mutation::FillWithoutComparing, "L1 filled without comparing"),
    (Mutation::CompareWithReplyOnly, "compared with the reply only"),
    (Mutation::AcceptMissingTag, "a missing tag accepted"),
    (Mutation::BumpBeforeCommit, "the bump before the commit"),
    (Mutation::JoinWhileBusDown, "joining while the bus is down"),
    (Mutation::LateResync, "a late resync of an old connection makes healthy"),
    (Mutation::CreatedAfterLoad, "created-at taken after the load"),
    (Mutation::NoSharedLoads, "one load flight removed"),
    (Mutation::NoStampCheck, "no stamp check"),
    (Mutation::TtlAnewOnPromotion, "a value promoted from L2 gets its time anew"),
    (Mutation::NoTtl, "L1 serves past the time"),
    (Mutation::NoBackOff, "no back-off after a failure"),
    (Mutation::GraceForEver, "grace has no end"),
    (Mutation::StaleUnmarked, "what stands in is not marked"),
    (Mutation::DashboardOutlivesParts, "a dashboard outlives its first part"),
    (Mutation::DashboardStampAfterParts, "a dashboard's stamp is taken after its parts"),
    (Mutation::NoHardLimit, "no hard limit of a load"),
    (Mutation::NoSoftLimit, "no soft limit of a load"),
    (Mutation::NoL2Limit, "no time limit of a call"),
    (Mutation::IgnoreMin, "X-Min-Data-Version is ignored"),
    (Mutation::IgnoreGaps, "gaps on the bus are ignored"),
    (Mutation::NoRetry, "an invalidation is sent once only"),
    (Mutation::TellPendingVersions, "versions of pending tags are told"),
    (Mutation::TrustL1WhileBusDown, "L1 is trusted while the bus is down"),
    (Mutation::NoSharedReads, "one version-read flight removed"),
];

/// Mutations that cannot show, and why: another rule does the same.
pub const CANNOT_SHOW: &[(Mutation, &str)] = &[(
    Mutation::KeepStaleDashboard,
    "a dashboard's stamp is the lowest of its parts' and it ends with the first of them, so one with a stand-in is never \
     found fresh",
)];

/// Runs schedules with `mutation` until one fails.
pub fn hunt(mutation: Mutation, schedules: u64, jobs: usize) -> Report {
    let campaign = Campaign {
        first: 0,
        schedules,
        within: Duration::from_mins(5),
        jobs,
        keep_going: false,
        mutation: Some(mutation),
    };
    campaign.run(|_, _| {})
}
