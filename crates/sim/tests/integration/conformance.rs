//! One suite of operations for any L2, told as lines of text in which only what must be the same is left: the fake and the
//! real Redis must tell the same.

use std::{fmt::Write as _, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use domain::invalidation::{CacheTag, CacheTags};
use infra::cache::{
    l2::{L2, L2Error, Reading, ScriptReply, Storing},
    versions::PerTag,
};
use sim::chance::Chance;

/// What a test can do to a store past the engine's way.
#[async_trait]
pub(crate) trait Control: Send + Sync {
    /// Puts bytes under a name.
    async fn set(&self, name: &str, bytes: &[u8]);
    /// Puts what is no string under a name.
    async fn set_list(&self, name: &str);
    /// Forgets a name.
    async fn remove(&self, name: &str);
    /// Publishes on the bus.
    async fn publish(&self, text: &str);
    /// The store's clock, µs since 1970.
    async fn clock(&self) -> u64;
    /// Lets time pass.
    async fn wait(&self, duration: Duration);
}

const HOUR: u64 = 3_600_000_000;
const MINUTE: u64 = 60_000_000;

/// A suite under way.
struct Teller<'a> {
    l2: &'a dyn L2,
    control: &'a dyn Control,
    base: u64,
    lines: Vec<String>,
}

impl Teller<'_> {
    fn tell(&mut self, what: &str, line: &str) {
        self.lines.push(format!("{what}: {line}"));
    }

    /// A number as both stores must tell it: near the clock, so far from where the clock was at first, or itself.
    fn number(&self, number: u64) -> String {
        let off = i128::from(number) - i128::from(self.base);
        if off.unsigned_abs() < u128::from(HOUR / 2) {
            "clock".to_owned()
        } else if (-i128::from(100 * HOUR)..0).contains(&off) {
            // What was created so long ago by a clock that goes on meanwhile: to the minute it is the same.
            let minutes = (off - i128::from(MINUTE) / 2) / i128::from(MINUTE);
            format!("base{minutes:+} min")
        } else if off.unsigned_abs() < u128::from(100 * HOUR) {
            format!("base{off:+}")
        } else {
            number.to_string()
        }
    }

    fn reply(&self, reply: Result<&ScriptReply, &L2Error>, tags: CacheTags) -> String {
        let Ok(reply) = reply else { return "error".to_owned() };
        let mut line = self.number(reply.clock_micros);
        for tag in tags.iter() {
            let _ = write!(line, " {tag}={}", self.number(reply.versions[tag]));
        }
        let _ = write!(line, " heard by {:?}", reply.heard_by);
        line
    }

    fn reading(&self, reading: Result<&Reading, &L2Error>, tags: CacheTags) -> String {
        let Ok(reading) = reading else { return "error".to_owned() };
        let mut line = String::new();
        for entry in &reading.entries {
            let _ = write!(line, "{} ", entry.as_ref().map_or("none".to_owned(), |bytes| self.entry(bytes)));
        }
        for tag in tags.iter() {
            let version = reading.versions[tag].map_or("none".to_owned(), |version| self.number(version));
            let _ = write!(line, "{tag}={version} ");
        }
        line
    }

    /// An entry, its times of creation as numbers.
    fn entry(&self, bytes: &Bytes) -> String {
        let parts = bytes.split_at_checked(16).and_then(|(head, rest)| {
            let (payload, tail) = rest.split_at_checked(rest.len().checked_sub(16)?)?;
            let number = |digits| std::str::from_utf8(digits).ok()?.parse::<u64>().ok();
            Some((number(head)?, payload, number(tail)?))
        });
        match parts {
            Some((head, payload, tail)) => {
                format!("[{} {payload:?} {}]", self.number(head), self.number(tail))
            }
            None => format!("{bytes:?}"),
        }
    }

    async fn bump(&mut self, what: &str, tags: CacheTags, known: u64) {
        let known = PerTag::default().map(|_: u64| known);
        let reply = self.l2.bump(tags, &known, None).await;
        let line = self.reply(reply.as_ref(), tags);
        self.tell(what, &line);
    }

    async fn start(&mut self, what: &str, tags: CacheTags, known: u64) {
        let known = PerTag::default().map(|_: u64| known);
        let reply = self.l2.start(tags, &known, None).await;
        let line = self.reply(reply.as_ref(), tags);
        self.tell(what, &line);
    }

    async fn store(&mut self, what: &str, entries: &[Storing], tags: CacheTags) {
        let reply = self.l2.store(entries, tags, None).await;
        let line = self.reply(reply.as_ref(), tags);
        self.tell(what, &line);
    }

    async fn read(&mut self, what: &str, keys: &[&str], tags: CacheTags) {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        let reading = self.l2.read(&keys, tags).await;
        let line = self.reading(reading.as_ref(), tags);
        self.tell(what, &line);
    }
}

