//! What people are told, word by word.

use encoding_rs::WINDOWS_1252;
use test_support::{TestDatabase, each_backend};

use super::{ADA, Files, JEAN, LEADS_HEADER, PROPOSALS_HEADER, ROOF, USERS_HEADER, assert_same, lines};

const INSTANT: &str =
    "an instant such as 2026-03-31T18:00:00Z, 2026-03-31 18:00:00 (which is UTC) or 2026-03-31";

async fn told(files: Files) -> Vec<String> {
    files.refused(&TestDatabase::sqlite().await).await
}

async fn failure(files: Files) -> String {
    let error = files.import(&TestDatabase::sqlite().await).await.expect_err("no import");
    format!("{error:#}")
}

#[tokio::test]
async fn files_that_are_none() {
    let mut files = Files::of(ADA, "", "");
    let missing = files.folder.path().join("nowhere.csv");
    files.request.leads.as_mut().unwrap().path = missing;
    assert_eq!(failure(files).await, "leads.csv: there is no such file");

    let mut files = Files::of(ADA, "", "");
    files.request.leads.as_mut().unwrap().path = files.folder.path().to_owned();
    assert_eq!(failure(files).await, "leads.csv: expected a file, and it is a folder");

    let empty = Files::new().users("");
    assert_eq!(failure(empty).await, "users.csv: expected a header and lines, and the file is empty");

    let blank = Files::new().users("\u{FEFF}\r\n\r\n");
    assert_eq!(
        failure(blank).await,
        "users.csv: expected a header and lines, and there are only empty lines"
    );

    let headers = Files::of("", "", "");
    let expected = "users.csv, proposals.csv, leads.csv: expected lines after the header, and there are none";
    assert_eq!(failure(headers).await, expected);
}

#[tokio::test]
async fn a_workbook() {
    let columns = "expected a header with columns of users: id, email, displayName, role, status, firstSentAt, createdAt, updatedAt";
    let workbook = Files::new().users("PK\u{3}\u{4}\u{14}\0\u{6}\0\nxl/workbook.xml");
    let expected = format!(
        "users.csv:1: a workbook (.xlsx, .ods) or another archive, to be saved as CSV first: {columns}"
    );
    assert_eq!(told(workbook).await, [expected, "1 problem in 1 line".to_owned()]);
}

#[tokio::test]
async fn headers() {
    let columns =
        "expected columns of users: id, email, displayName, role, status, firstSentAt, createdAt, updatedAt";
    let files = Files::new()
        .users("id,e-mail,created_at,createdAt,shoeSize,,displayname\n1,2,3,4,5,6,7\n")
        .leads("1,roof,Jean,jean@example.org,,new,,2026-02-03,\n");
    let expected = [
        "users.csv:1: the columns \"created_at\" and \"createdAt\": expected createdAt once".to_owned(),
        format!("users.csv:1: unknown column \"e-mail\": {columns}; did you mean email?"),
        format!("users.csv:1: unknown column \"shoeSize\": {columns}"),
        "users.csv:1: no name over column 6: expected a name, of users: id, email, displayName, role, status, firstSentAt, createdAt, updatedAt".to_owned(),
        "users.csv:1: no column email: expected it, since it may not be left out".to_owned(),
        "leads.csv:1: \"1,roof,Jean,jean@example.org,,new,,2026-02-03,\": expected a header with columns of leads: \
         id, proposalId, name, email, source, status, convertedAt, createdAt, updatedAt"
            .to_owned(),
        "6 problems in 2 lines".to_owned(),
    ];
    assert_same(&told(files).await, &expected);

    let utf_16: Vec<u8> = USERS_HEADER.bytes().flat_map(|byte| [byte, 0]).collect();
    let told = told(Files::new().users(utf_16)).await;
    assert!(
        told[0].starts_with("users.csv:1: zero bytes, as if it were UTF-16 (--encoding utf-16le): "),
        "{told:?}"
    );
}

