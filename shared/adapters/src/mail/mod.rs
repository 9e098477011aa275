//! Mail: messages built, handed over by SMTP or SES or written into a folder, and what SES tells
//! of them later.

mod about;
pub mod feedback;
pub mod folder;
mod message;
mod pace;
#[cfg(feature = "ses")]
pub mod ses;
pub mod smtp;
mod words;

#[cfg(test)]
mod tests;
