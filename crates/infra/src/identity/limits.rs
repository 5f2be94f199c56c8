//! How often somebody may fail to sign in: by account, so that one password cannot be guessed at from many places, and by
//! address, so that many accounts cannot be tried from one place. A leaky bucket each: every failure adds one, and time
//! lets them run out. An attempt counts from its beginning, so that a thousand at once are not a thousand; one that turns
//! out right is taken back. Limits are each process's own.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::{BuildHasher as _, Hash},
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use domain::ports::Clock;

/// In how long a full bucket runs out.
const WINDOW: Duration = Duration::from_mins(15);
/// How many failures an account may have in it.
const PER_ACCOUNT: f64 = 10.0;
/// How many failures an address may have in it.
const PER_ADDRESS: f64 = 30.0;
/// How many accounts, and how many addresses, are remembered.
const MOST_KEYS: usize = 16_384;

/// Limits on failed attempts.
#[derive(Clone)]
pub struct AttemptLimits {
    clock: Arc<dyn Clock>,
    buckets: Arc<Mutex<Buckets>>,
    hasher: RandomState,
}

#[derive(Default)]
struct Buckets {
    accounts: HashMap<u64, Bucket>,
    addresses: HashMap<u64, Bucket>,
}

#[derive(Clone, Copy)]
struct Bucket {
    level: f64,
    at: DateTime<Utc>,
}

/// There were too many failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    /// After how long there may be another attempt.
    pub retry_after: Duration,
}

/// An attempt that counts as a failure, unless it [succeeded](Self::succeeded).
#[must_use]
pub(super) struct Attempt {
    limits: AttemptLimits,
    account: Option<u64>,
    address: Option<u64>,
}

impl AttemptLimits {
    /// No failures so far; `clock` says how long ago they were.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, buckets: Arc::default(), hasher: RandomState::new() }
    }

    /// Begins an attempt on `account` (whatever names it) from `address`, as far as they are known.
    ///
    /// # Errors
    /// [`Limited`]; then nothing is counted.
    pub(super) fn begin(&self, account: Option<&str>, address: Option<IpAddr>) -> Result<Attempt, Limited> {
        let now = self.clock.now();
        let account = account.map(|account| self.key(account));
        let address = address.map(|address| self.key(network(address)));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let Buckets { accounts, addresses } = &mut *buckets;
        let waits = [
            account.and_then(|key| wait(accounts, key, PER_ACCOUNT, now)),
            address.and_then(|key| wait(addresses, key, PER_ADDRESS, now)),
        ];
        if let Some(retry_after) = waits.into_iter().flatten().max() {
            return Err(Limited { retry_after });
        }
        if let Some(key) = account {
            add(accounts, key, PER_ACCOUNT, now);
        }
        if let Some(key) = address {
            add(addresses, key, PER_ADDRESS, now);
        }
        Ok(Attempt { limits: self.clone(), account, address })
    }

    /// Keys are hashes under a chance of this process's own: of one size, and nobody can choose two that are the same.
    fn key(&self, of: impl Hash) -> u64 {
        self.hasher.hash_one(of)
    }
}

impl Attempt {
    /// The service failed, not whoever tried.
    pub(super) fn was_none<T, E>(self, error: impl Into<E>) -> Result<T, E> {
        self.succeeded();
        Err(error.into())
    }

    /// It was no failure after all.
    pub(super) fn succeeded(self) {
        let mut buckets = self.limits.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let take_back = |map: &mut HashMap<u64, Bucket>, key: Option<u64>| {
            if let Some(bucket) = key.and_then(|key| map.get_mut(&key)) {
                bucket.level = (bucket.level - 1.0).max(0.0);
            }
        };
        take_back(&mut buckets.accounts, self.account);
        take_back(&mut buckets.addresses, self.address);
    }
}

impl Bucket {
    /// What is left of it at `now`, of a bucket that holds `most`.
    fn level_at(self, now: DateTime<Utc>, most: f64) -> f64 {
        let passed = (now - self.at).to_std().unwrap_or_default();
        (self.level - most * passed.as_secs_f64() / WINDOW.as_secs_f64()).max(0.0)
    }
}

/// How long until `key` may have another attempt; none if now.
fn wait(map: &HashMap<u64, Bucket>, key: u64, most: f64, now: DateTime<Utc>) -> Option<Duration> {
    let over = map.get(&key)?.level_at(now, most) + 1.0 - most;
    (over > 0.0).then(|| WINDOW.mul_f64(over / most))
}

