//! The table `api_tokens`: bearer tokens of machines. A token holds its id and a random secret, the row only the SHA-256 of
//! the secret. A token outlives whoever made it, so that is no foreign key.

use sea_orm_migration::prelude::*;

use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = Dialect::of(manager.get_database_backend());
        let (uuid, instant, options) = (dialect.uuid(), dialect.instant(), dialect.table_options());
        let forms = dialect.forms(
            "api_tokens",
            &["id", "created_by"],
            &["created_at", "expires_at", "last_used_at", "revoked_at"],
        );
        let bytes = dialect.bytes();
        let db = manager.get_connection();
        db.execute_unprepared(&format!(
            "CREATE TABLE api_tokens (
    id               {uuid} NOT NULL PRIMARY KEY,
    name             text NOT NULL,
    role             text NOT NULL,
    secret_hash      {bytes} NOT NULL,
    created_by       {uuid},
    created_by_name  text,
    created_at       {instant} NOT NULL,
    expires_at       {instant},
    last_used_at     {instant},
    revoked_at       {instant},
    CONSTRAINT ck_api_tokens_role CHECK (role IN ('viewer', 'admin')),
    CONSTRAINT ck_api_tokens_secret_hash CHECK (length(secret_hash) = 32){forms}
){options}"
        ))
        .await?;
        db.execute_unprepared(
            "CREATE INDEX idx_api_tokens_created_at_desc ON api_tokens (created_at DESC, id DESC)",
        )
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP TABLE api_tokens").await.map(drop)
    }
}
