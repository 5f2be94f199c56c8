//! Moves side by side: rows are locked in one order, nothing deadlocks, and no row moves where it may not.

use std::sync::Arc;

use domain::entities::{
    lead::{self, LeadStatus},
    moves::Status,
    proposal::{self, ProposalStatus},
    user::{self},
};
use infra::{error::RepositoryError, repositories::Expected};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait, EntityTrait as _, Statement,
    TransactionSession as _, prelude::Uuid,
};
use test_support::TestDatabase;

use crate::{
    hooks::{new_lead, new_proposal},
    node::{eventually, new_user},
};

use super::fixture::{Fixture, all_to};

/// Whoever locks several rows of a table begins with the lowest id, wherever the rows lie: otherwise two could each have
/// what the other waits for.
#[tokio::test]
async fn rows_are_locked_in_the_order_of_their_ids() {
    let database = TestDatabase::postgres().await;
    let f = Fixture::new(&database).await;
    // The highest ids come first in their tables.
    let mut ids: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    ids.reverse();
    let mut users = Vec::new();
    for id in &ids {
        let row = user::ActiveModel { id: Set(*id), ..new_user(0) };
        users.push(row.insert(&f.db).await.unwrap());
    }
    let first = f.user().await;
    let (mut of_each, mut of_first) = (Vec::new(), Vec::new());
    for (id, owner) in ids.iter().zip(&users) {
        let row = proposal::ActiveModel { id: Set(*id), ..new_proposal(owner) };
        of_each.push(row.insert(&f.db).await.unwrap());
        let id = Uuid::from_u128(id.as_u128() ^ 1);
        let row = proposal::ActiveModel { id: Set(id), ..new_proposal(&first) };
        of_first.push(row.insert(&f.db).await.unwrap().id);
    }
    for id in &ids {
        let row = lead::ActiveModel { id: Set(*id), ..new_lead(&of_each[0]) };
        row.insert(&f.db).await.unwrap();
    }
    begins_with_the_lowest(&f, "leads", &ids, f.leads.move_many(all_to(&ids, LeadStatus::Lost))).await;
    let send = all_to(&ids, ProposalStatus::Sent);
    begins_with_the_lowest(&f, "users", &ids, f.proposals.move_many(send)).await;
    let view = all_to(&ids, ProposalStatus::Viewed);
    begins_with_the_lowest(&f, "proposals", &ids, f.proposals.move_many(view)).await;
    begins_with_the_lowest(&f, "leads", &ids, f.proposals.delete(of_each[0].id, Expected::Anything)).await;
    begins_with_the_lowest(&f, "proposals", &of_first, f.users.delete(first.id, Expected::Anything)).await;
}

/// Holds `locks` up at the first of the rows `ids`, which has the highest id, and sees that it has locked the others.
async fn begins_with_the_lowest<T>(
    f: &Fixture,
    table: &str,
    ids: &[Uuid],
    locks: impl Future<Output = Result<T, RepositoryError>>,
) {
    let hold = f.db.begin_write().await.unwrap();
    assert_eq!(lock_free_ones(&hold, table, &ids[..1]).await, 1);
    let look = async {
        eventually("it is held up", || async {
            let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
            let backend = f.db.get_database_backend();
            let row = f.db.query_one_raw(Statement::from_string(backend, waiting)).await.unwrap().unwrap();
            row.try_get_by_index::<i64>(0).unwrap() == 1
        })
        .await;
        let probe = f.db.begin_write().await.unwrap();
        assert_eq!(lock_free_ones(&probe, table, &ids[1..]).await, 0, "rows of {table} not locked yet");
        probe.rollback().await.unwrap();
        hold.rollback().await.unwrap();
    };
    let (done, ()) = tokio::join!(locks, look);
    done.map(drop).unwrap();
}

/// Locks those of the rows that nobody has locked; how many.
async fn lock_free_ones(txn: &impl ConnectionTrait, table: &str, ids: &[Uuid]) -> usize {
    let ids = ids.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(",");
    let sql = format!("SELECT id FROM {table} WHERE id IN ({ids}) FOR UPDATE SKIP LOCKED");
    txn.query_all_raw(Statement::from_string(txn.get_database_backend(), sql)).await.unwrap().len()
}

