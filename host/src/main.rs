mod cli;
mod config;
mod telemetry;

fn main() {}
