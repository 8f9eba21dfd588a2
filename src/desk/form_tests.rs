//! Tests of the form alone.

use crate::desk::edit::Edit;
use crate::desk::form::{Carried, Form};
use crate::domain::{Kind, Time};
use crate::intake::CatalogueEntry;
use crate::text::Lang;
use crate::work::counter::{Choices, Reading};

fn now() -> Time {
    "2021-10-22T09:05:00".parse().unwrap()
}

fn choices() -> Choices {
    let entry = |column: &str, code: &str, name: &str| CatalogueEntry {
        column: column.into(),
        code: code.into(),
        name: name.into(),
    };
    Choices::new(
        &[entry("department", "0301", "内科"), entry("diagnosis_name", "J06.9", "上呼吸道感染")],
        &[],
    )
}

fn reading(choices: &Choices, kind: Kind) -> Reading<'_> {
    Reading { now: now(), kind, choices, lang: Lang::Zh, asked_papers: &[] }
}

fn write(form: &mut Form, column: &str, text: &str) {
    let at = form.place(column).unwrap();
    form.fields[at].edit = Edit::new(text);
}

fn cell(form: &Form, choices: &Choices, column: &str) -> Option<String> {
    let cells = form.cells(&reading(choices, form.kind));
    cells.into_iter().find(|(name, _)| name == column).map(|(_, text)| text)
}

#[test]
fn a_new_form_knows_the_time_and_what_came_before() {
    let carried = Carried { department: "内科".into(), insurance: "职工基本医疗保险".into() };
    let choices = choices();
    let form = Form::blank(Kind::Outpatient, now(), &carried);
    assert!(!form.is_begun(), "what the form brings along is no loss");
    assert_eq!(cell(&form, &choices, "occurred_at").as_deref(), Some("2021-10-22T09:05:00"));
    assert_eq!(cell(&form, &choices, "insurance").as_deref(), Some("310"));
    assert_eq!(cell(&form, &choices, "department").as_deref(), Some("内科"));
    let filing = Form::blank(Kind::Filing, now(), &carried);
    assert_eq!(cell(&filing, &choices, "applied_on").as_deref(), Some("2021-10-22"));
    assert_eq!(cell(&filing, &choices, "department"), None);
}

#[test]
fn the_cursor_goes_round_and_writes_answers_out() {
    let choices = choices();
    let mut form = Form::blank(Kind::Outpatient, now(), &Carried::default());
    form.step(-1);
    assert_eq!(form.focused().question.column, "note");
    form.step(1);
    assert_eq!(form.focused().question.column, "name");
    form.go(form.place("pay_method").unwrap());
    form.edit().put("wx");
    form.settle(&reading(&choices, form.kind));
    assert_eq!(form.text("pay_method"), "微信");
    write(&mut form, "total", "126.5");
    form.go(form.place("paid").unwrap());
    form.edit().put("=");
    form.settle(&reading(&choices, form.kind));
    assert_eq!(form.text("paid"), "126.50");
    form.go(form.place("diagnosis_name").unwrap());
    form.edit().put("shx");
    form.settle(&reading(&choices, form.kind));
    assert_eq!(cell(&form, &choices, "diagnosis_code").as_deref(), Some("J06.9"));
    form.edit().put("？");
    assert_eq!(cell(&form, &choices, "diagnosis_code"), None, "another diagnosis has another code");
}

#[test]
fn a_choice_is_marked_and_taken() {
    let choices = choices();
    let mut form = Form::blank(Kind::Outpatient, now(), &Carried::default());
    form.go(form.place("pay_method").unwrap());
    form.mark(1, &reading(&choices, form.kind));
    form.mark(1, &reading(&choices, form.kind));
    form.choose(&reading(&choices, form.kind));
    assert_eq!(form.text("pay_method"), "银行卡");
    form.go(form.place("papers").unwrap());
    form.edit().put("收费票据、bl");
    form.mark(1, &reading(&choices, form.kind));
    form.settle(&reading(&choices, form.kind));
    assert_eq!(form.text("papers"), "收费票据、病历");
    assert_eq!(cell(&form, &choices, "papers").as_deref(), Some("receipt;medical_record"));
    form.mark(-1, &reading(&choices, form.kind));
    form.mark(1, &reading(&choices, form.kind));
    assert_eq!(form.chosen, None, "past the end none is marked");
}

#[test]
fn another_kind_keeps_what_was_typed() {
    let choices = choices();
    let mut form = Form::blank(Kind::Outpatient, now(), &Carried::default());
    write(&mut form, "name", "欧阳若兰");
    write(&mut form, "department", "内科");
    form.switch(Kind::Purchase);
    assert_eq!(form.text("name"), "欧阳若兰");
    assert_eq!(cell(&form, &choices, "department"), None, "a purchase has no department");
    form.switch(Kind::Outpatient);
    assert_eq!(form.text("department"), "内科");
    assert!(form.is_begun());
}
