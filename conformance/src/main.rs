//! The `portres` command.

mod cli;

fn main() -> std::process::ExitCode {
    #[cfg(windows)]
    if portres::windows::run_worker_if_asked() {
        return std::process::ExitCode::SUCCESS;
    }
    cli::main()
}
