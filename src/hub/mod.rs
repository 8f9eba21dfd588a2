//! The hub: the ledger of a whole city, on PostgreSQL or what speaks its protocol.
//!
//! All SQL of it is in this room. Whom to trust, what a bundle or a statement says and how
//! what is left open is matched, is decided above; here are the tables, what goes into them in
//! one transaction or not at all, the part of reconciling that a database does best, and the
//! questions of a report. In reading order:
//!
//! * `connect`: the address, encrypted unless the server is this machine; `schema`: the tables
//! * `sealed`: identities under the key of the city's own ledger; `wire`: rows as COPY takes them
//! * `sender`, `bundle`, `statement`: what comes in, each file once
//! * `lay` and `closure`: records and settlements that agree in all, settled in SQL, and the rest
//!   with everything that touches it, handed to the engine; `verdict`: what comes of both
//! * `figures`, `hand_in`, `double_claim`, `seen`: what a report asks; `answer`: what is said to facilities; `check` and
//!   `check_chain`: whether it agrees with itself

mod answer;
mod bundle;
mod check;
mod check_chain;
mod closure;
mod connect;
mod double_claim;
mod fault;
mod figures;
mod hand_in;
mod lay;
mod run;
mod schema;
mod sealed;
mod seen;
mod sender;
mod statement;
mod verdict;
mod wire;

pub use answer::{AnswerLine, Judged};
pub use bundle::{Chain, RecordRow, SaidRow, Stretch, Taken};
pub use check::{HubCheck, HubFound, Spot};
pub use connect::{Address, Hub};
pub use double_claim::{DoubleClaim, DoublePlace, Doubles};
pub use fault::HubFault;
pub use figures::{CityFigures, FacilityFigures, RefusalFigures, StageGroup, Tally};
pub use hand_in::{HandIn, Window};
pub use lay::{Chunk, LooseClaim, LooseRow};
pub use run::{RunInfo, Running};
pub use schema::{Distribution, Founding};
pub use sealed::{FacilityId, HubKey};
pub use seen::SeenRecord;
pub use sender::{Sender, SenderState};
pub use statement::{SettlementIn, StatementFile, TakingStatement};
pub use verdict::{RowVerdictRow, VerdictRow};
