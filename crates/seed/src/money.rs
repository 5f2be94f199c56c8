//! What proposals are worth: a few currencies, most of them euros, in amounts that somebody would write.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::names::Language;

/// A currency: its code, its share in per cent among French and English speakers, how many minor units make a major one,
/// and how many major units are worth about a euro, times ten.
type Currency = (&'static str, [u32; 2], i64, i64);

const CURRENCIES: [Currency; 6] = [
    ("EUR", [86, 18], 100, 10),
    ("GBP", [0, 44], 100, 9),
    ("USD", [2, 22], 100, 11),
    ("CHF", [8, 3], 100, 10),
    ("CAD", [4, 9], 100, 15),
    ("JPY", [0, 4], 1, 1_600),
];

/// What a proposal is worth in euros: a share in per cent, from, to, and the step that amounts of this size go in.
const SIZES: [(u32, i64, i64, i64); 4] =
    [(22, 180, 1_500, 10), (46, 1_500, 12_000, 50), (26, 12_000, 60_000, 500), (6, 60_000, 420_000, 5_000)];

/// A currency's code, and an amount in its minor units.
pub(crate) fn amount(language: Language, rng: &mut ChaCha8Rng) -> (&'static str, i64) {
    let column = usize::from(language == Language::English);
    let mut left = rng.random_range(0..100);
    let mut chosen = CURRENCIES[0];
    for currency in CURRENCIES {
        if left < currency.1[column] {
            chosen = currency;
            break;
        }
        left -= currency.1[column];
    }
    let mut left = rng.random_range(0..100);
    let mut size = SIZES[0];
    for candidate in SIZES {
        if left < candidate.0 {
            size = candidate;
            break;
        }
        left -= candidate.0;
    }
    let (_, from, to, step) = size;
    let (code, _, minor_units, per_ten_euros) = chosen;
    let euros = rng.random_range(from..to) / step * step;
    let major = euros * per_ten_euros / 10 / step * step;
    (code, major * minor_units)
}
