//! Each index earns its keep: on a PostgreSQL with enough rows, `EXPLAIN` shows it used by the queries it is there for.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use test_support::TestDatabase;

/// Users over two years, each with four proposals, each with four leads; the newest are from today.
pub(crate) const ROWS: [&str; 4] = [
    "INSERT INTO users (id, email, display_name, role, status, first_sent_at, created_at, updated_at)
     SELECT gen_random_uuid(), 'u' || n || '@example.org', 'User ' || n, 'user', 'active',
         CASE WHEN n % 2 = 0 THEN at END, at, at
     FROM (SELECT n, now() - n * interval '3 hours' AS at FROM generate_series(1, 6000) n) made",
    "INSERT INTO proposals (id, user_id, title, client_name, amount_minor, currency, status, sent_at, decided_at,
         created_at, updated_at)
     SELECT gen_random_uuid(), user_id, 'Roof', 'Client', 100 * n, 'EUR', status,
         CASE WHEN status <> 'draft' THEN at END,
         CASE WHEN status IN ('accepted', 'declined', 'expired') THEN at END, at, at
     FROM (
         SELECT u.id AS user_id, n, u.created_at + n * interval '7 minutes' AS at,
             (ARRAY['draft', 'sent', 'viewed', 'accepted', 'declined', 'expired'])[1 + row_number() OVER () % 6] AS status
         FROM users u, generate_series(1, 4) n
     ) made",
    "INSERT INTO leads (id, proposal_id, name, email, source, status, converted_at, created_at, updated_at)
     SELECT gen_random_uuid(), proposal_id, 'Lead', 'lead@example.org', 'website', status,
         CASE WHEN status = 'converted' THEN at END, at, at
     FROM (
         SELECT p.id AS proposal_id, p.created_at + n * interval '2 minutes' AS at,
             (ARRAY['new', 'contacted', 'qualified', 'lost', 'converted'])[1 + n] AS status
         FROM proposals p, generate_series(0, 4) n
     ) made",
    // Tells the planner what there is, and that the rows are old enough to be counted in the index alone.
    "VACUUM (ANALYZE) users, proposals, leads",
];

