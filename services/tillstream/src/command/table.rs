//! Plain tables for the terminal: columns as wide as their widest cell, two blanks between them.

/// Lays out rows of equal length; the first row is the heading.
pub(crate) fn lay_out<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let mut widths = [0; COLUMNS];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["part", "address"], ["Kafka", "127.0.0.1:9092"], ["registry", ""]];
        let rows = rows.map(|row| row.map(str::to_owned));
        assert_eq!(lay_out(&rows), "part      address\nKafka     127.0.0.1:9092\nregistry\n");
    }
}