fn entry(key: &str, age: Duration, created_micros: Option<u64>, keep: Duration) -> Storing {
    Storing { key: key.to_owned(), age, created_micros, keep, payload: Bytes::from_static(b"payload") }
}

/// What may lie under a tag.
const ODD: [&[u8]; 12] = [
    b"17",
    b"007",
    b"12abc",
    b"-5",
    b"+7",
    b" 8",
    b"",
    b"1e3",
    b"9999999999999999",
    b"12345678901234567",
    b"0",
    b"\xff\xfe",
];

/// The whole suite.
pub(crate) async fn tell(l2: &dyn L2, control: &dyn Control) -> Vec<String> {
    let base = control.clock().await;
    let mut teller = Teller { l2, control, base, lines: Vec::new() };
    versions(&mut teller).await;
    oddities(&mut teller).await;
    entries(&mut teller).await;
    bus(&mut teller).await;
    teller.lines
}

async fn versions(teller: &mut Teller<'_>) {
    let (users, both) = (CacheTags::from(CacheTag::Users), CacheTags::of(&[CacheTag::Users, CacheTag::All]));
    let base = teller.base;
    teller.read("nothing there", &["v1:a", "v1:b"], CacheTags::EVERY).await;
    teller.store("a store where no tag is", &[], CacheTags::EVERY).await;
    teller.bump("the clock decides", users, 0).await;
    teller.bump("what the caller knows decides", users, base + HOUR).await;
    teller.bump("what is stored decides", both, 0).await;
    teller.bump("a day ahead is too far", users, base + 25 * HOUR).await;
    teller.start("above what is known stays", both, base).await;
    teller.start("below what is known is started", both, base + 2 * HOUR).await;
    teller.start("as high as what is known stays", both, base + 2 * HOUR + 1).await;
    teller.start("what is missing is started", CacheTags::EVERY, 5).await;
    teller.start("nothing to start", CacheTags::NONE, 5).await;
    teller.read("all of them", &[], CacheTags::EVERY).await;
}

async fn oddities(teller: &mut Teller<'_>) {
    let leads = CacheTags::from(CacheTag::Leads);
    for odd in ODD {
        let what = format!("{odd:?}");
        for step in 0..4 {
            teller.control.set("leads", odd).await;
            match step {
                0 => teller.read(&format!("{what} read"), &[], leads).await,
                1 => teller.store(&format!("{what} stored beside"), &[], leads).await,
                2 => teller.start(&format!("{what} started"), leads, 0).await,
                _ => teller.bump(&format!("{what} bumped"), leads, 0).await,
            }
        }
    }
    for step in 0..4 {
        teller.control.set_list("leads").await;
        match step {
            0 => teller.read("a list read", &["leads"], leads).await,
            1 => teller.store("a list stored beside", &[], leads).await,
            2 => teller.start("a list started", leads, 0).await,
            _ => teller.bump("a list bumped", leads, 0).await,
        }
    }
    teller.read("after all that", &[], leads).await;
}

