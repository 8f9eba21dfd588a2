//! `guazhang slip`: what the patient takes home.
//!
//! It says what the notice says today and decides nothing itself; how it is laid out is the report room's business.

use crate::cli::args::Reveal;
use crate::cli::new_file::put;
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::{Basis, Decision, Owner, SlipCode, Stage, Status, Time, WayBack};
use crate::report::{Card, Cell, Column, Format, Paper, Ticket, words};
use crate::store::{ServiceDesk, Stored};
use crate::text::{Label, Lang};
use crate::work::{self, WorkError};
use std::path::{Path, PathBuf};

/// The patient's slip: number and code to scan, what was paid, what to bring, where and until when
///
/// For a receipt printer as text, for A5 as a page (.html), or as a picture (.png) of the printer's own width. The code
/// carries the record's number and a check, and nothing about the patient; find and every command take it.
#[derive(clap::Args, Debug)]
pub(super) struct SlipArgs {
    /// The record, by its number or the facility's own
    #[arg(value_name = "ID")]
    id: String,

    /// Write it into this new file: .txt, .html or .png
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Width of the paper in millimetres
    #[arg(long, value_name = "58|80", default_value = "80")]
    width: Paper,

    #[command(flatten)]
    reveal: Reveal,
}

/// What the name of a file asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Page,
    Picture,
}

/// Everything that a slip says.
struct Said<'a> {
    stored: &'a Stored,
    name: String,
    house: String,
    desk: ServiceDesk,
    decision: Decision,
    code: SlipCode,
    now: Time,
    lang: Lang,
}

pub(super) fn run(ctx: &mut Ctx, args: &SlipArgs) -> Result<Exit, Failure> {
    let form = args.out.as_deref().map(Form::of).transpose()?;
    let (mut book, law) = ledger::open(ctx)?;
    let stored = work::find(&book.books(), &args.id)?;
    if stored.stage == Stage::Void {
        return Err(WorkError::Stage { number: stored.number.to_string(), stage: stored.stage }.into());
    }
    ledger::reveal(ctx, &mut book, &args.reveal, &format!("slip {}", stored.number))?;
    let facility = &stored.record.facility;
    let said = Said {
        name: ledger::person(&book.books(), &stored, args.reveal.reveal)?.name,
        house: book.books().facility_name(facility)?.unwrap_or_else(|| facility.clone()),
        desk: book.books().service_desk(facility)?,
        decision: law.decide(&stored.record, ctx.now),
        code: SlipCode::of(&stored.number, &stored.uuid),
        now: ctx.now,
        lang: ctx.lang,
        stored: &stored,
    };
    match (&args.out, form) {
        (Some(path), Some(form)) => {
            put(path, &form.bytes(&said.ticket(), args.width)?, ctx.lang)?;
            let mut card = Card::new();
            card.fact(Column::code("number", "编号", "number"), Cell::text(stored.number.to_string()));
            card.fact(Column::code("code", "凭条码", "code"), Cell::text(said.code.to_string()));
            card.fact(Column::text("file", "文件", "file"), Cell::text(path.display().to_string()));
            ctx.print_card(&card)?;
        }
        _ if ctx.format == Format::Table => said.ticket().slip(args.width).print(&mut ctx.out)?,
        _ => ctx.print_card(&said.card())?,
    }
    Ok(Exit::Done)
}

