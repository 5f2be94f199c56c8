//! Moving rows: what is written and what is told, for one row and for many; in few statements.

mod fixture;
mod locks;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    DomainError,
    entities::{
        lead::{self, LeadPatch, LeadStatus},
        moves::MoveCounts,
        proposal::{self, ProposalPatch, ProposalStatus},
        user::{self, UserPatch},
    },
    ports::Clock,
};
use infra::{error::RepositoryError, repositories::Expected};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, TransactionSession as _, prelude::Uuid};
use test_support::each_backend;

use self::fixture::{Fixture, all_to};
use crate::hooks::{LEADS, PROPOSALS, Told::Committed, USERS, new_lead};

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
