//! A line of the users' file.

use std::sync::OnceLock;

use domain::{
    entities::user::{NewUser, Role, UserStatus},
    validation::normalise_email,
};
use sea_orm::ActiveEnum as _;

use super::{
    line::Line,
    table::{Column, Kind, Table, Value},
};

/// The table `users`.
pub(super) static USERS: Table = Table {
    name: "users",
    one: "user",
    columns: &[
        Column::required("id"),
        Column::required("email"),
        Column::required("displayName"),
        Column::optional("role"),
        Column::optional("status"),
        Column::optional("firstSentAt"),
        Column::required("createdAt"),
        Column::optional("updatedAt"),
    ],
    staged: &[
        ("id", Kind::Id),
        ("id_text", Kind::Text),
        ("email", Kind::Text),
        ("display_name", Kind::Text),
        ("role", Kind::Text),
        ("status", Kind::Text),
        ("first_sent_at", Kind::Instant),
        ("created_at", Kind::Instant),
        ("updated_at", Kind::Instant),
    ],
    read,
    namespace: OnceLock::new(),
};

fn read(line: &mut Line<'_>) -> Vec<Value> {
    let (id, id_text) = line.id("id", &USERS);
    let email = line.required_text("email", || "an e-mail address such as ada@example.org");
    let display_name = line.required_text("displayName", || "1 to 200 characters");
    let role = line.one_of("role", Some(Role::User));
    let status = line.one_of("status", Some(UserStatus::Active));
    let first_sent_at = line.instant("firstSentAt");
    let created_at = line.required_instant("createdAt");
    // Left out, it is worked out where all proposals, and with them `firstSentAt`, are known.
    let updated_at = line.instant("updatedAt");

    // What is missing is reported already; what stands in for it passes.
    let new = NewUser {
        email: email.unwrap_or("nobody@example.org").to_owned(),
        display_name: display_name.unwrap_or("nobody").to_owned(),
        role: role.unwrap_or_default(),
        status: status.unwrap_or_default(),
    };
    let user = line.checked(new.checked());
    let email = email.filter(|_| !line.has_problem_in("email")).map(normalise_email);
    let mut values = vec![id.into(), id_text.into(), email.into()];
    if let Some(user) = user {
        values.extend([
            user.display_name.into(),
            user.role.to_value().into(),
            user.status.to_value().into(),
            first_sent_at.into(),
            created_at.into(),
            updated_at.into(),
        ]);
    }
    values
}
