//! The binary: hands the command line to one front, and that one the other, and
//! returns the exit code.

fn main() -> std::process::ExitCode {
    guazhang::cli::main(guazhang::desk::run)
}
