//! A Parquet file, zstd level 1, without the embedded Arrow schema that some readers stumble over.
//!
//! The columns are those of `arrow`.

use super::{Renderer, RowWriter, arrow};
use crate::report::Table;
use ::arrow::datatypes::SchemaRef;
use ::parquet::arrow::ArrowWriter;
use ::parquet::arrow::arrow_writer::ArrowWriterOptions;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use std::io::{self, Write};

pub(super) static RENDERER: Renderer = Renderer {
    name: "parquet",
    doc: "a Parquet file",
    is_binary: true,
    rows: |out, _| Box::new(ParquetRows { out, file: None }),
    report: None,
};

struct ParquetRows<'w> {
    out: Box<dyn Write + 'w>,
    /// Writes to memory, which is emptied into `out` after each batch: the writer wants an output that
    /// can move to another thread.
    file: Option<(SchemaRef, ArrowWriter<Vec<u8>>)>,
}

impl ParquetRows<'_> {
    fn begin(&mut self, batch: &Table) -> io::Result<()> {
        if self.file.is_some() {
            return Ok(());
        }
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).map_err(to_io)?))
            .set_max_row_group_bytes(Some(256 << 20))
            .build();
        let options =
            ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let schema = arrow::schema(batch);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), schema.clone(), options)
            .map_err(to_io)?;
        self.file = Some((schema, writer));
        Ok(())
    }

    fn pass_on(&mut self) -> io::Result<()> {
        if let Some((_, writer)) = &mut self.file {
            let bytes = writer.inner_mut();
            self.out.write_all(bytes)?;
            bytes.clear();
        }
        Ok(())
    }
}

impl RowWriter for ParquetRows<'_> {
    fn write(&mut self, batch: &Table) -> io::Result<()> {
        self.begin(batch)?;
        if let Some((schema, writer)) = &mut self.file {
            for part in arrow::record_batches(batch, schema)? {
                let part = part.map_err(io::Error::other)?;
                writer.write(&part).map_err(to_io)?;
            }
        }
        self.pass_on()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.begin(&Table::default())?;
        if let Some((_, writer)) = &mut self.file {
            writer.finish().map_err(to_io)?;
        }
        self.pass_on()?;
        self.out.flush()
    }
}

fn to_io(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Options, row_writer, samples, write_report};
    use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use std::fs::File;
    use std::io::Write;

    /// The bytes as a file that the reader can seek in.
    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn every_type_comes_back() {
        let mut out = Vec::new();
        write_report(Format::Parquet, &samples::report(), &mut out, &Options::default()).unwrap();
        let reader =
            ParquetRecordBatchReaderBuilder::try_new(file_of(&out)).unwrap().build().unwrap();
        let batches: Vec<_> = reader.map(Result::unwrap).collect();
        assert_eq!(batches.len(), 1);
        super::arrow::tests::assert_every_type(&batches[0]);
    }

    #[test]
    fn lists_have_elements_and_no_arrow_schema_is_embedded() {
        let mut out = Vec::new();
        let mut writer = row_writer(Format::Parquet, Box::new(&mut out), &Options::default());
        writer.write(&samples::every_type()).unwrap();
        writer.finish().unwrap();
        drop(writer);
        let reader = SerializedFileReader::new(file_of(&out)).unwrap();
        let file = reader.metadata().file_metadata();
        let paths: Vec<String> =
            file.schema_descr().columns().iter().map(|column| column.path().string()).collect();
        assert!(paths.contains(&"tags.list.element".to_owned()), "{paths:?}");
        assert_eq!(file.num_rows(), 3);
        assert!(file.key_value_metadata().is_none_or(Vec::is_empty));
    }
}
