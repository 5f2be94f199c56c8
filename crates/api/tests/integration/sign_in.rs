//! Signing in past the front door: a row in the database, no password.

use api::startup::Node;
use domain::{
    audit::Author,
    entities::user::{self, NewUser, Role, UserStatus},
};
use infra::identity::Origin;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectOptions, Database, DbErr,
    EntityTrait as _, QueryFilter as _, prelude::Uuid,
};
use secrecy::{ExposeSecret as _, SecretString};

/// When these users were made: before anything that a test counts by time.
const LONG_AGO: &str = "2000-01-01T00:00:00Z";

/// The header `Cookie` of a new session of a user with `role`, who is made in the database where there is none.
pub(crate) async fn session_of(node: &Node, database: &SecretString, role: Role) -> Result<String, DbErr> {
    let id = user_of(database, role).await?;
    Ok(session_of_id(node, id).await)
}

/// The header `Cookie` of a new session of the user with that id.
pub(crate) async fn session_of_id(node: &Node, id: Uuid) -> String {
    let origin = Origin { author: Author::operator(), user_agent: None };
    let started = node.state().accounts.start_for(id, &origin).await.unwrap();
    cookie(node, &started.secret)
}

/// The header `Cookie` with that secret.
pub(crate) fn cookie(node: &Node, secret: &SecretString) -> String {
    format!("{}={}", node.state().cookie.name(), secret.expose_secret())
}

/// The id of the user with `role` who is signed in by [`session_of`].
pub(crate) fn id_of(role: Role) -> Uuid {
    // Below every id that is made by time.
    Uuid::from_u128(u128::from(role as u8) + 1)
}

async fn user_of(database: &SecretString, role: Role) -> Result<Uuid, DbErr> {
    let mut options = ConnectOptions::new(database.expose_secret());
    options.max_connections(1).connect_timeout(std::time::Duration::from_secs(5)).sqlx_logging(false);
    let db = Database::connect(options).await?;
    let email = format!("{role:?}@sign-in.test").to_lowercase();
    let found = user::Entity::find().filter(user::Column::Email.eq(&email)).one(&db).await?;
    let id = if let Some(user) = found {
        user.id
    } else {
        let new = NewUser { email, display_name: format!("Some {role:?}"), role, status: UserStatus::Active };
        let row = new.into_active_model(LONG_AGO.parse().unwrap()).unwrap();
        user::ActiveModel { id: Set(id_of(role)), ..row }.insert(&db).await?.id
    };
    db.close().await?;
    Ok(id)
}