#[tokio::test]
async fn values() {
    let long = "x".repeat(201);
    let files = Files::of(
        &format!(
            "{ADA}\
             ,nobody,,boss,gone,soon,31/01/2026,2026-02-30\n\
             \"a\tb\",Ada <ada@example.org>,{long},,,,,\n"
        ),
        "roof,,,x,1250.50,eur,lost,,,2026-01-31,\n\
         r2,ada,a\u{202E}b,x,-1,EURO,draft,,,2026-01-31,\n\
         r3,ada,a,x,100000000001,EUR,draft,,,2026-01-31,\n",
        "1,roof,\"Jean\r\nValjean\",jean@example.org,billboard,won,,2026-02-03,\n",
    );
    let expected = [
        "users.csv:3: id: empty: expected the id of a user: a UUID, or any text of up to 200 characters".to_owned(),
        "users.csv:3: displayName: empty: expected 1 to 200 characters".to_owned(),
        "users.csv:3: role: \"boss\": expected one of user, viewer, admin".to_owned(),
        "users.csv:3: status: \"gone\": expected one of invited, active, suspended".to_owned(),
        format!("users.csv:3: firstSentAt: \"soon\": expected {INSTANT}"),
        format!("users.csv:3: createdAt: \"31/01/2026\": expected {INSTANT}"),
        format!("users.csv:3: updatedAt: \"2026-02-30\": expected {INSTANT}"),
        "users.csv:3: email: \"nobody\": expected an e-mail address such as ada@example.org, at most 254 characters"
            .to_owned(),
        "users.csv:4: id: \"a\\tb\": expected text without control characters and without invisible ones".to_owned(),
        format!("users.csv:4: createdAt: empty: expected {INSTANT}"),
        "users.csv:4: email: \"Ada <ada@example.org>\": expected an e-mail address such as ada@example.org, at most 254 characters".to_owned(),
        format!("users.csv:4: displayName: \"{}…\": expected 1 to 200 characters, got 201", "x".repeat(60)),
        "proposals.csv:2: userId: empty: expected the id of a user: a UUID, or any text of up to 200 characters".to_owned(),
        "proposals.csv:2: title: empty: expected 1 to 200 characters".to_owned(),
        "proposals.csv:2: amountMinor: \"1250.50\": expected a whole number from 0 to 100000000000, in minor units such as cents".to_owned(),
        "proposals.csv:2: status: \"lost\": expected one of draft, sent, viewed, accepted, declined, expired".to_owned(),
        "proposals.csv:2: currency: \"eur\": expected a three-letter ISO 4217 code such as EUR".to_owned(),
        "proposals.csv:3: title: \"a\\u{202e}b\": expected text without control characters and without invisible ones".to_owned(),
        "proposals.csv:3: amountMinor: \"-1\": expected a whole number from 0 to 100000000000, got -1".to_owned(),
        "proposals.csv:3: currency: \"EURO\": expected a three-letter ISO 4217 code such as EUR".to_owned(),
        "and 4 more".to_owned(),
        "24 problems in 6 lines".to_owned(),
    ];
    assert_same(&told(files).await, &expected);
}

#[tokio::test]
async fn a_status_and_its_times_go_together() {
    let files = Files::of(
        ADA,
        "1,ada,a,x,1,EUR,sent,,,2026-01-31,\n\
         2,ada,a,x,1,EUR,draft,2026-02-01,,2026-01-31,\n\
         3,ada,a,x,1,EUR,accepted,,,2026-01-31,\n\
         4,ada,a,x,1,EUR,viewed,2026-02-01,2026-02-02,2026-01-31,\n\
         5,ada,a,x,1,EUR,expired,2026-02-01,never,2026-01-31,\n",
        "1,1,a,a@example.org,,converted,,2026-02-03,\n\
         2,1,a,a@example.org,,lost,2026-02-03,2026-02-03,\n",
    );
    let expected = [
        format!("proposals.csv:2: sentAt: empty: expected {INSTANT}, since status is sent"),
        "proposals.csv:3: sentAt: \"2026-02-01\": expected nothing, since status is draft".to_owned(),
        format!("proposals.csv:4: sentAt: empty: expected {INSTANT}, since status is accepted"),
        format!("proposals.csv:4: decidedAt: empty: expected {INSTANT}, since status is accepted"),
        "proposals.csv:5: decidedAt: \"2026-02-02\": expected nothing, since status is viewed".to_owned(),
        format!("proposals.csv:6: decidedAt: \"never\": expected {INSTANT}"),
        format!("leads.csv:2: convertedAt: empty: expected {INSTANT}, since status is converted"),
        "leads.csv:3: convertedAt: \"2026-02-03\": expected nothing, since status is lost".to_owned(),
        "8 problems in 7 lines".to_owned(),
    ];
    assert_same(&told(files).await, &expected);

    let without_column =
        "id,proposalId,name,email,status,createdAt\n1,roof,a,a@example.org,converted,2026-02-03\n";
    let told = told(Files::of(ADA, ROOF, "").leads(without_column)).await;
    let expected =
        format!("leads.csv:2: convertedAt: no such column: expected {INSTANT}, since status is converted");
    assert_eq!(told[0], expected);
}

