//! A plugin that misbehaves in the way its settings name. It passes the checks of an upload: what it does must be contained in the call.

#![cfg(target_arch = "wasm32")]

use weft_plugin::{
    Deserialize,
    routing::{Choice, Decision, Level, Request, Routing, log},
};

#[derive(Deserialize)]
struct Settings {
    misdeed: String,
}

struct Hostile(String);

#[allow(unconditional_recursion, reason = "this is the misdeed")]
fn recurse(depth: &mut [u64; 64]) -> u64 {
    depth[0] += 1;
    let mut deeper = *depth;
    recurse(&mut deeper) + deeper[0]
}

impl Routing for Hostile {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        if settings.misdeed == "init" {
            loop {
                core::hint::black_box(&settings);
            }
        }
        Ok(Self(settings.misdeed))
    }

    fn route(&self, request: &Request) -> Result<Decision, String> {
        match self.0.as_str() {
            "loop" => loop {
                core::hint::black_box(&request);
            },
            "memory" => {
                let mut hoard: Vec<Vec<u8>> = Vec::new();
                loop {
                    hoard.push(Vec::with_capacity(1 << 20));
                }
            }
            "recursion" => Err(recurse(&mut [0; 64]).to_string()),
            "trap" => core::arch::wasm32::unreachable(),
            "panic" => panic!("on purpose"),
            "error" => Err("no idea".into()),
            "output" => Ok(Decision::refuse("x".repeat(100_000))),
            "log" => {
                let line = "y".repeat(1000);
                for _ in 0..1000 {
                    log(Level::Info, &line);
                }
                Ok(Decision::assign(request.available().map(|(agent, _)| Choice { agent, score: 1 }).collect()))
            }
            "stranger" => Ok(Decision::assign(vec![Choice { agent: 10_000, score: 1 }])),
            "full" => {
                let full = (0..).zip(&request.agents).find(|(_, a)| a.open >= a.capacity);
                Ok(Decision::assign(full.map(|(agent, _)| Choice { agent, score: 1 }).into_iter().collect()))
            }
            other => Err(format!("no such misdeed: {other}")),
        }
    }
}

weft_plugin::routing_plugin!(Hostile);
