//! Aligned columns for a terminal.

use std::fmt;

/// Rows under a head. Columns of numbers stand to the right.
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

struct Column {
    name: &'static str,
    to_the_right: bool,
}

impl Table {
    /// No rows yet. A name that begins with `>` is of a column that stands to the right.
    pub(super) fn new(names: &[&'static str]) -> Self {
        let column = |name: &&'static str| match name.strip_prefix('>') {
            Some(name) => Column { name, to_the_right: true },
            None => Column { name, to_the_right: false },
        };
        Self { columns: names.iter().map(column).collect(), rows: Vec::new() }
    }

    /// One more row, with a cell for each column.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.columns.len(), "a cell for each column");
        self.rows.push(cells.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head: Vec<String> = self.columns.iter().map(|column| column.name.to_owned()).collect();
        let rows: Vec<&Vec<String>> = std::iter::once(&head).chain(&self.rows).collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|index| rows.iter().map(|row| row[index].chars().count()).max().unwrap_or_default())
            .collect();
        for row in rows {
            let mut line = String::new();
            for ((cell, &width), column) in row.iter().zip(&widths).zip(&self.columns) {
                let cell = if column.to_the_right {
                    format!("{cell:>width$}  ")
                } else {
                    format!("{cell:<width$}  ")
                };
                line.push_str(&cell);
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["NAME", ">SIZE", "WHY"]);
        table.row(["é".into(), "17".into(), "a".into()]);
        table.row(["charts".into(), "1234567".into(), String::new()]);
        assert_eq!(
            table.to_string(),
            "NAME       SIZE  WHY\n\
             é            17  a\n\
             charts  1234567\n"
        );
    }
}
