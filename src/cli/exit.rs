//! Exit codes: what a script learns from a run. The README lists them, and
//! scripts rely on them, so a code never changes its meaning.

use crate::closed_list;
use std::process::ExitCode;

closed_list! {
    /// How a run ended.
    Exit as "exit" {
        Done = "done", "完成", "done, nothing outstanding";
        Failed = "failed", "意外失败", "unexpected failure";
        Usage = "usage", "用法错误", "wrong usage";
        Findings = "findings", "完成，尚有待处理事项", "done, findings remain";
        Refused = "refused", "输入被拒绝，未写入", "input refused, nothing written";
        Conflict = "conflict", "冲突：被占用、已过时或已办理", "conflict: locked, stale, already done";
        Integrity = "integrity", "账本完整性有问题", "integrity";
        NotPermitted = "not_permitted", "无权限", "not permitted";
        Interrupted = "interrupted", "已中断", "interrupted";
    }
}

impl Exit {
    /// Done, or done with findings where `count` of them remain.
    pub fn findings(count: usize) -> Exit {
        if count == 0 { Exit::Done } else { Exit::Findings }
    }

    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Findings => 3,
            Exit::Refused => 4,
            Exit::Conflict => 5,
            Exit::Integrity => 6,
            Exit::NotPermitted => 7,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
