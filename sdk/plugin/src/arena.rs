//! Memory of a plugin: a bump allocator. The host throws the instance away after each call, so nothing is ever freed; a call
//! costs no search and no system call, and the same input always costs the same fuel.

#[cfg(target_arch = "wasm32")]
mod bump {
    use core::alloc::{GlobalAlloc, Layout};
    use core::arch::wasm32::{memory_grow, memory_size};
    use core::ptr::null_mut;

    const PAGE: usize = 65536;

    unsafe extern "C" {
        /// Where the linker's data end.
        static __heap_base: u8;
    }

    struct Bump;
    static mut NEXT: usize = 0;

    // SAFETY: a plugin has one thread, and every block is handed out once.
    unsafe impl GlobalAlloc for Bump {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            unsafe {
                if NEXT == 0 {
                    NEXT = &raw const __heap_base as usize;
                }
                let start = (NEXT + layout.align() - 1) & !(layout.align() - 1);
                let Some(end) = start.checked_add(layout.size()) else { return null_mut() };
                let have = memory_size(0) * PAGE;
                if end > have && memory_grow(0, (end - have).div_ceil(PAGE)) == usize::MAX {
                    return null_mut();
                }
                NEXT = end;
                start as *mut u8
            }
        }
        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
        unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            unsafe {
                // The newest block grows in place.
                if old as usize + layout.size() == NEXT && size >= layout.size() {
                    let more = Layout::from_size_align_unchecked(size - layout.size(), 1);
                    return if self.alloc(more).is_null() { null_mut() } else { old };
                }
                let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
                if !new.is_null() {
                    core::ptr::copy_nonoverlapping(old, new, layout.size().min(size));
                }
                new
            }
        }
    }

    #[global_allocator]
    static MEMORY: Bump = Bump;
}
