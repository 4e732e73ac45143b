#![doc = include_str!("../README.md")]

pub mod after_hours;
pub mod fair_share;
pub mod hold_back;
pub mod labels;
pub mod newcomers;
pub mod overflow;
pub mod same_agent;
pub mod say_once;
pub mod seniors_first;
pub mod urgent;
