use super::*;

use attendee_sync_domain::config::{FeedFormat, Mapping};
use row::MAX_FIELDS;
use serde_json::json;

/// A document that says nothing of its columns.
fn rows(body: &[u8], chunk: usize) -> Result<Vec<String>, String> {
    read(&BodyShape::default(), body, chunk).map(|(rows, _)| rows)
}

/// The rows, and the codes of what there is to say of them.
fn read(
    shape: &BodyShape,
    body: &[u8],
    chunk: usize,
) -> Result<(Vec<String>, Vec<String>), String> {
    let mut rows = CsvRows::new(shape);
    let mut block = FeedBlock::default();
    let read = body
        .chunks(chunk)
        .try_for_each(|chunk| rows.push(chunk, &mut block))
        .and_then(|()| rows.finish(&mut block));
    let remarks = read.map_err(|error| error.message)?;
    let codes = remarks.into_iter().map(|remark| remark.code).collect();
    Ok((super::super::tests::units(&block), codes))
}

/// A document whose mapping takes these columns, and a table of the given layout.
fn mapped(csv: serde_json::Value) -> BodyShape {
    let mapping: Mapping = serde_json::from_value(json!({
        "source_id": "id", "email": "email", "first_name": "first", "last_name": "last", "company": "company"
    }))
    .unwrap();
    BodyShape {
        format: FeedFormat::Csv,
        csv: serde_json::from_value(csv).unwrap(),
        taken: mapping.fields(),
        ..BodyShape::default()
    }
}

const HEADER: &str = "id,email,first,last,company";
const ANN: &str = "T-1,ann@example.org,Ann,Moor,Quay Ltd";
const BOB: &str = "T-2,bob@example.org,Bob,Vane,Mole";
const CY: &str = "T-3,cy@example.org,Cy,Holt,";

/// The names in the rows of a table, in order, and the codes of remarks, however it is cut into chunks.
fn firsts(shape: &BodyShape, body: &str) -> Result<(Vec<String>, Vec<String>), String> {
    let found = read(shape, body.as_bytes(), body.len().max(1));
    for chunk in [1, 2, 7, 50] {
        assert_eq!(read(shape, body.as_bytes(), chunk), found, "{body} {chunk}");
    }
    let (rows, codes) = found?;
    let first = |row: &String| {
        let value: serde_json::Value = serde_json::from_str(row).unwrap();
        value["first"].as_str().unwrap_or("none").to_owned()
    };
    Ok((rows.iter().map(first).collect(), codes))
}

#[test]
fn header_is_found_wherever_it_stands_and_however_it_is_written() {
    let semi = |text: &str| text.replace(',', ";");
    let tabs = |text: &str| text.replace(',', "\t");
    let pipes = |text: &str| text.replace(',', "|");
    let table = [HEADER, ANN, BOB, CY].join("\r\n") + "\r\n";
    for body in [
        table.clone(),
        semi(&table),
        tabs(&table),
        pipes(&table),
        format!("\u{feff}{table}"),
        format!("sep=,\r\n{table}"),
        format!("\u{feff}sep=;\r\n{}", semi(&table)),
        format!("\"sep=|\"\n{}", pipes(&table)),
        format!("SEP=\t\n{}", tabs(&table)),
        // It says something else than the rest.
        format!("sep=;\n{table}"),
        format!("Attendee report\nGenerated 2026-11-02 08:00\n\n{table}"),
        format!("Attendees, of DevCon, in 2026\n\n{table}"),
        format!("DevCon,,,,\n,,,,\n{table}"),
        format!("Event,DevCon 2026\nDate,2026-12-01\n\n{table}"),
        format!("\"A title\nin two lines\"\n{table}"),
        format!("\n \n\n{table}"),
        table
            .replace(HEADER, "ID,E-MAIL,First, last ,Company")
            .replace("E-MAIL", "Email"),
        table.replace(HEADER, "\"id\", \"email\" ,\"first\",\"last\",\"company\""),
        table.replace(HEADER, "id,email\u{a0},\u{200b}first,last,company"),
        table.replace("\r\n", "\r"),
        table.replace("\r\n", "\n\n"),
        format!("{table},,,,\r\n"),
        // Exports that were joined.
        format!("{table}{HEADER}\n"),
    ] {
        let found = firsts(&mapped(json!({})), &body).unwrap();
        let people = ["Ann", "Bob", "Cy"].map(str::to_owned).to_vec();
        assert_eq!(found, (people, vec![]), "{body}");
    }
}

