//! What the service exports is imported again, into an empty database, as it was.

use api::{
    csv::{CsvRow, header, lines},
    routes::{leads::LeadView, proposals::ProposalView, users::UserView},
};
use test_support::{TestDatabase, each_backend};

use super::{Files, rows};

/// The file with these rows.
fn file<R: CsvRow>(rows: impl IntoIterator<Item = R>) -> bytes::Bytes {
    lines(header::<R>().expect("a header"), rows).expect("lines")
}

#[tokio::test]
async fn what_is_exported_can_be_imported() {
    each_backend(async |database| {
        let users = "a,+a@example.org,\"=cmd|' /C calc'!A0\",admin,suspended,,2026-01-01 00:00:00.123456,2026-05-01\n\
            b,b@example.org,\"''t Hooft, \"\"Ada\"\"\",viewer,invited,2025-12-01,2026-01-02,\n";
        let proposals = "p,a,-1,@Mairie,125,EUR,accepted,2026-02-01,2026-02-03,2026-01-30,\n\
            q,b,''=1,'t Roof,100000000000,JPY,draft,,,2026-01-31,2026-03-01\n";
        let leads = "l,p,'=J,-j@example.org,campaign,converted,2026-02-02,2026-02-01,\n";
        Files::of(users, proposals, leads).loaded(database).await;
        let before = rows(database).await;
        assert_eq!(before.leads[0].name, "=J", "the apostrophe of a guarded cell is not a part of it");

        let empty = TestDatabase::sqlite().await;
        Files::new()
            .users(file(before.users.iter().cloned().map(UserView::from)))
            .proposals(file(before.proposals.iter().cloned().map(ProposalView::from)))
            .leads(file(before.leads.iter().cloned().map(LeadView::from)))
            .loaded(&empty)
            .await;
        let after = rows(&empty).await;
        assert_eq!(after.users, before.users);
        assert_eq!(after.proposals, before.proposals);
        assert_eq!(after.leads, before.leads);
    })
    .await;
}
