//! The notification hook: who is told about what, out of band.

#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit/v1",
        world: "notification-plugin",
        pub_export_macro: true,
        default_bindings_module: "weft_plugin::notification::bindings",
        export_macro_name: "export_notification",
        additional_derives: [PartialEq, Clone],
    });
}
pub use bindings::exports::weft::plugin::notification::{Delivery, Event};
pub use bindings::weft::plugin::log::{Level, write as log};
pub use bindings::weft::plugin::store;
pub use bindings::weft::plugin::types::{Context, Property};

/// A notification handler: events in, intents out. The host performs, signs, retries and records them.
pub trait Notification: Sized {
    type Settings: serde::de::DeserializeOwned;

    fn new(settings: Self::Settings) -> Result<Self, String>;
    fn handle(&self, event: &Event) -> Result<Vec<Delivery>, String>;
}

/// Makes a type that is `Notification` the component's notification hook.
#[macro_export]
macro_rules! notification_plugin {
    ($plugin:ty) => {
        $crate::hook!(notification, export_notification, $plugin, $crate::notification::Notification, {
            fn handle(event: $crate::notification::Event) -> Result<Vec<$crate::notification::Delivery>, String> {
                $crate::notification::Notification::handle(plugin()?, &event)
            }
        });
    };
}
