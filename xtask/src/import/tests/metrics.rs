//! From files to the dashboard's numbers.

use std::{sync::Arc, time::Duration};

use chrono_tz::Europe::Paris;
use domain::{
    entities::lead::LeadStatus,
    metrics::{
        Number,
        overview::{FunnelStep, KpiKey, KpiValue, Money},
        period::Period,
        window::Window,
    },
    ports::MetricsReader as _,
};
use infra::{
    database::{TrackedConnection, connect_untracked},
    metrics_cache::LateSink,
    repositories::metrics::SqlMetricsReader,
};
use test_support::each_backend;

use super::{Files, instant};

#[tokio::test]
async fn the_overview_counts_what_was_imported() {
    let users = "1,ada@example.org,Ada,,,,2026-03-10,\n\
        2,zoe@example.org,Zoë,,,,2026-03-12,\n\
        3,bob@example.org,Bob,,,,2026-02-10,\n";
    let proposals = "1,1,Roof,Mairie,100,EUR,accepted,2026-03-11,2026-03-20,2026-03-10,\n\
        2,1,Garden,Mairie,250,EUR,sent,2026-03-11 09:00:00,,2026-03-11,\n\
        3,3,Site,Shop,70,USD,viewed,2026-03-12,,2026-03-12,\n\
        4,2,Draft,Shop,9,USD,draft,,,2026-03-13,\n";
    let leads = "1,1,A,a@example.org,,converted,2026-03-22,2026-03-21,\n\
        2,1,B,b@example.org,,new,,2026-03-21,\n\
        3,3,C,c@example.org,,lost,,2026-03-21,\n\
        4,3,D,d@example.org,,contacted,,2026-02-21,\n";
    let window = Window::at(instant("2026-03-31T10:00:00Z"), Period::Days30, Paris);
    each_backend(async |database| {
        Files::of(users, proposals, leads).loaded(database).await;
        let pool = connect_untracked(database.url(), 1, Duration::from_secs(10)).await.expect("a pool");
        let reader = SqlMetricsReader::new(TrackedConnection::new(pool, Arc::new(LateSink::default())));
        let overview = reader.overview(&window).await.expect("the overview");

        let value =
            |key: KpiKey| overview.kpis.iter().find(|kpi| kpi.key == key).and_then(|kpi| kpi.value.clone());
        let count = |count| Some(KpiValue::Number(Number::Count(count)));
        assert_eq!(value(KpiKey::UsersTotal), count(3));
        assert_eq!(value(KpiKey::UsersNew), count(2));
        assert_eq!(value(KpiKey::ActivationRate), Some(KpiValue::Number(Number::Ratio(0.5))));
        assert_eq!(value(KpiKey::ProposalsNew), count(4));
        assert_eq!(value(KpiKey::ProposalsSent), count(3));
        assert_eq!(value(KpiKey::LeadsNew), count(3));
        let pending = [("EUR", 250), ("USD", 70)]
            .map(|(currency, amount_minor)| Money { currency: currency.to_owned(), amount_minor });
        assert_eq!(value(KpiKey::PendingAmount), Some(KpiValue::Money(pending.to_vec())));
        let lost = overview.leads_by_status.iter().find(|count| count.status == LeadStatus::Lost);
        assert_eq!(lost.map(|lost| lost.count), Some(1));
        let funnel: Vec<_> = overview.funnel.iter().map(|step| (step.step, step.count)).collect();
        assert_eq!(
            funnel,
            [
                (FunnelStep::Created, 2),
                (FunnelStep::CreatedProposal, 2),
                (FunnelStep::SentProposal, 1),
                (FunnelStep::ReceivedLead, 1),
                (FunnelStep::ConvertedLead, 1)
            ]
        );
    })
    .await;
}
