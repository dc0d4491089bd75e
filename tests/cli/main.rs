//! The integration tests: one binary, one module per subject, all through the `tracekit` program.
//!
//! What a run printed and how it ended is checked by [`runner`]; unit tests of pure code stand in the
//! files that they test.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by a panic, and says on standard error what it left out"
)]

mod borders;
mod bottlenecks;
mod broken;
mod corners;
mod dedupe;
mod demo;
mod documents;
mod errors;
mod exports;
mod follow;
mod ingest;
mod invariance;
mod layers;
mod loops;
mod manners;
mod pages;
mod peers;
mod planted;
mod queries;
mod real_data;
mod redact;
mod reject_file;
mod report;
mod runner;
mod sample;
mod series;
mod shares;
mod spark;
mod sql_texts;
mod stand_ins;
mod statistics;
mod steps;
mod store;
mod tasks;
mod together;
mod token_sums;
mod torture;
