//! `guazhang notice show`: one notice on one page.
//!
//! It lays out what the notice says of itself; it decides nothing.

use crate::cli::notice::load;
use crate::cli::{Ctx, Exit, Failure};
use crate::notice::{Page, PageItem, PageOption, PageRule};
use crate::report::{Cell, Column, Format, Sheet, word};
use crate::text::{Label, Lang, Words};
use std::io::Write;

/// Show a notice on one page: its stops, ways back, deadlines and duties
#[derive(clap::Args, Debug)]
pub struct ShowArgs {
    /// A notice, built in or from a file
    #[arg(value_name = "ID|FILE")]
    notice: String,
}

/// Runs `guazhang notice show`.
pub(super) fn run(ctx: &mut Ctx, args: &ShowArgs) -> Result<Exit, Failure> {
    let page = load(ctx, &args.notice)?.page();
    match ctx.format {
        Format::Json => ctx.print_json(&page)?,
        Format::Csv => ctx.print(&ways(&page, ctx.lang))?,
        Format::Table => print_page(ctx, &page)?,
    }
    Ok(Exit::Done)
}

fn print_page(ctx: &mut Ctx, page: &Page) -> Result<(), Failure> {
    let lang = ctx.lang;
    for line in head(page, lang) {
        writeln!(ctx.out, "{line}")?;
    }
    let sections = [
        (lang.pick("停机时段", "Stops"), stops(page, lang)),
        (lang.pick("仍可使用", "What stays usable"), items(&page.usable, lang)),
        (lang.pick("去向", "Ways back"), ways(page, lang)),
        (lang.pick("事项", "Duties"), duties(page, lang)),
        (lang.pick("自相矛盾之处", "Contradictions"), items(&page.conflicts, lang)),
    ];
    for (heading, sheet) in sections.iter().filter(|(_, sheet)| !sheet.is_empty()) {
        writeln!(ctx.out, "\n{heading}\n")?;
        ctx.print(sheet)?;
    }
    Ok(())
}

/// Title, issuer and remark; what is not known is left out.
fn head(page: &Page, lang: Lang) -> Vec<String> {
    let published = page.published.map(|day| day.to_string()).unwrap_or_default();
    let issued = [page.issuer.as_str(), page.number.as_str(), published.as_str()];
    let issued: Vec<&str> = issued.into_iter().filter(|text| !text.is_empty()).collect();
    let lines = [
        format!(
            "{}{}",
            page.title.pick(lang),
            lang.pick(&format!("（{}）", page.id), &format!(" ({})", page.id))
        ),
        issued.join(lang.pick("，", ", ")),
        page.applies.pick(lang).to_owned(),
        page.note.pick(lang).to_owned(),
    ];
    lines.into_iter().filter(|line| !line.is_empty()).collect()
}

fn stops(page: &Page, lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::text("window", "时段", "window"),
        Column::text("title", "内容", "what"),
        Column::text("applies", "适用", "for"),
        Column::code("suspended", "停机", "down from"),
        Column::code("resumes", "预计恢复", "expected back"),
        Column::text("clause", "条款", "clause"),
    ]);
    for window in &page.windows {
        for (suspended, resumes) in &window.spans {
            sheet.row([
                Cell::text(&window.id),
                said(&window.title, lang),
                said(&window.applies, lang),
                Cell::Time(*suspended),
                Cell::known(*resumes, Cell::Time),
                Cell::text(&window.clause),
            ]);
        }
        for step in &window.steps {
            sheet.row([
                Cell::text(&window.id),
                said(&window.title, lang),
                said(&step.when, lang),
                Cell::Time(step.span.0),
                Cell::known(step.span.1, Cell::Time),
                Cell::text(&step.clause),
            ]);
        }
    }
    sheet
}

/// A rule without options still shows: the text says nothing about those.
fn ways(page: &Page, lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::text("when", "情形", "case"),
        Column::text("route", "去向", "way back"),
        Column::text("place", "地点", "where"),
        Column::text("owner", "办理人", "who"),
        Column::text("due", "截止", "until"),
        Column::text("papers", "材料", "papers"),
        Column::text("clause", "条款", "clause"),
    ]);
    for rule in &page.rules {
        if rule.options.is_empty() {
            sheet.row([case(rule, None, lang), Cell::word(&crate::domain::Route::NotStated)]);
        }
        for option in &rule.options {
            let papers: Vec<&str> = option.papers.iter().map(|paper| paper.pick(lang)).collect();
            sheet.row([
                case(rule, Some(option), lang),
                Cell::word(&option.route),
                Cell::known(option.place, |place| Cell::word(&place)),
                Cell::known(option.owner, |owner| Cell::word(&owner)),
                said(&option.due, lang),
                Cell::text(papers.join(lang.pick("、", ", "))),
                Cell::text(&option.clause),
            ]);
        }
    }
    sheet
}

/// For which records: the rule's own words, else its condition, with that of the option.
fn case(rule: &PageRule, option: Option<&PageOption>, lang: Lang) -> Cell {
    let (title, when) = (rule.title.pick(lang), rule.when.pick(lang));
    let of_rule = if title.is_empty() { when } else { title };
    let of_option = option.map_or("", |option| option.when.pick(lang));
    let parts: Vec<&str> = [of_rule, of_option].into_iter().filter(|text| !text.is_empty()).collect();
    Cell::text(parts.join(lang.pick("；", "; ")))
}

fn duties(page: &Page, lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::text("phase", "阶段", "when"),
        Column::text("title", "事项", "what"),
        Column::text("who", "责任方", "who"),
        Column::text("applies", "适用", "for"),
        Column::text("due", "截止", "until"),
        Column::text("clause", "条款", "clause"),
    ]);
    for duty in &page.duties {
        sheet.row([
            Cell::text(duty.phase.label(lang)),
            said(&duty.title, lang),
            Cell::text(word(&duty.who, lang)),
            said(&duty.when, lang),
            said(&duty.due, lang),
            Cell::text(&duty.clause),
        ]);
    }
    sheet
}

fn items(items: &[PageItem], lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::text("title", "内容", "what"),
        Column::text("applies", "适用", "for"),
        Column::text("clause", "条款", "clause"),
    ]);
    for item in items {
        sheet.row([said(&item.title, lang), said(&item.when, lang), Cell::text(&item.clause)]);
    }
    sheet
}

fn said(words: &Words, lang: Lang) -> Cell {
    Cell::text(words.pick(lang))
}