async fn entries(teller: &mut Teller<'_>) {
    let (base, hour) = (teller.base, Duration::from_hours(1));
    let year = Duration::from_hours(24 * 366);
    let all = CacheTags::from(CacheTag::All);
    let by_age = entry("v1:age", hour * 2, None, hour);
    let earlier = entry("v1:earlier", hour, Some(base - 3 * HOUR), year);
    let later = entry("v1:later", hour * 2, Some(base + HOUR), hour);
    let ancient = entry("v1:ancient", Duration::MAX, None, hour);
    let keys = ["v1:age", "v1:earlier", "v1:later", "v1:ancient"];
    teller.store("entries", &[by_age, earlier, later, ancient], all).await;
    teller.read("what was stored", &keys, all).await;
    teller.control.set_list("v1:age").await;
    teller.read("a list under an entry's key", &["v1:age"], CacheTags::NONE).await;
    teller.store("over a list", &[entry("v1:age", hour * 3, None, hour)], CacheTags::NONE).await;
    teller.read("no list any more", &["v1:age"], CacheTags::NONE).await;
    teller.store("for a moment", &[entry("v1:age", hour, None, Duration::ZERO)], CacheTags::NONE).await;
    teller.control.wait(Duration::from_millis(20)).await;
    teller.read("a moment later", &["v1:age"], CacheTags::NONE).await;
    teller.control.remove("v1:later").await;
    teller.read("removed", &["v1:later"], CacheTags::NONE).await;
}

async fn bus(teller: &mut Teller<'_>) {
    let both = CacheTags::of(&[CacheTag::Users, CacheTag::Proposals]);
    let base = teller.base;
    teller.bump("nobody listens", both, 0).await;
    let mut subscription = teller.l2.subscribe().await.unwrap();
    teller.bump("one listens", both, base + 5 * HOUR).await;
    teller.control.publish("nobody;knows=this").await;
    teller.bump("and again", both, 0).await;
    for _ in 0..3 {
        let message = subscription.next().await;
        let line = match message {
            None => "ended".to_owned(),
            Some(Err(_)) => "no message".to_owned(),
            Some(Ok(message)) => {
                let versions = message.versions.iter();
                versions.fold(String::new(), |line, (tag, version)| {
                    format!("{line}{tag}={} ", teller.number(*version))
                })
            }
        };
        teller.tell("a message", &line);
    }
    drop(subscription);
    loop {
        // Redis notices by itself, soon.
        let reply = teller.l2.bump(CacheTag::Leads.into(), &PerTag::default(), None).await.unwrap();
        if reply.heard_by == Some(0) {
            break;
        }
        teller.control.wait(Duration::from_millis(5)).await;
    }
}

/// Operations drawn from `seed`.
pub(crate) async fn tell_random(l2: &dyn L2, control: &dyn Control, seed: u64) -> Vec<String> {
    let chance = Chance::new(seed);
    for name in CacheTag::EVERY.map(CacheTag::as_str).into_iter().chain(["v1:a", "v1:b"]) {
        control.remove(name).await;
    }
    let base = control.clock().await;
    let mut teller = Teller { l2, control, base, lines: Vec::new() };
    for step in 0..30 {
        let tags: CacheTags = CacheTag::EVERY.into_iter().filter(|_| chance.percent(40)).collect();
        let tag = *chance.one_of(&CacheTag::EVERY);
        let known = *chance.one_of(&[
            0,
            1,
            7,
            base - HOUR,
            base + HOUR,
            base + 2 * HOUR,
            base + 23 * HOUR,
            base + 30 * HOUR,
        ]);
        let what = format!("{seed}/{step}");
        match chance.below(8) {
            0 | 1 if !tags.is_empty() => teller.bump(&what, tags, known).await,
            2 | 3 => teller.start(&what, tags, known).await,
            4 => {
                let created = chance.percent(50).then(|| base - chance.below(5) * HOUR - HOUR);
                let age = Duration::from_hours(1 + chance.below(5));
                let key = *chance.one_of(&["v1:a", "v1:b"]);
                teller.store(&what, &[entry(key, age, created, Duration::from_hours(1))], tags).await;
            }
            5 => teller.control.set(tag.as_str(), chance.one_of::<&[u8]>(&ODD)).await,
            6 => teller.control.remove(tag.as_str()).await,
            _ => teller.read(&what, &["v1:b", "v1:a", "v1:c"], tags).await,
        }
    }
    teller.lines
}