#[test]
fn layout_is_as_the_document_says() {
    let table = [HEADER, ANN].join("\n") + "\n";
    for (csv, body) in [
        (json!({"delimiter": "^"}), table.replace(',', "^")),
        (json!({"delimiter": "\t"}), table.replace(',', "\t")),
        (
            json!({"skip_lines": 2}),
            format!("{HEADER}\nid,email,first,last,x\n{table}"),
        ),
        (json!({"skip_lines": 1}), format!("<title>\r\n{table}")),
        (
            json!({"delimiter": ";", "skip_lines": 1}),
            format!("x\n{}", table.replace(',', ";")),
        ),
    ] {
        let (people, codes) = firsts(&mapped(csv.clone()), &body).unwrap();
        assert_eq!((people, codes), (vec!["Ann".to_owned()], vec![]), "{csv}");
    }
    let message = firsts(&mapped(json!({"skip_lines": 9})), &table).unwrap_err();
    assert!(message.contains("source.csv.skip_lines"), "{message}");
}

#[test]
fn table_without_the_columns_it_needs_is_refused_with_what_it_has() {
    for (body, parts) in [
        (
            format!("{}\n{ANN}\n", HEADER.replace("email", "E-mail address")),
            &[
                "no column \"email\" (mapping.email)",
                "\"E-mail address\", \"first\"",
            ][..],
        ),
        (
            format!(
                "{}\n{ANN}\n",
                HEADER.replace("id", "number").replace("last", "surname")
            ),
            &["column \"id\" (mapping.source_id), nor column \"last\""],
        ),
        (
            format!("{ANN}\n{BOB}\n"),
            &["no column \"id\"", "it has: \"T-1\", \"…\""],
        ),
        (
            "Export is being prepared, try again later\n".to_owned(),
            &["Export is being prepared"],
        ),
        (
            "The database is locked".to_owned(),
            &["a text that begins with \"The database is locked\""],
        ),
        ("a,b,c\n".to_owned(), &["it has: \"a\", \"b\", \"c\""]),
        (
            "<html><head><title>Sign in – Reg</title></head>".to_owned(),
            &[
                "not CSV but a web page called \"Sign in – Reg\"",
                "check the credential",
            ],
        ),
        (
            "{\"success\": false, \"error\": \"no such event\"}".to_owned(),
            &["not CSV but an error of the source: ", "no such event"],
        ),
        (
            "[{\"id\": 1}]".to_owned(),
            &["not CSV but JSON; set source.format to json"],
        ),
        (
            "PK\u{3}\u{4}xl/worksheets".to_owned(),
            &["a zip file, as Excel's .xlsx is one"],
        ),
    ] {
        let message = firsts(&mapped(json!({})), &body).unwrap_err();
        for part in parts {
            assert!(message.contains(part), "{part:?} is not in {message:?}");
        }
        assert!(!message.contains("ann@example.org"), "{message}");
    }
    let only_header = firsts(&mapped(json!({})), HEADER).unwrap();
    assert_eq!(only_header, (vec![], vec![]));
}

