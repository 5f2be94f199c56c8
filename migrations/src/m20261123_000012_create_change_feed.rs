//! What the change feed needs on PostgreSQL: functions, and no triggers yet, so that writes cost nothing more where nobody
//! wants the feed. `change_feed_on()` makes the triggers on `users`, `proposals` and `leads`, which tell on commit what a
//! statement made old; `change_feed_off()` takes them away. SQLite has no other processes to be told of.

use sea_orm_migration::prelude::*;

use crate::dialect::Dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if let Dialect::Postgres = Dialect::of(manager.get_database_backend()) {
            for function in [TELL, ON, OFF] {
                manager.get_connection().execute_unprepared(function).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if let Dialect::Postgres = Dialect::of(manager.get_database_backend()) {
            for statement in [
                "SELECT change_feed_off()",
                "DROP FUNCTION change_feed_off(), change_feed_on(), change_feed_tell()",
            ] {
                manager.get_connection().execute_unprepared(statement).await?;
            }
        }
        Ok(())
    }
}

// All three may be there still: what drops all tables leaves functions.

/// Runs after each statement. What it tells is the trigger's argument, the names of tags; the same told twice in one
/// transaction is told once, and nothing where that is rolled back. A statement that touched no row made nothing old. An
/// emptied table has no rows to look at.
const TELL: &str = "CREATE OR REPLACE FUNCTION change_feed_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM pg_catalog.pg_notify('metrics_change_feed', TG_ARGV[0]);
    ELSIF EXISTS (SELECT FROM touched) THEN
        PERFORM pg_catalog.pg_notify('metrics_change_feed', TG_ARGV[0]);
    END IF;
    RETURN NULL;
END $$";

/// Makes the triggers that are missing. Somebody new is in no session; anybody else's role or status may be remembered with
/// one. Takes a lock on a table only where it makes something.
const ON: &str = "CREATE OR REPLACE FUNCTION change_feed_on() RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT tables.name AS on_table, 'tr_change_feed_' || lower(events.name) AS trigger_name, events.name AS event,
               events.touched,
               CASE WHEN tables.name <> 'users' THEN tables.name
                    WHEN events.name = 'INSERT' THEN 'users'
                    ELSE 'users,sessions' END AS tags
        FROM (VALUES ('users'), ('proposals'), ('leads')) AS tables (name)
        CROSS JOIN (VALUES ('INSERT', 'REFERENCING NEW TABLE AS touched'), ('UPDATE', 'REFERENCING NEW TABLE AS touched'),
                           ('DELETE', 'REFERENCING OLD TABLE AS touched'), ('TRUNCATE', '')) AS events (name, touched)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger
                       WHERE tgrelid = wanted.on_table::regclass AND tgname = wanted.trigger_name) THEN
            BEGIN
                EXECUTE format('CREATE TRIGGER %I AFTER %s ON %I %s FOR EACH STATEMENT EXECUTE FUNCTION change_feed_tell(%L)',
                    wanted.trigger_name, wanted.event, wanted.on_table, wanted.touched, wanted.tags);
            EXCEPTION WHEN duplicate_object THEN
                NULL; -- Another instance was quicker.
            END;
        END IF;
    END LOOP;
END $$";

/// Takes all of them away.
const OFF: &str = "CREATE OR REPLACE FUNCTION change_feed_off() RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    made record;
BEGIN
    FOR made IN
        SELECT tgname, tgrelid::regclass AS on_table FROM pg_catalog.pg_trigger
        WHERE tgfoid = 'change_feed_tell'::regproc AND NOT tgisinternal
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', made.tgname, made.on_table);
    END LOOP;
END $$";
