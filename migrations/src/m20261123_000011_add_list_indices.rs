//! Indices for the filters of the lists that had none, and on PostgreSQL for the search in texts.
//!
//! The search needs the extension `pg_trgm`. It is made where the server has it and the role may make it; elsewhere the search
//! works all the same, by looking at one row after another.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, Statement},
};

use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Name, and what is indexed.
const FILTERS: [(&str, &str); 4] = [
    ("idx_users_status_created_at", "users (status, created_at DESC, id DESC)"),
    ("idx_users_role_created_at", "users (role, created_at DESC, id DESC)"),
    ("idx_users_first_sent_at", "users (first_sent_at) WHERE first_sent_at IS NOT NULL"),
    ("idx_leads_source_created_at", "leads (source, created_at DESC, id DESC)"),
];

/// Name, table, and the texts that are searched.
const SEARCHES: [(&str, &str, [&str; 2]); 3] = [
    ("idx_users_search", "users", ["display_name", "email"]),
    ("idx_proposals_search", "proposals", ["title", "client_name"]),
    ("idx_leads_search", "leads", ["name", "email"]),
];

/// Where the extension is, as the start of a qualified name.
const SCHEMA: &str = "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
     WHERE e.extname = 'pg_trgm'";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for (name, what) in FILTERS {
            db.execute_unprepared(&format!("CREATE INDEX {name} ON {what}")).await?;
        }
        if let Dialect::Postgres = Dialect::of(manager.get_database_backend())
            && let Some(schema) = trigrams(manager).await?
        {
            for (name, table, texts) in SEARCHES {
                let texts = texts.map(|text| format!("{text} {schema}.gin_trgm_ops")).join(", ");
                db.execute_unprepared(&format!("CREATE INDEX {name} ON {table} USING gin ({texts})")).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let searches = SEARCHES.map(|(name, ..)| name);
        for name in FILTERS.map(|(name, _)| name).into_iter().chain(searches) {
            db.execute_unprepared(&format!("DROP INDEX IF EXISTS {name}")).await?;
        }
        // The extension stays: somebody else may use it.
        Ok(())
    }
}

/// The schema in which `pg_trgm` is, once it is there; none where it cannot be made.
async fn trigrams(manager: &SchemaManager<'_>) -> Result<Option<String>, DbErr> {
    let db = manager.get_connection();
    // An error would end the transaction in which all migrations run.
    db.execute_unprepared("SAVEPOINT before_pg_trgm").await?;
    if db.execute_unprepared("CREATE EXTENSION IF NOT EXISTS pg_trgm").await.is_err() {
        db.execute_unprepared("ROLLBACK TO SAVEPOINT before_pg_trgm").await?;
    }
    let found = db.query_one_raw(Statement::from_string(manager.get_database_backend(), SCHEMA)).await?;
    found.map(|row| row.try_get_by_index(0)).transpose()
}
