//! The folder of mails that were written instead of being sent, for pages and API alike.

use attendee_sync_app::Error;
use attendee_sync_app::ports::{MailFolder, ReadMail, StoredMail};

use crate::console::Console;
use crate::lists::paging::bad_cursor;
use crate::problem::HttpProblem;

impl Console {
    /// Returns some mails, the newest first, and the name after which the next page begins.
    pub(crate) async fn mails(
        &self,
        before: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<StoredMail>, Option<String>), HttpProblem> {
        if before.is_some_and(|name| !is_name(name)) {
            return Err(bad_cursor());
        }
        let mails = self.folder()?.list(before, limit).await;
        let mails = mails.map_err(Error::from)?;
        let next = mails.last().filter(|_| mails.len() == limit);
        let next = next.map(|mail| mail.name.clone());
        Ok((mails, next))
    }

    /// Returns one mail.
    pub(crate) async fn mail(&self, name: &str) -> Result<ReadMail, HttpProblem> {
        let folder = self.folder()?;
        if !is_name(name) {
            return Err(HttpProblem::not_found());
        }
        let mail = folder.read(name).await.map_err(Error::from)?;
        mail.ok_or_else(HttpProblem::not_found)
    }

    fn folder(&self) -> Result<&dyn MailFolder, HttpProblem> {
        let folder = self.app.mail_folder();
        folder.ok_or_else(HttpProblem::no_mail_folder)
    }
}

/// Returns whether a mail can have this name; such a name never leads out of the folder.
fn is_name(name: &str) -> bool {
    let allowed = |c: char| !c.is_control() && !"/\\:".contains(c);
    !name.is_empty() && name.len() <= 255 && !name.starts_with('.') && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        assert!(is_name("20261101T120000Z-1.eml"));
        let long = "x".repeat(256);
        for name in [
            "", ".", "..", "../a", "a/b", "a\\b", "C:a", ".hidden", "a\0", &long,
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}
