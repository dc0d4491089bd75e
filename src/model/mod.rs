//! Pure data: the record that every importer produces, and the schema that every layer shares.
//!
//! It knows nothing of files, of Parquet or of a terminal; those are for `importers`, `store` and `cli`.

mod record;
pub mod schema;

pub use record::{Edge, Kind, MetricType, Record, Status, hash_id};
