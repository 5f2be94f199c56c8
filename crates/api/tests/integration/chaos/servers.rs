//! The PostgreSQL and the Redis that scenarios break: one of each for all of them, used by one scenario at a time. Each
//! scenario gets a copy of one database, in which triggers note every change of a row in the transaction that made it, so
//! that what was true when can be read afterwards.

#![expect(clippy::disallowed_types, reason = "it looks from outside, past what the service tracks")]

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection};
use test_support::{PostgresServer, RedisServer};
use tokio::{
    sync::{Mutex, MutexGuard, OnceCell},
    task::block_in_place,
};

/// What every scenario's database is a copy of.
const TEMPLATE: &str = "chaos_template";

/// Notes each change of a row. Who reads it knows of each transaction when it was committed: see [`Servers::start`].
const NOTES: &str = "
CREATE TABLE chaos_history (
    seq bigserial PRIMARY KEY, relation text NOT NULL, row_id uuid NOT NULL, after jsonb
);
CREATE FUNCTION chaos_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO chaos_history (relation, row_id) VALUES (TG_TABLE_NAME, OLD.id);
    ELSE
        INSERT INTO chaos_history (relation, row_id, after) VALUES (TG_TABLE_NAME, NEW.id, to_jsonb(NEW));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER chaos_users AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION chaos_note();
CREATE TRIGGER chaos_proposals AFTER INSERT OR UPDATE OR DELETE ON proposals FOR EACH ROW EXECUTE FUNCTION chaos_note();
CREATE TRIGGER chaos_leads AFTER INSERT OR UPDATE OR DELETE ON leads FOR EACH ROW EXECUTE FUNCTION chaos_note();
";

/// The two servers.
pub(super) struct Servers {
    pub(super) postgres: PostgresServer,
    pub(super) redis: RedisServer,
    databases: u32,
}

/// The servers, whole and running, for as long as nobody else may use them.
pub(super) async fn servers() -> MutexGuard<'static, Servers> {
    static SERVERS: OnceCell<Mutex<Servers>> = OnceCell::const_new();
    let servers = SERVERS.get_or_init(|| async { Mutex::new(Servers::start().await) }).await;
    let mut servers = servers.lock().await;
    // Whatever the last one left behind.
    block_in_place(|| {
        servers.postgres.resume().unwrap();
        servers.redis.restart_empty().unwrap();
    });
    servers
}

impl Servers {
    async fn start() -> Self {
        let (mut postgres, redis) =
            block_in_place(|| (PostgresServer::start().unwrap(), RedisServer::start().unwrap()));
        let server = connected(&postgres.url()).await;
        server.execute_unprepared("ALTER SYSTEM SET track_commit_timestamp = on").await.unwrap();
        server.close().await.unwrap();
        block_in_place(|| {
            postgres.stop();
            postgres.resume().unwrap();
        });
        let server = connected(&postgres.url()).await;
        server.execute_unprepared(&format!("CREATE DATABASE {TEMPLATE} TEMPLATE template0")).await.unwrap();
        let url = postgres.database_url(TEMPLATE);
        migrations::up(&url).await.unwrap();
        let template = connected(&url).await;
        template.execute_unprepared(NOTES).await.unwrap();
        template.close().await.unwrap();
        server.close().await.unwrap();
        Self { postgres, redis, databases: 0 }
    }

    /// The name of a new database.
    pub(super) async fn new_database(&mut self) -> String {
        self.databases += 1;
        let name = format!("chaos_{}", self.databases);
        let server = connected(&self.postgres.url()).await;
        let made = server.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await;
        made.unwrap();
        server.close().await.unwrap();
        name
    }
}

/// A connection of the test's own, past every proxy.
pub(super) async fn connected(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}
