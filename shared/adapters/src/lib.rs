//! Adapters behind the ports: the store over a table, sources on `reqwest`, secrets, the
//! clock, the engines of the table, and what the cloud edition stands on.

#[cfg(feature = "sqlite")]
pub mod backup;
pub mod clock;
#[cfg(feature = "cloud")]
pub mod cloud;
pub mod erasure_list;
#[cfg(feature = "store")]
pub mod erasure_table;
pub mod in_process;
#[cfg(feature = "mail")]
pub mod mail;
#[cfg(feature = "oidc")]
pub mod oidc;
pub mod poster;
pub mod secrets;
pub mod source;
#[cfg(feature = "store")]
pub mod store;
#[cfg(feature = "store")]
pub mod table;
