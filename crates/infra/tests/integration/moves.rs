//! Moving rows: what is written and what is told, for one row and for many; in few statements, and side by side.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering::SeqCst},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    DomainError,
    entities::{
        lead::{self, LeadPatch, LeadStatus, NewLead},
        moves::{BulkMove, MoveCounts, Status},
        proposal::{self, NewProposal, ProposalPatch, ProposalStatus},
        user::{self, UserPatch},
    },
    ports::Clock,
};
use infra::{
    database::{TrackedConnection, connect_untracked},
    error::RepositoryError,
    repositories::{Expected, LeadRepository, ProposalRepository, UserRepository},
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait, EntityTrait as _, Statement,
    TransactionSession as _, prelude::Uuid,
};
use test_support::{TestDatabase, each_backend};

use crate::{
    hooks::{
        LEADS, PROPOSALS, Recorder,
        Told::{self, Committed},
        USERS, new_lead, new_proposal,
    },
    node::{PATIENCE, eventually, new_user},
};

/// Stands still until it is moved on.
#[derive(Default)]
struct StillClock(AtomicI64);

impl Clock for StillClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(1_800_000_000 + self.0.load(SeqCst))
    }
}

struct Fixture {
    db: TrackedConnection,
    clock: Arc<StillClock>,
    users: UserRepository,
    proposals: ProposalRepository,
    leads: LeadRepository,
    told: Recorder,
    statements: Arc<Mutex<Vec<String>>>,
}

impl Fixture {
    async fn new(database: &TestDatabase) -> Self {
        let (told, statements) = (Recorder::default(), Arc::<Mutex<Vec<String>>>::default());
        let mut inner = connect_untracked(database.url(), 8, PATIENCE).await.unwrap();
        let seen = Arc::clone(&statements);
        inner.set_metric_callback(move |info| seen.lock().unwrap().push(info.statement.sql.clone()));
        let db = TrackedConnection::new(inner, Arc::new(told.clone()));
        let clock = Arc::<StillClock>::default();
        let same: Arc<dyn Clock> = Arc::<StillClock>::clone(&clock);
        Self {
            users: UserRepository::new(db.clone(), Arc::clone(&same)),
            proposals: ProposalRepository::new(db.clone(), Arc::clone(&same)),
            leads: LeadRepository::new(db.clone(), same),
            db,
            clock,
            told,
            statements,
        }
    }

    /// Moves the clock on by a second.
    fn tick(&self) {
        self.clock.0.fetch_add(1, SeqCst);
    }

    /// What was told since the last call; the statements until then are forgotten.
    fn told(&self) -> Vec<Told> {
        self.statements();
        self.told.take()
    }

    /// The statements since the last call, each by its first word and the first table in it.
    fn statements(&self) -> Vec<String> {
        let statements = std::mem::take(&mut *self.statements.lock().unwrap());
        let short = |sql: &String| {
            let place = |table: &&str| sql.find(&format!("\"{table}\"")).unwrap_or(usize::MAX);
            let table = ["users", "proposals", "leads", "audit_log"].into_iter().min_by_key(place).unwrap();
            format!("{} {table}", sql.split(' ').next().unwrap())
        };
        statements.iter().map(short).collect()
    }

    async fn user(&self) -> user::Model {
        new_user(0).insert(&self.db).await.unwrap()
    }

    async fn proposal(&self, owner: &user::Model) -> proposal::Model {
        let new = NewProposal {
            user_id: owner.id,
            title: "Roof".into(),
            client_name: "Mairie".into(),
            amount_minor: 100,
            currency: "EUR".into(),
        };
        self.proposals.create(new).await.unwrap()
    }

    async fn lead(&self, parent: &proposal::Model) -> lead::Model {
        let new = NewLead {
            proposal_id: parent.id,
            name: "Jean".into(),
            email: "jean@example.org".into(),
            source: lead::LeadSource::default(),
        };
        self.leads.create(new).await.unwrap()
    }

