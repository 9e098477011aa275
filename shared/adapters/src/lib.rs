//! The adapters of the ports: the store over a table, the engines of the table, sources over
//! `reqwest`, secrets, the clock, and the AWS services of the cloud edition.

#[cfg(feature = "sqlite")]
pub mod backup;
pub mod clock;
#[cfg(feature = "cloud")]
pub mod cloud;
#[cfg(feature = "otlp")]
pub mod collector;
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
