//! PostgreSQL and SQLite end up with the same rows, the generator's, or with none.

use domain::entities::{lead, proposal, user};
use sea_orm::{ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryOrder as _};
use secrecy::ExposeSecret as _;
use test_support::{TestDatabase, each_backend};

use super::plan;
use crate::{Outcome, Plan, Population, seed};

#[tokio::test]
async fn both_databases_hold_the_rows_that_were_generated() {
    let plan = Plan { users: 300, proposals: 900, leads: 2_100, ..plan() };
    let population = Population::new(plan);
    each_backend(async |database| {
        let url = database.url().expose_secret();
        assert_eq!(seed(url, plan).await.expect("seeded"), Outcome::Loaded);

        let db = connect(database).await;
        let users = user::Entity::find().order_by_asc(user::Column::CreatedAt).all(&db).await;
        assert!(users.expect("users").into_iter().eq(population.users()));
        let proposals = proposal::Entity::find().order_by_asc(proposal::Column::CreatedAt).all(&db).await;
        assert!(proposals.expect("proposals").into_iter().eq(population.proposals()));
        let leads = lead::Entity::find().order_by_asc(lead::Column::CreatedAt).all(&db).await;
        assert!(leads.expect("leads").into_iter().eq(population.leads()));

        let again = seed(url, Plan { seed: 1, ..plan }).await.expect("no failure");
        assert_eq!(again, Outcome::NotEmpty, "rows are not mixed with rows");
        assert_eq!(lead::Entity::find().count(&db).await, Ok(2_100));
    })
    .await;
}

#[tokio::test]
async fn a_load_that_fails_leaves_nothing() {
    let plan = Plan { users: 20, proposals: 40, leads: 3_000, ..plan() };
    let last = Population::new(plan).leads().last().expect("a lead");
    each_backend(async |database| {
        let db = connect(database).await;
        // What is refused comes after thousands of good rows.
        let refuses_last = match db.get_database_backend() {
            sea_orm::DbBackend::Sqlite => format!(
                "CREATE TRIGGER refuse BEFORE INSERT ON leads WHEN hex(NEW.id) = '{}' \
                 BEGIN SELECT RAISE(ABORT, 'the last one'); END",
                last.id.simple().to_string().to_uppercase()
            ),
            _ => format!("ALTER TABLE leads ADD CONSTRAINT refuse CHECK (id <> '{}')", last.id),
        };
        db.execute_unprepared(&refuses_last).await.expect("a trap");
        assert!(seed(database.url().expose_secret(), plan).await.is_err());
        assert_eq!(user::Entity::find().count(&db).await, Ok(0), "users were written before the failure");
    })
    .await;
}

#[tokio::test]
async fn a_seeded_database_can_be_emptied_and_seeded_again() {
    let plan = Plan { users: 20, proposals: 40, leads: 100, ..plan() };
    each_backend(async |database| {
        let url = database.url().expose_secret();
        assert_eq!(seed(url, plan).await.expect("seeded"), Outcome::Loaded);
        migrations::fresh(url).await.expect("emptied");
        assert_eq!(seed(url, plan).await.expect("seeded"), Outcome::Loaded);
    })
    .await;
}

async fn connect(database: &TestDatabase) -> impl ConnectionTrait {
    let patience = std::time::Duration::from_secs(10);
    infra::database::connect_untracked(database.url(), 1, patience).await.expect("a pool")
}
