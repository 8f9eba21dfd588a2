//! `guazhang notice wall`: a notice as a page for patients, for the wall.
//!
//! It says what concerns patients: when it stops, what stays usable, which way back, by when, with which papers. What
//! the facility has to do stands in `notice duties`.

use crate::cli::new_file::put;
use crate::cli::notice::load;
use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::domain::{Owner, Time};
use crate::notice::{Page, PageOption, PageRule};
use crate::report::{Card, Cell, Column, Wall, WallPaper, WallSection};
use crate::store::ServiceDesk;
use crate::text::{Label, Lang};
use std::path::PathBuf;

/// A notice as a page for the wall: stops, ways back, deadlines, what to bring
///
/// An HTML page to print on A4 or A3. Where there is a ledger, it carries the facility's name and the desk that
/// `facility desk` tells.
#[derive(clap::Args, Debug)]
pub(super) struct WallArgs {
    /// A notice, built in or from a file
    #[arg(value_name = "ID|FILE")]
    notice: String,

    /// Write it into this new file
    #[arg(long, value_name = "FILE.html")]
    out: PathBuf,

    /// Size of the page
    #[arg(long, value_name = "a4|a3", default_value = "a4")]
    paper: WallPaper,
}

/// Runs `guazhang notice wall`.
pub(super) fn run(ctx: &mut Ctx, args: &WallArgs) -> Result<Exit, Failure> {
    let page = load(ctx, &args.notice)?.page();
    let (house, desk) = whose(ctx)?;
    let wall = wall(&page, args.paper, house, &desk, ctx.lang);
    put(&args.out, wall.html().as_bytes(), ctx.lang)?;
    let mut card = Card::new();
    card.fact(Column::code("notice", "通告", "notice"), Cell::text(&page.id));
    card.fact(Column::text("file", "文件", "file"), Cell::text(args.out.display().to_string()));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

/// Whose wall it is; nobody's where there is no ledger.
fn whose(ctx: &Ctx) -> Result<(String, ServiceDesk), Failure> {
    if !ctx.ledger.is_file() {
        return Ok(Default::default());
    }
    let (book, _) = ledger::open(ctx)?;
    let founding = book.founding();
    Ok((founding.name.clone(), book.books().service_desk(&founding.facility)?))
}

fn wall(page: &Page, paper: WallPaper, house: String, desk: &ServiceDesk, lang: Lang) -> Wall {
    let said = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let below = [page.applies.pick(lang), page.note.pick(lang)];
    let issued = [page.issuer.as_str(), page.number.as_str()].map(str::trim);
    let issued: Vec<&str> = issued.into_iter().filter(|text| !text.is_empty()).collect();
    let mut foot = Vec::new();
    for (label, text) in [
        (lang.pick("咨询窗口：", "Ask at: "), &desk.place),
        (lang.pick("时间：", "Hours: "), &desk.hours),
        (lang.pick("电话：", "Phone: "), &desk.phone),
    ] {
        if !text.is_empty() {
            foot.push(format!("{label}{text}"));
        }
    }
    foot.push(lang.pick("请保存收费票据和挂账凭条。", "Keep your receipt and your slip.").to_owned());
    if !issued.is_empty() {
        foot.push(format!("{}{}", lang.pick("依据：", "Rests on: "), issued.join(lang.pick("，", ", "))));
    }
    Wall {
        lang,
        paper,
        house,
        title: page.title.pick(lang).to_owned(),
        below: below.into_iter().filter(|text| !text.is_empty()).map(str::to_owned).collect(),
        sections: vec![
            WallSection {
                heading: lang.pick("什么时候停", "When it stops").to_owned(),
                columns: said(&[
                    lang.pick("内容", "What"),
                    lang.pick("适用", "For"),
                    lang.pick("停机", "From"),
                    lang.pick("预计恢复", "Expected back"),
                ]),
                rows: stops(page, lang),
            },
            WallSection {
                heading: lang.pick("停机期间还能办什么", "What goes on meanwhile").to_owned(),
                columns: said(&[lang.pick("内容", "What"), lang.pick("适用", "For")]),
                rows: page
                    .usable
                    .iter()
                    .map(|item| said(&[item.title.pick(lang), item.when.pick(lang)]))
                    .collect(),
            },
            WallSection {
                heading: lang
                    .pick("怎么办、带什么、到什么时候", "What to do, what to bring, by when")
                    .to_owned(),
                columns: said(&[
                    lang.pick("情形", "Case"),
                    lang.pick("怎么办", "Way back"),
                    lang.pick("由谁办", "Who"),
                    lang.pick("到哪里", "Where"),
                    lang.pick("请带", "Bring"),
                    lang.pick("截止", "Until"),
                    lang.pick("条款", "Clause"),
                ]),
                rows: ways(page, lang),
            },
            WallSection {
                heading: lang.pick("请您留意", "What you are asked to do").to_owned(),
                columns: said(&[
                    lang.pick("事项", "What"),
                    lang.pick("适用", "For"),
                    lang.pick("截止", "Until"),
                ]),
                rows: page
                    .duties
                    .iter()
                    .filter(|duty| duty.who == Owner::Patient.id())
                    .map(|duty| said(&[duty.title.pick(lang), duty.when.pick(lang), duty.due.pick(lang)]))
                    .collect(),
            },
        ],
        foot,
    }
}

fn stops(page: &Page, lang: Lang) -> Vec<Vec<String>> {
    let row = |title: &str, applies: &str, (from, back): (Time, Option<Time>)| {
        let back = back.map_or_else(|| lang.pick("另行通知", "to be announced").to_owned(), Time::short);
        vec![title.to_owned(), applies.to_owned(), from.short(), back]
    };
    let mut rows = Vec::new();
    for window in &page.windows {
        let title = window.title.pick(lang);
        rows.extend(window.spans.iter().map(|span| row(title, window.applies.pick(lang), *span)));
        rows.extend(window.steps.iter().map(|step| row(title, step.when.pick(lang), step.span)));
    }
    rows
}

fn ways(page: &Page, lang: Lang) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for rule in &page.rules {
        for option in &rule.options {
            let papers: Vec<&str> = option.papers.iter().map(|paper| paper.pick(lang)).collect();
            let title = option.title.pick(lang);
            let route = option.route.label(lang);
            let way = match title {
                "" => route.to_owned(),
                title => format!("{route}{}{title}", lang.pick("：", ": ")),
            };
            rows.push(vec![
                case(rule, option, lang),
                way,
                option.owner.map_or("", |owner| owner.label(lang)).to_owned(),
                option.place.map_or("", |place| place.label(lang)).to_owned(),
                papers.join(lang.pick("、", ", ")),
                option.due.pick(lang).to_owned(),
                option.clause.clone(),
            ]);
        }
    }
    rows
}

fn case(rule: &PageRule, option: &PageOption, lang: Lang) -> String {
    let (title, when) = (rule.title.pick(lang), rule.when.pick(lang));
    let of_rule = if title.is_empty() { when } else { title };
    let parts = [of_rule, option.when.pick(lang)];
    parts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(lang.pick("；", "; "))
}
