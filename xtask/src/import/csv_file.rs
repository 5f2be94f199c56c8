//! A file of comma-separated values, whatever separates them, line by line.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, ErrorKind, Read},
    path::{Path, PathBuf},
    rc::Rc,
};

use anyhow::{Context as _, bail};
use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::Encoding;
use indicatif::ProgressBar;

use super::{
    header::Header,
    line::{Line, LineProblem},
    problems::{Problem, Problems},
    table::{Staged, Table, Value},
    text::{END, LONGEST_LINE, Meter, Text},
};

/// How files are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    /// What is between two fields; found in the header if left out.
    pub(super) delimiter: Option<u8>,
    /// Its encoding, unless a byte order mark says another.
    pub(super) encoding: &'static Encoding,
}

/// A file as it was named, and where it is.
#[derive(Clone, Debug)]
pub struct GivenFile {
    /// As messages call it.
    pub(super) name: String,
    pub(super) path: PathBuf,
}

/// An open file of which the header has been read.
pub(super) struct CsvFile {
    pub(super) table: &'static Table,
    /// As it was named.
    pub(super) name: String,
    /// How many lines with values have been read, good and bad.
    pub(super) rows: u64,
    /// Whether the reading ended before the file did.
    pub(super) cut_short: bool,
    place: usize,
    header: Header,
    reader: csv::Reader<BufReader<Text>>,
    encoding: &'static Encoding,
    meter: Rc<Meter>,
    fields: ByteRecord,
    ended: bool,
}

impl GivenFile {
    /// The file called `name` from where the command was called.
    ///
    /// # Errors
    /// Where there is no such name, or no folder to look from.
    pub fn new(name: &str) -> anyhow::Result<Self> {
        let path = std::path::absolute(Path::new(name))?;
        Ok(Self { name: name.to_owned(), path })
    }

    /// Opens it, and says how many bytes it holds.
    fn open(&self) -> anyhow::Result<(File, u64)> {
        let name = &self.name;
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => bail!("{name}: there is no such file"),
            opened => opened.with_context(|| format!("{name}: cannot be opened"))?,
        };
        let metadata = file.metadata().with_context(|| format!("{name}: cannot be read"))?;
        if metadata.is_dir() {
            bail!("{name}: expected a file, and it is a folder");
        }
        if metadata.is_file() && metadata.len() == 0 {
            bail!("{name}: expected a header and lines, and the file is empty");
        }
        Ok((file, metadata.len()))
    }
}

impl CsvFile {
    /// Opens `given` as the file of `table` and reads its header; nothing where that has problems. Problems are shown in the
    /// order of `place`.
    ///
    /// # Errors
    /// Where it cannot be opened or read, or is empty.
    pub(super) fn open(
        table: &'static Table,
        place: usize,
        given: &GivenFile,
        form: Form,
        progress: &ProgressBar,
        problems: &mut Problems,
    ) -> anyhow::Result<Option<Self>> {
        let (file, length) = given.open()?;
        progress.inc_length(length);
        Self::read_header(table, place, &given.name, file, form, progress, problems)
            .with_context(|| given.name.clone())
    }

    fn read_header(
        table: &'static Table,
        place: usize,
        name: &str,
        file: impl Read + 'static,
        form: Form,
        progress: &ProgressBar,
        problems: &mut Problems,
    ) -> anyhow::Result<Option<Self>> {
        let (text, encoding) = Text::new(file, form.encoding, progress.clone())?;
        let meter = text.meter();
        let mut text = BufReader::with_capacity(64 * 1024, text);
        let start = text.fill_buf()?;
        let excel_says = excel_delimiter(start);
        let delimiter = form.delimiter.or(excel_says).unwrap_or_else(|| likely_delimiter(start));
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(64 * 1024)
            .from_reader(text);
        let mut file = Self {
            table,
            name: name.to_owned(),
            rows: 0,
            cut_short: false,
            place,
            header: Header::default(),
            reader,
            encoding,
            meter,
            fields: ByteRecord::new(),
            ended: false,
        };
        if excel_says.is_some() {
            file.next_line()?;
        }
        let line = match file.next_line()? {
            NextLine::Fields(line) => line,
            NextLine::Problem(line, problem) => {
                problems.add_line([file.problem(line, problem)]);
                return Ok(None);
            }
            NextLine::End => bail!("expected a header and lines, and there are only empty lines"),
        };
        match Header::read(table, &file.fields) {
            Ok(header) => {
                file.header = header;
                Ok(Some(file))
            }
            Err(wrong) => {
                problems.add_line(wrong.into_iter().map(|(held, expected)| {
                    file.problem(line, LineProblem { column: None, held, expected })
                }));
                Ok(None)
            }
        }
    }

