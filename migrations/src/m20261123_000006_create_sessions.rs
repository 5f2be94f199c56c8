//! The table `sessions`: who is signed in. A cookie holds a random token, the row only its SHA-256.

use sea_orm_migration::prelude::*;

use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = Dialect::of(manager.get_database_backend());
        let (uuid, instant, options) = (dialect.uuid(), dialect.instant(), dialect.table_options());
        let forms =
            dialect.forms("sessions", &["id", "user_id"], &["created_at", "last_seen_at", "expires_at"]);
        let bytes = dialect.bytes();
        let db = manager.get_connection();
        db.execute_unprepared(&format!(
            "CREATE TABLE sessions (
    id            {uuid} NOT NULL PRIMARY KEY,
    token_hash    {bytes} NOT NULL,
    user_id       {uuid} NOT NULL CONSTRAINT fk_sessions_user_id REFERENCES users (id) ON DELETE CASCADE,
    created_at    {instant} NOT NULL,
    last_seen_at  {instant} NOT NULL,
    expires_at    {instant} NOT NULL,
    address       text,
    user_agent    text,
    CONSTRAINT ck_sessions_token_hash CHECK (length(token_hash) = 32){forms}
){options}"
        ))
        .await?;
        db.execute_unprepared("CREATE UNIQUE INDEX uq_sessions_token_hash ON sessions (token_hash)").await?;
        db.execute_unprepared("CREATE INDEX idx_sessions_user_id ON sessions (user_id)").await?;
        db.execute_unprepared("CREATE INDEX idx_sessions_expires_at ON sessions (expires_at)").await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP TABLE sessions").await.map(drop)
    }
}
