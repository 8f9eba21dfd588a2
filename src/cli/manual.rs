//! `guazhang man` and `guazhang completions`: manual pages and completions, made
//! from the same command line that is parsed.

use crate::cli::{Ctx, Exit, Failure, Says, command, help};
use crate::closed_list;
use crate::report::{Card, Cell, Column};
use crate::text::Lang;
use clap_complete::{Shell, generate};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Manual pages: the whole page, or a folder with a page for each command
///
/// Read a page with `guazhang man | man -l -`; install them all with `guazhang man DIR`, as into
/// ~/.local/share/man/man1. They are in the language of the run.
#[derive(clap::Args, Debug)]
pub(super) struct ManArgs {
    /// A folder to write every page into; without it, the main page is printed
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

closed_list! {
    /// A shell that completes commands.
    ShellName as "shell" {
        Bash = "bash", "Bash", "bash";
        Zsh = "zsh", "Zsh", "zsh";
        Fish = "fish", "Fish", "fish";
        PowerShell = "powershell", "PowerShell 外壳", "PowerShell";
    }
}

/// Completions for a shell, to be written into the file that it reads
///
/// bash: guazhang completions bash > ~/.local/share/bash-completion/completions/guazhang.
/// zsh: into a folder of $fpath as _guazhang. fish: ~/.config/fish/completions/guazhang.fish.
/// PowerShell: guazhang completions powershell >> $PROFILE.
#[derive(clap::Args, Debug)]
pub(super) struct CompletionsArgs {
    /// The shell: bash, zsh, fish, powershell
    #[arg(value_name = "SHELL")]
    shell: ShellName,
}

/// Runs `guazhang man`.
pub(super) fn run_man(ctx: &mut Ctx, args: &ManArgs) -> Result<Exit, Failure> {
    let mut whole = help::in_language(command(), ctx.lang);
    whole.build();
    let Some(folder) = &args.folder else {
        let page = page(whole, "guazhang", ctx.lang)?;
        ctx.out.write_all(page.as_bytes())?;
        return Ok(Exit::Done);
    };
    fs::create_dir_all(folder).map_err(|error| refused(folder, &error))?;
    let mut pages = 0;
    let mut open = vec![(whole, "guazhang".to_owned())];
    while let Some((command, name)) = open.pop() {
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help" && !sub.is_hide_set()) {
            open.push((sub.clone(), format!("{name}-{}", sub.get_name())));
        }
        let page = page(command, &name, ctx.lang)?;
        let path = folder.join(format!("{name}.1"));
        fs::write(&path, page).map_err(|error| refused(&path, &error))?;
        pages += 1;
    }
    let mut card = Card::new();
    card.fact(Column::text("folder", "文件夹", "folder"), Cell::text(folder.display().to_string()));
    card.fact(Column::number("pages", "页数", "pages"), Cell::count(pages));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

/// One page, with its examples as they are typed and its lines not drawn apart.
fn page(command: clap::Command, name: &str, lang: Lang) -> Result<String, Failure> {
    const EXTRA: &str = "\n.SH EXTRA\n";
    let source = concat!("guazhang ", env!("CARGO_PKG_VERSION"));
    let mut bytes = Vec::new();
    clap_mangen::Man::new(command).title(name).source(source).render(&mut bytes)?;
    let page = String::from_utf8_lossy(&bytes).replacen("\n.SH", "\n.ad l\n.SH", 1);
    let Some((before, after)) = page.split_once(EXTRA) else { return Ok(page) };
    // The heading that the examples bring along becomes that of the section.
    let (_, lines) = after.split_once('\n').unwrap_or_default();
    let (lines, rest) = lines.split_once("\n.SH").map_or((lines, None), |(lines, rest)| (lines, Some(rest)));
    let rest = rest.map(|rest| format!(".SH{rest}")).unwrap_or_default();
    Ok(format!("{before}\n.SH {}\n.nf\n{}\n.fi\n{rest}", lang.pick("示例", "EXAMPLES"), lines.trim_end()))
}

fn refused(path: &Path, error: &std::io::Error) -> Failure {
    let shown = path.display();
    let says =
        Says::new(format!("{shown}：无法写出（{error}）"), format!("{shown}: cannot be written ({error})"));
    Failure::refused(says.hint("换一个文件夹", "give another folder"))
}

/// Runs `guazhang completions`.
pub(super) fn run_completions(ctx: &mut Ctx, args: &CompletionsArgs) -> Result<Exit, Failure> {
    let shell = match args.shell {
        ShellName::Bash => Shell::Bash,
        ShellName::Zsh => Shell::Zsh,
        ShellName::Fish => Shell::Fish,
        ShellName::PowerShell => Shell::PowerShell,
    };
    // Written in one piece: the generator itself takes no reader that leaves early.
    let mut script = Vec::new();
    generate(shell, &mut help::in_language(command(), ctx.lang), "guazhang", &mut script);
    ctx.out.write_all(&script)?;
    Ok(Exit::Done)
}
