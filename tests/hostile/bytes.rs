//! Sections that no plugin has, and components made of them.

use wasm_encoder::{
    BlockType, CanonicalOption, CodeSection, Component, ComponentBuilder, ComponentExportKind, ComponentExportSection,
    ComponentInstanceSection, ComponentSection, ComponentTypeRef, ComponentTypeSection, CustomSection, Function,
    FunctionSection, InstanceType, Instruction, MemorySection, MemoryType, Module, ModuleSection,
    NestedComponentSection, PrimitiveValType, StartSection, TypeSection, ValType,
};

/// `component` with what one of the functions below makes behind it.
pub fn with(component: &[u8], sections: &[u8]) -> Vec<u8> {
    [component, sections].concat()
}

fn one(section: &impl ComponentSection) -> Vec<u8> {
    let mut bytes = Vec::new();
    section.append_to_component(&mut bytes);
    bytes
}

fn module(module: &Module) -> Vec<u8> {
    one(&ModuleSection(module))
}

/// A custom section that means nothing.
pub fn note(text: &str) -> Vec<u8> {
    one(&CustomSection { name: "fixture".into(), data: text.as_bytes().into() })
}

pub fn ballast(bytes: usize) -> Vec<u8> {
    one(&CustomSection { name: "ballast".into(), data: vec![0; bytes].into() })
}

pub fn manifest(json: &[u8]) -> Vec<u8> {
    one(&CustomSection { name: "weft:manifest".into(), data: json.into() })
}

pub fn core_module() -> Vec<u8> {
    Module::new().finish()
}

pub fn second_memory() -> Vec<u8> {
    memory(false)
}

pub fn wide_memory() -> Vec<u8> {
    memory(true)
}

fn memory(memory64: bool) -> Vec<u8> {
    let mut memories = MemorySection::new();
    memories.memory(MemoryType { minimum: 1, maximum: None, memory64, shared: false, page_size_log2: None });
    module(Module::new().section(&memories))
}

/// Code that would run when it is instantiated, before anybody calls it.
pub fn start_function() -> Vec<u8> {
    let mut body = Function::new([]);
    body.instruction(&Instruction::End);
    function(&body, true)
}

/// As many loops in one another as locals, and the innermost changes them all: a file of a few KiB for which a compiler holds
/// the square of `depth`.
pub fn compile_bomb(depth: u32) -> Vec<u8> {
    let mut body = Function::new([(depth, ValType::I64)]);
    for _ in 0..depth {
        body.instruction(&Instruction::Loop(BlockType::Empty));
    }
    for local in 0..depth {
        body.instruction(&Instruction::LocalGet((local + 1) % depth));
        body.instruction(&Instruction::LocalSet(local));
    }
    for local in 0..depth {
        body.instruction(&Instruction::LocalGet(local));
        body.instruction(&Instruction::I64Eqz);
        body.instruction(&Instruction::BrIf(0));
        body.instruction(&Instruction::End);
    }
    body.instruction(&Instruction::End);
    function(&body, false)
}

fn function(body: &Function, starts: bool) -> Vec<u8> {
    let (mut types, mut functions, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([], []);
    functions.function(0);
    code.function(body);
    let mut with = Module::new();
    with.section(&types).section(&functions);
    if starts {
        with.section(&StartSection { function_index: 0 });
    }
    module(with.section(&code))
}

pub fn nested_code() -> Vec<u8> {
    let mut inner = Component::new();
    inner.section(&ModuleSection(&Module::new()));
    one(&NestedComponentSection(&inner))
}

pub fn resource() -> Vec<u8> {
    let mut types = ComponentTypeSection::new();
    types.resource(ValType::I32, None);
    one(&types)
}

/// A component that takes the strings of a function as UTF-16.
pub fn utf16() -> Vec<u8> {
    let mut component = ComponentBuilder::default();
    let ty = nullary(&mut component);
    let function = component.import("f", ComponentTypeRef::Func(ty));
    component.lower_func(None, function, [CanonicalOption::UTF16]);
    component.finish()
}

fn nullary(component: &mut ComponentBuilder) -> u32 {
    let (ty, mut function) = component.type_function(None);
    function.params([] as [(&str, PrimitiveValType); 0]).result(None);
    ty
}

/// A routing plugin by its exports, made of nothing but what it imports by this name.
pub fn imports(name: &str) -> Vec<u8> {
    let mut inside = InstanceType::new();
    inside.ty().function().params([] as [(&str, PrimitiveValType); 0]).result(None);
    inside.export("f", ComponentTypeRef::Func(0));
    let mut component = ComponentBuilder::default();
    let ty = component.type_instance(None, &inside);
    let imported = component.import(name, ComponentTypeRef::Instance(ty));
    let function = component.alias_export(imported, "f", ComponentExportKind::Func);
    component.export("init", ComponentExportKind::Func, function, None);
    component.export("weft:plugin/routing@1.0.0", ComponentExportKind::Instance, imported, None);
    component.finish()
}

/// A component that exports an empty instance of this name.
pub fn exports(name: &str) -> Vec<u8> {
    let mut instances = ComponentInstanceSection::new();
    instances.export_items([] as [(&str, ComponentExportKind, u32); 0]);
    let mut exports = ComponentExportSection::new();
    exports.export(name, ComponentExportKind::Instance, 0, None);
    let mut component = Component::new();
    component.section(&instances).section(&exports);
    component.finish()
}
