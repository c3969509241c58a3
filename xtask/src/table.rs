//! The three books side by side, aligned.

use std::array;
use std::fmt::{self, Display, Formatter};

const COLUMNS: usize = 11;
const HEADS: [&str; COLUMNS] = [
    "sale", "system", "asked", "state", "captured", "refunded", "state", "captured", "refunded",
    "receipts", "",
];
/// Where each book begins, and what it is called.
const GROUPS: [(usize, &str); 5] = [
    (0, ""),
    (3, "the provider's ledger"),
    (6, "the library's journal"),
    (9, "the till's"),
    (10, ""),
];
const AMOUNTS: [usize; 5] = [2, 4, 5, 7, 8];

/// Sale, system, asked; state, captured, refunded of the ledger; of the journal; receipts; verdict.
pub type Row = [String; COLUMNS];

pub struct Table {
    pub rows: Vec<Row>,
    /// One for each currency.
    pub totals: Vec<Row>,
}

/// Minor units as people write them.
#[derive(Debug, Clone, Copy)]
pub struct Minor(pub i64);

impl Display for Minor {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let minor = self.0.unsigned_abs();
        out.pad(&format!("{sign}{}.{:02}", minor / 100, minor % 100))
    }
}

impl Display for Table {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let heads = HEADS.map(String::from);
        let all = || self.rows.iter().chain(&self.totals).chain([&heads]);
        let width_of = |column: usize| {
            let cells = all().filter_map(|row| row.get(column));
            cells
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
        };
        let widths: [usize; COLUMNS] = array::from_fn(width_of);
        let names = group_names(&widths);
        let rule = "-".repeat(names.chars().count());
        writeln!(
            out,
            "{}\n{}\n{rule}",
            names.trim_end(),
            aligned(&heads, &widths)
        )?;
        for row in &self.rows {
            writeln!(out, "{}", aligned(row, &widths))?;
        }
        writeln!(out, "{rule}")?;
        for total in &self.totals {
            writeln!(out, "{}", aligned(total, &widths))?;
        }
        Ok(())
    }
}

fn aligned(row: &Row, widths: &[usize; COLUMNS]) -> String {
    let mut line = String::new();
    for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
        line.push_str(gap_before(column));
        line.push_str(&if AMOUNTS.contains(&column) {
            format!("{cell:>width$}")
        } else {
            format!("{cell:<width$}")
        });
    }
    String::from(line.trim_end())
}

/// The line above the heads: the name of each book over its columns.
fn group_names(widths: &[usize; COLUMNS]) -> String {
    let mut line = String::new();
    for (group, (begin, name)) in GROUPS.iter().enumerate() {
        let end = GROUPS.get(group + 1).map_or(COLUMNS, |(end, _)| *end);
        let columns = widths.iter().skip(*begin).take(end - begin);
        let width = columns.sum::<usize>() + 2 * (end - begin - 1);
        line.push_str(gap_before(*begin));
        line.push_str(&format!("{name:<width$}"));
    }
    line
}

fn gap_before(column: usize) -> &'static str {
    match column {
        0 => "",
        _ if GROUPS.iter().any(|(begin, _)| *begin == column) => " | ",
        _ => "  ",
    }
}
