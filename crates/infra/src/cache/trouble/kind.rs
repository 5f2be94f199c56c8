//! The kinds of trouble that a Redis can be in, by names that stay: in the log, and as labels of metrics.

/// What is wrong, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TroubleKind {
    /// No connection, or it ended.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// The password is wrong or missing.
    AuthenticationFailed,
    /// The user may not do this.
    NoPermission,
    /// The TLS handshake failed.
    Tls,
    /// A replica: it takes no writes.
    ReadOnly,
    /// It is still loading its data.
    Loading,
    /// A script that does not end keeps it from answering.
    Busy,
    /// Its memory is full and nothing is evicted.
    OutOfMemory,
    /// Something of another type lies under one of our keys.
    WrongType,
    /// Scripts, or one of the commands needed, are switched off.
    ScriptUnavailable,
    /// What answers does not speak Redis's protocol.
    Protocol,
    /// It answers, but versions that were there are gone or lower.
    VersionsLost,
    /// Anything else; the text says what.
    Other,
}

impl TroubleKind {
    /// All of them.
    pub const EVERY: [Self; 14] = [
        Self::Unreachable,
        Self::TimedOut,
        Self::AuthenticationFailed,
        Self::NoPermission,
        Self::Tls,
        Self::ReadOnly,
        Self::Loading,
        Self::Busy,
        Self::OutOfMemory,
        Self::WrongType,
        Self::ScriptUnavailable,
        Self::Protocol,
        Self::VersionsLost,
        Self::Other,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::AuthenticationFailed => "authentication_failed",
            Self::NoPermission => "no_permission",
            Self::Tls => "tls",
            Self::ReadOnly => "read_only",
            Self::Loading => "loading",
            Self::Busy => "busy",
            Self::OutOfMemory => "out_of_memory",
            Self::WrongType => "wrong_type",
            Self::ScriptUnavailable => "script_unavailable",
            Self::Protocol => "protocol",
            Self::VersionsLost => "versions_lost",
            Self::Other => "other",
        }
    }

    /// Its place in [`Self::EVERY`].
    pub fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_place_and_a_name_of_its_own() {
        let mut names = std::collections::BTreeSet::new();
        for (place, kind) in TroubleKind::EVERY.into_iter().enumerate() {
            assert_eq!(kind.index(), place, "{kind:?}");
            assert!(names.insert(kind.as_str()), "{kind:?}");
        }
    }
}
