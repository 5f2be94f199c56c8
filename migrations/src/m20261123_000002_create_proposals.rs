//! The table `proposals`: each belongs to a user; its status and its times agree.

use sea_orm_migration::prelude::*;

use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = Dialect::of(manager.get_database_backend());
        let (uuid, instant, bigint) = (dialect.uuid(), dialect.instant(), dialect.bigint());
        let options = dialect.table_options();
        let instants = ["sent_at", "decided_at", "created_at", "updated_at"];
        let forms = dialect.forms("proposals", &["id", "user_id"], &instants);
        let db = manager.get_connection();
        db.execute_unprepared(&format!(
            "CREATE TABLE proposals (
    id           {uuid} NOT NULL PRIMARY KEY,
    user_id      {uuid} NOT NULL CONSTRAINT fk_proposals_user_id REFERENCES users (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
    title        text NOT NULL,
    client_name  text NOT NULL,
    amount_minor {bigint} NOT NULL,
    currency     text NOT NULL,
    status       text NOT NULL,
    sent_at      {instant},
    decided_at   {instant},
    created_at   {instant} NOT NULL,
    updated_at   {instant} NOT NULL,
    CONSTRAINT ck_proposals_amount_minor CHECK (amount_minor BETWEEN 0 AND 100000000000),
    CONSTRAINT ck_proposals_status
        CHECK (status IN ('draft', 'sent', 'viewed', 'accepted', 'declined', 'expired')),
    CONSTRAINT ck_proposals_sent_at CHECK ((sent_at IS NOT NULL) = (status <> 'draft')),
    CONSTRAINT ck_proposals_decided_at
        CHECK ((decided_at IS NOT NULL) = (status IN ('accepted', 'declined', 'expired'))){forms}
){options}"
        ))
        .await?;
        for index in [
            "CREATE INDEX idx_proposals_created_at_desc ON proposals (created_at DESC, id DESC)",
            "CREATE INDEX idx_proposals_status_created_at ON proposals (status, created_at DESC, id DESC)",
            "CREATE INDEX idx_proposals_user_id_status ON proposals (user_id, status)",
            "CREATE INDEX idx_proposals_sent_at ON proposals (sent_at) WHERE sent_at IS NOT NULL",
            "CREATE INDEX idx_proposals_decided_at ON proposals (decided_at) WHERE decided_at IS NOT NULL",
        ] {
            db.execute_unprepared(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP TABLE proposals").await.map(drop)
    }
}
