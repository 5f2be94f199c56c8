//! Files as other programs write them.

use domain::entities::{lead, proposal, user};
use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};
use test_support::{TestDatabase, each_backend};
use uuid::Uuid;

use super::{ADA, Files, LEADS_HEADER, ROOF, Rows, instant, rows};

/// A spreadsheet's: byte order mark, CRLF, semicolons, quotes, blank lines at the end.
#[tokio::test]
async fn a_spreadsheet_in_utf_8() {
    let file = "\u{FEFF}id;email;displayName;createdAt\r\n\
        1;ADA@Example.org;\"Lovelace; \"\"Ada\"\"\";2026-01-01 09:30:00\r\n\
        2;zoe@example.org;  Zoë Ångström ;2026-01-02\r\n\
        \r\n;;;\r\n\r\n";
    each_backend(async |database| {
        assert_eq!(Files::new().users(file).loaded(database).await.users, 2);
        let Rows { users, .. } = rows(database).await;
        assert_eq!(users[0].email, "ada@example.org");
        assert_eq!(users[0].display_name, "Lovelace; \"Ada\"");
        assert_eq!(users[0].created_at, instant("2026-01-01T09:30:00Z"));
        assert_eq!(users[1].display_name, "Zoë Ångström");
        assert_eq!((users[1].role, users[1].status), (user::Role::User, user::UserStatus::Active));
    })
    .await;
}

/// What PostgreSQL's `\copy … to … csv header` writes: snake_case, UUIDs, offsets of hours only, empty for null.
#[tokio::test]
async fn a_dump_of_postgres() {
    let user = "019b0000-0000-7000-8000-000000000001";
    let proposal = "019b0000-0000-7000-8000-000000000002";
    let lead = "019b0000-0000-7000-8000-000000000003";
    let files = Files::new()
        .users(format!(
            "id,email,display_name,role,status,first_sent_at,created_at,updated_at\n\
             {user},ada@example.org,Ada,admin,suspended,2026-02-01 10:00:00.123456+00,2026-01-01 00:00:00+01,2026-03-01 00:00:00+00\n"
        ))
        .proposals(format!(
            "id,user_id,title,client_name,amount_minor,currency,status,sent_at,decided_at,created_at,updated_at\n\
             {proposal},{user},Roof,\"Mairie, Lyon\",100000000000,JPY,declined,2026-02-01 10:00:00.123456+00,2026-02-02 10:00:00+00,2026-01-31 00:00:00+00,2026-02-02 10:00:00+00\n"
        ))
        .leads(format!(
            "id,proposal_id,name,email,source,status,converted_at,created_at,updated_at\n\
             {lead},{proposal},Jean,jean@example.org,campaign,converted,2026-02-03 10:00:00+00,2026-02-02 10:00:00+00,2026-02-04 10:00:00+00\n"
        ));
    each_backend(async |database| {
        files.loaded(database).await;
        let Rows { users, proposals, leads } = rows(database).await;
        let expected = user::Model {
            id: user.parse().unwrap(),
            email: "ada@example.org".to_owned(),
            display_name: "Ada".to_owned(),
            role: user::Role::Admin,
            status: user::UserStatus::Suspended,
            first_sent_at: Some(instant("2026-02-01T10:00:00.123456Z")),
            created_at: instant("2025-12-31T23:00:00Z"),
            updated_at: instant("2026-03-01T00:00:00Z"),
        };
        assert_eq!(users, [expected]);
        let expected = proposal::Model {
            id: proposal.parse().unwrap(),
            user_id: user.parse().unwrap(),
            title: "Roof".to_owned(),
            client_name: "Mairie, Lyon".to_owned(),
            amount_minor: 100_000_000_000,
            currency: "JPY".to_owned(),
            status: proposal::ProposalStatus::Declined,
            sent_at: Some(instant("2026-02-01T10:00:00.123456Z")),
            decided_at: Some(instant("2026-02-02T10:00:00Z")),
            created_at: instant("2026-01-31T00:00:00Z"),
            updated_at: instant("2026-02-02T10:00:00Z"),
        };
        assert_eq!(proposals, [expected]);
        let expected = lead::Model {
            id: lead.parse().unwrap(),
            proposal_id: proposal.parse().unwrap(),
            name: "Jean".to_owned(),
            email: "jean@example.org".to_owned(),
            source: lead::LeadSource::Campaign,
            status: lead::LeadStatus::Converted,
            converted_at: Some(instant("2026-02-03T10:00:00Z")),
            created_at: instant("2026-02-02T10:00:00Z"),
            updated_at: instant("2026-02-04T10:00:00Z"),
        };
        assert_eq!(leads, [expected]);
    })
    .await;
}

