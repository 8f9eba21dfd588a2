//! The front that fills the screen: a form made for a counter with a queue.
//!
//! `form` and `edit` hold what is typed, `app` and `lists` are
//! everything the screen can be in, `keys` turns what a terminal reports into what a person did, `screen`
//! paints, and `run` joins them to a terminal. Nothing here decides or stores:
//! that is for the counter in `work`. It knows nothing of the command line.

mod app;
mod edit;
mod form;
mod keys;
mod lists;
mod panes;
mod run;
mod screen;
mod words;

#[cfg(test)]
mod app_tests;
#[cfg(test)]
mod form_tests;
#[cfg(test)]
mod testing;

pub use run::run;
