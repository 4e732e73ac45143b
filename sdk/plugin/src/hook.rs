//! What stands between a plugin and its world.

/// What the three hooks share: `init` makes the plugin once, a panic becomes a log line, `plugin()` is what `init` made.
#[doc(hidden)]
#[macro_export]
macro_rules! hook {
    ($hook:ident, $export:ident, $plugin:ty, $trait:path, { $($call:item)* }) => {
        // Only a component has exports; a native build of the plugin is for its tests.
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            static PLUGIN: ::std::sync::OnceLock<$plugin> = ::std::sync::OnceLock::new();

            fn plugin() -> Result<&'static $plugin, String> {
                PLUGIN.get().ok_or_else(|| "the plugin was not bound".to_owned())
            }

            struct Hook;
            impl $crate::$hook::bindings::Guest for Hook {
                fn init(settings: String) -> Result<(), String> {
                    ::std::panic::set_hook(::std::boxed::Box::new(|panic| {
                        $crate::$hook::log($crate::$hook::Level::Error, &panic.to_string());
                    }));
                    let made = <$plugin as $trait>::new($crate::read_settings(&settings)?)?;
                    PLUGIN.set(made).map_err(|_| "bound twice".to_owned())
                }
            }
            impl $crate::$hook::bindings::exports::weft::plugin::$hook::Guest for Hook { $($call)* }
            $crate::$hook::bindings::$export!(Hook with_types_in $crate::$hook::bindings);
        };
    };
}