/// Bulk moves, moves of one row and deletions, all over the same rows at once: none fails for another one's sake, and no
/// row makes a move that its rules forbid.
#[tokio::test(flavor = "multi_thread")]
async fn side_by_side_nothing_deadlocks_and_no_row_moves_where_it_may_not() {
    let database = TestDatabase::postgres().await;
    let f = Arc::new(Fixture::new(&database).await);
    // Every change of a status is written down by the database itself.
    f.db.execute_unprepared(
        "CREATE TABLE seen (of_table text, was text, became text);
         CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO seen VALUES (TG_TABLE_NAME, OLD.status, NEW.status); RETURN NULL; END $$;
         CREATE TRIGGER see AFTER UPDATE OF status ON proposals FOR EACH ROW
             WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION see();
         CREATE TRIGGER see AFTER UPDATE OF status ON leads FOR EACH ROW
             WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION see();",
    )
    .await
    .unwrap();
    for round in 0..4 {
        let (mut users, mut proposals, mut leads) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..4 {
            let owner = f.user().await;
            for _ in 0..6 {
                let proposal = f.proposal(&owner).await;
                for _ in 0..4 {
                    leads.push(f.lead(&proposal).await.id);
                }
                proposals.push(proposal.id);
            }
            users.push(owner.id);
        }
        let workers = (0..8).map(|worker| {
            let mut rng = StdRng::seed_from_u64(round * 100 + worker);
            let f = Arc::clone(&f);
            let (users, proposals, leads) = (users.clone(), proposals.clone(), leads.clone());
            tokio::spawn(async move {
                for step in 0..30 {
                    f.tick();
                    let done = some_write(&f, &mut rng, step, &users, &proposals, &leads).await;
                    if let Err(RepositoryError::Database(error)) = done {
                        panic!("worker {worker}, step {step}: {error}");
                    }
                }
            })
        });
        for worker in workers.collect::<Vec<_>>() {
            worker.await.unwrap();
        }
    }
    let seen = Statement::from_string(f.db.get_database_backend(), "SELECT of_table, was, became FROM seen");
    let seen = f.db.query_all_raw(seen).await.unwrap();
    assert!(seen.len() > 100, "{} moves", seen.len());
    for row in seen {
        let (table, was, became): (String, String, String) = row.try_get_many_by_index().unwrap();
        let legal = match table.as_str() {
            "leads" => is_legal(&LeadStatus::EVERY, &was, &became),
            _ => is_legal(&ProposalStatus::EVERY, &was, &became),
        };
        assert!(legal, "{table}: {was} to {became}");
    }
    for proposal in proposal::Entity::find().all(&f.db).await.unwrap() {
        let first = f.users.get(proposal.user_id).await.unwrap().first_sent_at;
        assert!(proposal.sent_at.is_none_or(|sent| first.is_some_and(|first| first <= sent)));
    }
}

async fn some_write(
    f: &Fixture,
    rng: &mut StdRng,
    step: usize,
    users: &[Uuid],
    proposals: &[Uuid],
    leads: &[Uuid],
) -> Result<(), RepositoryError> {
    let proposal_status = *ProposalStatus::EVERY[1..].choose(rng).unwrap();
    let lead_status = *LeadStatus::EVERY[1..].choose(rng).unwrap();
    let (one_proposal, one_lead) = (*proposals.choose(rng).unwrap(), *leads.choose(rng).unwrap());
    match rng.random_range(0..10) {
        0..=2 => {
            let some: Vec<_> = leads.choose_multiple(rng, 6).copied().collect();
            f.leads.move_many(all_to(&some, lead_status)).await.map(drop)
        }
        3..=5 => {
            let some: Vec<_> = proposals.choose_multiple(rng, 4).copied().collect();
            f.proposals.move_many(all_to(&some, proposal_status)).await.map(drop)
        }
        6 => f.patch_lead(one_lead, lead_status).await.map(drop),
        7 => f.patch_proposal(one_proposal, proposal_status).await.map(drop),
        8 if step.is_multiple_of(3) => f.proposals.delete(one_proposal, Expected::Anything).await,
        9 if step % 10 == 9 => f.users.delete(*users.choose(rng).unwrap(), Expected::Anything).await,
        _ => f.patch_proposal(one_proposal, ProposalStatus::Sent).await.map(drop),
    }
}

fn is_legal<S: Status>(every: &[S], was: &str, became: &str) -> bool {
    let of_name = |name: &str| *every.iter().find(|status| status.name() == name).unwrap();
    of_name(was).moves().contains(&of_name(became))
}
