//! Hostile plugins, each with what it must come to.

use crate::bytes::{self, with};
use weft_tests::component;

/// A plugin in good order; what is made from it has one thing too many, or too little.
pub const GOOD: &str = "plugins/dist/skills.wasm";
const HOSTILE: &str = "tests/guests/dist/hostile.wasm";

pub enum ComesTo {
    /// Not uploaded: the code of the refusal, and what its words name.
    Refused(&'static str, &'static str),
    /// Uploaded, and not put in force with this misdeed in its settings.
    NotBound(&'static str, &'static str),
    /// Put in force with this misdeed in its settings; each call costs a rung, and the decision says this.
    Contained(&'static str, &'static str),
    /// Put in force with this misdeed; what it says too much is dropped, and its decision stands.
    Cut(&'static str),
}

pub struct Fixture {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub comes_to: ComesTo,
}

/// `precompiled`: compiled code of this very node.
pub fn all(precompiled: Vec<u8>) -> Vec<Fixture> {
    use ComesTo::{Contained, Cut, NotBound, Refused};
    let good = component(GOOD);
    let hostile = component(HOSTILE);
    let door = |name, bytes, code, names| Fixture { name, bytes, comes_to: Refused(code, names) };
    // A name in the bytes makes each a release of its own, so that none answers for another's breaker.
    let guest = |name, comes_to| Fixture { name, bytes: with(&hostile, &bytes::note(name)), comes_to };
    vec![
        // What is wrong before it runs.
        door("not wasm", b"#!/bin/sh".to_vec(), "not_wasm", "\\0asm"),
        door("empty", Vec::new(), "not_wasm", "\\0asm"),
        door("5 MB", with(&good, &bytes::ballast(5 << 20)), "too_large", "4194304"),
        door("truncated", good[..good.len() / 2].to_vec(), "truncated", "at byte"),
        door("precompiled", precompiled, "precompiled", "upload the .wasm component"),
        door("core module", bytes::core_module(), "not_a_component", "core module"),
        door("wrong world", bytes::exports("weft:plugin/greeting@1.0.0"), "wrong_world", "weft:plugin/greeting@1.0.0"),
        door("future version", bytes::exports("weft:plugin/routing@2.0.0"), "wit_version", "2.0.0"),
        door("unknown import", bytes::imports("wasi:sockets/tcp@0.2.0"), "unknown_import", "wasi:sockets/tcp@0.2.0"),
        door("two memories", with(&good, &bytes::second_memory()), "two_memories", "at byte"),
        door("64-bit memory", with(&good, &bytes::wide_memory()), "invalid", "at byte"),
        door("start function", with(&good, &bytes::start_function()), "start_function", "at byte"),
        door("nested component with code", with(&good, &bytes::nested_code()), "nested_component", "at byte"),
        door("resource type", with(&good, &bytes::resource()), "resource_type", "at byte"),
        door("UTF-16 strings", bytes::utf16(), "unsupported", "UTF-16"),
        door("two manifests", with(&good, &bytes::manifest(b"{}")), "bad_manifest", "weft:manifest"),
        door("compile bomb", with(&hostile, &bytes::compile_bomb(6000)), "compile_limit", "1024 MiB"),
        // What is wrong when it is bound.
        guest("loops in init", NotBound("init", "out of fuel")),
        // What is wrong in the call.
        guest("endless loop", Contained("loop", "out of fuel")),
        guest("memory bomb", Contained("memory", "memory limit")),
        guest("deep recursion", Contained("recursion", "trap")),
        guest("trap", Contained("trap", "trap")),
        guest("panic", Contained("panic", "on purpose")),
        guest("error", Contained("error", "no idea")),
        guest("output flood", Contained("output", "more than 16384 bytes")),
        guest("log flood", Cut("log")),
        guest("names an agent who is not in the list", Contained("stranger", "names agent 10000")),
        guest("names an agent at capacity", Contained("full", "free place")),
    ]
}
