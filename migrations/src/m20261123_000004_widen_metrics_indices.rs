//! Four indices hold what the metrics look at besides the order of the rows, so that these are counted in the index alone.
//! Their names and leading columns stay.

use sea_orm_migration::prelude::*;

use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// An index, and what it is to hold besides its key.
struct Widened {
    name: &'static str,
    table: &'static str,
    key: &'static str,
    holds: &'static str,
    condition: &'static str,
}

const WIDENED: [Widened; 4] = [
    Widened {
        name: "idx_users_created_at_desc",
        table: "users",
        key: "created_at DESC, id DESC",
        holds: "first_sent_at",
        condition: "",
    },
    Widened {
        name: "idx_proposals_created_at_desc",
        table: "proposals",
        key: "created_at DESC, id DESC",
        holds: "sent_at, decided_at, currency, amount_minor",
        condition: "",
    },
    Widened {
        name: "idx_proposals_decided_at",
        table: "proposals",
        key: "decided_at",
        holds: "status",
        condition: " WHERE decided_at IS NOT NULL",
    },
    Widened {
        name: "idx_leads_status_created_at",
        table: "leads",
        key: "status, created_at DESC, id DESC",
        holds: "converted_at",
        condition: "",
    },
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in WIDENED {
            let columns = Dialect::of(manager.get_database_backend()).index_columns(index.key, index.holds);
            replace(manager, &index, &columns).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in WIDENED {
            replace(manager, &index, &format!("({})", index.key)).await?;
        }
        Ok(())
    }
}

/// Builds the index anew with `columns`.
async fn replace(manager: &SchemaManager<'_>, index: &Widened, columns: &str) -> Result<(), DbErr> {
    let Widened { name, table, condition, .. } = index;
    let db = manager.get_connection();
    match Dialect::of(manager.get_database_backend()) {
        // An index cannot be renamed; readers see the old one until the commit anyway.
        Dialect::Sqlite => {
            db.execute_unprepared(&format!("DROP INDEX {name}")).await?;
            db.execute_unprepared(&format!("CREATE INDEX {name} ON {table} {columns}{condition}")).await?;
        }
        // The old one goes last: from then on until the commit, readers wait too.
        Dialect::Postgres => {
            db.execute_unprepared(&format!("CREATE INDEX {name}_new ON {table} {columns}{condition}"))
                .await?;
            db.execute_unprepared(&format!("DROP INDEX {name}")).await?;
            db.execute_unprepared(&format!("ALTER INDEX {name}_new RENAME TO {name}")).await?;
        }
    }
    Ok(())
}
