//! The table: Markdown that also reads well in a terminal.

#[derive(Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    pub missed: usize,
    pub met: usize,
}

impl Table {
    pub fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(|h| (*h).to_owned()).collect()], ..Self::default() }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        eprintln!("  {}", cells.join("  "));
        self.rows.push(cells);
    }

    /// `≤ 6 ms ✓`
    pub fn judge(&mut self, holds: bool, text: &str) -> String {
        if holds {
            self.met += 1;
        } else {
            self.missed += 1;
        }
        format!("{text} {}", if holds { '✓' } else { '✗' })
    }

    pub fn text(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |c: usize| self.rows.iter().filter_map(|r| r.get(c)).map(|t| t.chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut out = String::new();
        for (n, row) in self.rows.iter().enumerate() {
            for (cell, width) in row.iter().zip(&widths) {
                // Figures are read from their right end.
                let left = cell.chars().next().is_none_or(|c| !c.is_ascii_digit());
                let gap = " ".repeat(width - cell.chars().count().min(*width));
                out += &if left { format!("| {cell}{gap} ") } else { format!("| {gap}{cell} ") };
            }
            out += "|\n";
            if n == 0 {
                widths.iter().for_each(|w| out += &format!("|{}", "-".repeat(w + 2)));
                out += "|\n";
            }
        }
        out
    }
}

/// Milliseconds with as many digits as mean something.
pub fn ms(value: f64) -> String {
    match value {
        v if v.is_nan() => "–".to_owned(),
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 100.0 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}
