//! The language of notices, shape by shape: each form of window, condition,
//! deadline, option and duty, with the seconds on either side of its edges.

mod conditions;
mod duties;
mod kit;
mod moments;
mod options;
mod properties;
mod several;
mod windows;
