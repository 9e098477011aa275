//! What every adapter of a port does, whatever it stands on: written once, run against each.

pub(crate) mod people;
pub(crate) mod place;
pub(crate) mod secrets;
pub(crate) mod store;
pub(crate) mod table;

use std::pin::Pin;

/// A case while it runs; it panics where the contract is broken.
pub(crate) type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One sentence of a port's contract.
pub(crate) struct ContractCase<S> {
    pub(crate) name: &'static str,
    pub(crate) run: fn(S) -> Running,
}

/// Lists functions as cases.
macro_rules! cases {
    ($subject:ty: $($name:ident),+ $(,)?) => {
        /// The contract.
        pub(crate) fn cases() -> Vec<$crate::contract::ContractCase<$subject>> {
            vec![$($crate::contract::ContractCase {
                name: stringify!($name),
                run: |subject| Box::pin($name(subject)),
            }),+]
        }
    };
}
pub(crate) use cases;
