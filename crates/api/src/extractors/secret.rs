//! A secret in a body: a text that shows in no error and no log, whatever it holds.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

/// A password or a one-time secret, as it came.
#[derive(Clone, Debug)]
pub struct SecretText(pub SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text.into())),
            // serde's own error would quote it.
            _ => Err(D::Error::custom("invalid type: something else, expected a string")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_it_shows() {
        let parse = serde_json::from_str::<SecretText>;
        let text = parse("\"s3cret\"").unwrap();
        assert!(!format!("{text:?}").contains("s3cret"));
        for odd in ["12345678", "true", "[\"s3cret\"]", "{\"s3cret\": 1}", "null"] {
            let error = parse(odd).unwrap_err().to_string();
            assert!(
                error.contains("invalid type") && !error.contains("123") && !error.contains("s3cret"),
                "{error}"
            );
        }
    }
}
