//! Whatever a file holds, it is read to its end or refused, and nothing panics.

use encoding_rs::{Encoding, SHIFT_JIS, UTF_8, UTF_16LE, WINDOWS_1252};
use indicatif::ProgressBar;
use proptest::{collection::vec, prelude::*, sample::select};

use super::{
    super::{
        csv_file::CsvFile, leads::LEADS, problems::Problems, proposals::PROPOSALS, table::Table, users::USERS,
    },
    Files, LEADS_HEADER, PROPOSALS_HEADER, USERS_HEADER,
};

/// Reads `bytes` as a file of `table`: how many lines were good, and how many problems there were.
fn read(
    table: &'static Table,
    bytes: &[u8],
    encoding: &'static Encoding,
) -> anyhow::Result<(u64, Vec<String>)> {
    let files = Files::new().users(bytes);
    let given = files.request.users.as_ref().expect("the file");
    let form = super::Form { delimiter: None, encoding };
    let (mut problems, mut good) = (Problems::default(), 0);
    if let Some(mut file) = CsvFile::open(table, 0, given, form, &ProgressBar::hidden(), &mut problems)? {
        while let Some(row) = file.next(&mut problems)? {
            assert_eq!(row.values.len(), table.staged.len());
            good += u64::from(!row.bad);
        }
    }
    Ok((good, problems.report()))
}

/// Pieces of files: what matters to somebody who reads them, and anything else.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let known = select(vec![
        &b","[..],
        b";",
        b"\t",
        b"\"",
        b"\"\"",
        b"\n",
        b"\r",
        b"\r\n",
        b"\xEF\xBB\xBF",
        b"\xFF\xFE",
        b"\xFF",
        b"\0",
        b" ",
        b"id",
        b"email",
        b"ada@example.org",
        b"2026-01-01",
        b"2026-01-01 10:00:00",
        b"T10:00:00+02:00",
        b"draft",
        b"1",
        b"-1",
        b"EUR",
        b"sep=;\n",
        b"\xC3\xA9",
        b"\xF0\x9F\x98\x80",
    ]);
    let piece = prop_oneof![4 => known.prop_map(<[u8]>::to_vec), 1 => vec(any::<u8>(), 0..6)];
    vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in pieces(),
        header in select(vec!["", USERS_HEADER, PROPOSALS_HEADER, LEADS_HEADER]),
        table in select(vec![&USERS, &PROPOSALS, &LEADS]),
        encoding in select(vec![UTF_8, WINDOWS_1252, UTF_16LE, SHIFT_JIS]),
    ) {
        let _ = read(table, &[header.as_bytes(), &bytes].concat(), encoding);
    }

    #[test]
    fn a_good_line_is_good_between_any_others(names in vec("[ -~é\n\"]{0,20}", 0..8)) {
        let line = |id: usize, name: &str| {
            format!("{id},u{id}@example.org,\"{}\",,,,2026-01-01,\n", name.replace('"', "\"\""))
        };
        let bad: String = names.iter().enumerate().map(|(id, name)| line(id, name)).collect();
        let file = format!("{USERS_HEADER}{bad}{}", line(names.len(), "Ada"));
        let wrong = names.iter().filter(|name| name.trim().is_empty() || name.trim().contains('\n')).count();
        let (good, report) = read(&USERS, file.as_bytes(), UTF_8).expect("a file");
        prop_assert_eq!(good, (names.len() + 1 - wrong) as u64, "{:?}", report);
        // Each is where an editor shows it.
        let mut at = 2;
        let mut expected = Vec::new();
        for name in &names {
            if name.trim().is_empty() || name.trim().contains('\n') {
                expected.push(format!("users.csv:{at}: displayName: "));
            }
            at += 1 + name.matches('\n').count();
        }
        prop_assert_eq!(report.len(), expected.len());
        for (line, start) in report.iter().zip(expected) {
            prop_assert!(line.starts_with(&start), "{} is not at {}", line, start);
        }
    }
}
