//! Indices for what the audit log is filtered by: the kind of the actor, the kind of the subject, one subject whatever its
//! kind, a request. `idx_audit_log_subject`, which began with the kind and the id, served only who gave both.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const NEW: [(&str, &str); 4] = [
    ("idx_audit_log_actor_kind", "actor_kind, created_at DESC, id DESC"),
    ("idx_audit_log_subject_kind", "subject_kind, created_at DESC, id DESC"),
    ("idx_audit_log_subject_id", "subject_id, created_at DESC, id DESC"),
    ("idx_audit_log_request_id", "request_id, created_at DESC, id DESC"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for (index, columns) in NEW {
            db.execute_unprepared(&format!("CREATE INDEX {index} ON audit_log ({columns})")).await?;
        }
        db.execute_unprepared("DROP INDEX idx_audit_log_subject").await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared(
            "CREATE INDEX idx_audit_log_subject ON audit_log (subject_kind, subject_id, created_at DESC, id DESC)",
        )
        .await?;
        for (index, _) in NEW {
            db.execute_unprepared(&format!("DROP INDEX {index}")).await?;
        }
        Ok(())
    }
}
