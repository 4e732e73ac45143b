#![doc = include_str!("../README.md")]

mod answer;
mod build;
mod command;
mod complaint;
mod folder;
mod inspect;
mod new;
mod question;
mod remote;
mod run;
mod sheet;
mod simulate;
mod test;

pub use command::{DeadLetters, Plugins, Profiles, Targets, Tools};
