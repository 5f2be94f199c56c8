//! The table `audit_log`: who did what to which row, when, and from where. Append-only: triggers refuse to change or delete
//! a row. It outlives what it speaks of, so it has no foreign key.

use sea_orm_migration::prelude::*;

use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = Dialect::of(manager.get_database_backend());
        let (uuid, instant, options) = (dialect.uuid(), dialect.instant(), dialect.table_options());
        let forms = dialect.forms("audit_log", &["id", "actor_id", "subject_id"], &["created_at"]);
        let db = manager.get_connection();
        db.execute_unprepared(&format!(
            "CREATE TABLE audit_log (
    id            {uuid} NOT NULL PRIMARY KEY,
    created_at    {instant} NOT NULL,
    actor_kind    text NOT NULL,
    actor_id      {uuid},
    actor_name    text,
    action        text NOT NULL,
    subject_kind  text NOT NULL,
    subject_id    {uuid},
    address       text,
    request_id    text,
    details       text NOT NULL,
    CONSTRAINT ck_audit_log_actor_kind CHECK (actor_kind IN ('user', 'token', 'operator', 'anonymous')){forms}
){options}"
        ))
        .await?;
        db.execute_unprepared(
            "CREATE INDEX idx_audit_log_created_at_desc ON audit_log (created_at DESC, id DESC)",
        )
        .await?;
        db.execute_unprepared(
            "CREATE INDEX idx_audit_log_actor_id ON audit_log (actor_id, created_at DESC, id DESC)",
        )
        .await?;
        db.execute_unprepared(
            "CREATE INDEX idx_audit_log_subject ON audit_log (subject_kind, subject_id, created_at DESC, id DESC)",
        )
        .await?;
        db.execute_unprepared(
            "CREATE INDEX idx_audit_log_action ON audit_log (action, created_at DESC, id DESC)",
        )
        .await?;
        for statement in append_only(dialect) {
            db.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        // The triggers go with the table.
        db.execute_unprepared("DROP TABLE audit_log").await?;
        if let Dialect::Postgres = Dialect::of(manager.get_database_backend()) {
            db.execute_unprepared("DROP FUNCTION IF EXISTS refuse_to_change_audit_log()").await?;
        }
        Ok(())
    }
}

/// What makes the table append-only. Whoever owns it can still drop the triggers: to prune it is a decision of the operator.
fn append_only(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Postgres => &[
            // It may be there still: what drops all tables leaves functions.
            "CREATE OR REPLACE FUNCTION refuse_to_change_audit_log() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'audit_log is append-only'; END $$",
            "CREATE TRIGGER tr_audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
             FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_audit_log()",
        ],
        Dialect::Sqlite => &[
            "CREATE TRIGGER tr_audit_log_no_update BEFORE UPDATE ON audit_log
             BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END",
            "CREATE TRIGGER tr_audit_log_no_delete BEFORE DELETE ON audit_log
             BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END",
        ],
    }
}
