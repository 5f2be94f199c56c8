//! The table `users`: an e-mail address belongs to one user, whatever its case.

use sea_orm_migration::prelude::*;

use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = Dialect::of(manager.get_database_backend());
        let (uuid, instant, options) = (dialect.uuid(), dialect.instant(), dialect.table_options());
        let forms = dialect.forms("users", &["id"], &["first_sent_at", "created_at", "updated_at"]);
        let db = manager.get_connection();
        db.execute_unprepared(&format!(
            "CREATE TABLE users (
    id            {uuid} NOT NULL PRIMARY KEY,
    email         text NOT NULL,
    display_name  text NOT NULL,
    role          text NOT NULL,
    status        text NOT NULL,
    first_sent_at {instant},
    created_at    {instant} NOT NULL,
    updated_at    {instant} NOT NULL,
    CONSTRAINT ck_users_role CHECK (role IN ('user', 'viewer', 'admin')),
    CONSTRAINT ck_users_status CHECK (status IN ('invited', 'active', 'suspended')){forms}
){options}"
        ))
        .await?;
        db.execute_unprepared("CREATE UNIQUE INDEX uq_users_email_lower ON users (lower(email))").await?;
        db.execute_unprepared("CREATE INDEX idx_users_created_at_desc ON users (created_at DESC, id DESC)")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP TABLE users").await.map(drop)
    }
}
