//! What the domain refuses, in words a person can act on: field errors and rules that a change would break.

use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use crate::schema::one_of;

/// One field that holds something unacceptable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// The field as the client names it, e.g. `amountMinor`.
    #[schema(example = "amountMinor")]
    pub field: String,
    /// What is wrong with it; stable.
    #[schema(value_type = FieldErrorCode)]
    pub code: String,
    /// What was wrong and what is expected.
    #[schema(example = "expected a whole number from 0 to 100000000000, got -5")]
    pub detail: String,
}

impl FieldError {
    /// Every code, with what it means.
    pub const CODES: &[(&str, &str)] = &[
        ("format", "it has not the form expected"),
        ("illegal_move", "the status cannot move there"),
        ("length", "it is too short or too long"),
        ("lost_update", "the row was changed meanwhile"),
        ("not_found", "what it names does not exist"),
        ("range", "it is too small or too large"),
        ("repeated", "it stands there more often than once"),
        ("required", "it is missing"),
        ("taken", "another row has it"),
        ("type", "it is of another JSON type"),
        ("unknown_field", "there is no field, parameter or header of that name"),
        ("unknown_value", "it is none of the values there are"),
        ("wrong", "it is not the one that is known"),
    ];

    /// An error on `field` with a stable `code` and a sentence that says what was expected.
    pub fn new(field: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        let code = code.into();
        debug_assert!(
            Self::CODES.iter().any(|(known, _)| *known == code),
            "{code}: not in FieldError::CODES"
        );
        Self { field: field.into(), code, detail: detail.into() }
    }
}

/// The codes, as they are documented.
#[derive(Debug)]
pub struct FieldErrorCode;

impl PartialSchema for FieldErrorCode {
    fn schema() -> RefOr<Schema> {
        let meanings: Vec<_> =
            FieldError::CODES.iter().map(|(code, meaning)| format!("`{code}`: {meaning}")).collect();
        let description = format!("What is wrong with a field; stable.\n\n{}.", meanings.join(".\n\n"));
        one_of(&description, FieldError::CODES.iter().map(|(code, _)| *code), "range")
    }
}

impl ToSchema for FieldErrorCode {}

/// A change that the rules of the domain do not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    /// One or more fields are unacceptable; nothing was changed.
    #[error("{} field(s) are not valid", .0.len())]
    Invalid(Vec<FieldError>),
    /// The status cannot move from `from` to `to`.
    #[error("a {entity} cannot move from {from} to {to}; {}", moves_sentence(.allowed))]
    IllegalMove {
        /// `proposal` or `lead`.
        entity: &'static str,
        /// The current status.
        from: &'static str,
        /// The status asked for.
        to: &'static str,
        /// Where it may move from here; empty when the status is final.
        allowed: Vec<&'static str>,
    },
    /// Of the rows that were to move together, some cannot; nothing was changed.
    #[error("{} of {of} {entity}{} cannot move to {to}, so none was moved", .errors.len(), if *.of == 1 { "" } else { "s" })]
    IllegalMoves {
        /// `proposal` or `lead`.
        entity: &'static str,
        /// The status asked for.
        to: &'static str,
        /// How many rows were to move.
        of: usize,
        /// Each row that cannot, as an [`Self::IllegalMove`] says it.
        errors: Vec<FieldError>,
    },
}

fn moves_sentence(allowed: &[&'static str]) -> String {
    if allowed.is_empty() {
        "its status is final".to_owned()
    } else {
        format!("from here it can move to {}", allowed.join(", "))
    }
}
