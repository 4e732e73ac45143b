//! The retry hook: when a failed delivery is tried again.

#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit/v1",
        world: "retry-plugin",
        pub_export_macro: true,
        default_bindings_module: "weft_plugin::retry::bindings",
        export_macro_name: "export_retry",
        additional_derives: [PartialEq, Clone],
    });
}
pub use bindings::exports::weft::plugin::retry::{Attempt, Fault, Verdict};
pub use bindings::weft::plugin::log::{Level, write as log};
pub use bindings::weft::plugin::types::Context;

pub mod testing;

/// A retry policy. Pure: the same attempt gives the same verdict.
pub trait Retry: Sized {
    type Settings: serde::de::DeserializeOwned;

    fn new(settings: Self::Settings) -> Result<Self, String>;
    fn next(&self, attempt: &Attempt) -> Result<Verdict, String>;
}

/// Makes a type that is `Retry` the component's retry hook.
#[macro_export]
macro_rules! retry_plugin {
    ($plugin:ty) => {
        $crate::hook!(retry, export_retry, $plugin, $crate::retry::Retry, {
            fn next(attempt: $crate::retry::Attempt) -> Result<$crate::retry::Verdict, String> {
                $crate::retry::Retry::next(plugin()?, &attempt)
            }
        });
    };
}
