//! What has happened how often: a simulation that never meets the thing it is about proves nothing.

use std::fmt::Write as _;

macro_rules! sightings {
    ($($(#[doc = $doc:literal])+ $name:ident => $text:literal, $needed:literal;)+) => {
        /// Something worth counting.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub enum Sighting {
            $($(#[doc = $doc])+ $name,)+
        }

        const TEXTS: &[(&str, bool)] = &[$(($text, $needed),)+];
    };
}

sightings! {
    /// A schedule.
    Schedule => "schedules", true;
    /// A poll of a task.
    Poll => "polls", true;
    /// An answer that was judged.
    Answer => "answers judged", true;
    /// Fresh, out of L1.
    L1Hit => "  of these out of L1 alone", true;
    /// Of a part out of L2.
    L2Hit => "  with a part out of L2", true;
    /// That stood in.
    Stale => "  with a part that stood in (stale-if-error)", true;
    /// Of an error.
    Failure => "  errors (nothing could stand in)", true;
    /// Of an error or not, to a reader that named a least version.
    WithMin => "  to readers with X-Min-Data-Version", true;
    /// A reader gave up.
    GaveUp => "readers that gave up", true;
    /// A write.
    Write => "writes", true;
    /// A write acknowledged in time.
    Applied => "  acknowledged by Redis", true;
    /// A write that had to wait.
    Queued => "  queued", true;
    /// A write whose process ended before it was invalidated.
    Forgotten => "  whose process died before the invalidation", true;
    /// A write of which nobody knew the outcome.
    Uncertain => "  of unknown outcome", true;
    /// A load.
    Load => "loads", true;
    /// A load that failed.
    LoadFailed => "  failed", true;
    /// A load given up.
    LoadGivenUp => "  given up at the hard limit", true;
    /// A join that was refused.
    JoinRefused => "joins of a load refused for its stamp", true;
    /// A join.
    Joined => "readers that joined a load", true;
    /// A message on the bus.
    Message => "messages of the bus delivered", true;
    /// A message that came after a later one.
    Reordered => "  after a later one", true;
    /// A message that came again.
    Repeated => "  a second time", true;
    /// A message that never came.
    LostMessage => "  lost", true;
    /// A message that is none.
    GarbageMessage => "  undecodable", true;
    /// A gap noticed.
    Gap => "gaps on the bus noticed", true;
    /// A reading of all versions.
    Resync => "readings of all versions", true;
    /// A start of unknown tags.
    Start => "starts of unknown tags", true;
    /// An L2 call.
    Call => "calls to Redis", true;
    /// An L2 call that failed.
    CallFailed => "  failed or timed out", true;
    /// A reply that got lost after the command was executed.
    ReplyLost => "  executed, but the reply was lost", true;
    /// Redis lost everything.
    Wipe => "Redis emptied", true;
    /// Redis lost a tag.
    TagEvicted => "tags evicted", true;
    /// Redis lost an entry.
    EntryEvicted => "entries evicted", true;
    /// A fail-over.
    FailOver => "fail-overs", true;
    /// The clock of Redis jumped.
    ClockJump => "jumps of Redis's clock", true;
    /// Garbage under a key.
    Garbage => "garbage put under a key", true;
    /// A process ended without warning.
    Crash => "crashes", true;
    /// A process ended as it should.
    Stop => "graceful stops", true;
    /// A process stood still.
    Freeze => "processes frozen", true;
    /// Connections cut.
    Cut => "connections cut", true;
    /// A connection that died unnoticed.
    DeadBus => "connections of the bus that died unnoticed", true;
    /// Redis out of reach.
    Unreachable => "times Redis was out of reach of a node", true;
    /// The database in trouble.
    DatabaseTrouble => "times the database was in trouble", true;
    /// A body that was worth compressing.
    LargeBody => "schedules with bodies that are compressed", true;
}

/// Counts of all sightings.
#[derive(Clone, Debug)]
pub struct Coverage([u64; TEXTS.len()]);

impl Default for Coverage {
    fn default() -> Self {
        Self([0; TEXTS.len()])
    }
}

impl Coverage {
    /// Once more.
    pub fn saw(&mut self, what: Sighting) {
        self.add(what, 1);
    }

    /// So many times more.
    pub fn add(&mut self, what: Sighting, times: u64) {
        self.0[what as usize] += times;
    }

    /// How often.
    pub fn count(&self, what: Sighting) -> u64 {
        self.0[what as usize]
    }

    /// Adds what another schedule saw.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// What should have been seen and never was.
    pub fn missing(&self) -> Vec<&'static str> {
        let all = TEXTS.iter().zip(self.0);
        all.filter(|((_, needed), count)| *needed && *count == 0).map(|((text, _), _)| text.trim()).collect()
    }

    /// A table for people.
    pub fn table(&self) -> String {
        let mut table = String::new();
        for ((text, _), count) in TEXTS.iter().zip(self.0) {
            let _ = writeln!(table, "  {text:<52}{count:>14}");
        }
        table
    }
}
