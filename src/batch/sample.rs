//! One record of each kind, and every cell it becomes. Files are shown as `heading=value` where there is a value.

use super::*;
use crate::domain::{Facts, Kind, Line, PayMethod, Person};
use std::fmt::Write as _;

pub(super) fn at(text: &str) -> Time {
    text.parse().unwrap()
}

pub(super) fn line(line_no: u32, item: &str, quantity: &str, price: &str, amount: &str) -> Line {
    Line {
        line_no,
        item_code: item.to_owned(),
        own_code: format!("own-{line_no}"),
        item_name: "氯化钠注射液".to_owned(),
        category: String::new(),
        spec: "500ml".to_owned(),
        quantity: quantity.parse().unwrap(),
        unit_price: price.parse().unwrap(),
        amount: amount.parse().unwrap(),
        occurred_at: None,
    }
}

pub(super) fn record(kind: Kind, line: &str) -> Record {
    Record {
        record_no: "MZ20211029001".to_owned(),
        facility: "H14090200001".to_owned(),
        kind,
        line: line.to_owned(),
        person: Person {
            name: "王试一".to_owned(),
            id_type: "01".to_owned(),
            id_no: "11990019491231002X".to_owned(),
            phone: "13900000000".to_owned(),
            ..Person::default()
        },
        insured_area: "140902".to_owned(),
        insurance: "310".to_owned(),
        person_group: String::new(),
        occurred_at: at("2021-10-29T10:20:00"),
        admitted_at: None,
        discharged_at: None,
        applied_on: None,
        department: "内科".to_owned(),
        doctor: "李试".to_owned(),
        diagnosis_code: "K63.500".to_owned(),
        diagnosis_name: "结肠息肉, 未特指".to_owned(),
        total: Money::from_fen(3001),
        paid: Some(Money::from_fen(3001)),
        pay_method: Some(PayMethod::Wechat),
        receipt_no: "0012345678".to_owned(),
        facts: Facts::default(),
        note: String::new(),
        lines: Vec::new(),
    }
}

pub(super) fn item(record: Record) -> Item {
    Item {
        number: "A1-0007".parse().unwrap(),
        record,
        issued: Some(Issued {
            medins_setl_id: "H14090200001202111010800000001".to_owned(),
            chrg_bchno: "2111010001".to_owned(),
            first_feedetl_sn: 211_101_000_001,
        }),
        messages: Vec::new(),
        undo: None,
        route: Route::Backfill,
        due_at: Some(at("2021-12-31T23:59:59")),
        refund: None,
        admitted_at: None,
        lacks: String::new(),
        handed: None,
    }
}

pub(super) fn with_lines(mut record: Record) -> Item {
    record.lines =
        vec![line(1, "XB05XA0001", "2", "5.005", "10.01"), line(2, "001102000000100", "1", "20", "20.00")];
    item(record)
}

pub(super) fn head(purpose: Purpose) -> Head {
    Head {
        batch: 3,
        purpose,
        facility: "H14090200001".to_owned(),
        facility_name: "忻州示例医院".to_owned(),
        notice: "xinzhou-2021".to_owned(),
        created_at: at("2021-11-01T08:00:00"),
        chain_head: Digest::of(b"head"),
        lang: Lang::Zh,
        layout: Layout::default(),
        signer: None,
    }
}

/// Every file as `heading=value`, the empty required fields after it.
fn shown(built: &Built) -> String {
    assert_eq!(built.left_out, []);
    let mut text = String::new();
    for (file, entry) in built.files.iter().zip(&built.manifest.files) {
        let body = file.bytes.strip_prefix("\u{feff}".as_bytes()).unwrap();
        assert!(body.ends_with(b"\r\n"));
        let mut reader = csv_reader(body);
        let headings = reader.headers().unwrap().clone();
        writeln!(text, "{}", file.name).unwrap();
        for row in reader.records() {
            let row = row.unwrap();
            let cells = headings.iter().zip(&row).filter(|(_, cell)| !cell.is_empty());
            let cells: Vec<String> = cells.map(|(heading, cell)| format!("{heading}={cell}")).collect();
            writeln!(text, "  {}", cells.join(" | ")).unwrap();
        }
        let to_fill: Vec<&str> = entry.to_fill.keys().map(String::as_str).collect();
        writeln!(text, "  to fill: {}", to_fill.join(" ")).unwrap();
    }
    text
}

