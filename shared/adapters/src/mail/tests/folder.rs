//! Mail in a folder.

use std::path::Path;

use attendee_sync_app::ports::{InvitationRef, MailError, MailFolder, Mailer, OutgoingMail};
use jiff::{SignedDuration, Timestamp};

use super::contract::hands_each_mail_over_once;
use super::samples::{RECIPIENT, mail, person, test_mail};
use crate::mail::folder::FolderMailer;

fn files(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn contents(dir: &Path) -> Vec<Vec<u8>> {
    let names = files(dir).into_iter();
    names
        .map(|name| std::fs::read(dir.join(name)).unwrap())
        .collect()
}

fn at(second: i64) -> Timestamp {
    let start: Timestamp = "2026-11-01T10:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(second)
}

#[tokio::test]
async fn each_mail_is_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("mail");
    let mailer = FolderMailer::new(&folder);
    hands_each_mail_over_once(&mailer, || contents(&folder)).await;
}

#[tokio::test]
async fn files_and_folder_are_their_owners_alone_and_no_name_is_personal() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("a/mail");
    let sent = FolderMailer::new(&folder).send(&mail(3)).await.unwrap();
    let names = files(&folder);
    assert_eq!(names, [sent.message_id.as_str()]);
    let short = format!(
        "20261101T100000.000000Z-{:016x}-3-",
        person(RECIPIENT).short()
    );
    assert!(names[0].starts_with(&short), "{names:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join(&names[0])), 0o600);
    }
}

#[tokio::test]
async fn what_was_written_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::new(dir.path());
    let mut mail = mail(1);
    mail.to.name = Some("Zoë, Smith".to_owned());
    mail.letter.subject = "Привет ★".to_owned();
    let name = mailer.send(&mail).await.unwrap().message_id;
    let read = mailer.read(&name).await.unwrap().unwrap();
    assert_eq!(read.mail.name, name);
    assert_eq!(read.mail.date, mail.date);
    assert_eq!(read.mail.to, format!("Zoë, Smith <{RECIPIENT}>"));
    assert_eq!(read.mail.subject, "Привет ★");
    assert_eq!(read.text, mail.letter.text);
    assert_eq!(read.html, mail.letter.html);
    let headers: Vec<String> = read
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let about = mail.about.unwrap();
    for line in [
        "Date: Sun, 1 Nov 2026 10:00:00 +0000",
        "From: DevCon <noreply@devcon.example>",
        "Subject: Привет ★",
        &format!("Message-ID: 1.devcon.{}@devcon.example", about.person),
        &format!("X-Attendee-Sync: devcon {} 1", about.person),
    ] {
        assert!(
            headers.iter().any(|header| header == line),
            "{line}: {headers:?}"
        );
    }
    assert_eq!(mailer.list(None, 9).await.unwrap(), [read.mail]);
}

#[tokio::test]
async fn the_newest_come_first_page_by_page() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::new(dir.path().join("none yet"));
    assert!(mailer.list(None, 10).await.unwrap().is_empty());
    for second in [3, 1, 2, 5, 4] {
        let mut mail = mail(1);
        mail.date = at(second);
        mailer.send(&mail).await.unwrap();
    }
    let mut dates = Vec::new();
    let mut before = None;
    loop {
        let page = mailer.list(before.as_deref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        before = Some(last.name.clone());
        dates.extend(page.into_iter().map(|mail| mail.date));
    }
    assert_eq!(dates, [at(5), at(4), at(3), at(2), at(1)]);
}

#[tokio::test]
async fn forgetting_a_person_deletes_their_mails_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::new(dir.path());
    let other = person("other@example.org");
    for number in 1..=3 {
        mailer.send(&mail(number)).await.unwrap();
    }
    let mut others = mail(1);
    others.about = others.about.map(|about| InvitationRef {
        person: other,
        ..about
    });
    mailer.send(&others).await.unwrap();
    // What a crash left half written.
    let half = format!(
        "20261101T100000.000000Z-{:016x}-1-0a.partial",
        person(RECIPIENT).short()
    );
    std::fs::write(dir.path().join(half), "To: x").unwrap();
    mailer.forget(person(RECIPIENT)).await.unwrap();
    let names = files(dir.path());
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(names[0].contains(&format!("-{:016x}-", other.short())));
    mailer.forget(person(RECIPIENT)).await.unwrap();
}

#[tokio::test]
async fn forgetting_a_person_deletes_the_tests_that_went_to_them_and_that_show_them() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::new(dir.path());
    let (shown, organiser, other) = (
        person("ada@example.org"),
        person("organiser@example.org"),
        person("other@example.org"),
    );
    let test = |concerns: &[_]| OutgoingMail {
        concerns: concerns.to_vec(),
        ..test_mail()
    };
    let to_them = mailer.send(&test_mail()).await.unwrap().message_id;
    let of_them = mailer.send(&test(&[organiser, shown])).await.unwrap();
    let others = mailer.send(&test(&[organiser, other])).await.unwrap();
    assert!(to_them.contains(&format!("-{:016x}-0-", person(RECIPIENT).short())));
    let listed = mailer.list(None, 9).await.unwrap();
    assert_eq!(listed.len(), 3, "{listed:?}");
    // An earlier version did not say in the name to whom it went.
    let earlier = "20261101T100000.000000Z-test-0-00000000.eml";
    std::fs::write(dir.path().join(earlier), "To: jo.smith@example.org\n\n").unwrap();

    mailer.forget(person(RECIPIENT)).await.unwrap();
    let mut left = vec![of_them.message_id.clone(), others.message_id.clone()];
    left.sort();
    assert_eq!(files(dir.path()), left);
    mailer.forget(shown).await.unwrap();
    assert_eq!(files(dir.path()), [others.message_id]);
}

