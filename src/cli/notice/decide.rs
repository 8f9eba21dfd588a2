//! `guazhang notice decide`: what the notices say about one set of facts.
//!
//! It needs no ledger and writes nothing; the same facts, notices and time give
//! the same answer everywhere.

use crate::cli::ctx::{In, shown};
use crate::cli::notice::load;
use crate::cli::{Ctx, Exit, Failure, Says};
use crate::domain::{FactKind, Facts, fact_kind};
use crate::notice::{self, Notice, Resumption, Resumptions};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Say what the notices ask for, given some facts
///
/// Needs no ledger. Facts that are not known are left out; the decision then names those it needs. With several
/// notices, those that concern the case are asked, and where they differ the decision says so.
#[derive(clap::Args, Debug)]
pub struct DecideArgs {
    /// The facts, one JSON object; - reads them from stdin
    #[arg(long, value_name = "FILE")]
    facts: PathBuf,

    /// A notice, built in or from a file; may be repeated; else all that are built in
    #[arg(long = "notice", value_name = "ID|FILE")]
    notices: Vec<String>,

    /// When a window really came back (all = every window), for one facility where one is named
    #[arg(long, value_name = "WINDOW[@FACILITY]=TIME")]
    resumed: Vec<Resumption>,
}

/// Runs `guazhang notice decide`.
pub(super) fn run(ctx: &mut Ctx, args: &DecideArgs) -> Result<Exit, Failure> {
    let loaded = notices(ctx, &args.notices)?;
    let notices: Vec<&Notice> = loaded.iter().map(Cow::as_ref).collect();
    let object = object(&args.facts, &ctx.read_text(&args.facts)?)?;
    let facts = Facts::from_json(&object, |name| kind_of(&notices, name))
        .map_err(|error| Failure::refused(In { path: args.facts.clone(), error }))?;
    let resumed = resumed(&args.resumed, &notices)?;
    let calendar = ctx.calendar()?;
    let decision = notice::decide(&notices, &facts, &resumed, &calendar, ctx.now);
    ctx.print_decision(&decision)?;
    Ok(Exit::Done)
}

fn notices(ctx: &Ctx, named: &[String]) -> Result<Vec<Cow<'static, Notice>>, Failure> {
    if named.is_empty() {
        return Ok(notice::builtin_ids().filter_map(notice::builtin).map(Cow::Borrowed).collect());
    }
    named.iter().map(|name| load(ctx, name)).collect()
}

fn kind_of(notices: &[&Notice], name: &str) -> Option<FactKind> {
    fact_kind(name).or_else(|| notices.iter().find_map(|notice| notice.fact_kind(name)))
}

/// The actual resumptions; a window that no notice has is refused, since it would silently count for nothing.
fn resumed(given: &[Resumption], notices: &[&Notice]) -> Result<Resumptions, Failure> {
    let windows: BTreeSet<&str> = notices.iter().flat_map(|notice| notice.windows()).collect();
    let unknown = given.iter().filter_map(|one| one.window.as_deref()).find(|name| !windows.contains(name));
    if let Some(name) = unknown {
        let known: Vec<&str> = std::iter::once("all").chain(windows).collect();
        return Err(Failure::usage(
            Says::new(
                format!("--resumed：没有停机时段“{name}”"),
                format!("--resumed: there is no window `{name}`"),
            )
            .hint(format!("可用的有：{}", known.join("、")), format!("use one of: {}", known.join(", "))),
        ));
    }
    Ok(given.iter().cloned().collect())
}

/// Reads the JSON object of facts.
fn object(path: &Path, text: &str) -> Result<Map<String, Value>, Failure> {
    let hint = |says: Says| {
        says.hint(
            "写成一个对象，如 {\"kind\": \"outpatient\", \"prepaid\": true}",
            "write one object, as in {\"kind\": \"outpatient\", \"prepaid\": true}",
        )
    };
    let shown = shown(path);
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Failure::refused(hint(Says::new(
            format!("{shown}：事实不是一个 JSON 对象"),
            format!("{shown}: the facts are not a JSON object"),
        )))),
        Err(error) => {
            let (line, column) = (error.line(), error.column().max(1));
            Err(Failure::refused(hint(Says::new(
                format!("{shown}：第 {line} 行第 {column} 列：不是 JSON"),
                format!("{shown}: line {line} column {column}: not JSON"),
            ))))
        }
    }
}
