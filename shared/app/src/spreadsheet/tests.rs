//! Spreadsheets as they are saved, and as they are made to harm.

use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::list_file::{ListFileError, read_list_file};

const PEOPLE: &[u8] = include_bytes!("../../../../tests/fixtures/spreadsheets/people.xlsx");

/// The fixture with parts beside those that it has, each as many zeros as a part has.
fn with_zeros(parts: usize, bytes: usize) -> Vec<u8> {
    let mut book = ZipArchive::new(Cursor::new(PEOPLE)).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for place in 0..book.len() {
        writer
            .raw_copy_file(book.by_index_raw(place).unwrap())
            .unwrap();
    }
    let mut zeros = ZipWriter::new(Cursor::new(Vec::new()));
    zeros
        .start_file("zeros", SimpleFileOptions::default())
        .unwrap();
    zeros.write_all(&vec![b'0'; bytes]).unwrap();
    let mut zeros = ZipArchive::new(zeros.finish().unwrap()).unwrap();
    for part in 0..parts {
        let zeros = zeros.by_index_raw(0).unwrap();
        writer
            .raw_copy_file_rename(zeros, format!("xl/media/{part}.png"))
            .unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn the_first_sheet_that_has_anything_becomes_a_table() {
    assert!(is_spreadsheet(PEOPLE));
    let table = String::from_utf8(to_csv(PEOPLE).unwrap()).unwrap();
    assert_eq!(
        table,
        "Nr,E-Mail,Vorname,Nachname,Angemeldet\n\
         1001,ada@example.org,Ada,Schäfer,2025-11-01\n\
         1002,bo@example.org,Bo,\"Ek; \"\"B\"\"\",2025-11-01T12:00:00\n"
    );
    let list = read_list_file(PEOPLE).unwrap();
    let first = &list.rows[0].1;
    assert_eq!(
        first,
        &["1001", "ada@example.org", "Ada", "Schäfer", "2025-11-01"]
    );
}

#[test]
fn what_is_cut_off_is_refused() {
    let cut = &PEOPLE[..PEOPLE.len() / 2];
    assert!(is_spreadsheet(cut));
    assert!(to_csv(cut).unwrap_err().contains("cannot be read"));
    assert!(!is_spreadsheet(b"PK\x03\x04 an archive"));
}

#[test]
fn a_small_file_that_unpacks_to_a_very_large_one_is_refused_as_an_import_and_as_an_upload() {
    let megabytes = 1_000_000;
    let for_import = with_zeros(11, 10 * megabytes);
    assert!(for_import.len() < megabytes);
    let refused = read_list_file(&for_import).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("more than 100 MB once it is unpacked"),
        "{refused}"
    );
    assert!(matches!(refused, ListFileError::Spreadsheet(_)));
    let refused = to_csv(&with_zeros(41, 10 * megabytes)).unwrap_err();
    assert!(
        refused.contains("more than 400 MB once it is unpacked"),
        "{refused}"
    );
    // As large as it may be.
    assert!(to_csv(&for_import).is_ok());
}

#[test]
fn what_a_file_says_of_its_size_is_not_believed() {
    let limits = SheetLimits {
        bytes: 100_000,
        columns: 10,
        rows: 10,
    };
    let mut book = with_zeros(1, 200_000);
    let size = 200_000_u32.to_le_bytes();
    let places: Vec<usize> = (0..book.len() - 4)
        .filter(|at| book[*at..*at + 4] == size)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        book[at..at + 4].copy_from_slice(&9_u32.to_le_bytes());
    }
    let refused = first_sheet(&book, limits).unwrap_err();
    assert!(
        matches!(
            refused,
            SpreadsheetError::TooLarge(_) | SpreadsheetError::Unreadable(_)
        ),
        "{refused}"
    );
}

#[test]
fn rows_columns_and_texts_are_read_up_to_a_limit() {
    let limits = SheetLimits {
        bytes: 100_000,
        columns: 5,
        rows: 3,
    };
    assert_eq!(first_sheet(PEOPLE, limits).unwrap().len(), 3);
    for (narrow, expected) in [
        (
            SheetLimits {
                columns: 4,
                ..limits
            },
            SpreadsheetError::TooManyColumns(4),
        ),
        (
            SheetLimits { rows: 2, ..limits },
            SpreadsheetError::TooManyRows(2),
        ),
    ] {
        assert_eq!(first_sheet(PEOPLE, narrow), Err(expected));
    }
    let mut rows = SheetRows::within(limits);
    let text = "x".repeat(30_000);
    let put: Result<(), SpreadsheetError> =
        (0..4).try_for_each(|column| rows.put(0, column, text.clone()));
    assert_eq!(put, Err(SpreadsheetError::TooLarge(100_000)));
    let sparse = SheetLimits {
        columns: 10_000,
        ..limits
    };
    let far = SheetRows::within(sparse).put(0, 9_000, "x".to_owned());
    assert_eq!(far, Err(SpreadsheetError::TooLarge(100_000)));
}