fn add(map: &mut HashMap<u64, Bucket>, key: u64, most: f64, now: DateTime<Utc>) {
    if map.len() >= MOST_KEYS && !map.contains_key(&key) {
        make_room(map, most, now);
    }
    let bucket = map.entry(key).or_insert(Bucket { level: 0.0, at: now });
    *bucket = Bucket { level: bucket.level_at(now, most) + 1.0, at: now };
}

/// Forgets those that have run out, and where that is not enough those with the fewest failures: whoever has many stays.
fn make_room(map: &mut HashMap<u64, Bucket>, most: f64, now: DateTime<Utc>) {
    map.retain(|_, bucket| bucket.level_at(now, most) > 0.0);
    if map.len() >= MOST_KEYS {
        let mut levels: Vec<_> = map.values().map(|bucket| bucket.level_at(now, most)).collect();
        let middle = levels.len() / 2;
        let (_, median, _) = levels.select_nth_unstable_by(middle, f64::total_cmp);
        let median = *median;
        let mut to_go = map.len() - middle;
        map.retain(|_, bucket| {
            let goes = to_go > 0 && bucket.level_at(now, most) <= median;
            to_go -= usize::from(goes);
            !goes
        });
    }
}

/// What counts as one address: of IPv6 a network of /64, since whoever has one address of it has them all.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[derive(Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> DateTime<Utc> {
            DateTime::from_timestamp(1_800_000_000 + self.0.load(Ordering::SeqCst), 0).unwrap()
        }
    }

    fn limits() -> (AttemptLimits, Arc<Hand>) {
        let hand = Arc::new(Hand::default());
        (AttemptLimits::new(Arc::<Hand>::clone(&hand)), hand)
    }

    fn fail(limits: &AttemptLimits, account: &str, address: &str) -> Result<(), Duration> {
        let begun = limits.begin(Some(account), Some(address.parse().unwrap()));
        begun.map(drop).map_err(|limited| limited.retry_after)
    }

    #[test]
    fn an_account_is_left_alone_after_ten_failures_wherever_they_come_from() {
        let (limits, hand) = limits();
        for n in 0..10 {
            assert_eq!(fail(&limits, "ada", &format!("10.0.0.{n}")), Ok(()), "{n}");
        }
        assert_eq!(fail(&limits, "ada", "10.0.1.1"), Err(Duration::from_secs(90)));
        assert_eq!(fail(&limits, "bob", "10.0.1.1"), Ok(()));
        hand.0.store(89, Ordering::SeqCst);
        assert_eq!(fail(&limits, "ada", "10.0.1.1"), Err(Duration::from_secs(1)));
        hand.0.store(90, Ordering::SeqCst);
        assert_eq!(fail(&limits, "ada", "10.0.1.1"), Ok(()));
        assert!(fail(&limits, "ada", "10.0.1.1").is_err());
    }

    #[test]
    fn an_address_is_left_alone_after_thirty_and_a_network_is_one() {
        let (limits, _) = limits();
        for n in 0..30 {
            assert_eq!(fail(&limits, &n.to_string(), &format!("2001:db8::{n:x}")), Ok(()), "{n}");
        }
        assert_eq!(fail(&limits, "ada", "2001:db8::ffff"), Err(Duration::from_secs(30)));
        assert_eq!(fail(&limits, "ada", "2001:db8:0:1::1"), Ok(()));
    }

    #[test]
    fn what_succeeds_does_not_count_and_forgives_nothing() {
        let (limits, _) = limits();
        for _ in 0..9 {
            fail(&limits, "ada", "10.0.0.1").unwrap();
        }
        for _ in 0..100 {
            limits.begin(Some("ada"), Some("10.0.0.2".parse().unwrap())).map(Attempt::succeeded).unwrap();
        }
        fail(&limits, "ada", "10.0.0.1").unwrap();
        assert!(fail(&limits, "ada", "10.0.0.1").is_err());
    }

    #[test]
    fn a_flood_fills_no_memory_and_frees_nobody() {
        let (limits, _) = limits();
        for _ in 0..10 {
            fail(&limits, "ada", "10.0.0.1").unwrap();
        }
        for n in 0..u32::try_from(MOST_KEYS * 3).unwrap() {
            let address = IpAddr::V4((0x0b00_0000 + n).into()).to_string();
            fail(&limits, &n.to_string(), &address).unwrap();
        }
        let buckets = limits.buckets.lock().unwrap();
        assert!(buckets.accounts.len() <= MOST_KEYS && buckets.addresses.len() <= MOST_KEYS);
        drop(buckets);
        assert!(fail(&limits, "ada", "10.0.0.2").is_err());
    }
}
