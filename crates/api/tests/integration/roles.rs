//! Who may do what: every route of the one table, asked by everybody there is.

use api::access::ROWS;
use domain::{access::Requires, entities::user::Role};
use reqwest::RequestBuilder;
use test_support::TestDatabase;

use crate::{
    app::{Answer, TestApp, read},
    sign_in,
};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asker {
    Anonymous,
    Ended,
    Forged,
    UnknownToken,
    Viewer,
    Admin,
    /// A page of another origin, in an admin's browser.
    CrossOrigin,
}

const ASKERS: [Asker; 7] = [
    Asker::Anonymous,
    Asker::Ended,
    Asker::Forged,
    Asker::UnknownToken,
    Asker::Viewer,
    Asker::Admin,
    Asker::CrossOrigin,
];

/// What becomes of the request: refused by this status and kind, or let through to its handler.
fn expected(requires: Requires, method: &str, asker: Asker) -> Option<(u16, &'static str)> {
    let nobody = Some((401, "unauthenticated"));
    match (requires, asker) {
        (_, Asker::CrossOrigin) if method != "GET" => Some((403, "cross-origin")),
        (Requires::Public, _)
        | (_, Asker::Admin | Asker::CrossOrigin)
        | (Requires::SignedIn | Requires::Viewer, Asker::Viewer) => None,
        (_, Asker::Anonymous | Asker::Ended | Asker::Forged | Asker::UnknownToken) => nobody,
        (Requires::Admin | Requires::AdminInPerson, Asker::Viewer) => Some((403, "forbidden")),
    }
}

#[tokio::test]
async fn every_route_lets_in_whom_the_table_names_and_nobody_else() {
    let database = TestDatabase::sqlite().await;
    let app = TestApp::on(&database).await;
    let cookie = async |role| sign_in::session_of(&app.node, database.url(), role).await.unwrap();
    let (viewer, admin, ended) =
        (cookie(Role::Viewer).await, cookie(Role::Admin).await, cookie(Role::Admin).await);
    let signed_out = read(app.request_with(&ended, "DELETE", "/api/v1/session")).await;
    assert_eq!(signed_out.status, 204, "{signed_out:?}");
    let forged = format!("{}={}", app.node.state().cookie.name(), "A".repeat(64));

    let ask = |asker: Asker, method: &str, path: &str| -> RequestBuilder {
        match asker {
            Asker::Anonymous => app.anonymous(method, path),
            Asker::Ended => app.request_with(&ended, method, path),
            Asker::Forged => app.request_with(&forged, method, path),
            // With an admin's cookie beside it, which does not stand in.
            Asker::UnknownToken => app.request_with(&admin, method, path).bearer_auth("amt_unknown"),
            Asker::Viewer => app.request_with(&viewer, method, path),
            Asker::Admin => app.request_with(&admin, method, path),
            Asker::CrossOrigin => app
                .anonymous(method, path)
                .header("cookie", &admin)
                .header("sec-fetch-site", "cross-site")
                .header("origin", "https://evil.example"),
        }
    };
    for (method, template, requires) in ROWS {
        // A parameter that no route takes: a request that is let through does nothing.
        let path = template.replace("{id}", "01920000-0000-7000-8000-000000000001") + "?no-such-parameter=1";
        for asker in ASKERS {
            let answer = read(ask(asker, method, &path)).await;
            let name = format!("{asker:?} {method} {template}");
            match expected(*requires, method, asker) {
                Some(refusal) => check_refusal(&answer, refusal, &name),
                None => assert!(
                    [200, 302, 400].contains(&answer.status.as_u16()),
                    "{name} is let through: {answer:?}"
                ),
            }
        }
    }
    app.stop().await;
}

fn check_refusal(answer: &Answer, (status, kind): (u16, &str), name: &str) {
    assert_eq!(answer.status, status, "{name}: {answer:?}");
    assert_eq!(answer.body["type"], format!("urn:problem-type:admin-metrics:{kind}"), "{name}");
    assert_eq!(answer.header("www-authenticate").starts_with("Bearer "), status == 401, "{name}");
    assert_eq!(answer.header("cache-control"), "no-store", "{name}");
}
