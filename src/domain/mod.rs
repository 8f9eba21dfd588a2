//! The ground floor: what a pending claim is made of, as values that cannot be
//! wrong, each with its words in both languages.
//!
//! Nothing here opens a file, reads a clock or speaks SQL. Values that travel
//! between rooms are defined here, so that the rooms need not know each other.

mod account;
mod ageing;
mod batch;
mod capitals;
mod census;
mod codes;
mod decision;
mod discrepancy;
mod event;
mod facts;
mod guide;
mod hash;
mod id;
mod identity;
mod inquiry;
mod limit;
mod money;
mod paper;
mod person;
mod progress;
mod record;
mod refund_chain;
mod refusal;
mod role;
mod seal;
mod settlement;
mod shift;
mod signoff;
mod slip_code;
mod spoken;
mod stage;
pub mod terms;
mod time;

pub use account::{AccountEntry, AccountSide, AccountState};
pub use ageing::{Age, AgeBucket, Nearness};
pub use batch::{Answer, AnswerRow, BatchState, Issued, Leaves, Purpose, Reversal};
pub use census::{CensusEntry, CensusNumber, CensusNumberError};
pub use codes::{Insurance, Insutype, kind_of_med_type, known_insurance};
pub use decision::{Basis, Choice, Decision, Duty, Owner, Phase, Place, Route, Status, WayBack};
pub use discrepancy::{BreakPhase, BreakState, Reason, Resolution};
pub use event::{Actor, EventKind, Subject};
pub use facts::{FACTS, FactKind, FactValue, Facts, FactsError, fact_kind};
pub use guide::Side;
pub use hash::{Digest, Digester, Key};
pub use id::{RecordId, ShortNumber};
pub use identity::{CertNo, IdentityError};
pub use inquiry::{Begun, GoOn, Inquiry, go_on, go_on_words, settling_call, takes_settlement_back};
pub use limit::Limit;
pub use money::{Money, MoneyError, Price, Quantity, QuantityError};
pub use paper::{PaperState, paper_kind};
pub use person::{Masked, Person, mask_card, mask_name, mask_numbers, mask_phone};
pub use progress::{Progress, STRIDE, Watcher};
pub use record::{BUSINESS_LINES, Kind, Line, PayMethod, Record, business_line};
pub use refund_chain::{Broken, REFUND_DAYS, Receipt, RefundChain};
pub use refusal::{REFUSALS, Refusal, known_refusal, leaves_open, refusal};
pub use role::{Right, Role};
pub use seal::{Seal, SealCode, SealCodeError, SealReason, StationKey};
pub use settlement::{Part, Settlement, Standing, Verdict};
pub use shift::{Means, Tally};
pub use signoff::{Counted, Frozen, FrozenBreak};
pub use slip_code::{SlipCode, SlipCodeError};
pub use stage::{Stage, Step};
pub use time::{Day, Time, TimeError};
