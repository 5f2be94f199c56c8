//! The table `sign_in_links`: one-time links by which a user sets a password. A link holds a random token, the row only its
//! SHA-256.

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
            "sign_in_links",
            &["id", "user_id", "created_by"],
            &["created_at", "expires_at", "redeemed_at"],
        );
        let bytes = dialect.bytes();
        let db = manager.get_connection();
        db.execute_unprepared(&format!(
            "CREATE TABLE sign_in_links (
    id            {uuid} NOT NULL PRIMARY KEY,
    token_hash    {bytes} NOT NULL,
    user_id       {uuid} NOT NULL CONSTRAINT fk_sign_in_links_user_id REFERENCES users (id) ON DELETE CASCADE,
    created_by    {uuid},
    created_at    {instant} NOT NULL,
    expires_at    {instant} NOT NULL,
    redeemed_at   {instant},
    CONSTRAINT ck_sign_in_links_token_hash CHECK (length(token_hash) = 32){forms}
){options}"
        ))
        .await?;
        db.execute_unprepared(
            "CREATE UNIQUE INDEX uq_sign_in_links_token_hash ON sign_in_links (token_hash)",
        )
        .await?;
        db.execute_unprepared("CREATE INDEX idx_sign_in_links_user_id ON sign_in_links (user_id)").await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP TABLE sign_in_links").await.map(drop)
    }
}
