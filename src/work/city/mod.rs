//! The city's ledger: bundles and statements of every facility into the hub, laid against each
//! other there, and the answers back.
//!
//! The hub has a ledger of its own, an ordinary one: its keys sign and open, its notices are the
//! law, its operators may or may not. What stands in the database is sealed with a key that is
//! worked out of it.

mod answer;
mod dice;
mod error;
mod keys;
mod lay;
mod load;
mod loading;
mod rebuild;
mod simulate;
mod statement;
mod statements;

pub use answer::{AnswerBundle, answer_facility};
pub use error::CityError;
pub use keys::CityKeys;
pub use lay::{CityTerms, Laid, lay_city};
pub use load::load_bundle;
pub use loading::{LoadedFile, is_bundle, load_bundles};
pub use rebuild::{KeptBundle, kept_of};
pub use simulate::{CitySize, Simulated, simulate_city};
pub use statement::{StatementTaken, load_statement};
pub use statements::{StatementToLoad, load_statements};
