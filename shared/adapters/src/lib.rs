//! Adapters behind the ports: the store on `aws-sdk-dynamodb`, sources on `reqwest`, secrets, the
//! clock, the embedded store of the single-machine edition, and what the cloud edition stands on.

pub mod clock;
#[cfg(feature = "cloud")]
pub mod cloud;
#[cfg(feature = "embedded")]
pub mod embedded;
#[cfg(feature = "mail")]
pub mod mail;
#[cfg(feature = "oidc")]
pub mod oidc;
pub mod secrets;
pub mod source;
#[cfg(feature = "store")]
pub mod store;