    async fn patch_proposal(&self, id: Uuid, to: ProposalStatus) -> Result<proposal::Model, RepositoryError> {
        self.proposals
            .update(id, ProposalPatch { status: Some(to), ..ProposalPatch::default() }, Expected::Anything)
            .await
    }

    async fn patch_lead(&self, id: Uuid, to: LeadStatus) -> Result<lead::Model, RepositoryError> {
        self.leads
            .update(id, LeadPatch { status: Some(to), ..LeadPatch::default() }, Expected::Anything)
            .await
    }
}

fn all_to<S>(ids: &[Uuid], status: S) -> BulkMove<S> {
    BulkMove { ids: ids.to_vec(), status }
}

#[tokio::test]
async fn many_rows_are_as_few_statements_as_one_and_are_told_once() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let (owner, other) = (f.user().await, f.user().await);
        let first = f.proposal(&owner).await;
        for count in [1, 500] {
            let txn = f.db.begin_write().await.unwrap();
            let mut ids = Vec::new();
            for _ in 0..count {
                ids.push(new_lead(&first).insert(&txn).await.unwrap().id);
            }
            txn.commit().await.unwrap();
            ids.reverse();
            f.tick();
            f.told();
            let moved = f.leads.move_many(all_to(&ids, LeadStatus::Contacted)).await.unwrap();
            assert_eq!(f.statements(), ["SELECT leads", "UPDATE leads", "INSERT audit_log"], "{count}");
            assert_eq!(f.told(), [Committed(LEADS)]);
            assert_eq!(moved.counts, MoveCounts { moved: count, ..MoveCounts::default() });
            assert!(moved.items.iter().map(|row| row.id).eq(ids), "in the order given");
        }
        let mut ids = vec![first.id];
        for owner in [&owner, &other].iter().cycle().take(20) {
            ids.push(f.proposal(owner).await.id);
        }
        f.tick();
        f.told();
        f.proposals.move_many(all_to(&ids, ProposalStatus::Sent)).await.unwrap();
        let sending =
            ["SELECT users", "SELECT proposals", "UPDATE proposals", "INSERT audit_log", "UPDATE users"];
        assert_eq!(f.statements(), sending);
        assert_eq!(f.told(), [Committed(PROPOSALS.union(USERS))]);
        f.tick();
        f.proposals.move_many(all_to(&ids, ProposalStatus::Viewed)).await.unwrap();
        assert_eq!(f.statements(), ["SELECT proposals", "UPDATE proposals", "INSERT audit_log"]);
        assert_eq!(f.told(), [Committed(PROPOSALS)]);
    })
    .await;
}

#[tokio::test]
async fn where_nothing_moves_nothing_is_written_and_nothing_told() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let owner = f.user().await;
        let (draft, sent) = (f.proposal(&owner).await, f.proposal(&owner).await);
        let sent = f.patch_proposal(sent.id, ProposalStatus::Sent).await.unwrap();
        f.tick();
        f.told();
        let request = all_to(&[sent.id, Uuid::from_u128(1)], ProposalStatus::Sent);
        let counts = f.proposals.move_many(request).await.unwrap().counts;
        assert_eq!(counts, MoveCounts { moved: 0, unchanged: 1, not_found: 1 });
        assert_eq!(f.statements(), ["SELECT users", "SELECT proposals"]);
        assert_eq!(f.told(), []);
        assert_eq!(f.proposals.get(sent.id).await.unwrap(), sent);

        // The second one may not, so the first does not either.
        f.told();
        let request = all_to(&[sent.id, draft.id], ProposalStatus::Accepted);
        let refused = f.proposals.move_many(request).await.unwrap_err();
        assert_eq!(f.statements(), ["SELECT proposals"]);
        assert_eq!(f.told(), []);
        let RepositoryError::Domain(DomainError::IllegalMoves { errors, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(errors[0].field, "ids[1]");
        assert!(errors[0].detail.contains("from draft to accepted; from here it can move to sent"));
        assert_eq!(f.proposals.get(sent.id).await.unwrap(), sent);

        // What cannot be right is not asked of the database.
        f.told();
        let refused = f.leads.move_many(all_to(&[], LeadStatus::Lost)).await;
        assert!(matches!(refused, Err(RepositoryError::Domain(DomainError::Invalid(_)))));
        assert_eq!(f.statements(), [""; 0]);
    })
    .await;
}

