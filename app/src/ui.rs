//! Controls that know no room. Class names are those of `docs/style.md`.

mod avatar;
mod button;
pub mod chart;
mod combo;
mod dialog;
mod field;
mod frame;
mod icon;
mod load;
mod menu;
pub mod mine;
mod state;
mod switch;
mod toast;

pub use avatar::{Avatar, Mark, Tag, kind_class};
pub use button::{Button, IconButton};
pub use combo::RefPicker;
pub use dialog::{Confirm, Dialog, FormFoot};
pub(crate) use field::{Around, around, leaves, walks};
pub use field::{
    CURRENCIES, Checkbox, DateInput, Field, InstantInput, MoneyInput, NumberInput, Select, TagsInput, TextArea, TextInput, ZoneSelect,
    plain_number,
};
pub(crate) use frame::capital;
pub use frame::{cards, form};
pub use icon::Icon;
pub use load::loaded;
pub use menu::{Close, Menu, MenuItem, MenuLine, Popover};
pub use state::{Banner, EmptyState, ErrorState, ProgressBar, Skeleton, renewable};
pub use switch::{Chip, Segmented, Tabs};
pub use toast::{Toast, Toaster, Toasts, UnderWay, use_toasts};

/// An id for `for`, `aria-controls` and the like. Different on server and browser by intent: what the server wrote
/// stays in the document when the page comes to life, and must not meet what the browser makes later.
pub fn uid() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    if cfg!(feature = "ssr") { format!("s{n}") } else { format!("c{n}") }
}