#[test]
fn quote_that_is_never_closed_takes_nobody_away() {
    let open = BOB.replace("Mole", "\"Mole");
    let dee = "T-4,dee@example.org,Dee,Lund,\"Pier\"";
    let all = ["Ann", "Bob", "Cy", "Dee"].map(str::to_owned).to_vec();
    for (rows, people) in [
        // Its partner is the first quote of somebody else's.
        ([ANN, &open, CY, dee], all.clone()),
        ([ANN, &open, CY, &dee.replace("Pier", ", Inc")], all.clone()),
        (
            [ANN, &open, CY, "T-4,dee@example.org,Dee,Lund,\""],
            all.clone(),
        ),
        (
            [ANN, &BOB.replace("Mole", "\"Mole\" & Sons"), CY, dee],
            all.clone(),
        ),
        (
            [ANN, &BOB.replace("Mole", "\"Mole \"the\" best\""), CY, dee],
            all.clone(),
        ),
        ([ANN, &BOB.replace("Mole", "\"a\nb\" c"), CY, dee], {
            ["Ann", "none", "Cy", "Dee"].map(str::to_owned).to_vec()
        }),
    ] {
        let body = format!("{HEADER}\r\n{}\r\n", rows.join("\r\n"));
        let found = firsts(&mapped(json!({})), &body).unwrap();
        assert_eq!(found, (people, vec!["stray_quote".to_owned()]), "{body}");
    }
    let body = format!("{HEADER}\n{open}\n{CY}\n");
    let message = firsts(&mapped(json!({})), &body).unwrap_err();
    assert!(
        message.contains("a quote in it is never closed"),
        "{message}"
    );
}

#[test]
fn quotes_that_are_in_order_are_nothing_to_talk_about() {
    for company in [
        "\"Mole, \"\"the\"\" best\"",
        "\"Mole\nStreet 1, 2, 3, x@example.org\"",
        "\"1, 2, 3, write to x@example.org, 4\n5, 6, 7, 8, 9\"",
        "5\" pipes",
        " \"Mole\" ",
        "\"\"",
    ] {
        let body = format!("{HEADER}\n{}\n{CY}\n", BOB.replace("Mole", company));
        let (people, codes) = firsts(&mapped(json!({})), &body).unwrap();
        assert_eq!(people, ["Bob", "Cy"], "{company}");
        assert!(codes.is_empty(), "{company}");
    }
}

#[test]
fn sum_below_the_table_is_no_record_and_a_short_row_is_told() {
    for sum in [
        "Total,4",
        "Total,4\n",
        ",,,,4\n",
        "\n(3 rows)\n",
        "Sum:,,,,\"1.234,50\"\nEnd of the report\n",
    ] {
        let body = [HEADER, ANN, BOB, sum].join("\n");
        let (people, codes) = firsts(&mapped(json!({})), &body).unwrap();
        assert_eq!(people, ["Ann", "Bob"], "{sum}");
        assert_eq!(codes, ["sum_row"], "{sum}");
    }
    let body = [
        HEADER,
        ANN,
        "T-2,,Eve,Low,",
        "T-9,,,,",
        "T-3,cy@example.org,Cy,Holt\n",
    ]
    .join("\n");
    let (people, codes) = firsts(&mapped(json!({})), &body).unwrap();
    assert_eq!((people.len(), codes), (4, vec!["short_row".to_owned()]));
}

#[test]
fn rows_are_the_same_wherever_a_chunk_ends() {
    let body = "\u{feff}uid,\"full, name\"\r\np1,\"Two\r\nlines, \"\"so\"\"\"\r\n\r\np2,Zoë\np3,";
    for chunk in 1..body.len() {
        let found = rows(body.as_bytes(), chunk).unwrap();
        let expected = [
            "{\"uid\":\"p1\",\"full, name\":\"Two\\r\\nlines, \\\"so\\\"\"}",
            "{\"uid\":\"p2\",\"full, name\":\"Zoë\"}",
            "{\"uid\":\"p3\",\"full, name\":\"\"}",
        ];
        assert_eq!(found, expected, "{chunk}");
    }
}

#[test]
fn a_chunk_without_a_byte_ends_no_row() {
    let mut rows = CsvRows::new(&BodyShape::default());
    let mut block = FeedBlock::default();
    for chunk in [&b""[..], b"a,b\n1", b"", b",\"x", b"", b"y\"\n", b""] {
        rows.push(chunk, &mut block).unwrap();
    }
    rows.finish(&mut block).unwrap();
    let found = super::super::tests::units(&block);
    assert_eq!(found, ["{\"a\":\"1\",\"b\":\"xy\"}"]);
}