/// An older CRM's: tabs, columns in its own order and capitals, statuses with a capital, Windows' encoding.
#[tokio::test]
async fn an_old_crm_in_windows_1252() {
    let text = "STATUS\tName\tEmail\tId\tProposal_ID\tCreated_At\tConverted_At\r\n\
        Converted\tFrançois l'Hôte – €\tfrancois@example.org\t17\troof\t2026-02-03T10:00:00+01:00\t2026-02-04 08:00:00\r\n\
        New\tAnn O'Neil\tann@example.org\t18\troof\t2026-02-03T11:00:00+01:00\t\r\n";
    let (bytes, _, failed) = WINDOWS_1252.encode(text);
    assert!(!failed);
    each_backend(async |database| {
        Files::of(ADA, ROOF, "").loaded(database).await;
        let mut files = Files::new().leads(&bytes);
        files.request.form.encoding = WINDOWS_1252;
        assert_eq!(files.loaded(database).await.leads, 2);
        let Rows { leads, .. } = rows(database).await;
        assert_eq!(leads[0].name, "François l'Hôte – €");
        assert_eq!(leads[0].status, lead::LeadStatus::Converted);
        assert_eq!(leads[0].source, lead::LeadSource::Import);
        assert_eq!(leads[1].created_at, instant("2026-02-03T10:00:00Z"));
    })
    .await;
}

/// "Unicode text": UTF-16 with a byte order mark needs no option, without one it does.
#[tokio::test]
async fn a_spreadsheet_in_utf_16() {
    let text = "id\temail\tdisplayName\tcreatedAt\r\n1\tada@example.org\tAda 王\t2026-01-01\r\n";
    let little = || text.encode_utf16().flat_map(u16::to_le_bytes);
    let big = text.encode_utf16().flat_map(u16::to_be_bytes);
    let marked: Vec<u8> = [0xFF, 0xFE].into_iter().chain(little()).collect();
    for (bytes, encoding) in
        [(marked, None), (little().collect(), Some(UTF_16LE)), (big.collect::<Vec<_>>(), Some(UTF_16BE))]
    {
        let database = TestDatabase::sqlite().await;
        let mut files = Files::new().users(&bytes);
        files.request.form.encoding = encoding.unwrap_or(files.request.form.encoding);
        files.loaded(&database).await;
        assert_eq!(rows(&database).await.users[0].display_name, "Ada 王");
    }
}

/// Line ends of every kind, a byte order mark before a quote, no end after the last line, a first line for Excel.
#[tokio::test]
async fn the_ends_of_lines_and_files() {
    for file in [
        "id,email,displayName,createdAt\r1,ada@example.org,Ada,2026-01-01\r",
        "id,email,displayName,createdAt\n1,ada@example.org,Ada,2026-01-01",
        "\u{FEFF}\"id\",\"email\",\"displayName\",\"createdAt\"\r\n\"1\",\"ada@example.org\",\"Ada\",\"2026-01-01\"",
        "\n\nid,email,displayName,createdAt\n\n\n1,ada@example.org,\"Ada\n\",2026-01-01\n \n",
        "sep=;\r\nid;email;displayName;createdAt\r\n1;ada@example.org;Ada;2026-01-01\r\n",
        " ID , EMail,Display_Name ,CREATEDAT\n1 , ada@example.org , Ada , 2026-01-01 \n",
    ] {
        let database = TestDatabase::sqlite().await;
        assert_eq!(Files::new().users(file).loaded(&database).await.users, 1, "{file:?}");
        let Rows { users, .. } = rows(&database).await;
        assert_eq!(
            (users[0].email.as_str(), users[0].display_name.as_str()),
            ("ada@example.org", "Ada"),
            "{file:?}"
        );
    }
}

#[tokio::test]
async fn a_delimiter_can_be_given() {
    let mut files =
        Files::new().users("id|email|displayName|createdAt\n1|ada@example.org|Love, lace|2026-01-01\n");
    files.request.form.delimiter = Some(b'|');
    let database = TestDatabase::sqlite().await;
    files.loaded(&database).await;
    assert_eq!(rows(&database).await.users[0].display_name, "Love, lace");
}

#[tokio::test]
async fn leads_alone_belong_to_what_was_imported_before_or_made_here() {
    let made_here = "019b0000-0000-7000-8000-00000000000a";
    each_backend(async |database| {
        let made = format!("{made_here},ada,Garden,Bob,0,USD,draft,,,2026-02-01,\n");
        Files::of(ADA, &format!("{ROOF}{made}"), "").loaded(database).await;
        let leads = format!(
            "{LEADS_HEADER}1,roof,Jean,jean@example.org,,new,,2026-02-03,\n2,{made_here},Jeanne,jean@example.org,,lost,,2026-02-04,\n"
        );
        let written = Files::new().leads(leads).loaded(database).await;
        assert_eq!((written.users, written.proposals, written.leads), (0, 0, 2));
        let Rows { proposals, leads, .. } = rows(database).await;
        assert_eq!(leads[0].proposal_id, proposals[0].id);
        assert_eq!(leads[1].proposal_id, made_here.parse::<Uuid>().unwrap());
    })
    .await;
}