/// A batch by the table as it stands.
pub(super) fn build(head: &Head, items: &[Item]) -> Built {
    super::build(head, items, &Profile::national()).unwrap()
}

fn csv_reader(body: &[u8]) -> ::csv::Reader<&[u8]> {
    ::csv::Reader::from_reader(body)
}

#[test]
fn outpatient() {
    insta::assert_snapshot!(shown(&build(&head(Purpose::Backfill), &[with_lines(record(Kind::Outpatient, "ordinary"))])), @r#"
    2201-data.csv
      number=A1-0007 | record_no=MZ20211029001 | insutype=310 | begntime=2021-10-29 10:20:00 | mdtrt_cert_type=02 | mdtrt_cert_no=11990019491231002X | psn_cert_type=01 | certno=11990019491231002X | psn_name=王试一 | ipt_otp_no=MZ20211029001 | dr_name=李试 | dept_name=内科
      to fill: atddr_no caty dept_code psn_no psn_type
    2203-mdtrtinfo.csv
      number=A1-0007 | record_no=MZ20211029001 | med_type=11 | begntime=2021-10-29 10:20:00
      to fill: dise_codg dise_name mdtrt_id psn_no
    2203-diseinfo.csv
      number=A1-0007 | record_no=MZ20211029001 | diag_type=1 | diag_srt_no=1 | diag_code=K63.500 | diag_name=结肠息肉, 未特指 | diag_dept=内科 | dise_dor_name=李试 | diag_time=2021-10-29 10:20:00 | vali_flag=1
      to fill: dise_dor_no
    2204-feedetail.csv
      number=A1-0007 | record_no=MZ20211029001 | feedetl_sn=211101000001 | chrg_bchno=2111010001 | rx_circ_flag=0 | fee_ocur_time=2021-10-29 10:20:00 | med_list_codg=XB05XA0001 | medins_list_codg=own-1 | det_item_fee_sumamt=10.01 | cnt=2 | pric=5.005 | bilg_dept_name=内科 | bilg_dr_name=李试
      number=A1-0007 | record_no=MZ20211029001 | feedetl_sn=211101000002 | chrg_bchno=2111010001 | rx_circ_flag=0 | fee_ocur_time=2021-10-29 10:20:00 | med_list_codg=001102000000100 | medins_list_codg=own-2 | det_item_fee_sumamt=20.00 | cnt=1 | pric=20 | bilg_dept_name=内科 | bilg_dr_name=李试
      to fill: bilg_dept_codg bilg_dr_codg hosp_appr_flag mdtrt_id psn_no
    2206-data.csv
      number=A1-0007 | record_no=MZ20211029001 | mdtrt_cert_type=02 | mdtrt_cert_no=11990019491231002X | psn_cert_type=01 | certno=11990019491231002X | psn_name=王试一 | med_type=11 | medfee_sumamt=30.01 | psn_setlway=01 | chrg_bchno=2111010001 | insutype=310
      to fill: acct_used_flag mdtrt_id psn_no psn_type
    2207-data.csv
      number=A1-0007 | record_no=MZ20211029001 | msgid=H14090200001202111010800000001 | mdtrt_cert_type=02 | mdtrt_cert_no=11990019491231002X | psn_cert_type=01 | certno=11990019491231002X | med_type=11 | medfee_sumamt=30.01 | psn_setlway=01 | chrg_bchno=2111010001 | insutype=310 | invono=0012345678
      to fill: acct_used_flag fulamt_ownpay_amt inscp_scp_amt mdtrt_id overlmt_selfpay preselfpay_amt psn_no
    "#);
}

#[test]
fn inpatient() {
    let mut stay = record(Kind::Inpatient, "ordinary");
    stay.admitted_at = Some(at("2021-10-25T09:00:00"));
    stay.discharged_at = Some(at("2021-10-29T10:00:00"));
    stay.facts.set_text("adm_bed", "12");
    insta::assert_snapshot!(shown(&build(&head(Purpose::Backfill), &[with_lines(stay)])), @r#"
    2401-mdtrtinfo.csv
      number=A1-0007 | record_no=MZ20211029001 | insutype=310 | tel=13900000000 | begntime=2021-10-25 09:00:00 | mdtrt_cert_type=02 | mdtrt_cert_no=11990019491231002X | cert_type=01 | certno=11990019491231002X | med_type=21 | ipt_no=MZ20211029001 | chfpdr_name=李试 | adm_diag_dscr=结肠息肉, 未特指 | adm_dept_name=内科 | adm_bed=12 | dscg_maindiag_code=K63.500 | dscg_maindiag_name=结肠息肉, 未特指
      to fill: adm_dept_codg atddr_no psn_no
    2401-diseinfo.csv
      number=A1-0007 | record_no=MZ20211029001 | diag_type=1 | maindiag_flag=1 | diag_srt_no=1 | diag_code=K63.500 | diag_name=结肠息肉, 未特指 | diag_dept=内科 | dise_dor_name=李试 | diag_time=2021-10-25 09:00:00
      to fill: dise_dor_no psn_no
    2301-feedetail.csv
      number=A1-0007 | record_no=MZ20211029001 | feedetl_sn=211101000001 | med_type=21 | fee_ocur_time=2021-10-25 09:00:00 | med_list_codg=XB05XA0001 | medins_list_codg=own-1 | det_item_fee_sumamt=10.01 | cnt=2 | pric=5.005 | bilg_dept_name=内科 | bilg_dr_name=李试
      number=A1-0007 | record_no=MZ20211029001 | feedetl_sn=211101000002 | med_type=21 | fee_ocur_time=2021-10-25 09:00:00 | med_list_codg=001102000000100 | medins_list_codg=own-2 | det_item_fee_sumamt=20.00 | cnt=1 | pric=20 | bilg_dept_name=内科 | bilg_dr_name=李试
      to fill: bilg_dept_codg bilg_dr_codg mdtrt_id psn_no
    2402-dscginfo.csv
      number=A1-0007 | record_no=MZ20211029001 | insutype=310 | endtime=2021-10-29 10:00:00 | dscg_dept_name=内科
      to fill: dscg_dept_codg dscg_way mdtrt_id psn_no
    2402-diseinfo.csv
      number=A1-0007 | record_no=MZ20211029001 | diag_type=1 | maindiag_flag=1 | diag_srt_no=1 | diag_code=K63.500 | diag_name=结肠息肉, 未特指 | diag_dept=内科 | dise_dor_name=李试 | diag_time=2021-10-29 10:00:00
      to fill: dise_dor_no mdtrt_id psn_no
    2303-data.csv
      number=A1-0007 | record_no=MZ20211029001 | mdtrt_cert_type=02 | mdtrt_cert_no=11990019491231002X | psn_cert_type=01 | certno=11990019491231002X | psn_name=王试一 | medfee_sumamt=30.01 | psn_setlway=01 | insutype=310 | invono=0012345678 | mid_setl_flag=0 | dscgTime=2021-10-29
      to fill: acct_used_flag mdtrt_id psn_no psn_type
    2304-data.csv
      number=A1-0007 | record_no=MZ20211029001 | msgid=H14090200001202111010800000001 | mdtrt_cert_type=02 | mdtrt_cert_no=11990019491231002X | psn_cert_type=01 | certno=11990019491231002X | psn_name=王试一 | medfee_sumamt=30.01 | psn_setlway=01 | insutype=310 | invono=0012345678 | mid_setl_flag=0
      to fill: acct_used_flag mdtrt_id psn_no psn_type
    "#);
}

#[test]
fn purchase() {
    let mut drugs = record(Kind::Purchase, "ordinary");
    drugs.diagnosis_code = "M01600".to_owned();
    drugs.diagnosis_name = "糖尿病".to_owned();
    insta::assert_snapshot!(shown(&build(&head(Purpose::Resettle), &[with_lines(drugs)])), @r#"
    2101-druginfo.csv
      number=A1-0007 | record_no=MZ20211029001 | mdtrt_cert_type=02 | mdtrt_cert_no=11990019491231002X | psn_cert_type=01 | certno=11990019491231002X | psn_name=王试一 | begntime=2021-10-29 10:20:00 | medfee_sumamt=30.01 | insutype=310 | dise_codg=M01600 | dise_name=糖尿病 | med_type=41
      to fill: acct_used_flag psn_no psn_type
    2101-drugdetail.csv
      number=A1-0007 | record_no=MZ20211029001 | feedetl_sn=211101000001 | fee_ocur_time=2021-10-29 10:20:00 | med_list_codg=XB05XA0001 | medins_list_codg=own-1 | det_item_fee_sumamt=10.01 | cnt=2 | pric=5.005 | bilg_dr_name=李试
      number=A1-0007 | record_no=MZ20211029001 | feedetl_sn=211101000002 | fee_ocur_time=2021-10-29 10:20:00 | med_list_codg=001102000000100 | medins_list_codg=own-2 | det_item_fee_sumamt=20.00 | cnt=1 | pric=20 | bilg_dr_name=李试
      to fill: rx_circ_flag
    2102-druginfo.csv
      number=A1-0007 | record_no=MZ20211029001 | msgid=H14090200001202111010800000001 | mdtrt_cert_type=02 | mdtrt_cert_no=11990019491231002X | psn_cert_type=01 | certno=11990019491231002X | psn_name=王试一 | begntime=2021-10-29 10:20:00 | medfee_sumamt=30.01 | invono=0012345678 | insutype=310 | dise_codg=M01600 | dise_name=糖尿病 | med_type=41
      to fill: acct_used_flag psn_no psn_type
    2102-drugdetail.csv
      number=A1-0007 | record_no=MZ20211029001 | feedetl_sn=211101000001 | fee_ocur_time=2021-10-29 10:20:00 | med_list_codg=XB05XA0001 | medins_list_codg=own-1 | det_item_fee_sumamt=10.01 | cnt=2 | pric=5.005 | bilg_dr_name=李试
      number=A1-0007 | record_no=MZ20211029001 | feedetl_sn=211101000002 | fee_ocur_time=2021-10-29 10:20:00 | med_list_codg=001102000000100 | medins_list_codg=own-2 | det_item_fee_sumamt=20.00 | cnt=1 | pric=20 | bilg_dr_name=李试
      to fill: rx_circ_flag
    "#);
}

#[test]
fn filings() {
    let filing = |line: &str, count: u32| {
        let mut filing = record(Kind::Filing, line);
        filing.applied_on = Some(at("2021-10-28"));
        filing.total = Money::ZERO;
        filing.paid = None;
        filing.facts.set_text("reflin_medins_name", "某市中心医院");
        filing.facts.set_time("enddate", Some(at("2022-10-27")));
        Item {
            number: ShortNumber::new("A1", count).unwrap(),
            issued: None,
            route: Route::Register,
            ..item(filing)
        }
    };
    let items =
        [filing("referral", 1), filing("chronic_enrolment", 2), filing("offsite", 3), filing("maternity", 4)];
    insta::assert_snapshot!(shown(&build(&head(Purpose::Register), &items)), @r#"
    2501-refmedin.csv
      number=A1-0001 | record_no=MZ20211029001 | psn_cert_type=01 | certno=11990019491231002X | psn_name=王试一 | insutype=310 | tel=13900000000 | insu_optins=140902 | diag_code=K63.500 | diag_name=结肠息肉, 未特指 | reflin_medins_name=某市中心医院 | refl_date=2021-10-28 | begndate=2021-10-28 | enddate=2022-10-27
      to fill: mdtrtarea_admdvs psn_no refl_opnn refl_rea refl_type reflin_medins_no
    2503-data.csv
      number=A1-0002 | record_no=MZ20211029001 | psn_cert_type=01 | certno=11990019491231002X | psn_name=王试一 | insutype=310 | tel=13900000000 | insu_optins=140902 | diag_dr_name=李试 | begndate=2021-10-28 | enddate=2022-10-27
      to fill: diag_dr_codg hosp_ide_date ide_fixmedins_name ide_fixmedins_no opsp_dise_code opsp_dise_name psn_no
    2505-data.csv
      number=A1-0003 | record_no=MZ20211029001 | psn_cert_type=01 | certno=11990019491231002X | psn_name=王试一 | tel=13900000000 | biz_appy_type=08 | begndate=2021-10-28 | enddate=2022-10-27
      to fill: fix_srt_no fixmedins_code fixmedins_name psn_no
    registration.csv
      挂账号=A1-0004 | 记录编号=MZ20211029001 | 备案类型=maternity | 姓名=王试一 | 证件类型=01 | 证件号码=11990019491231002X | 联系电话=13900000000 | 参保地医保区划=140902 | 险种类型=310 | 申请日期=2021-10-28 | 诊断代码=K63.500 | 诊断名称=结肠息肉, 未特指 | 科室=内科 | 医师=李试 | 办理期限=2021-12-31 23:59:59 | 其他事实=enddate=2022-10-27T00:00:00; reflin_medins_name=某市中心医院
      to fill:
    "#);
}

#[test]
fn lists_for_people() {
    let mut one = item(record(Kind::Outpatient, "ordinary"));
    one.issued = None;
    one.refund = Some(Refund { own_share: Some(Money::from_fen(1000)), due: Some(Money::from_fen(2001)) });
    let refunds = build(&head(Purpose::Refund), std::slice::from_ref(&one));
    assert_eq!(refunds.manifest.refund_due_fen, Some(Money::from_fen(2001)));
    one.route = Route::Manual;
    one.record
        .facts
        .set("papers", crate::domain::FactValue::List(["receipt", "cost_list"].map(str::to_owned).into()));
    one.record.note = "已电话告知\n下周来取".to_owned();
    let handover = build(&head(Purpose::Handover), &[one]);
    insta::assert_snapshot!(shown(&refunds) + &shown(&handover), @r#"
    refund.csv
      挂账号=A1-0007 | 记录编号=MZ20211029001 | 姓名=王试一 | 联系电话=13900000000 | 票据号=0012345678 | 费用总额=30.01 | 已收金额=30.01 | 医保结算后个人负担=10.00 | 应退金额=20.01 | 原支付方式=微信 | 办理期限=2021-12-31 23:59:59
      to fill: 
    handover.csv
      挂账号=A1-0007 | 记录编号=MZ20211029001 | 去向=手工报销 | 类别=门诊 | 业务类型=ordinary | 姓名=王试一 | 证件类型=01 | 证件号码=11990019491231002X | 联系电话=13900000000 | 参保地医保区划=140902 | 险种类型=310 | 发生时间=2021-10-29 10:20:00 | 诊断代码=K63.500 | 诊断名称=结肠息肉, 未特指 | 费用总额=30.01 | 已收金额=30.01 | 票据号=0012345678 | 留存材料=cost_list;receipt | 办理期限=2021-12-31 23:59:59 | 备注=已电话告知 / 下周来取
      to fill:
    "#);
}

#[test]
fn a_value_that_does_not_fit_leaves_its_record_out_by_name() {
    let change = |change: fn(&mut Item)| {
        let mut changed = with_lines(record(Kind::Outpatient, "ordinary"));
        changed.number = "A1-0008".parse().unwrap();
        change(&mut changed);
        changed
    };
    #[rustfmt::skip] // the columns are the point
    let cases: [(Item, &str, Fault); 8] = [
        (change(|i| i.record.receipt_no = "9".repeat(21)),            "invono", Fault::TooLong { characters: 21, most: 20 }),
        (change(|i| i.record.person.name = "王\t一".into()),           "psn_name", Fault::Control { code: 9, at: 2 }),
        (change(|i| i.record.record_no = "MZ\n1".into()),             "record_no", Fault::Control { code: 10, at: 3 }),
        (change(|i| i.record.lines[1].own_code = "x".repeat(151)),    "medins_list_codg", Fault::TooLong { characters: 151, most: 150 }),
        (change(|i| i.record.total = Money::from_fen(3000)),          "medfee_sumamt", Fault::LinesDoNotSum),
        (change(|i| i.issued = None),                                 "msgid", Fault::BadKey),
        (change(|i| i.issued.as_mut().unwrap().chrg_bchno = "0000".into()), "msgid", Fault::BadKey),
        (change(|i| i.issued.as_mut().unwrap().first_feedetl_sn = 999_999_999_999_999), "msgid", Fault::BadKey),
    ];
    let good = with_lines(record(Kind::Outpatient, "ordinary"));
    for (bad, field, fault) in cases {
        let built = build(&head(Purpose::Backfill), &[bad, good.clone()]);
        let [left_out] = &built.left_out[..] else { panic!("{field}: {:?}", built.left_out) };
        assert_eq!((&*left_out.field, &left_out.fault), (field, &fault));
        assert_eq!(left_out.number.to_string(), "A1-0008");
        assert_eq!((built.manifest.records, &*built.manifest.left_out), (1, &["A1-0008".to_owned()][..]));
        let alone = build(&head(Purpose::Backfill), std::slice::from_ref(&good));
        assert_eq!(built.files[..5], alone.files[..5], "nothing of it is in the files");
    }
}

#[test]
fn the_same_items_give_the_same_bytes_in_any_order() {
    let numbered = |count| Item {
        number: ShortNumber::new("A1", count).unwrap(),
        ..with_lines(record(Kind::Outpatient, "ordinary"))
    };
    let built = build(&head(Purpose::Backfill), &[numbered(10), numbered(9)]);
    assert_eq!(built, build(&head(Purpose::Backfill), &[numbered(9), numbered(10)]));
    let text = String::from_utf8(built.files[0].bytes.clone()).unwrap();
    let numbers: Vec<&str> = text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(numbers, ["A1-0009", "A1-0010"]);
}

#[test]
fn the_manifest_finds_a_changed_byte() {
    let out = tempfile::tempdir().unwrap();
    let built = build(&head(Purpose::Backfill), &[with_lines(record(Kind::Outpatient, "ordinary"))]);
    let manifest = &built.manifest;
    assert_eq!((manifest.records, manifest.lines, manifest.total_fen), (1, 2, Money::from_fen(3001)));
    assert_eq!(manifest.by_insurance["310"], Counted { records: 1, total_fen: Money::from_fen(3001) });
    let folder = write(out.path(), "B3", &built.files).unwrap().path;
    assert_eq!(verify(&folder).as_ref(), Ok(manifest));

    let path = folder.join("2204-feedetail.csv");
    let mut bytes = std::fs::read(&path).unwrap();
    let size = bytes.len() as u64;
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    std::fs::remove_file(folder.join("2201-data.csv")).unwrap();
    std::fs::write(folder.join("2207-data (2).csv"), "").unwrap();
    std::fs::write(folder.join("answer.xlsx"), "").unwrap();
    let found = verify(&folder).unwrap_err();
    assert!(matches!(&found[0], Difference::Missing { name, .. } if name == "2201-data.csv"));
    assert_eq!(
        found[1],
        Difference::Changed { name: "2204-feedetail.csv".to_owned(), expected: size, found: size }
    );
    assert_eq!(found[2], Difference::Unknown { name: "2207-data (2).csv".to_owned() });
    assert_eq!(found.len(), 3);

    let text = String::from_utf8(manifest.bytes()).unwrap().replace("2201-data.csv", "../2201-data.csv");
    std::fs::write(folder.join(MANIFEST), text).unwrap();
    assert_eq!(
        verify(&folder).unwrap_err()[0],
        Difference::NotAFileName { name: "../2201-data.csv".to_owned() }
    );
    std::fs::write(folder.join(MANIFEST), "{").unwrap();
    assert!(matches!(verify(&folder).unwrap_err()[0], Difference::NoManifest { .. }));
}

#[test]
fn a_manifest_holds_no_identity() {
    let built = build(&head(Purpose::Backfill), &[with_lines(record(Kind::Outpatient, "ordinary"))]);
    let text = String::from_utf8(built.manifest.bytes()).unwrap();
    for secret in ["王试一", "11990019491231002X", "13900000000", "结肠"] {
        assert!(!text.contains(secret), "{secret}");
    }
}
