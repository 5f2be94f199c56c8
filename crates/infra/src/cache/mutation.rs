//! Deliberate bugs: each leaves out one rule of the protocol. They show that the simulation sees what it claims to see:
//! `cargo xtask sim --mutations` switches them on one by one and fails if one survives. Only with the feature
//! `mutations`, which nothing but the simulation turns on, can any be on; without it [`is_on`] is a constant.

/// A rule left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutation {
    /// A reader joins a load whatever that load's stamp is.
    NoJoinCheck,
    /// A load takes its stamp when it ends.
    StampAfterLoad,
    /// The local sequence counts for nothing in judging an entry.
    NoLocalSequence,
    /// A new connection of the bus is trusted at once.
    NoResync,
    /// All versions are read before the subscription instead of after it.
    ResyncBeforeSubscription,
    /// An invalidation gives a tag its stored version plus one, neither the clock nor the caller's known counting.
    PlainCounter,
    /// The scripts pay no heed to what the caller knows.
    CounterWithoutKnown,
    /// Entries of L2 are read and believed while one of their tags is pending.
    TrustL2WhilePending,
    /// An acknowledgement ends whatever is pending of a tag, also what was bumped after the call was sent.
    AcknowledgeWholeTag,
    /// A message from another instance ends what is pending of a tag.
    PeerEndsPending,
    /// A version that the bus tells replaces the one known, also if it is lower.
    MergeNotByMax,
    /// An entry of L2 fills L1 as if it had been computed at the versions known now.
    FillWithoutComparing,
    /// An entry of L2 is compared with the versions that came with it, not with those known by then.
    CompareWithReplyOnly,
    /// A tag that has no version in Redis is taken for one that was not invalidated.
    AcceptMissingTag,
    /// A write's invalidation is sent before its commit.
    BumpBeforeCommit,
    /// A version read that has been sent is joined also while the bus is down.
    JoinWhileBusDown,
    /// A reading of all versions that ends after its connection did makes the bus healthy.
    LateResync,
    /// A value counts as created when its load ends.
    CreatedAfterLoad,
    /// Each reader runs a load of its own.
    NoSharedLoads,
    /// Whatever lies in L1 counts as current.
    NoStampCheck,
    /// A value promoted from L2 gets its time anew.
    TtlAnewOnPromotion,
    /// L1 serves entries past their time.
    NoTtl,
    /// A key is loaded again at once after a failure.
    NoBackOff,
    /// A value may stand in for ever.
    GraceForEver,
    /// A value that stands in is not marked.
    StaleUnmarked,
    /// A dashboard with a value that stands in is kept.
    KeepStaleDashboard,
    /// A dashboard lives longer than its first part.
    DashboardOutlivesParts,
    /// A dashboard's stamp is taken after its parts are read.
    DashboardStampAfterParts,
    /// A load is never given up.
    NoHardLimit,
    /// A reader with a value at hand waits for a load as long as it takes.
    NoSoftLimit,
    /// Calls to Redis are not bounded in time.
    NoL2Limit,
    /// What a client asks for at least is not compared.
    IgnoreMin,
    /// A gap on the bus is not made up for.
    IgnoreGaps,
    /// An invalidation that Redis could not take is not sent again.
    NoRetry,
    /// A client is told versions of tags whose invalidation is pending.
    TellPendingVersions,
    /// Once the bus is down L1 is still trusted without asking.
    TrustL1WhileBusDown,
    /// A version read is sent for each reader.
    NoSharedReads,
}

#[cfg(feature = "mutations")]
mod switch {
    use std::cell::Cell;

    use super::Mutation;

    thread_local! {
        static ON: Cell<Option<Mutation>> = const { Cell::new(None) };
    }

    /// From here on `mutation`, and no other, is on in this thread.
    pub fn switch(mutation: Option<Mutation>) {
        ON.set(mutation);
    }

    /// Whether `mutation` is on in this thread.
    pub fn is_on(mutation: Mutation) -> bool {
        ON.get() == Some(mutation)
    }
}

#[cfg(feature = "mutations")]
pub use switch::{is_on, switch};

/// Whether `mutation` is on: never in this build.
#[cfg(not(feature = "mutations"))]
pub const fn is_on(_mutation: Mutation) -> bool {
    false
}
