//! Whatever comes out of Redis, it is read as what was written or as nothing: arbitrary and damaged bytes into every
//! decoder.

use std::time::Duration;

use bytes::Bytes;
use domain::invalidation::{CacheTag, CacheTags};
use proptest::{collection::vec, prelude::*, sample::Index};
use twox_hash::XxHash3_64;

use super::{
    codec::{Stored, decode, encode, read},
    key::Key,
    l2::{
        BusMessage,
        info::Info,
        scripts::{reply, version_of},
    },
    versions::{PerTag, Stamp},
};

/// An entry as it is before it is stored.
#[derive(Clone, Debug)]
struct Value {
    key: String,
    stamp: Stamp,
    ttl: Duration,
    body: Vec<u8>,
    created: u64,
}

impl Value {
    /// What the store script leaves in Redis.
    fn stored(&self) -> Vec<u8> {
        let created = format!("{:016}", self.created);
        let payload = encode(&self.key, &self.stamp, self.ttl, &self.body);
        [created.as_bytes(), &payload, created.as_bytes()].concat()
    }

    /// Whether `entry` says what was stored. Its time of creation is not asked for: the script writes it, so no checksum
    /// holds it, only a second copy.
    fn is(&self, entry: &Stored) -> bool {
        entry.stamp == self.stamp
            && entry.ttl == self.ttl
            && entry.body().is_some_and(|body| body == self.body)
    }
}

fn tags() -> impl Strategy<Value = CacheTags> {
    vec(any::<bool>(), CacheTag::EVERY.len()).prop_map(|held| {
        CacheTag::EVERY.into_iter().zip(held).filter(|(_, held)| *held).map(|(tag, _)| tag).collect()
    })
}

fn stamps() -> impl Strategy<Value = Stamp> {
    (tags(), vec(any::<u64>(), CacheTag::EVERY.len())).prop_map(|(tags, numbers)| {
        let mut versions = PerTag::default();
        for tag in tags.iter() {
            versions[tag] = numbers[tag.index()];
        }
        Stamp { tags, versions, sequences: PerTag::default() }
    })
}

/// Some bodies are compressed, some are not.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..200), vec(0_u8..4, 0..4000), vec(any::<u8>(), 1000..3000)]
}

fn values() -> impl Strategy<Value = Value> {
    ("[a-zA-Z0-9:/-]{0,80}", stamps(), any::<u32>(), bodies(), 0_u64..10_000_000_000_000_000).prop_map(
        |(key, stamp, ttl, body, created)| Value {
            key,
            stamp,
            ttl: Duration::from_millis(ttl.into()),
            body,
            created,
        },
    )
}

/// What can happen to bytes.
#[derive(Clone, Debug)]
enum Damage {
    Flip(Vec<(Index, u8)>),
    Cut(Index),
    Behead(Index),
    Extend(Vec<u8>),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Swap(Index, Index),
    Zero(Index, usize),
}

impl Damage {
    fn of(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        let length = bytes.len();
        match self {
            Self::Flip(flips) => flips.iter().for_each(|(at, flip)| bytes[at.index(length)] ^= flip),
            Self::Cut(at) => bytes.truncate(at.index(length)),
            Self::Behead(at) => drop(bytes.drain(..at.index(length))),
            Self::Extend(more) => bytes.extend(more),
            Self::Insert(at, more) => {
                drop(bytes.splice(at.index(length)..at.index(length), more.iter().copied()));
            }
            Self::Remove(at, count) => {
                let at = at.index(length);
                bytes.drain(at..(at + count).min(length));
            }
            Self::Swap(one, other) => bytes.swap(one.index(length), other.index(length)),
            Self::Zero(at, count) => {
                let at = at.index(length);
                bytes[at..(at + count).min(length)].fill(0);
            }
        }
        bytes
    }
}

fn damages() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        vec((at(), 1_u8..), 1..6).prop_map(Damage::Flip),
        at().prop_map(Damage::Cut),
        at().prop_map(Damage::Behead),
        vec(any::<u8>(), 1..40).prop_map(Damage::Extend),
        (at(), vec(any::<u8>(), 1..40)).prop_map(|(at, more)| Damage::Insert(at, more)),
        (at(), 1_usize..40).prop_map(|(at, count)| Damage::Remove(at, count)),
        (at(), at()).prop_map(|(one, other)| Damage::Swap(one, other)),
        (at(), 1_usize..40).prop_map(|(at, count)| Damage::Zero(at, count)),
    ]
}