/// Two rows go the same way at the same instants, one moved by itself and one in bulk: they end up the same.
#[tokio::test]
async fn a_bulk_move_leaves_what_a_move_of_one_row_leaves() {
    each_backend(async |database| {
        use LeadStatus::{Contacted, Converted, Lost, Qualified};
        use ProposalStatus::{Accepted, Declined, Expired, Sent, Viewed};
        let f = Fixture::new(database).await;
        let owner = f.user().await;
        for way in [&[Sent, Accepted][..], &[Sent, Viewed, Declined], &[Sent, Viewed, Expired]] {
            let (one, many) = (f.proposal(&owner).await, f.proposal(&owner).await);
            for to in way {
                f.tick();
                let one = f.patch_proposal(one.id, *to).await.unwrap();
                f.proposals.move_many(all_to(&[many.id], *to)).await.unwrap();
                let many = f.proposals.get(many.id).await.unwrap();
                assert_eq!(proposal::Model { id: one.id, ..many }, one);
            }
        }
        let parent = f.proposal(&owner).await;
        for way in [&[Converted][..], &[Contacted, Qualified, Converted], &[Contacted, Lost]] {
            let (one, many) = (f.lead(&parent).await, f.lead(&parent).await);
            for to in way {
                f.tick();
                let one = f.patch_lead(one.id, *to).await.unwrap();
                f.leads.move_many(all_to(&[many.id], *to)).await.unwrap();
                assert_eq!(lead::Model { id: one.id, ..f.leads.get(many.id).await.unwrap() }, one);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn sending_sets_when_an_owner_first_sent_unless_that_was_earlier() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let (fresh, early, late) = (f.user().await, f.user().await, f.user().await);
        let proposal = f.proposal(&early).await;
        f.patch_proposal(proposal.id, ProposalStatus::Sent).await.unwrap();
        let early = f.users.get(early.id).await.unwrap();
        assert_eq!(early.first_sent_at, Some(f.clock.now()));
        let far = f.clock.now() + TimeDelta::days(1);
        let change = user::ActiveModel { first_sent_at: Set(Some(far)), ..late.clone().into() };
        change.update(&f.db).await.unwrap();
        f.tick();
        let mut ids = Vec::new();
        for owner in [&fresh, &early, &late, &fresh] {
            ids.push(f.proposal(owner).await.id);
        }
        f.proposals.move_many(all_to(&ids, ProposalStatus::Sent)).await.unwrap();
        let now = f.clock.now();
        for owner in [fresh, late] {
            let owner = f.users.get(owner.id).await.unwrap();
            assert_eq!((owner.first_sent_at, owner.updated_at), (Some(now), now));
        }
        assert_eq!(f.users.get(early.id).await.unwrap(), early);
    })
    .await;
}

/// The clock stands still, and was ahead before: a row's `updatedAt` still tells any two of its states apart.
#[tokio::test]
async fn a_row_changes_later_than_it_last_did_whatever_the_clock_says() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        f.tick();
        let later = |before: DateTime<Utc>| before + TimeDelta::microseconds(1);
        let (ahead, behind) = (f.user().await, f.user().await);
        let far = f.clock.now() + TimeDelta::days(1);
        let change = user::ActiveModel { updated_at: Set(far), ..ahead.clone().into() };
        change.update(&f.db).await.unwrap();

        // Of the owners of what is sent, the one who is ahead changes later, the other one now.
        let (one, other) = (f.proposal(&ahead).await, f.proposal(&behind).await);
        f.proposals.move_many(all_to(&[one.id, other.id], ProposalStatus::Sent)).await.unwrap();
        assert_eq!(f.users.get(ahead.id).await.unwrap().updated_at, later(far));
        assert_eq!(f.users.get(behind.id).await.unwrap().updated_at, f.clock.now());
        // Both were made at this very instant.
        let one = f.proposals.get(one.id).await.unwrap();
        assert_eq!((one.updated_at, one.sent_at), (later(f.clock.now()), Some(f.clock.now())));
        assert_eq!(f.proposals.get(other.id).await.unwrap().updated_at, one.updated_at);
        let viewed = f.patch_proposal(one.id, ProposalStatus::Viewed).await.unwrap();
        assert_eq!(viewed.updated_at, later(one.updated_at));

        let patch = UserPatch { display_name: Some("Ada".into()), ..UserPatch::default() };
        let ada = f.users.update(ahead.id, patch, Expected::Anything).await.unwrap();
        assert_eq!(ada.updated_at, later(later(far)));
        let lead = f.lead(&viewed).await;
        let contacted = f.patch_lead(lead.id, LeadStatus::Contacted).await.unwrap();
        assert_eq!(contacted.updated_at, later(lead.updated_at));
        // Another proposal of the one who sent long ago leaves them as they are.
        let again = f.proposal(&ahead).await;
        f.tick();
        f.patch_proposal(again.id, ProposalStatus::Sent).await.unwrap();
        assert_eq!(f.users.get(ahead.id).await.unwrap(), ada);
    })
    .await;
}

