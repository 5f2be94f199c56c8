//! The table `credentials`: the password of each user who has set one, as an argon2id hash.

use sea_orm_migration::prelude::*;

use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = Dialect::of(manager.get_database_backend());
        let (uuid, instant, options) = (dialect.uuid(), dialect.instant(), dialect.table_options());
        let forms = dialect.forms("credentials", &["user_id"], &["changed_at"]);
        let db = manager.get_connection();
        db.execute_unprepared(&format!(
            "CREATE TABLE credentials (
    user_id       {uuid} NOT NULL PRIMARY KEY CONSTRAINT fk_credentials_user_id REFERENCES users (id) ON DELETE CASCADE,
    password_hash text NOT NULL,
    changed_at    {instant} NOT NULL,
    CONSTRAINT ck_credentials_password_hash CHECK (password_hash LIKE '$argon2%'){forms}
){options}"
        ))
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP TABLE credentials").await.map(drop)
    }
}
