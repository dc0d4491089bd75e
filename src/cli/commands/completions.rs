//! `tracekit completions`: a shell's completion script, made from the command line itself.

use crate::cli::destination::write_to;
use crate::cli::{CliError, Context};
use clap_complete::{Shell, generate};
use std::path::PathBuf;

/// Print the completion script of a shell
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  tracekit completions bash > ~/.local/share/bash-completion/completions/tracekit
  tracekit completions zsh -o ~/.zfunc/_tracekit
  tracekit completions fish > ~/.config/fish/completions/tracekit.fish")]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,

    /// Write to this file, whole or not at all; - is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args, _context: &Context) -> Result<(), CliError> {
    // The generator panics when it cannot write, so it writes to memory.
    let mut script = Vec::new();
    generate(args.shell, &mut crate::cli::command(), "tracekit", &mut script);
    write_to(args.output.as_deref(), |out| out.write_all(&script))
}