impl Form {
    /// The form that a name ends in.
    ///
    /// # Errors
    /// Wrong usage where it ends in none of them.
    pub(super) fn of(path: &Path) -> Result<Form, Failure> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        match ending.as_str() {
            "txt" => Ok(Form::Text),
            "html" | "htm" => Ok(Form::Page),
            "png" => Ok(Form::Picture),
            _ => {
                let shown = path.display();
                let says = Says::new(
                    format!("--out：不知道“{shown}”要写成什么"),
                    format!("--out: `{shown}` does not say what it is to be"),
                );
                Err(Failure::usage(says.hint(
                    "文件名以 .txt（小票）、.html（A5 页面）或 .png（图片）结尾",
                    "let the name end in .txt (receipt printer), .html (A5 page) or .png (picture)",
                )))
            }
        }
    }

    /// A paper in this form.
    pub(super) fn bytes(self, ticket: &Ticket, paper: Paper) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        match self {
            Form::Text => {
                // Printers of receipts expect the line ends of their system.
                let mut text = Vec::new();
                ticket.slip(paper).print(&mut text)?;
                bytes.extend_from_slice("\u{feff}".as_bytes());
                for byte in text {
                    if byte == b'\n' {
                        bytes.push(b'\r');
                    }
                    bytes.push(byte);
                }
            }
            Form::Page => bytes.extend_from_slice(ticket.html().as_bytes()),
            Form::Picture => ticket.png(&mut bytes, paper)?,
        }
        Ok(bytes)
    }
}