/// Bytes that are damaged in no way a checksum could show: whoever wrote them knew the format.
fn forged(flags: u8, tag_bits: u8, fields: &[u8], key: &str, length: u32, body: &[u8]) -> Vec<u8> {
    let mut header = b"AMC1".to_vec();
    header.extend([flags, tag_bits]);
    header.extend(fields);
    header.extend(u16::try_from(key.len()).unwrap().to_be_bytes());
    header.extend(key.as_bytes());
    header.extend(length.to_be_bytes());
    let checksum = XxHash3_64::oneshot_with_seed(XxHash3_64::oneshot(&header), body);
    let created: &[u8] = b"1764000000000000";
    [created, &header, &checksum.to_be_bytes(), body, created].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_damaged_entry_is_what_was_stored_or_nothing(value in values(), damages in vec(damages(), 1..4)) {
        let bytes = damages.iter().fold(value.stored(), |bytes, damage| {
            if bytes.is_empty() { bytes } else { damage.of(bytes) }
        });
        if let Some(entry) = decode(&value.key, bytes.into()) && entry.body().is_some() {
            prop_assert!(value.is(&entry), "{entry:?}");
        }
    }

    #[test]
    fn an_undamaged_entry_is_what_was_stored(value in values()) {
        let entry = decode(&value.key, value.stored().into()).unwrap();
        prop_assert!(value.is(&entry));
        prop_assert_eq!(entry.created_micros, value.created);
    }

    #[test]
    fn two_entries_spliced_are_one_of_them_or_nothing(one in values(), other in values(), at in any::<Index>()) {
        // Under one name, as where a write was cut short and another one lies behind it.
        let other = Value { key: one.key.clone(), ..other };
        let (mut front, back) = (one.stored(), other.stored());
        let cut = at.index(front.len());
        front.truncate(cut);
        front.extend(&back[cut.min(back.len())..]);
        if let Some(entry) = decode(&one.key, front.into()) && entry.body().is_some() {
            prop_assert!(one.is(&entry) || other.is(&entry));
        }
    }

    #[test]
    fn another_keys_entry_is_nothing(value in values(), key in "[a-zA-Z0-9:/-]{0,80}") {
        prop_assume!(key != value.key);
        prop_assert!(decode(&key, value.stored().into()).is_none());
    }

    #[test]
    fn any_bytes_are_nothing(bytes in vec(any::<u8>(), 0..400), framed in any::<bool>()) {
        let created: &[u8] = b"1764000000000000";
        let bytes = if framed { [created, b"AMC1", &bytes, created].concat() } else { bytes };
        prop_assert!(decode("k", bytes.clone().into()).is_none());
        // The operator's console says why, of anything.
        prop_assert!(!read("k", bytes.into()).unwrap_err().to_string().is_empty());
    }

    #[test]
    fn a_forged_header_is_followed_no_further_than_its_bytes(
        flags in 0_u8..3, tag_bits in any::<u8>(), fields in vec(any::<u8>(), 0..60), length in any::<u32>(),
        body in bodies(), packed in any::<bool>(),
    ) {
        let body = if packed { zstd::bulk::compress(&body, 1).unwrap() } else { body };
        if let Some(entry) = decode("k", forged(flags, tag_bits, &fields, "k", length, &body).into())
            && let Some(unpacked) = entry.body()
        {
            prop_assert_eq!(unpacked.len(), usize::try_from(length).unwrap());
        }
    }

    #[test]
    fn a_message_is_read_as_it_was_sent_or_not_at_all(
        origin in "[a-z0-9-]{0,36}", versions in vec((0..CacheTag::EVERY.len(), any::<u64>()), 1..8),
        damage in proptest::option::of(damages()),
    ) {
        let versions: Vec<_> = versions.into_iter().map(|(tag, version)| (CacheTag::EVERY[tag], version)).collect();
        let members: Vec<_> = versions.iter().map(|(tag, version)| format!("{tag}={version}")).collect();
        let sent = format!("{origin};{}", members.join(","));
        // The same tag may come twice: the higher version counts when they are merged.
        let message = BusMessage { origin, versions };
        match damage {
            None => prop_assert_eq!(BusMessage::decode(sent.as_bytes()), Some(message)),
            // It has no checksum: Redis sends it whole or not at all. But it is never read as what it does not say.
            Some(damage) => {
                let bytes = damage.of(sent.into_bytes());
                if let Some(message) = BusMessage::decode(&bytes) {
                    let members: Vec<_> =
                        message.versions.iter().map(|(tag, version)| format!("{tag}={version}")).collect();
                    let text = std::str::from_utf8(&bytes).unwrap();
                    // But for zeros in front of a number.
                    let plain: Vec<_> = text.split_once(';').unwrap().1.split(',').map(|member| {
                        let (name, number) = member.split_once('=').unwrap();
                        let digits = number.trim_start_matches('0');
                        format!("{name}={}", if digits.is_empty() { "0" } else { digits })
                    }).collect();
                    prop_assert_eq!(members, plain);
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_a_message_or_none(bytes in vec(any::<u8>(), 0..300)) {
        let _ = BusMessage::decode(&bytes);
    }

    #[test]
    fn any_reply_of_a_script_is_numbers_or_none(numbers in vec(".{0,24}", 0..10), tags in tags()) {
        let told = reply(&numbers, tags, None);
        let number = |at: usize| numbers.get(at).and_then(|text| text.parse::<u64>().ok());
        let expected = |at: usize| number(at).unwrap_or_default();
        prop_assert_eq!(told.clock_micros, expected(0));
        for (at, tag) in tags.iter().enumerate() {
            prop_assert_eq!(told.versions[tag], expected(at + 1));
        }
        for tag in CacheTags::EVERY.difference(tags).iter() {
            prop_assert_eq!(told.versions[tag], 0);
        }
        let after = tags.iter().count() + 1;
        prop_assert_eq!((told.heard_by, told.ran), (number(after), expected(after + 1)));
        prop_assert!(told.fleet.is_none());
    }

    #[test]
    fn any_bytes_are_a_version_above_0_or_none(bytes in vec(any::<u8>(), 0..24), number in any::<u64>()) {
        prop_assert!(version_of(&bytes).is_none_or(|version| version > 0));
        prop_assert_eq!(version_of(number.to_string().as_bytes()), Some(number).filter(|number| *number > 0));
    }

    #[test]
    fn any_text_is_an_info(text in "(?s).{0,300}", name in "[a-z_]{1,12}", number in any::<u64>()) {
        let _ = Info::parse(&text).field::<u64>("used_memory");
        let info = Info::parse(&format!("# {}\r\n{name}:{number}\r\n", text.replace(['\r', '\n'], " ")));
        prop_assert_eq!(info.field::<u64>(&name), Some(number));
    }

    #[test]
    fn any_text_is_a_key_or_none(text in "[a-zA-Z0-9:/_-]{0,60}|.{0,60}") {
        if let Some(key) = Key::from_text(&text) {
            prop_assert_eq!(key.text(), text);
        }
    }
}

#[test]
fn a_bomb_is_not_unpacked() {
    let zeros = vec![0_u8; 256 << 20];
    let bomb = zstd::bulk::compress(&zeros, 1).unwrap();
    drop(zeros);
    assert!(bomb.len() < 100_000, "it is small as long as it is packed: {}", bomb.len());
    let ttl = 1_000_u64.to_be_bytes();
    // What it unpacks to, and less; and more than anybody may say.
    for length in [256 << 20, 64 << 20, (64 << 20) + 1, 1 << 20, 1, 0, u32::MAX] {
        let entry = decode("k", forged(1, 0, &ttl, "k", length, &bomb).into());
        assert!(entry.and_then(|entry| entry.body()).is_none(), "{length}");
    }
    let whole = decode("k", forged(1, 0, &ttl, "k", 4, &zstd::bulk::compress(b"body", 1).unwrap()).into());
    assert_eq!(whole.unwrap().body(), Some(Bytes::from_static(b"body")), "what is forged here would be read");
}

#[test]
fn a_message_longer_than_any_of_ours_is_none() {
    let endless = format!("a1;{}", vec!["users=17"; 1_000_000].join(","));
    assert_eq!(BusMessage::decode(endless.as_bytes()), None);
    let longest =
        format!("{};{}", "f".repeat(36), CacheTag::EVERY.map(|tag| format!("{tag}={}", u64::MAX)).join(","));
    assert!(BusMessage::decode(longest.as_bytes()).is_some());
}