/// An index, and the queries it serves: what it serves stands before each.
const SERVES: [(&str, &[(&str, &str)]); 10] = [
    (
        "idx_users_created_at_desc",
        &[
            ("recent users", "SELECT * FROM users ORDER BY created_at DESC, id DESC LIMIT 10"),
            (
                "list by time, a page further on",
                "SELECT * FROM users WHERE (created_at, id) < (now() - interval '90 days', gen_random_uuid()) \
                 ORDER BY created_at DESC, id DESC LIMIT 50",
            ),
            (
                "7d windows",
                "SELECT count(*) FROM users WHERE created_at >= now() - interval '7 days' AND created_at < now()",
            ),
        ],
    ),
    (
        "idx_proposals_created_at_desc",
        &[
            ("recent proposals", "SELECT * FROM proposals ORDER BY created_at DESC, id DESC LIMIT 10"),
            (
                "list by time, a page further on",
                "SELECT * FROM proposals WHERE (created_at, id) < (now() - interval '90 days', gen_random_uuid()) \
                 ORDER BY created_at DESC, id DESC LIMIT 50",
            ),
            (
                "7d windows",
                "SELECT status, count(*) FROM proposals \
                 WHERE created_at >= now() - interval '7 days' AND created_at < now() GROUP BY status",
            ),
        ],
    ),
    (
        "idx_proposals_status_created_at",
        &[
            (
                "list by status",
                "SELECT * FROM proposals WHERE status = 'viewed' ORDER BY created_at DESC, id DESC LIMIT 50",
            ),
            (
                "list by status, a page further on",
                "SELECT * FROM proposals \
                 WHERE status = 'viewed' AND (created_at, id) < (now() - interval '90 days', gen_random_uuid()) \
                 ORDER BY created_at DESC, id DESC LIMIT 50",
            ),
            (
                "breakdown by status, each counted by itself",
                "SELECT count(*) FROM proposals WHERE status = 'viewed' \
                 AND created_at >= now() - interval '30 days' AND created_at < now()",
            ),
        ],
    ),
    (
        "idx_proposals_user_id_status",
        &[
            ("a user's proposals", "SELECT * FROM proposals WHERE user_id = (SELECT id FROM users LIMIT 1)"),
            (
                "a user's proposals by status",
                "SELECT * FROM proposals WHERE user_id = (SELECT id FROM users LIMIT 1) AND status = 'sent'",
            ),
            (
                "the funnel",
                "SELECT count(*) FROM users WHERE created_at >= now() - interval '7 days' AND EXISTS \
                 (SELECT FROM proposals WHERE user_id = users.id AND status <> 'draft')",
            ),
            (
                "proposalsCount",
                "SELECT id, (SELECT count(*) FROM proposals WHERE user_id = users.id) \
                 FROM users ORDER BY created_at DESC, id DESC LIMIT 10",
            ),
        ],
    ),
    (
        "idx_leads_created_at_desc",
        &[
            (
                "list by time",
                "SELECT * FROM leads WHERE (created_at, id) < (now() - interval '90 days', gen_random_uuid()) \
                 ORDER BY created_at DESC, id DESC LIMIT 50",
            ),
            (
                "7d windows",
                "SELECT count(*) FROM leads WHERE created_at >= now() - interval '7 days' AND created_at < now()",
            ),
        ],
    ),
    (
        "idx_leads_status_created_at",
        &[
            (
                "list by status",
                "SELECT * FROM leads WHERE status = 'new' ORDER BY created_at DESC, id DESC LIMIT 50",
            ),
            (
                "breakdown by status, each counted by itself",
                "SELECT count(*) FROM leads WHERE status = 'qualified' \
                 AND created_at >= now() - interval '30 days' AND created_at < now()",
            ),
            (
                "conversion",
                "SELECT count(*) FROM leads WHERE status = 'converted' \
                 AND created_at >= now() - interval '30 days' AND created_at < now()",
            ),
        ],
    ),
    (
        "idx_leads_proposal_id_status",
        &[
            (
                "leadsCount",
                "SELECT id, (SELECT count(*) FROM leads WHERE proposal_id = proposals.id) \
                 FROM proposals ORDER BY created_at DESC, id DESC LIMIT 10",
            ),
            (
                "a proposal's leads",
                "SELECT * FROM leads WHERE proposal_id = (SELECT id FROM proposals LIMIT 1)",
            ),
            (
                "a proposal's leads by status",
                "SELECT * FROM leads WHERE proposal_id = (SELECT id FROM proposals LIMIT 1) AND status = 'new'",
            ),
            (
                "the funnel",
                "SELECT count(*) FROM proposals WHERE created_at >= now() - interval '7 days' AND EXISTS \
                 (SELECT FROM leads WHERE proposal_id = proposals.id AND status = 'converted')",
            ),
        ],
    ),
    (
        "idx_proposals_sent_at",
        &[(
            "proposalsSent",
            "SELECT count(*) FROM proposals WHERE sent_at >= now() - interval '7 days' AND sent_at < now()",
        )],
    ),
    (
        "idx_proposals_decided_at",
        &[(
            "acceptanceRate",
            "SELECT count(*) FILTER (WHERE status = 'accepted'), count(*) FROM proposals \
             WHERE decided_at >= now() - interval '7 days' AND decided_at < now()",
        )],
    ),
    (
        "idx_leads_converted_at",
        &[(
            "leadsConverted",
            "SELECT count(*) FROM leads WHERE converted_at >= now() - interval '7 days' AND converted_at < now()",
        )],
    ),
];