#[tokio::test]
async fn lines_of_another_length_and_quotes_that_stay_open() {
    let files = Files::new()
        .users("id,email,displayName,createdAt\n1,a@example.org,A,2026-01-01,more\n\n2,b@example.org\n3,c@example.org,C,2026-01-01\n")
        .leads(format!("{LEADS_HEADER}{JEAN}2,roof,\"Je\nanne,x@example.org,,new,,2026-02-03,\n3,roof,\n"));
    let expected = [
        "users.csv:2: 5 fields: expected 4, as many as the header has",
        "users.csv:4: 2 fields: expected 4, as many as the header has",
        "leads.csv:3: a quote that is not closed: expected the quote that opens a value to be closed; nothing after this was read",
        "3 problems in 3 lines",
    ];
    // Of proposals nothing is said: some leads were not read, but also no proposal is here.
    let mut told = told(files).await;
    told.retain(|line| !line.contains("proposalId"));
    assert_eq!(told[..3], expected[..3]);

    let endless = format!("{USERS_HEADER}{ADA}2,\"{}", "b,c,d,\n".repeat(300_000));
    let expected = [
        "users.csv:3: more than 1048576 bytes in one line: expected the quote that opens a value to be closed; nothing after this was read",
        "1 problem in 1 line",
    ];
    assert_same(&self::told(Files::new().users(endless)).await, &expected.map(str::to_owned));
}

#[tokio::test]
async fn what_is_not_of_the_encoding() {
    let latin =
        [USERS_HEADER.as_bytes(), ADA.as_bytes(), b"2,zoe@example.org,Zo\xEB,,,,2026-01-01,\n"].concat();
    let expected = [
        "users.csv:3: displayName: \"Zo\\xEB\": expected UTF-8; where the file is in another encoding, --encoding says so (windows-1252, utf-16le, …)",
        "1 problem in 1 line",
    ];
    assert_same(&told(Files::new().users(&latin)).await, &expected.map(str::to_owned));

    let mut in_windows = Files::new().users(&latin);
    in_windows.request.form.encoding = WINDOWS_1252;
    in_windows.loaded(&TestDatabase::sqlite().await).await;

    let mut half = Files::new().users(
        format!("{USERS_HEADER}{ADA}")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .chain([b'x'])
            .collect::<Vec<_>>(),
    );
    half.request.form.encoding = encoding_rs::UTF_16LE;
    let told = told(half).await;
    assert_eq!(told[0], "users.csv:3: 1 fields: expected 8, as many as the header has");
}

