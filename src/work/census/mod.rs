//! The census before the stop: taking the list of patients in, saying what the
//! notices ask for each, and recording it done.

mod act;
mod ask;
mod take;

#[cfg(test)]
mod tests;

pub use act::{CensusAct, Doing, do_asked};
pub use ask::{Ask, Patient, Standing, asked, census};
pub use take::{CensusTaken, take_census};
