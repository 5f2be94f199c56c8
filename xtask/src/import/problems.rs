//! What is wrong with the files: counted to the last, and the first few kept to be shown.

use std::fmt::{self, Write as _};

/// How many are shown.
pub(super) const SHOWN: usize = 20;

/// Something wrong in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// Which of the files it is in: problems are shown in their order.
    pub(super) place: usize,
    /// The file as it was named.
    pub(super) file: String,
    /// The line of the file, from 1.
    pub(super) line: u64,
    /// The column, unless it is about the line as a whole.
    pub(super) column: Option<&'static str>,
    /// What is there, in a form for a terminal.
    pub(super) held: String,
    /// What was expected.
    pub(super) expected: String,
}

/// Every problem so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    first: Vec<Problem>,
    count: u64,
    lines: u64,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if let Some(column) = self.column {
            write!(f, "{column}: ")?;
        }
        write!(f, "{}: {}", self.held, self.expected)
    }
}

impl Problems {
    /// Adds those of one line.
    pub(super) fn add_line(&mut self, problems: impl IntoIterator<Item = Problem>) {
        let before = self.count;
        for problem in problems {
            self.count += 1;
            self.keep(problem);
        }
        self.lines += u64::from(self.count > before);
    }

    /// Adds `count` problems, in `lines` lines that had none before, of which the first are `first`.
    pub(super) fn add_counted(&mut self, first: Vec<Problem>, count: u64, lines: u64) {
        for problem in first {
            self.keep(problem);
        }
        self.count += count;
        self.lines += lines;
    }

    fn keep(&mut self, problem: Problem) {
        let key = |problem: &Problem| (problem.place, problem.line);
        let at = self.first.partition_point(|kept| key(kept) <= key(&problem));
        if at < SHOWN {
            self.first.insert(at, problem);
            self.first.truncate(SHOWN);
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// What to tell of them, line by line: the first in the order of the files, then how many more there are.
    pub(super) fn report(&self) -> Vec<String> {
        let mut report: Vec<_> = self.first.iter().map(Problem::to_string).collect();
        let more = self.count.saturating_sub(report.len() as u64);
        if more > 0 {
            report.push(format!("and {more} more"));
        }
        report
    }

    /// How many there are, in how many lines: `3 problems in 2 lines`.
    pub(super) fn tally(&self) -> String {
        let counted = |count: u64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        format!("{} in {}", counted(self.count, "problem"), counted(self.lines, "line"))
    }
}

/// `bytes` as they can be shown on a terminal: quoted, what does not print escaped, cut where long.
pub(super) fn shown(bytes: &[u8]) -> String {
    const LONGEST: usize = 60;
    let mut text = String::new();
    let mut length = 0;
    for chunk in bytes.utf8_chunks() {
        let valid: String = chunk.valid().chars().take(LONGEST - length).collect();
        let cut = valid.len() < chunk.valid().len();
        length += valid.chars().count();
        let quoted = format!("{valid:?}");
        text.push_str(&quoted[1..quoted.len() - 1]);
        if cut || length >= LONGEST && !chunk.invalid().is_empty() {
            return format!("\"{text}…\"");
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02X}");
            length = LONGEST.min(length + 1);
        }
    }
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(place: usize, line: u64) -> Problem {
        let (file, held, expected) = (format!("{place}.csv"), "\"x\"".to_owned(), "expected y".to_owned());
        Problem { place, file, line, column: Some("id"), held, expected }
    }

    #[test]
    fn the_first_in_the_order_of_the_files_are_shown_and_all_are_counted() {
        let mut problems = Problems::default();
        for line in 2..=16 {
            problems.add_line([problem(0, line), problem(0, line)]);
        }
        problems.add_line([]);
        problems.add_line([problem(1, 2)]);
        problems.add_counted(vec![problem(0, 2), problem(0, 3)], 5, 1);
        let report = problems.report();
        assert_eq!(report.len(), SHOWN + 1);
        assert_eq!(report[0], "0.csv:2: id: \"x\": expected y");
        assert_eq!(report.iter().filter(|line| line.starts_with("0.csv:2:")).count(), 3);
        assert_eq!(report.iter().filter(|line| line.starts_with("0.csv:10:")).count(), 2);
        assert_eq!(report[SHOWN], "and 16 more");
        assert_eq!(problems.tally(), "36 problems in 17 lines");
    }

    #[test]
    fn one_is_one() {
        let mut problems = Problems::default();
        assert!(problems.is_empty());
        problems.add_line([problem(0, 2)]);
        assert_eq!(problems.report(), ["0.csv:2: id: \"x\": expected y"]);
        assert_eq!(problems.tally(), "1 problem in 1 line");
    }

    #[test]
    fn anything_can_be_shown() {
        assert_eq!(shown("Zoë's \"Café\"".as_bytes()), r#""Zoë's \"Café\"""#);
        assert_eq!(shown(b"Ren\xE9e\n\x1b[2J"), r#""Ren\xE9e\n\u{1b}[2J""#);
        assert_eq!(shown("é".repeat(61).as_bytes()), format!("\"{}…\"", "é".repeat(60)));
        assert_eq!(shown("é".repeat(60).as_bytes()), format!("\"{}\"", "é".repeat(60)));
        assert_eq!(shown(&[0xFF; 200]).matches("\\xFF").count(), 60);
        assert_eq!(shown(b""), "\"\"");
    }
}
