//! What is worked out where it is left out, and what a first proposal does to its user.

use chrono::{DateTime, Utc};
use domain::ports::{Clock as _, SystemClock};
use test_support::{TestDatabase, each_backend};

use super::{Files, PROPOSALS_HEADER, Rows, instant, rows};

fn proposal(id: &str, user: &str, sent_at: &str) -> String {
    let status = if sent_at.is_empty() { "draft" } else { "sent" };
    format!("{id},{user},Roof,Bob,1,EUR,{status},{sent_at},,2026-01-01,\n")
}

async fn first_sent(database: &TestDatabase) -> Vec<Option<DateTime<Utc>>> {
    rows(database).await.users.into_iter().map(|user| user.first_sent_at).collect()
}

#[tokio::test]
async fn a_first_proposal_is_the_earliest_that_is_known() {
    let users = "a,a@example.org,A,,,,2026-01-01,\n\
        b,b@example.org,B,,,2026-01-05,2026-01-02,\n\
        c,c@example.org,C,,,2026-03-05,2026-01-03,\n\
        d,d@example.org,D,,,,2026-01-04,2090-01-01\n";
    let proposals: String = [
        proposal("1", "a", "2026-02-03 10:00:00.5"),
        proposal("2", "a", "2026-02-03 10:00:00"),
        proposal("3", "a", ""),
        proposal("4", "b", "2026-02-03"),
        proposal("5", "c", "2026-02-03"),
        proposal("6", "d", ""),
    ]
    .concat();
    each_backend(async |database| {
        let written = Files::of(users, &proposals, "").loaded(database).await;
        assert_eq!(written.sent_earlier, 0, "nobody was there before");
        let earliest = |text: &str| Some(instant(text));
        let expected = [
            earliest("2026-02-03T10:00:00Z"),
            earliest("2026-01-05T00:00:00Z"),
            earliest("2026-02-03T00:00:00Z"),
            None,
        ];
        assert_eq!(first_sent(database).await, expected);

        // Proposals alone: for those who are there it becomes the earlier of the two.
        let before = rows(database).await.users;
        let started = SystemClock.now();
        let later: String = [
            proposal("7", "a", "2026-02-04"),
            proposal("8", "b", "2026-01-04"),
            proposal("9", "d", "2026-02-05"),
        ]
        .concat();
        let written = Files::new().proposals(format!("{PROPOSALS_HEADER}{later}")).loaded(database).await;
        assert_eq!(written.sent_earlier, 2);
        let expected = [
            earliest("2026-02-03T10:00:00Z"),
            earliest("2026-01-04T00:00:00Z"),
            earliest("2026-02-03T00:00:00Z"),
            earliest("2026-02-05T00:00:00Z"),
        ];
        assert_eq!(first_sent(database).await, expected);
        let after = rows(database).await.users;
        let changed: Vec<_> = after.iter().map(|user| user.updated_at >= started).collect();
        assert_eq!(changed, [false, true, false, true]);
        assert_eq!((&before[0], &before[2]), (&after[0], &after[2]));
        assert_eq!(after[3].updated_at, instant("2090-01-01T00:00:00.000001Z"), "later than it last did");
    })
    .await;
}

#[tokio::test]
async fn what_is_left_out_of_updated_at_is_the_latest_of_the_row() {
    let users = "a,a@example.org,A,,,,2026-01-01,\n\
        b,b@example.org,B,,,2026-02-01,2026-01-02,\n\
        c,c@example.org,C,,,,2026-03-03,\n\
        d,d@example.org,D,,,,2026-01-04,2026-05-05\n";
    let proposals = "1,a,Roof,Bob,1,EUR,draft,,,2026-01-01,\n\
        2,a,Roof,Bob,1,EUR,sent,2026-02-02,,2026-01-02,\n\
        3,a,Roof,Bob,1,EUR,accepted,2026-02-02,2026-02-03,2026-01-03,\n\
        4,a,Roof,Bob,1,EUR,accepted,2026-02-02,2026-02-03,2026-01-04,2026-05-05\n\
        5,c,Roof,Bob,1,EUR,sent,2026-02-02,,2026-03-05,\n";
    let leads = "1,1,Jean,jean@example.org,,lost,,2026-01-01,\n\
        2,1,Jean,jean@example.org,,converted,2026-02-02,2026-01-02,\n\
        3,1,Jean,jean@example.org,,new,,2026-01-03,2026-05-05\n";
    let at = |dates: &[&str]| -> Vec<_> {
        dates.iter().map(|date| instant(&format!("{date}T00:00:00Z"))).collect()
    };
    each_backend(async |database| {
        Files::of(users, proposals, leads).loaded(database).await;
        let Rows { users, proposals, leads } = rows(database).await;
        let updated: Vec<_> = users.iter().map(|row| row.updated_at).collect();
        // The first one sent a proposal; the users are in the order of createdAt.
        assert_eq!(updated, at(&["2026-02-02", "2026-02-01", "2026-05-05", "2026-03-03"]));
        let updated: Vec<_> = proposals.iter().map(|row| row.updated_at).collect();
        assert_eq!(updated, at(&["2026-01-01", "2026-02-02", "2026-02-03", "2026-05-05", "2026-03-05"]));
        let updated: Vec<_> = leads.iter().map(|row| row.updated_at).collect();
        assert_eq!(updated, at(&["2026-01-01", "2026-02-02", "2026-05-05"]));
    })
    .await;
}