#[tokio::test]
async fn a_change_that_changes_nothing_writes_nothing() {
    each_backend(async |database| {
        let f = Fixture::new(database).await;
        let owner = f.user().await;
        let sent = f.proposal(&owner).await;
        let sent = f.patch_proposal(sent.id, ProposalStatus::Sent).await.unwrap();
        let lead = f.lead(&sent).await;
        let owner = f.users.get(owner.id).await.unwrap();
        f.tick();
        f.told();

        let same = UserPatch {
            email: Some(format!(" {} ", owner.email.to_uppercase())),
            display_name: Some(owner.display_name.clone()),
            role: Some(owner.role),
            status: Some(owner.status),
        };
        assert_eq!(f.users.update(owner.id, same, Expected::Anything).await.unwrap(), owner);
        assert_eq!(f.users.update(owner.id, UserPatch::default(), Expected::Anything).await.unwrap(), owner);
        let same = ProposalPatch {
            title: Some(sent.title.clone()),
            client_name: Some(sent.client_name.clone()),
            amount_minor: Some(sent.amount_minor),
            currency: Some(sent.currency.clone()),
            status: Some(sent.status),
        };
        assert_eq!(f.proposals.update(sent.id, same, Expected::Anything).await.unwrap(), sent);
        let same = LeadPatch {
            name: Some(lead.name.clone()),
            email: Some(lead.email.clone()),
            source: Some(lead.source),
            status: Some(lead.status),
        };
        assert_eq!(f.leads.update(lead.id, same, Expected::Anything).await.unwrap(), lead);
        // Of a user whose role is named, it is asked first whether that is an admin.
        let users = ["SELECT users"; 4];
        let reads = [&users[..], &["SELECT proposals", "SELECT leads"]].concat();
        assert_eq!(f.statements(), reads);
        assert_eq!(f.told(), []);
        assert_eq!(f.users.get(owner.id).await.unwrap(), owner);
        assert_eq!(f.proposals.get(sent.id).await.unwrap(), sent);
        assert_eq!(f.leads.get(lead.id).await.unwrap(), lead);

        f.tick();
        let renamed = LeadPatch { name: Some("Javert".into()), ..LeadPatch::default() };
        let renamed = f.leads.update(lead.id, renamed, Expected::Anything).await.unwrap();
        assert_eq!((renamed.name.as_str(), renamed.updated_at), ("Javert", f.clock.now()));
        assert_eq!(f.told(), [Committed(LEADS)]);
    })
    .await;
}

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
