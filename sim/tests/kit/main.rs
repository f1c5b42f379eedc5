//! The kit: readings that are tried, machines and calls that are drawn, sequences that are kept.
#![cfg(feature = "proptest")]

mod bite;
mod drawn;
mod kept;
mod readings;
