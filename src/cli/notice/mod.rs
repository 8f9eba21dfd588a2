//! `guazhang notice`: the notices that rule over a stop, and what they say.

mod add;
mod check;
mod decide;
mod list;
mod new;
mod show;
mod timeline;
mod wall;

pub use check::CheckArgs;
pub use decide::DecideArgs;
pub use show::ShowArgs;

use crate::cli::ctx::{In, shown};
use crate::cli::{Ctx, Exit, Failure, Says};
use crate::notice::{self, Notice};
use crate::store::LoadedNotice;
use crate::text::nearest;
use std::borrow::Cow;
use std::path::Path;

/// The notices that rule over a stop, and what they say
#[derive(clap::Args, Debug)]
#[command(arg_required_else_help = true)]
pub struct NoticeArgs {
    #[command(subcommand)]
    command: NoticeCommand,
}

#[derive(clap::Subcommand, Debug)]
enum NoticeCommand {
    /// List the notices that are built in
    List,
    Show(ShowArgs),
    Check(CheckArgs),
    New(new::NewArgs),
    Decide(DecideArgs),
    Timeline(timeline::TimelineArgs),
    Duties(timeline::DutiesArgs),
    Done(timeline::DoneArgs),
    Wall(wall::WallArgs),
    /// Print the JSON Schema of a notice, so that an editor completes and checks it
    Schema,
    Add(add::AddArgs),
    Resumed(add::ResumedArgs),
}

/// Runs `guazhang notice`.
pub fn run(ctx: &mut Ctx, args: &NoticeArgs) -> Result<Exit, Failure> {
    match &args.command {
        NoticeCommand::List => list::run(ctx),
        NoticeCommand::Show(args) => show::run(ctx, args),
        NoticeCommand::Check(args) => check::run(ctx, args),
        NoticeCommand::New(args) => new::run(ctx, args),
        NoticeCommand::Decide(args) => decide::run(ctx, args),
        NoticeCommand::Timeline(args) => timeline::run(ctx, args),
        NoticeCommand::Duties(args) => timeline::run_duties(ctx, args),
        NoticeCommand::Done(args) => timeline::run_done(ctx, args),
        NoticeCommand::Wall(args) => wall::run(ctx, args),
        NoticeCommand::Schema => timeline::run_schema(ctx),
        NoticeCommand::Add(args) => add::run(ctx, args),
        NoticeCommand::Resumed(args) => add::run_resumed(ctx, args),
    }
}

/// The notice of that id, if it is built in, else of that file.
///
/// # Errors
/// Input refused where there is neither, or where the file has faults; they are the failure's items.
pub fn load(ctx: &Ctx, id_or_file: &str) -> Result<Cow<'static, Notice>, Failure> {
    match notice::builtin(id_or_file) {
        Some(notice) => Ok(Cow::Borrowed(notice)),
        None => read(ctx, id_or_file).map(|(notice, _)| Cow::Owned(notice)),
    }
}

/// The id and the text of a notice that is in order, to be kept in a ledger.
///
/// # Errors
/// As [`load`].
pub(super) fn text(ctx: &Ctx, id_or_file: &str) -> Result<LoadedNotice, Failure> {
    match notice::builtin_text(id_or_file) {
        Some(text) => Ok(LoadedNotice { id: id_or_file.to_owned(), text: text.to_owned() }),
        None => read(ctx, id_or_file).map(|(notice, text)| LoadedNotice { id: notice.id().to_owned(), text }),
    }
}

/// The built-in notice that was likely meant, as a question; nothing where none is near.
fn likely(id: &str, before: &str, after: &str) -> String {
    let near = nearest(id, notice::builtin_ids());
    near.first().map(|near| format!("{before}{near}{after}")).unwrap_or_default()
}

fn read(ctx: &Ctx, id_or_file: &str) -> Result<(Notice, String), Failure> {
    let path = Path::new(id_or_file);
    let looks_like_a_file = path.extension().is_some() || path.components().count() > 1 || path.exists();
    if !looks_like_a_file {
        let known = notice::builtin_ids().collect::<Vec<_>>().join(", ");
        return Err(Failure::refused(
            Says::new(format!("没有通告“{id_or_file}”"), format!("there is no notice `{id_or_file}`")).hint(
                format!("{}内置通告：{known}；也可以给出文件", likely(id_or_file, "是否想用 ", "？")),
                format!(
                    "{}built in: {known}; a file is taken too",
                    likely(id_or_file, "did you mean ", "? ")
                ),
            ),
        ));
    }
    let text = ctx.read_text(path)?;
    let notice = Notice::read(&text).map_err(|findings| {
        let (shown, count) = (shown(path), findings.len());
        let items = findings.into_iter().map(|error| In { path: path.to_owned(), error });
        Failure::refused(
            Says::new(
                format!("{shown}：通告有 {count} 处问题"),
                format!("{shown}: the notice has {count} faults"),
            )
            .hint("改正后再用 notice check 查一遍", "correct them, then look again with notice check"),
        )
        .with_items(items)
    })?;
    Ok((notice, text))
}
