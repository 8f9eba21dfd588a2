//! guazhang (挂账): an offline ledger of medical-insurance claims.
//!
//! While a city's insurance system is down, a facility writes here what it
//! could not settle; afterwards every record finds its way back. The floors, in
//! reading order; imports point down only, and rooms on one floor do not know
//! each other (`tests/layers.rs` keeps the rule):
//!
//! * ground: [`text`] (the two languages), [`domain`] (pure values)
//! * rooms: [`notice`], [`intake`], [`store`], [`reconcile`], [`batch`],
//!   [`report`], [`exchange`], and with the feature of its name `hub`
//! * work: [`work`] (the verbs of the desk)
//! * fronts: [`cli`] (parse, ask, print), [`desk`] (the full screen of a counter)

pub mod domain;
pub mod text;

pub mod batch;
pub mod exchange;
#[cfg(feature = "hub")]
pub mod hub;
pub mod intake;
pub mod notice;
pub mod reconcile;
pub mod report;
pub mod store;

pub mod work;

pub mod cli;
pub mod desk;
