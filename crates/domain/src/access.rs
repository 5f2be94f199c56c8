//! Who may do what: an operation requires something of whoever calls it, and a role either has that or not.

use crate::entities::user::Role;

/// What an operation requires of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Requires {
    /// Nothing: anybody may call it.
    Public,
    /// A person who is signed in, whatever the role. A token has nobody behind it and does not do.
    SignedIn,
    /// To be a viewer, or more.
    Viewer,
    /// To be an admin.
    Admin,
    /// To be an admin who is signed in. What lets others in, or lasts longer than what asks for it, is not for a token: one
    /// that leaked could make itself successors.
    AdminInPerson,
}

impl Requires {
    /// Whether a caller with `role` has it. A `user` cannot sign in and has nothing but what is public.
    #[must_use]
    pub const fn is_met_by(self, role: Role) -> bool {
        match self {
            Self::Public => true,
            Self::SignedIn | Self::Viewer => matches!(role, Role::Viewer | Role::Admin),
            Self::Admin | Self::AdminInPerson => matches!(role, Role::Admin),
        }
    }

    /// Whether only a person has it, whatever the role of a token.
    #[must_use]
    pub const fn is_a_person(self) -> bool {
        matches!(self, Self::SignedIn | Self::AdminInPerson)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_what_lesser_ones_have() {
        let met = |role: Role| {
            [Requires::Public, Requires::SignedIn, Requires::Viewer, Requires::Admin, Requires::AdminInPerson]
                .map(|required| required.is_met_by(role))
        };
        assert_eq!(met(Role::User), [true, false, false, false, false]);
        assert_eq!(met(Role::Viewer), [true, true, true, false, false]);
        assert_eq!(met(Role::Admin), [true; 5]);
    }
}
