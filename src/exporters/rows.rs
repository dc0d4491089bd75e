//! Records as they are, a row each: JSON, CSV, Parquet, Arrow.

use super::{Export, ExportError, Exporter, Options};
use crate::render::{Format, RowWriter, row_writer};
use crate::report::Table;
use std::io::Write;

/// All columns of a record in a format that answers have too.
pub(super) struct Rows(Format);

pub(super) static JSONL: Rows = Rows(Format::Jsonl);
pub(super) static JSON: Rows = Rows(Format::Json);
pub(super) static CSV: Rows = Rows(Format::Csv);
pub(super) static TSV: Rows = Rows(Format::Tsv);
pub(super) static PARQUET: Rows = Rows(Format::Parquet);
pub(super) static ARROW: Rows = Rows(Format::Arrow);

impl Exporter for Rows {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn doc(&self) -> &'static str {
        self.0.doc()
    }

    fn is_binary(&self) -> bool {
        self.0.is_binary()
    }

    fn begin(&self, out: Box<dyn Write>, options: &Options) -> Box<dyn Export> {
        Box::new(RowExport(row_writer(self.0, out, &options.render)))
    }
}

struct RowExport(Box<dyn RowWriter>);

impl Export for RowExport {
    fn write(&mut self, _: &str, batch: &Table) -> Result<(), ExportError> {
        Ok(self.0.write(batch)?)
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        Ok(self.0.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{export, export_text};
    use super::*;
    use crate::report::{Unit, Values};

    #[test]
    fn rows_keep_their_columns_and_order() {
        let table = Table::default().with("agent", Unit::None, Values::texts(["a", "=b"])).with(
            "value",
            Unit::None,
            Values::Float(vec![Some(1.5), None]),
        );
        let inputs = [("records", table)];
        assert_eq!(export_text(&CSV, &inputs), "agent,value\na,1.5\n'=b,\n");
        assert_eq!(export_text(&TSV, &inputs), "agent\tvalue\na\t1.5\n'=b\t\n");
        assert_eq!(
            export_text(&JSONL, &inputs),
            "{\"agent\":\"a\",\"value\":1.5}\n{\"agent\":\"=b\",\"value\":null}\n"
        );
        assert!(export(&PARQUET, &inputs).starts_with(b"PAR1"));
        assert!(export(&ARROW, &inputs).starts_with(&[0xff, 0xff, 0xff, 0xff]));
    }
}