#[tokio::test]
async fn repeats_and_unknown_parents_say_where_the_other_is() {
    let with_id = "019b0000-0000-7000-8000-00000000000a";
    each_backend(async |database| {
        Files::of(
            &format!("{ADA}{with_id},old@example.org,Old,,,,2026-01-01,\n"),
            ROOF,
            JEAN,
        )
        .loaded(database)
        .await;
        let files = Files::of(
            "ada,new@example.org,Ada again,,,,2026-01-01,\n\
             b,ADA@example.org,Address of Ada,,,,2026-01-01,\n\
             \n\
             c,c@example.org,\"C \n\",,,,2026-01-01,\n\
             c,c2@example.org,C again,,,,2026-01-01,\n\
             d,C@Example.org,Address of C,,,,2026-01-01,\n\
             c,c@example.org,C as it was,,,,2026-01-01,\n\
             019B0000-0000-7000-8000-00000000000A,f@example.org,F,,,,2026-01-01,\n\
             g,old@example.org,G,,boss,,2026-01-01,\n",
            "roof,g,Roof,Bob,1,EUR,draft,,,2026-01-31,\n\
             r2,nobody,Roof,Bob,1,EUR,draft,,,2026-01-31,\n",
            "1,r2,Jean,jean@example.org,,new,,2026-02-03,\n\
             1,019b0000-0000-7000-8000-00000000000b,Jean,jean@example.org,,new,,2026-02-03,\n",
        );
        let expected = [
            "users.csv:2: id: \"ada\": expected an id that is new, and a user in the database has it".to_owned(),
            format!(
                "users.csv:3: email: \"ada@example.org\": expected an address that is new, and user {} in the database has it",
                super::super::id::id_of(&super::super::users::USERS, "ada")
            ),
            "users.csv:7: id: \"c\": expected each id once, and line 5 has it, too".to_owned(),
            "users.csv:8: email: \"c@example.org\": expected each address once, and line 5 has it, too".to_owned(),
            "users.csv:9: id: \"c\": expected each id once, and line 5 has it, too".to_owned(),
            format!("users.csv:10: id: \"{with_id}\": expected an id that is new, and a user in the database has it"),
            "users.csv:11: status: \"boss\": expected one of invited, active, suspended".to_owned(),
            format!("users.csv:11: email: \"old@example.org\": expected an address that is new, and user {with_id} in the database has it"),
            "proposals.csv:2: id: \"roof\": expected an id that is new, and a proposal in the database has it".to_owned(),
            "proposals.csv:3: userId: \"nobody\": expected the id of a user in users.csv or in the database".to_owned(),
            "leads.csv:3: id: \"1\": expected each id once, and line 2 has it, too".to_owned(),
            "leads.csv:3: proposalId: \"019b0000-0000-7000-8000-00000000000b\": expected the id of a proposal in proposals.csv or in the database".to_owned(),
            "12 problems in 10 lines".to_owned(),
        ];
        assert_same(&files.refused(database).await, &expected);
    })
    .await;
}

#[tokio::test]
async fn a_parent_that_is_nowhere() {
    let files = Files::new().leads(format!("{LEADS_HEADER}{JEAN}"));
    let expected = [
        "leads.csv:2: proposalId: \"roof\": expected the id of a proposal in the database",
        "1 problem in 1 line",
    ];
    assert_same(&told(files).await, &expected.map(str::to_owned));

    // The user is there, though something is wrong with it: of the proposal nothing is to be said.
    let files = Files::of("ada,nobody,Ada,,,,2026-01-01,\n", ROOF, JEAN);
    let told = told(files).await;
    assert_eq!(told.len(), 2, "{told:#?}");
}

#[tokio::test]
async fn twenty_are_shown_and_all_are_counted() {
    let bad: String = lines(30, |n| format!("{n},user{n}@example.org,,,,,2026-01-01,\n"));
    let repeats: String = lines(30, |_| "1,ada,a,x,1,EUR,draft,,,2026-01-31,\n".to_owned());
    each_backend(async |database| {
        let told = Files::of(&bad, &repeats, "").refused(database).await;
        assert_eq!(told.len(), 22);
        assert_eq!(told[0], "users.csv:2: displayName: empty: expected 1 to 200 characters");
        assert_eq!(told[19], "users.csv:21: displayName: empty: expected 1 to 200 characters");
        // Of the proposals 29 repeat an id, and 30 belong to nobody.
        assert_eq!(told[20..], ["and 69 more", "89 problems in 60 lines"]);

        let told = Files::of(ADA, &repeats, "").refused(database).await;
        assert_eq!(told[0], "proposals.csv:3: id: \"1\": expected each id once, and line 2 has it, too");
        assert_eq!(told[20..], ["and 9 more", "29 problems in 29 lines"]);
    })
    .await;
}

#[tokio::test]
async fn files_of_other_tables() {
    let told = told(Files::new().users(format!("{PROPOSALS_HEADER}{ROOF}"))).await;
    assert!(
        told[0].starts_with("users.csv:1: unknown column \"userId\": expected columns of users: "),
        "{told:?}"
    );
}
