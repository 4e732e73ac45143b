//! Ctrl-C and SIGTERM as something to look at, for a task that has things to put away first.

use anyhow::{Result, bail};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::signal::unix::{SignalKind, signal};

/// From when it is made, neither signal ends this process.
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    pub fn listen() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut interrupt, mut terminate) = {
            let _inside = runtime.enter();
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
        };
        let came = Arc::new(AtomicBool::new(false));
        let tell = came.clone();
        // Ends with the process.
        std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            });
            tell.store(true, Ordering::Release);
        });
        Ok(Self(came))
    }

    pub fn came(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// An error once it came: what is under way is given up.
    pub fn check(&self) -> Result<()> {
        if self.came() {
            bail!("interrupted");
        }
        Ok(())
    }
}
