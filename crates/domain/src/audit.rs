//! What the audit log says: who did what to which row, when, and from where. The log is append-only and outlives the rows
//! it speaks of, so it refers to them by id and says of a change which fields it touched; the values it keeps are those
//! that say nothing about a person (a status, a role, an amount).

use std::net::IpAddr;

use serde::{Serialize, Serializer};
use uuid::Uuid;

/// Who does something, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Who.
    pub actor: Actor,
    /// The network address the request came from, where there was one.
    pub address: Option<IpAddr>,
    /// The id of the request, where there was one.
    pub request_id: Option<String>,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person who is signed in.
    User {
        /// The user's id.
        id: Uuid,
        /// The user's e-mail address at that time.
        email: String,
    },
    /// A machine with a token.
    Token {
        /// The token's id.
        id: Uuid,
        /// The token's name at that time.
        name: String,
    },
    /// Whoever may run commands beside the database.
    Operator,
    /// Somebody who is not signed in.
    Anonymous,
}

impl Author {
    /// The operator at a command line.
    #[must_use]
    pub const fn operator() -> Self {
        Self { actor: Actor::Operator, address: None, request_id: None }
    }
}

impl Actor {
    /// What kind of actor it is, as the log spells it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User { .. } => ActorKind::User,
            Self::Token { .. } => ActorKind::Token,
            Self::Operator => ActorKind::Operator,
            Self::Anonymous => ActorKind::Anonymous,
        }
        .as_str()
    }

    /// Its id, where it has one.
    #[must_use]
    pub const fn id(&self) -> Option<Uuid> {
        match self {
            Self::User { id, .. } | Self::Token { id, .. } => Some(*id),
            Self::Operator | Self::Anonymous => None,
        }
    }

    /// Its name, where it has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::User { email, .. } => Some(email),
            Self::Token { name, .. } => Some(name),
            Self::Operator | Self::Anonymous => None,
        }
    }
}

/// What kind of actor it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// [`Actor::User`].
    User,
    /// [`Actor::Token`].
    Token,
    /// [`Actor::Operator`].
    Operator,
    /// [`Actor::Anonymous`].
    Anonymous,
}

impl ActorKind {
    /// Every kind.
    pub const EVERY: [Self; 4] = [Self::User, Self::Token, Self::Operator, Self::Anonymous];

    /// The kind's name, as the log spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Token => "token",
            Self::Operator => "operator",
            Self::Anonymous => "anonymous",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl Serialize for ActorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Declares the actions with the texts by which the log knows them.
macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $text:literal;)+) => {
        /// What can be done. Its text is `<subject>.<past participle>` and never changes: rows of the log carry it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])* $action,)+
        }

        impl Action {
            /// Every action.
            pub const EVERY: &[Self] = &[$(Self::$action),+];

            /// The action's text, e.g. `user.created`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$action => $text,)+
                }
            }
        }
    };
}

actions! {
    /// A user was created.
    UserCreated = "user.created";
    /// Fields of a user were changed.
    UserUpdated = "user.updated";
    /// A user was deleted, with everything below.
    UserDeleted = "user.deleted";
    /// The users were exported.
    UsersExported = "users.exported";
    /// A proposal was created.
    ProposalCreated = "proposal.created";
    /// Fields of a proposal were changed, its status among them.
    ProposalUpdated = "proposal.updated";
    /// A proposal was deleted, with its leads.
    ProposalDeleted = "proposal.deleted";
    /// The proposals were exported.
    ProposalsExported = "proposals.exported";
    /// A lead was created.
    LeadCreated = "lead.created";
    /// Fields of a lead were changed, its status among them.
    LeadUpdated = "lead.updated";
    /// A lead was deleted.
    LeadDeleted = "lead.deleted";
    /// The leads were exported.
    LeadsExported = "leads.exported";
    /// Somebody signed in.
    SessionStarted = "session.started";
    /// Somebody tried to sign in and was refused.
    SessionRefused = "session.refused";
    /// Somebody signed out, here or everywhere, or was signed out.
    SessionEnded = "session.ended";
    /// Somebody changed the own password, or an operator reset it.
    PasswordChanged = "password.changed";
    /// A one-time sign-in link was made for somebody.
    SignInLinkCreated = "signInLink.created";
    /// A one-time sign-in link was used, and a password set with it.
    SignInLinkRedeemed = "signInLink.redeemed";
    /// A token was made.
    ApiTokenCreated = "apiToken.created";
    /// A token was revoked.
    ApiTokenRevoked = "apiToken.revoked";
    /// Cached answers were made old by hand.
    CacheInvalidated = "cache.invalidated";
    /// A dashboard was recomputed by hand.
    MetricsRefreshed = "metrics.refreshed";
}

impl Action {
    /// The action of that text.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::EVERY.iter().copied().find(|action| action.as_str() == name)
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What kind of thing something is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    /// A user, or all of them.
    User,
    /// A proposal, or all of them.
    Proposal,
    /// A lead, or all of them.
    Lead,
    /// A session.
    Session,
    /// A token.
    ApiToken,
    /// The cache.
    Cache,
}

impl SubjectKind {
    /// Every kind.
    pub const EVERY: [Self; 6] =
        [Self::User, Self::Proposal, Self::Lead, Self::Session, Self::ApiToken, Self::Cache];

    /// The kind's name, as the log spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Proposal => "proposal",
            Self::Lead => "lead",
            Self::Session => "session",
            Self::ApiToken => "apiToken",
            Self::Cache => "cache",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl Serialize for SubjectKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What something is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// What kind of thing.
    pub kind: SubjectKind,
    /// Which one; none where it is not one row.
    pub id: Option<Uuid>,
}

impl Subject {
    /// One row.
    #[must_use]
    pub const fn row(kind: SubjectKind, id: Uuid) -> Self {
        Self { kind, id: Some(id) }
    }

    /// Not one row, but the kind as a whole.
    #[must_use]
    pub const fn whole(kind: SubjectKind) -> Self {
        Self { kind, id: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_back_and_are_unique() {
        for action in Action::EVERY {
            assert_eq!(Action::from_name(action.as_str()), Some(*action));
        }
        for kind in SubjectKind::EVERY {
            assert_eq!(SubjectKind::from_name(kind.as_str()), Some(kind));
        }
        for kind in ActorKind::EVERY {
            assert_eq!(ActorKind::from_name(kind.as_str()), Some(kind));
        }
        assert_eq!(Action::from_name("user"), None);
    }
}