/// What the metrics count, and the index that holds all of what is asked, so that no row of the table is looked at.
const COUNTED_IN_AN_INDEX: [(&str, &str, &str); 6] = [
    (
        "idx_users_created_at_desc",
        "activationRate",
        "SELECT count(*) FROM users WHERE created_at >= now() - interval '30 days' AND created_at < now() \
         AND first_sent_at < now()",
    ),
    (
        "idx_proposals_created_at_desc",
        "pendingAmount",
        "SELECT currency, sum(amount_minor) FROM proposals \
         WHERE created_at >= now() - interval '30 days' AND created_at < now() \
         AND sent_at < now() AND (decided_at IS NULL OR decided_at >= now()) GROUP BY currency",
    ),
    (
        "idx_proposals_decided_at",
        "acceptanceRate",
        "SELECT count(*) FROM proposals \
         WHERE decided_at >= now() - interval '7 days' AND decided_at < now() AND status = 'accepted'",
    ),
    (
        "idx_proposals_status_created_at",
        "proposalsByStatus",
        "SELECT count(*) FROM proposals WHERE status = 'viewed' \
         AND created_at >= now() - interval '30 days' AND created_at < now()",
    ),
    (
        "idx_leads_status_created_at",
        "leadConversionRate",
        "SELECT count(*) FROM leads WHERE status = 'converted' \
         AND created_at >= now() - interval '30 days' AND created_at < now() AND converted_at < now()",
    ),
    (
        "idx_leads_created_at_desc",
        "leadsNew",
        "SELECT count(*) FROM leads WHERE created_at >= now() - interval '30 days' AND created_at < now()",
    ),
];

#[tokio::test]
async fn what_the_metrics_count_is_counted_in_an_index_alone() {
    let database = TestDatabase::postgres().await;
    let db = with_rows(&database).await;
    let mut looked_at = Vec::new();
    for (index, counted, query) in COUNTED_IN_AN_INDEX {
        let plan = plan(&db, query).await;
        if !plan.contains(&format!("Index Only Scan using {index} ")) {
            looked_at.push(format!("{counted} is not counted in {index} alone:\n{query}\n{plan}"));
        }
    }
    assert!(looked_at.is_empty(), "{}", looked_at.join("\n"));
}

#[tokio::test]
async fn a_statement_is_planned_for_the_values_at_hand() {
    let database = TestDatabase::postgres().await;
    let db =
        infra::database::connect_untracked(database.url(), 1, Duration::from_secs(10)).await.expect("a pool");
    let show = Statement::from_string(DbBackend::Postgres, "SHOW plan_cache_mode");
    let row = db.query_one_raw(show).await.expect("the setting").expect("a row");
    assert_eq!(row.try_get_by_index::<String>(0).expect("a text"), "force_custom_plan");
}

#[tokio::test]
async fn no_connection_compiles_statements() {
    let database = TestDatabase::postgres().await;
    let db =
        infra::database::connect_untracked(database.url(), 1, Duration::from_secs(10)).await.expect("a pool");
    let show = Statement::from_string(DbBackend::Postgres, "SHOW jit");
    let row = db.query_one_raw(show).await.expect("the setting").expect("a row");
    assert_eq!(row.try_get_by_index::<String>(0).expect("a text"), "off");
}

async fn with_rows(database: &TestDatabase) -> impl ConnectionTrait {
    let db =
        infra::database::connect_untracked(database.url(), 1, Duration::from_secs(10)).await.expect("a pool");
    for statement in ROWS {
        db.execute_unprepared(statement).await.expect(statement);
    }
    db
}

#[tokio::test]
async fn every_index_is_used_by_the_queries_it_serves() {
    let database = TestDatabase::postgres().await;
    let db = with_rows(&database).await;
    let mut unused = Vec::new();
    for (index, queries) in SERVES {
        for (served, query) in queries {
            let plan = plan(&db, query).await;
            if !plan.contains(&format!(" {index} ")) {
                unused.push(format!("{index} does not serve {served}:\n{query}\n{plan}"));
            }
        }
    }
    assert!(unused.is_empty(), "{}", unused.join("\n"));
}

async fn plan(db: &impl ConnectionTrait, query: &str) -> String {
    let explain = Statement::from_string(DbBackend::Postgres, format!("EXPLAIN {query}"));
    let lines = db.query_all_raw(explain).await.expect(query);
    let lines = lines.iter().map(|line| line.try_get_by_index::<String>(0).expect("a line of the plan"));
    lines.collect::<Vec<_>>().join("\n")
}