#[tokio::test]
async fn clearing_deletes_old_mails_and_what_was_never_finished() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::new(dir.path().join("none yet"));
    assert_eq!(mailer.clear(at(9), at(9)).await.unwrap(), 0);
    let mailer = FolderMailer::new(dir.path());
    let mut kept = Vec::new();
    for second in [1, 2, 3] {
        let mut mail = mail(1);
        mail.date = at(second);
        let name = mailer.send(&mail).await.unwrap().message_id;
        std::fs::write(dir.path().join(name.replace(".eml", ".partial")), "To: x").unwrap();
        if second >= 2 {
            kept.push(name.clone());
        }
        if second >= 3 {
            kept.push(name.replace(".eml", ".partial"));
        }
    }
    for foreign in ["notes.eml", "notes.partial", "notes.txt"] {
        std::fs::write(dir.path().join(foreign), "").unwrap();
        kept.push(foreign.to_owned());
    }
    assert_eq!(mailer.clear(at(2), at(3)).await.unwrap(), 3);
    kept.sort();
    assert_eq!(files(dir.path()), kept);
}

#[cfg(unix)]
#[tokio::test]
async fn no_name_leads_out_of_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("secret.eml"), "To: x@example.org\n\nsecret").unwrap();
    let folder = dir.path().join("mail");
    let mailer = FolderMailer::new(&folder);
    let good = mailer.send(&mail(1)).await.unwrap().message_id;
    let link = good.replace("-1-", "-2-");
    std::os::unix::fs::symlink(dir.path().join("secret.eml"), folder.join(&link)).unwrap();
    std::fs::create_dir(folder.join(good.replace("-1-", "-3-"))).unwrap();
    let absolute = folder.join(&good);
    for name in [
        "../secret.eml",
        "/etc/passwd",
        "..",
        ".",
        "",
        "secret.eml\0",
        &format!("../mail/{good}"),
        &format!("{good}\0"),
        &format!("./{good}"),
        absolute.to_str().unwrap(),
        &link,
        &good.replace("-1-", "-3-"),
        &good.replace("-1-", "-4-"),
        &good.replace("-1-", "-1/../1-"),
    ] {
        assert_eq!(mailer.read(name).await.unwrap(), None, "{name:?}");
    }
    assert!(mailer.read(&good).await.unwrap().is_some());
    let listed = mailer.list(None, 10).await.unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
}

#[tokio::test]
async fn foreign_files_are_skipped_and_corrupt_ones_are_shown_as_unreadable() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::new(dir.path());
    let good = mailer.send(&mail(1)).await.unwrap().message_id;
    for (name, bytes) in [
        ("notes.txt", b"x".as_slice()),
        ("notes.eml", b"Subject: x\n\ny"),
        ("20261301T100000.000000Z-test-0-00000000.eml", b""),
    ] {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    let corrupt = [
        b"".as_slice(),
        b"\xff\xfe\0\0",
        b"\x89PNG\r\n\x1a\n",
        b"no header",
    ];
    for (number, bytes) in (2..).zip(corrupt) {
        let name = good.replace("-1-", &format!("-{number}-"));
        std::fs::write(dir.path().join(&name), bytes).unwrap();
        let read = mailer.read(&name).await.unwrap().unwrap();
        assert_eq!(read.mail.subject, "(unreadable)", "{bytes:?}");
    }
    let listed = mailer.list(None, 10).await.unwrap();
    let subjects: Vec<&str> = listed.iter().map(|mail| mail.subject.as_str()).collect();
    let mut expected = vec!["(unreadable)"; 4];
    expected.push("Come in, no. 1");
    assert_eq!(subjects, expected);
}

#[tokio::test]
async fn ten_thousand_mails_are_listed_by_the_page() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..10_000 {
        let name = format!("20261101T100000.{number:06}Z-test-0-00000000.eml");
        let content = format!("To: x\nSubject: {number}\n\n");
        std::fs::write(dir.path().join(name), content).unwrap();
    }
    let mailer = FolderMailer::new(dir.path());
    let page = mailer.list(None, 50).await.unwrap();
    let subjects: Vec<String> = page.into_iter().map(|mail| mail.subject).collect();
    let expected: Vec<String> = (9950..10_000).rev().map(|n| n.to_string()).collect();
    assert_eq!(subjects, expected);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_takes_no_mail() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = FolderMailer::new(&file).send(&mail(1)).await.unwrap_err();
    assert!(matches!(error, MailError::Unavailable { .. }), "{error:?}");
    let text = error.to_string();
    assert!(!text.contains(dir.path().to_str().unwrap()), "{text}");
    let under = FolderMailer::new(file.join("mail"));
    assert!(matches!(
        under.send(&mail(1)).await,
        Err(MailError::Unavailable { .. })
    ));
    assert!(matches!(
        under.list(None, 1).await,
        Err(MailError::Unavailable { .. })
    ));
}
