//! The clock of this machine. Offline nobody can say how far off it is; but it
//! cannot be before the last event, or before a file was written.

use super::Look;
use crate::domain::Time;
use crate::text::Words;
use chrono::{DateTime, FixedOffset, Local, Offset as _, Utc};
use std::path::Path;
use std::time::SystemTime;

/// Years in which this program can be at work.
const YEARS: std::ops::RangeInclusive<i32> = 2019..=2099;
/// Seconds that two clocks may be apart before it is said.
const APART: i64 = 300;
const BEIJING: i32 = 8 * 3600;

fn remedy() -> Words {
    Words::new(
        "校准本机日期和时间，再登记；已登记的时间不会随之改变",
        "set the date and time of this machine before going on; what is written down keeps its time",
    )
}

/// The time of the machine, and whether another one stands in for it.
#[expect(clippy::disallowed_methods, reason = "the clock itself is looked at here")]
pub(super) fn now(used: Time) -> Look {
    let look = Look::new("clock", "时钟", "clock");
    let clock = beijing(Utc::now());
    let shown = clock.short();
    if !YEARS.contains(&clock.day().year()) {
        return look.finding(Words::new(&shown, &shown), remedy());
    }
    if clock.seconds_since(used).abs() > APART {
        let used = used.short();
        return look.remark(
            Words::new(
                &format!("本机 {shown}，本次运行使用 {used}"),
                &format!("it says {shown}, this run uses {used}"),
            ),
            Words::new(
                "若非有意，去掉 --as-of 和 $GUAZHANG_AS_OF",
                "unless you mean it, leave out --as-of and $GUAZHANG_AS_OF",
            ),
        );
    }
    look.well(shown.clone(), shown)
}

/// The machine's time zone: one that is off means a clock that was set by eye is off.
#[expect(clippy::disallowed_methods, reason = "the clock itself is looked at here")]
pub(super) fn zone() -> Look {
    let look = Look::new("time_zone", "时区", "time zone");
    let offset = Local::now().offset().fix();
    if offset.local_minus_utc() == BEIJING {
        return look.well("+08:00", "+08:00");
    }
    look.finding(
        Words::new(
            &format!("本机时区 {offset}，不是 +08:00"),
            &format!("this machine is at {offset}, not +08:00"),
        ),
        Words::new(
            "把时区设为北京（Asia/Shanghai），并核对时间；程序始终记录北京时间",
            "set the zone to Beijing (Asia/Shanghai) and look at the time again; Beijing time is what is recorded",
        ),
    )
}

/// Nothing in the ledger, nor its file, can be later than now; `last` is the latest time an event names.
pub(super) fn since_last(ledger: &Path, last: Option<Time>, now: Time) -> Look {
    let look = Look::new("order_of_times", "时间先后", "order of times");
    if let Some(last) = last.filter(|last| last.seconds_since(now) > 0) {
        let (last, now) = (last.short(), now.short());
        return look.finding(
            Words::new(
                &format!("最后一个事件在 {last}，晚于现在 {now}"),
                &format!("the last event is of {last}, later than now, {now}"),
            ),
            remedy(),
        );
    }
    if let Some(written) = file_ahead(ledger) {
        let written = written.short();
        return look.finding(
            Words::new(
                &format!("账本文件写于 {written}，晚于本机时钟"),
                &format!("the ledger's file was written {written}, later than the clock"),
            ),
            remedy(),
        );
    }
    let last = last.map(Time::short).unwrap_or_default();
    look.well(last.clone(), last)
}

/// When the file was written, where that is later than the machine's own clock.
#[expect(clippy::disallowed_methods, reason = "the clock itself is looked at here")]
fn file_ahead(ledger: &Path) -> Option<Time> {
    let written = ledger.metadata().ok()?.modified().ok()?;
    let ahead = written.duration_since(SystemTime::now()).ok()?;
    (ahead.as_secs() > APART.unsigned_abs()).then(|| beijing(DateTime::<Utc>::from(written)))
}

fn beijing(at: DateTime<Utc>) -> Time {
    let offset = FixedOffset::east_opt(BEIJING).expect("+08:00 is an offset");
    Time::from_naive(at.with_timezone(&offset).naive_local())
}
