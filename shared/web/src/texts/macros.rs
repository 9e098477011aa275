//! The macro for a text with values.

/// The text of a message with values: `text!("run-removed", count = 3)`.
macro_rules! text {
    ($id:literal $(, $name:ident = $value:expr)+ $(,)?) => {
        $crate::texts::text($id)$(.with(stringify!($name), &$value))+.to_string()
    };
}
pub(crate) use text;
