//! The table `leads`: each belongs to a proposal; its status and its time of conversion agree.

use sea_orm_migration::prelude::*;

use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = Dialect::of(manager.get_database_backend());
        let (uuid, instant, options) = (dialect.uuid(), dialect.instant(), dialect.table_options());
        let instants = ["converted_at", "created_at", "updated_at"];
        let forms = dialect.forms("leads", &["id", "proposal_id"], &instants);
        let db = manager.get_connection();
        db.execute_unprepared(&format!(
            "CREATE TABLE leads (
    id           {uuid} NOT NULL PRIMARY KEY,
    proposal_id  {uuid} NOT NULL CONSTRAINT fk_leads_proposal_id REFERENCES proposals (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
    name         text NOT NULL,
    email        text NOT NULL,
    source       text NOT NULL,
    status       text NOT NULL,
    converted_at {instant},
    created_at   {instant} NOT NULL,
    updated_at   {instant} NOT NULL,
    CONSTRAINT ck_leads_source CHECK (source IN ('website', 'referral', 'campaign', 'import', 'other')),
    CONSTRAINT ck_leads_status CHECK (status IN ('new', 'contacted', 'qualified', 'converted', 'lost')),
    CONSTRAINT ck_leads_converted_at CHECK ((converted_at IS NOT NULL) = (status = 'converted')){forms}
){options}"
        ))
        .await?;
        for index in [
            "CREATE INDEX idx_leads_created_at_desc ON leads (created_at DESC, id DESC)",
            "CREATE INDEX idx_leads_status_created_at ON leads (status, created_at DESC, id DESC)",
            "CREATE INDEX idx_leads_proposal_id_status ON leads (proposal_id, status)",
            "CREATE INDEX idx_leads_converted_at ON leads (converted_at) WHERE converted_at IS NOT NULL",
        ] {
            db.execute_unprepared(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP TABLE leads").await.map(drop)
    }
}
