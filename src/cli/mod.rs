//! The command line: arguments, settings, the terminal, exit codes; one file per subcommand.
//!
//! Only this layer prints, reads the environment and the clock, and ends the process.

mod args;
mod arrange;
mod asking;
mod bars;
mod commands;
mod context;
mod destination;
mod error;
mod messages;
mod nearest;
mod output;
mod pager;
mod parse;
mod progress;
mod reading;
mod redaction;
mod scratch;
mod series;
mod settings;
mod signal;
mod stopwatch;
mod terminal;
mod what_if;
mod words;

use crate::render::visible;
use args::GeneralArgs;
use clap::{Args as _, FromArgMatches as _};
use context::Context;
use destination::write_failure;
use error::{CliError, Exit};
use messages::Messages;
use std::io::Write as _;
use std::process::ExitCode;

/// The whole command line, as help, completions and man pages show it.
pub fn command() -> clap::Command {
    let root = clap::Command::new("tracekit")
        .bin_name("tracekit")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Traces of multi-agent systems in, answers out, offline")
        .long_about(
            "Traces of multi-agent systems in, answers out, offline.\n\n\
             tracekit turns JSONL traces into a columnar Parquet store and answers questions about \
             them: where the time, the tokens and the money went, what failed and why, and whether \
             it is getting worse.",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .infer_subcommands(false)
        .after_help(EXAMPLES)
        .max_term_width(100);
    commands::add_all(GeneralArgs::augment_args(root))
}

const EXAMPLES: &str = "\
Examples:
  tracekit demo -o run.jsonl                make a small trace to look at
  tracekit ingest runs/*.jsonl              read traces into the store .tracekit
  tracekit help ingest                      all about one command

Exit codes: 0 done, 1 the answer is no, 2 wrong usage or settings, 3 the input is worse than
allowed, 4 the store is damaged or locked, 5 reading or writing failed, 130 and 143 stopped";

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let matches = match command().try_get_matches() {
        Ok(matches) => matches,
        Err(usage) => return print_usage(&usage),
    };
    let listening = signal::install();
    let outcome = signal::catch(|| dispatch(&matches, listening));
    ExitCode::from(outcome as u8)
}

/// Runs a command and says what went wrong.
fn dispatch(matches: &clap::ArgMatches, listening: std::io::Result<()>) -> Exit {
    let context = GeneralArgs::from_arg_matches(matches)
        .map_err(|error| CliError::usage(error.to_string()))
        .and_then(|general| Context::new(&general));
    if let (Ok(context), Err(cause)) = (&context, listening) {
        let what = format!("signals leave temporary files behind: {}", error::reason(&cause));
        context.messages.warning(&what);
    }
    match context {
        Ok(context) => {
            let outcome = commands::run(matches, &context);
            conclude(outcome.and_then(|()| tell_left_out(&context)), &context.messages)
        }
        Err(error) => conclude(Err(error), &Messages::new(false, 0, false)),
    }
}

/// Says which of the store's files the answer had to do without: then it is not the whole answer.
fn tell_left_out(context: &Context) -> Result<(), CliError> {
    let left_out = context.files_left_out();
    for why in &left_out {
        context.messages.warning(&format!("left out: {why}"));
    }
    if left_out.is_empty() { Ok(()) } else { Err(CliError::quiet(Exit::Store)) }
}

/// Says what went wrong, if something did.
fn conclude(outcome: Result<(), CliError>, messages: &Messages) -> Exit {
    match outcome {
        Ok(()) => Exit::Done,
        Err(error) => {
            signal::wait_for_end();
            messages.error(&error);
            error.exit()
        }
    }
}

/// Prints clap's help, version or complaint; clap decides where to.
fn print_usage(usage: &clap::Error) -> ExitCode {
    let printed = if usage.use_stderr() && std::env::args().any(|word| *visible(&word) != *word) {
        // It repeats words of the command line, and those may be names of files.
        let text = usage.render().to_string();
        let lines: Vec<_> =
            text.trim_end().lines().map(|line| visible(line).into_owned()).collect();
        writeln!(std::io::stderr(), "{}", lines.join("\n"))
    } else {
        usage.print()
    };
    if usage.use_stderr() {
        let is_missing = usage.kind() == clap::error::ErrorKind::MissingRequiredArgument;
        if is_missing && std::env::args().any(|word| word == "--input") {
            let hint =
                "--input takes every word up to the next flag; put what is missing before it";
            Messages::new(false, 0, false).hint(hint);
        }
        return ExitCode::from(Exit::Usage as u8);
    }
    let outcome = printed.map_err(|cause| write_failure("standard output", &cause));
    ExitCode::from(conclude(outcome, &Messages::new(false, 0, false)) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_command_says_what_it_does() {
        for command in command().get_subcommands() {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(!about.is_empty(), "{} has no help", command.get_name());
            assert!(!about.ends_with('.'), "{about}");
        }
    }
}