    /// The next line with values, if there is one; what is wrong with it is added to `problems`.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(super) fn next(&mut self, problems: &mut Problems) -> anyhow::Result<Option<Staged>> {
        let line = match self.next_line().with_context(|| format!("{}: cannot be read", self.name))? {
            NextLine::Fields(line) => line,
            NextLine::Problem(line, problem) => {
                self.cut_short = true;
                problems.add_line([self.problem(line, problem)]);
                return Ok(None);
            }
            NextLine::End => return Ok(None),
        };
        self.rows += 1;
        let mut reading = Line::new(self.table, &self.header, &self.fields, self.encoding);
        let mut values = (self.table.read)(&mut reading);
        let mut wrong = reading.into_problems();
        if self.fields.len() != self.header.fields {
            // What is in which column cannot be told; only the id, which tends to come first, is taken to be right.
            values.truncate(2);
            wrong = vec![self.wrong_length()];
        }
        values.resize(self.table.staged.len(), Value::Null);
        let bad = !wrong.is_empty();
        if bad {
            problems.add_line(wrong.into_iter().map(|problem| self.problem(line, problem)));
        }
        Ok(Some(Staged { line, bad, values }))
    }

    fn wrong_length(&self) -> LineProblem {
        let hint = if self.fields.as_slice().contains(&b'\n') {
            "; a value goes over several lines: is a quote not closed?"
        } else {
            ""
        };
        LineProblem {
            column: None,
            held: format!("{} fields", self.fields.len()),
            expected: format!("expected {}, as many as the header has{hint}", self.header.fields),
        }
    }

    fn problem(&self, line: u64, LineProblem { column, held, expected }: LineProblem) -> Problem {
        Problem { place: self.place, file: self.name.clone(), line, column, held, expected }
    }

    /// Reads the next line that is not blank into `fields`.
    fn next_line(&mut self) -> anyhow::Result<NextLine> {
        while !self.ended {
            self.meter.begin_line();
            let before = self.reader.position().line();
            if let Err(error) = self.reader.read_byte_record(&mut self.fields) {
                self.ended = true;
                if !self.meter.is_too_long() {
                    return Err(error.into());
                }
                let held = format!("more than {LONGEST_LINE} bytes in one line");
                return Ok(NextLine::Problem(before, unclosed(held)));
            }
            let end = self.reader.position();
            let within = line_ends(self.fields.as_slice());
            if self.meter.is_end(end.byte()) {
                self.ended = true;
                if self.fields.len() == 1 && self.fields.as_slice() == END {
                    break;
                }
                return Ok(NextLine::Problem(
                    end.line() - within,
                    unclosed("a quote that is not closed".to_owned()),
                ));
            }
            if self.fields.iter().any(|field| !field.trim_ascii().is_empty()) {
                return Ok(NextLine::Fields(end.line() - 1 - within));
            }
        }
        Ok(NextLine::End)
    }
}

/// What comes next in a file.
enum NextLine {
    /// The fields of the line that begins there.
    Fields(u64),
    /// Something after which nothing can be read.
    Problem(u64, LineProblem),
    End,
}

fn unclosed(held: String) -> LineProblem {
    let expected =
        "expected the quote that opens a value to be closed; nothing after this was read".to_owned();
    LineProblem { column: None, held, expected }
}

/// How many ends of lines are within values.
fn line_ends(fields: &[u8]) -> u64 {
    // The usual case, and the faster question.
    if fields.contains(&b'\n') { fields.split(|byte| *byte == b'\n').skip(1).count() as u64 } else { 0 }
}

/// What Excel's own first line, `sep=;`, says is between fields.
fn excel_delimiter(start: &[u8]) -> Option<u8> {
    match start {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter, b'\n', ..] if delimiter.is_ascii() => {
            Some(*delimiter)
        }
        _ => None,
    }
}

/// What stands most often between the names of a header.
fn likely_delimiter(start: &[u8]) -> u8 {
    let header =
        start.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let (mut quoted, mut counts) = (false, [(0, b','), (0, b';'), (0, b'\t')]);
    for byte in header {
        quoted ^= *byte == b'"';
        for (count, delimiter) in &mut counts {
            *count += usize::from(!quoted && byte == delimiter);
        }
    }
    // The last of several that are as frequent would win.
    counts.into_iter().rev().max_by_key(|(count, _)| *count).map_or(b',', |(_, delimiter)| delimiter)
}
