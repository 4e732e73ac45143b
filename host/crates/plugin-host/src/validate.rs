//! What is looked at before anything of an upload is compiled, in the order of the cost.

use crate::{
    limits::{self, Caps},
    manifest::{Manifest, SECTION},
    refusal::{chain, refuse},
};
use model::plugin::{Digest, Hook};
use ports::plugins::{Inspection, UploadRefusal};
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentExternalKind, ComponentType, Parser, Payload, ValType, Validator,
    WasmFeatures,
};

/// The hooks, the interface that each exports, and what it may import.
const WORLDS: [(Hook, &str, &[&str]); 3] = [
    (Hook::Routing, "weft:plugin/routing", &["weft:plugin/types", "weft:plugin/log"]),
    (Hook::Notification, "weft:plugin/notification", &["weft:plugin/types", "weft:plugin/log", "weft:plugin/store"]),
    (Hook::Retry, "weft:plugin/retry", &["weft:plugin/types", "weft:plugin/log"]),
];
/// The major version of the interface that this host speaks.
const MAJOR: &str = "1";

/// What the structure of a component shows.
#[derive(Default)]
struct Shape {
    depth: usize,
    imports: Vec<String>,
    exports: Vec<String>,
    core_modules: usize,
    memories: usize,
    manifests: Vec<Vec<u8>>,
}

/// Looks at an upload without compiling it. Refuses what is malformed, larger or hungrier than `caps`, or has what no plugin
/// may have.
pub fn inspect(bytes: &[u8], caps: &Caps) -> Result<(Inspection, Manifest), UploadRefusal> {
    if bytes.len() > caps.component {
        let (is, most) = (bytes.len(), caps.component);
        return Err(refuse(
            "too_large",
            format!("{is} bytes; the operator allows {most} (plugins.max_component_bytes)"),
        ));
    }
    if wasmtime::Engine::detect_precompiled(bytes).is_some() || bytes.starts_with(b"\x7fELF") {
        return Err(refuse("precompiled", "this is compiled code; upload the .wasm component"));
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(refuse("not_wasm", "this is not WebAssembly: it does not begin with \\0asm"));
    }
    if bytes.get(4..8) == Some(&[1, 0, 0, 0]) {
        return Err(refuse("not_a_component", "this is a core module; `weft plugin build` packs it as a component"));
    }
    structure_is_valid(bytes)?;
    let shape = Shape::read(bytes)?;
    let (hook, wit_version) = shape.world()?;
    let manifest = match shape.manifests.as_slice() {
        [section] => Manifest::read(section)?,
        [] => return Err(refuse("no_manifest", format!("there is no section {SECTION}"))),
        several => return Err(refuse("bad_manifest", format!("{} sections {SECTION}", several.len()))),
    };
    if manifest.hook != hook {
        let (says, is) = (manifest.hook.as_str(), hook.as_str());
        return Err(refuse("wrong_world", format!("the manifest says {says}, the component exports {is}")));
    }
    caps.grants(manifest.limits)?;
    let inspection = Inspection {
        digest: Digest::of(bytes),
        size: bytes.len() as u64,
        hook,
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        wit_version,
        imports: shape.imports,
        exports: shape.exports,
        manifest: serde_json::to_value(&manifest).map_err(|e| refuse("bad_manifest", e.to_string()))?,
    };
    Ok((inspection, manifest))
}

fn structure_is_valid(bytes: &[u8]) -> Result<(), UploadRefusal> {
    let mut validator = Validator::new_with_features(WasmFeatures::WASM2 | WasmFeatures::COMPONENT_MODEL);
    validator.validate_all(bytes).map(drop).map_err(|e| {
        let code = if e.message().contains("unexpected end") { "truncated" } else { "invalid" };
        refuse(code, format!("at byte {}: {}", e.offset(), e.message()))
    })
}