#[test]
fn semicolons_are_recognised_in_the_header() {
    for body in [
        "uid;\"a,b,c\"\n1;x,y\n",
        "\u{feff}\r\n\nuid;\"a,b,c\"\n1;x,y\n",
    ] {
        for chunk in 1..body.len() {
            let found = rows(body.as_bytes(), chunk).unwrap();
            assert_eq!(found, ["{\"uid\":\"1\",\"a,b,c\":\"x,y\"}"], "{chunk}");
        }
    }
}

#[test]
fn columns_without_a_name_or_with_the_same_keep_apart() {
    let found = rows(b"a, a ,,a\n1,2,3,4\n", 100).unwrap();
    assert_eq!(
        found,
        ["{\"a\":\"1\",\"a 2\":\"2\",\"column 3\":\"3\",\"a 3\":\"4\"}"]
    );
}

#[test]
fn header_of_one_name_many_times_takes_no_longer_than_any_other() {
    let header = vec!["a"; MAX_FIELDS].join(",");
    let body = format!("{header}\n{}1\n", ",".repeat(MAX_FIELDS - 1));
    let found = rows(body.as_bytes(), body.len()).unwrap();
    let last = format!("\"a {MAX_FIELDS}\":\"1\"}}");
    assert!(found[0].ends_with(&last));
}

#[test]
fn row_with_more_fields_than_the_header_is_no_record() {
    let found = rows(b"a,b\n1\n1,2,,\n1,2,3\n", 100).unwrap();
    assert_eq!(
        found,
        [
            "{\"a\":\"1\"}",
            "{\"a\":\"1\",\"b\":\"2\"}",
            "[\"1\",\"2\",\"3\"]"
        ]
    );
}

#[test]
fn row_too_long_is_skipped_and_reported() {
    let long = "x".repeat(MAX_RECORD_BYTES + 1);
    let body = format!("a,b\n{long},1\n2,3\n{}\n4,5\n", ",".repeat(MAX_FIELDS + 1));
    for chunk in [1000, body.len()] {
        let found = rows(body.as_bytes(), chunk).unwrap();
        let expected = [
            "too long",
            "{\"a\":\"2\",\"b\":\"3\"}",
            "too long",
            "{\"a\":\"4\",\"b\":\"5\"}",
        ];
        assert_eq!(found, expected, "{chunk}");
    }
}

#[test]
fn body_without_a_header_is_refused_and_one_without_rows_is_not() {
    assert_eq!(rows(b"", 1).unwrap_err(), "the answer is empty");
    assert_eq!(rows(b"\r\n\n", 1).unwrap_err(), "the answer is empty");
    assert!(rows(b"uid,mail", 3).unwrap().is_empty());
}

#[test]
fn last_row_that_is_cut_off_is_refused() {
    for body in [
        "a,b,c\n1,2,3\n4,",
        "a,b\n1",
        "a,b\n1,\"x\n",
        "a,b\n1,\"x",
        "a,\"b",
    ] {
        let message = rows(body.as_bytes(), 2).unwrap_err();
        assert!(
            message.contains("cut off in the middle of a row"),
            "{body}: {message}"
        );
    }
    assert_eq!(rows(b"a,b,c\n1,2,3\n4\n", 2).unwrap().len(), 2);
    assert_eq!(rows(b"a,b\n1,\"x\"", 2).unwrap().len(), 1);
}

#[test]
fn web_page_or_json_is_refused() {
    for (body, part) in [
        ("<!doctype html>\n<p>", "like a web page"),
        ("{\"error\":\"not now\"}", "an error of the source"),
        ("\r\n \n[]\n", "but JSON"),
    ] {
        for chunk in 1..=body.len() {
            let message = rows(body.as_bytes(), chunk).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }
}
