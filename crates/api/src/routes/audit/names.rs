//! The names that the log uses, as they are documented and as they are read from a URL.

use std::borrow::Cow;

use domain::audit::{Action, ActorKind, SubjectKind};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{Schema, Type},
    },
};

use crate::extractors::values::quoted;

/// Declares how names are documented.
macro_rules! names {
    ($($(#[$doc:meta])* $documented:ident = $name:literal, $of:ident, $description:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) struct $documented;

        impl PartialSchema for $documented {
            fn schema() -> RefOr<Schema> {
                let names = $of::EVERY.iter().map(|name| name.as_str());
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($description))
                    .enum_values(Some(names.collect::<Vec<_>>()))
                    .build()
                    .into()
            }
        }

        impl ToSchema for $documented {
            fn name() -> Cow<'static, str> {
                $name.into()
            }
        }
    )+};
}

names! {
    /// An [`Action`].
    ActionName = "AuditAction", Action, "What can be done: `<subject>.<past participle>`.";
    /// An [`ActorKind`].
    ActorKindName = "AuditActorKind", ActorKind, "Who acts: a person who is signed in, a machine with a token, whoever may run commands beside the database, or somebody who is not signed in.";
    /// A [`SubjectKind`].
    SubjectKindName = "AuditSubjectKind", SubjectKind, "What something is done to.";
}

/// An action, by its text.
///
/// # Errors
/// What was expected.
pub(super) fn action(text: &str) -> Result<Action, String> {
    Action::from_name(text).ok_or_else(|| none_of(Action::EVERY.iter().map(|action| action.as_str()), text))
}

/// A kind of actor, by its name.
///
/// # Errors
/// What was expected.
pub(super) fn actor_kind(text: &str) -> Result<ActorKind, String> {
    ActorKind::from_name(text).ok_or_else(|| none_of(ActorKind::EVERY.iter().map(|kind| kind.as_str()), text))
}

/// A kind of subject, by its name.
///
/// # Errors
/// What was expected.
pub(super) fn subject_kind(text: &str) -> Result<SubjectKind, String> {
    let known = || SubjectKind::EVERY.iter().map(|kind| kind.as_str());
    SubjectKind::from_name(text).ok_or_else(|| none_of(known(), text))
}

fn none_of<'a>(known: impl Iterator<Item = &'a str>, text: &str) -> String {
    let known: Vec<_> = known.map(|name| format!("`{name}`")).collect();
    format!("expected one of {}, got {}", known.join(", "), quoted(text))
}
