//! The binary: hands the command line to the front and returns its exit code.

fn main() -> std::process::ExitCode {
    guazhang::cli::main()
}