impl Shape {
    fn read(bytes: &[u8]) -> Result<Self, UploadRefusal> {
        let mut shape = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(|e| refuse("invalid", format!("at byte {}: {}", e.offset(), e.message())))?;
            shape.see(payload)?;
        }
        Ok(shape)
    }

    fn see(&mut self, payload: Payload<'_>) -> Result<(), UploadRefusal> {
        let broken = |e: wasmparser::BinaryReaderError| refuse("invalid", chain(&e));
        match payload {
            Payload::ModuleSection { unchecked_range, .. } => {
                if self.depth > 0 {
                    let place = unchecked_range.start;
                    return Err(refuse(
                        "nested_component",
                        format!("code in a component inside the component at byte {place}"),
                    ));
                }
                self.depth += 1;
                self.core_modules += 1;
                if self.core_modules > limits::CORE_MODULES {
                    return Err(refuse("too_many_modules", format!("more than {} core modules", limits::CORE_MODULES)));
                }
            }
            // The encoder wraps each exported interface in one that only renames; one with code in it is refused above.
            Payload::ComponentSection { .. } => self.depth += 1,
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::MemorySection(section) => {
                for memory in section.into_iter_with_offsets() {
                    let (place, memory) = memory.map_err(broken)?;
                    self.memories += 1;
                    if memory.memory64 || memory.shared {
                        let message = format!("64-bit and shared memories are not allowed; one is at byte {place}");
                        return Err(refuse("memory_kind", message));
                    }
                    if self.memories > 1 {
                        let message = format!("a plugin has one memory; there is another at byte {place}");
                        return Err(refuse("two_memories", message));
                    }
                }
            }
            Payload::GlobalSection(section) => {
                for global in section.into_iter_with_offsets() {
                    let (place, global) = global.map_err(broken)?;
                    if global.ty.content_type == ValType::V128 {
                        let message = format!("the global of type v128 at byte {place} cannot be frozen");
                        return Err(refuse("vector_global", message));
                    }
                }
            }
            Payload::StartSection { range, .. } => {
                return Err(refuse(
                    "start_function",
                    format!("a core module has a start function at byte {}", range.start),
                ));
            }
            Payload::ComponentStartSection { range, .. } => {
                return Err(refuse(
                    "start_function",
                    format!("the component has a start function at byte {}", range.start),
                ));
            }
            Payload::ComponentTypeSection(section) => {
                for ty in section.into_iter_with_offsets() {
                    let (place, ty) = ty.map_err(broken)?;
                    if matches!(ty, ComponentType::Resource { .. }) {
                        return Err(resource_type(place));
                    }
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section.into_iter_with_offsets() {
                    let (place, function) = function.map_err(broken)?;
                    plainly_called(&function, place)?;
                }
            }
            Payload::ComponentImportSection(section) if self.depth == 0 => {
                for import in section {
                    self.imports.push(import.map_err(broken)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if self.depth == 0 => {
                for export in section {
                    let export = export.map_err(broken)?;
                    if matches!(export.kind, ComponentExternalKind::Func | ComponentExternalKind::Instance) {
                        self.exports.push(export.name.name.to_owned());
                    }
                }
            }
            Payload::CustomSection(section) if self.depth == 0 && section.name() == SECTION => {
                self.manifests.push(section.data().to_vec());
            }
            _ => {}
        }
        Ok(())
    }

    /// The hook that the exports make it, and the version of the interface.
    fn world(&self) -> Result<(Hook, String), UploadRefusal> {
        let exported = |name: &str| self.exports.iter().find_map(|e| e.strip_prefix(name)?.strip_prefix('@'));
        let mut hooks = WORLDS.iter().filter_map(|(hook, name, imports)| Some((*hook, *imports, exported(name)?)));
        let (hook, allowed, version) = hooks.next().ok_or_else(|| {
            refuse("wrong_world", format!("it exports none of the hooks; its exports are: {}", listed(&self.exports)))
        })?;
        if hooks.next().is_some() {
            return Err(refuse("wrong_world", "one plugin has one hook; this one exports several"));
        }
        if version.split('.').next() != Some(MAJOR) || version.contains('-') {
            return Err(refuse(
                "wit_version",
                format!("it speaks version {version} of the interface, this host {MAJOR}.x"),
            ));
        }
        if !self.exports.iter().any(|e| e == "init") {
            return Err(refuse("wrong_world", "it does not export `init`"));
        }
        let unknown = |import: &&String| {
            let (name, version) = import.split_once('@').unwrap_or((import, ""));
            !allowed.contains(&name) || version.split('.').next() != Some(MAJOR)
        };
        if let Some(import) = self.imports.iter().find(unknown) {
            return Err(refuse(
                "unknown_import",
                format!("it imports {import}, which a {} plugin does not get", hook.as_str()),
            ));
        }
        Ok((hook, version.to_owned()))
    }
}

/// Lifted or lowered with UTF-8 strings, synchronously. Other string encodings had bugs that UTF-8 did not have.
fn plainly_called(function: &CanonicalFunction, place: usize) -> Result<(), UploadRefusal> {
    let unsupported = |what: &str| refuse("unsupported", format!("the canonical function at byte {place} {what}"));
    let options: &[CanonicalOption] = match function {
        CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. } => options,
        CanonicalFunction::ResourceNew { .. }
        | CanonicalFunction::ResourceDrop { .. }
        | CanonicalFunction::ResourceRep { .. } => return Err(resource_type(place)),
        _ => return Err(unsupported("is one that no plugin needs")),
    };
    options.iter().try_for_each(|option| match option {
        CanonicalOption::UTF16 | CanonicalOption::CompactUTF16 => Err(unsupported("has UTF-16 strings, not UTF-8")),
        CanonicalOption::Async => Err(unsupported("is asynchronous")),
        _ => Ok(()),
    })
}

fn resource_type(place: usize) -> UploadRefusal {
    refuse("resource_type", format!("resource types are not allowed; one is at byte {place}"))
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".into() } else { names.join(", ") }
}
