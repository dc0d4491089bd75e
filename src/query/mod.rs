//! Questions to a snapshot: filters, views and SQL, answered by polars over the files that can matter.
//!
//! Nothing here writes or prints; what an answer means is for `analysis`, how it looks for `render`.

mod agents;
mod condition;
mod delivery;
mod engine;
mod error;
mod evaluate;
mod filter;
mod frame;
mod functions;
mod guard;
pub mod hashed;
mod in_shares;
mod json_path;
mod kept;
#[cfg(test)]
mod laws;
mod limits;
mod lineage;
mod look_up;
mod lower;
#[cfg(test)]
mod made_events;
mod messages;
mod pairing;
mod panics;
mod predicate;
mod prune;
mod records;
mod rewrite;
mod rows;
mod shares;
mod spans;
mod tables;
mod task_formats;
mod views;

pub use condition::parse_time;
pub use engine::{Engine, time_name};
pub use error::{QueryError, nearest};
pub use filter::{FilterSpec, fits_patterns, matching_patterns};
pub use frame::{batch_to_table, to_table, unit_of};
pub use functions::{DUCKDB as DUCKDB_FUNCTIONS, SPARK as SPARK_FUNCTIONS};
pub use guard::output_columns;
pub use in_shares::Staged;
pub use json_path::{find as find_in_json, keys as json_keys};
pub use look_up::records_by;
pub use predicate::{Predicate, identifier, quote};
pub use rows::RowQuery;
pub use shares::Shares;
pub use tables::TIME_MICROS;
pub use views::{
    ALL as VIEWS, Filtering, TABLES, View, column_doc, find as find_view, names as table_names,
};

pub use polars::prelude::DataFrame;
