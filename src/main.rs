//! The `tracekit` program. Everything is in the library; see [`tracekit::cli`].

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tracekit::cli::run()
}
