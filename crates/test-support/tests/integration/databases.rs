//! A database per test: migrated, apart from the others, gone afterwards.

use sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement};
use secrecy::ExposeSecret as _;
use test_support::{Backend, TestDatabase, TestRedis, each_backend, postgres_url};

const COUNT_USERS: &str = "SELECT count(*) FROM users";

#[tokio::test]
async fn is_migrated_and_empty_on_both_backends() {
    each_backend(async |database| {
        let connection = Database::connect(database.url().expose_secret()).await.unwrap();
        let backend = match database.backend() {
            Backend::Postgres => DbBackend::Postgres,
            Backend::Sqlite => DbBackend::Sqlite,
        };
        let row =
            connection.query_one_raw(Statement::from_string(backend, COUNT_USERS)).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0);
        connection.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn databases_are_apart_from_each_other() {
    for backend in [Backend::Postgres, Backend::Sqlite] {
        let (one, other) = (TestDatabase::new(backend).await, TestDatabase::new(backend).await);
        let in_one = Database::connect(one.url().expose_secret()).await.unwrap();
        in_one.execute_unprepared("CREATE TABLE only_here (id integer)").await.unwrap();
        let in_other = Database::connect(other.url().expose_secret()).await.unwrap();
        assert!(in_other.execute_unprepared("SELECT * FROM only_here").await.is_err(), "{backend}");
    }
}

#[tokio::test]
async fn is_dropped_even_with_someone_connected() {
    let database = TestDatabase::postgres().await;
    let name = database.url().expose_secret().rsplit('/').next().unwrap().to_owned();
    let connection = Database::connect(database.url().expose_secret()).await.unwrap();
    drop(database);
    let server = Database::connect(postgres_url().await).await.unwrap();
    let query = "SELECT datname FROM pg_database WHERE datname = $1";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, query, [name.into()]);
    assert!(server.query_one_raw(statement).await.unwrap().is_none());
    drop(connection);
}

#[tokio::test]
async fn the_keys_of_a_namespace_are_removed_and_others_stay() {
    let (gone, stays) = (TestRedis::new().await, TestRedis::new().await);
    let mut connection = redis::Client::open(gone.url()).unwrap().get_connection().unwrap();
    let keys: Vec<String> = [&gone, &stays].map(|redis| format!("{{{}}}:key", redis.namespace())).into();
    for key in &keys {
        redis::cmd("SET").arg(key).arg(1).exec(&mut connection).unwrap();
    }
    drop(gone);
    let left: Vec<Option<String>> = redis::cmd("MGET").arg(&keys).query(&mut connection).unwrap();
    assert_eq!(left, [None, Some("1".to_owned())]);
}