impl Said<'_> {
    fn say(&self, zh: &'static str, en: &'static str) -> &'static str {
        self.lang.pick(zh, en)
    }

    /// The way back, where there is still one to go.
    fn way(&self) -> Option<&WayBack> {
        self.decision.best().filter(|_| !self.stored.stage.is_closed())
    }

    fn ticket(&self) -> Ticket {
        let (lang, record) = (self.lang, &self.stored.record);
        let mut ticket = Ticket::new(lang);
        ticket.title(&self.house);
        ticket.title(self.say("医保停机挂账凭条", "insurance claim kept for you"));
        ticket.number(&self.stored.number.to_string());
        ticket.code(&self.code.to_string());
        ticket.rule();
        ticket.pair(self.say("患者", "patient"), &self.name);
        ticket.pair(self.say("类别", "kind"), record.kind.label(lang));
        ticket.pair(self.say("日期", "date"), &record.occurred_at.short());
        ticket.pair(self.say("单号", "record no."), &record.record_no);
        ticket.pair(self.say("费用总额", "total"), &format!("{} {}", record.total, self.say("元", "yuan")));
        ticket.pair(self.say("已付", "paid"), &self.paid());
        ticket.pair(self.say("票据号", "receipt"), &record.receipt_no);
        ticket.rule();
        ticket.line(&self.what_happens());
        if let Some(way) = self.way() {
            self.put_way(&mut ticket, way);
        }
        ticket.rule();
        ticket.pair(self.say("窗口", "desk"), &self.desk.place);
        ticket.pair(self.say("时间", "hours"), &self.desk.hours);
        ticket.pair(self.say("电话", "phone"), &self.desk.phone);
        ticket.line(self.say(
            "请保存此凭条和收费票据：凭编号或二维码即可查到您的记录。",
            "Keep this slip and your receipt: the number or the code finds your record.",
        ));
        ticket.pair(self.say("打印", "printed"), &self.now.short());
        ticket
    }

    fn put_way(&self, ticket: &mut Ticket, way: &WayBack) {
        let lang = self.lang;
        ticket.pair(self.say("去向", "way back"), way.route.label(lang));
        ticket.pair(self.say("地点", "where"), way.place.map_or("", |place| place.label(lang)));
        ticket.pair(self.say("由谁办", "who acts"), way.owner.map_or("", |owner| owner.label(lang)));
        ticket.pair(self.say("请带", "bring"), &words(&way.papers, lang));
        ticket.pair(self.say("自", "from"), &way.opens_at.map(Time::short).unwrap_or_default());
        ticket.pair(self.say("截止", "until"), &until(way, lang));
        if let Some(refused) = &way.refused {
            ticket.line(refused);
        }
        if way.provisional {
            ticket.line(self.say(
                "以上时间按预计的恢复时间推算，以实际恢复为准。",
                "These times count from the expected resumption and may still move.",
            ));
        }
    }

    fn paid(&self) -> String {
        let record = &self.stored.record;
        let amount = record.paid_in_all();
        let by = record.pay_method.filter(|_| !amount.is_zero()).map(|method| method.label(self.lang));
        match by {
            Some(by) => format!("{amount} {}（{by}）", self.say("元", "yuan"))
                .replace('（', self.say("（", " ("))
                .replace('）', self.say("）", ")")),
            None => format!("{amount} {}", self.say("元", "yuan")),
        }
    }

    /// The next step in one sentence.
    fn what_happens(&self) -> String {
        if self.stored.stage.is_closed() {
            return self.say("此笔已办结。", "This is settled; nothing is left to do.").to_owned();
        }
        let Some(way) = self.way() else {
            return self
                .say(
                    "通告未载明如何办理，请留意通知或致电窗口。",
                    "The notice does not say how; please ask at the desk.",
                )
                .to_owned();
        };
        let patient = matches!(way.owner, None | Some(Owner::Patient));
        let text = match (way.status, patient) {
            (Status::Refused, _) => {
                self.say("按通告不予办理，原因如下。", "The notice refuses this, as follows.")
            }
            (Status::Overdue, _) => self.say(
                "办理期限已过，请尽快致电窗口。",
                "The time for this is over; please call the desk soon.",
            ),
            (Status::Undetermined, _) => self.say(
                "还缺信息，暂不能确定如何办理，请致电窗口。",
                "Some facts are missing; please call the desk.",
            ),
            (Status::Wait | Status::NotYet, true) => self.say(
                "系统恢复后，请带下列材料来办理。",
                "When the system is back, please come with these papers.",
            ),
            (_, true) => self.say("请带下列材料来办理。", "Please come with these papers."),
            (_, false) => self.say(
                "由下列单位办理，如需您到场会电话通知。",
                "This is done for you; you will be called if you are needed.",
            ),
        };
        text.to_owned()
    }

    fn card(&self) -> Card {
        let (record, way) = (&self.stored.record, self.way());
        let mut card = Card::new();
        card.fact(Column::code("number", "编号", "number"), Cell::text(self.stored.number.to_string()));
        card.fact(Column::code("code", "凭条码", "code"), Cell::text(self.code.to_string()));
        card.fact(Column::text("facility_name", "机构", "facility"), Cell::text(&self.house));
        card.fact(Column::text("name", "姓名", "name"), Cell::text(&self.name));
        card.fact(Column::text("kind", "类别", "kind"), Cell::word(&record.kind));
        card.fact(Column::money("total", "总额", "total"), Cell::Money(record.total));
        card.fact(Column::money("paid", "已付", "paid"), Cell::Money(record.paid_in_all()));
        card.fact(Column::code("receipt_no", "票据号", "receipt"), Cell::text(&record.receipt_no));
        card.fact(Column::text("route", "去向", "way back"), Cell::known(way, |way| Cell::word(&way.route)));
        card.fact(
            Column::text("place", "地点", "where"),
            Cell::known(way.and_then(|way| way.place), |place| Cell::word(&place)),
        );
        card.fact(
            Column::text("papers", "请带", "bring"),
            way.map_or(Cell::Empty, |way| Cell::List(way.papers.clone())),
        );
        let opens = way.and_then(|way| way.opens_at);
        card.fact(Column::code("opens_at", "自", "from"), Cell::known(opens, Cell::Time));
        let due = way.and_then(|way| way.due_at);
        card.fact(Column::code("due_at", "截止", "until"), Cell::known(due, Cell::Time));
        card.fact(Column::text("says", "说明", "says"), Cell::text(self.what_happens()));
        card.fact(Column::text("desk", "窗口", "desk"), Cell::text(&self.desk.place));
        card.fact(Column::text("hours", "时间", "hours"), Cell::text(&self.desk.hours));
        card.fact(Column::code("phone", "电话", "phone"), Cell::text(&self.desk.phone));
        card
    }
}

fn until(way: &WayBack, lang: Lang) -> String {
    match way.due_at {
        Some(due) if due == due.day().end() => due.day().to_string(),
        Some(due) => due.short(),
        None if way.due_basis == Basis::NotStated => {
            lang.pick("通告未载明，请尽早", "not stated; the sooner the better").to_owned()
        }
        None => String::new(),
    }
}
