//! Mail: building messages, handing them over by SMTP or SES or writing them into a folder, and
//! parsing the feedback of SES.

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
