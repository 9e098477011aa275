//! Recognises errors that a source reports with status 200, beside its list or in its place.

use serde_json::{Map, Value};

use super::came::value_in_words;

/// Objects beside the list that may say how the request went.
const HOLDERS: [&str; 9] = [
    "meta",
    "status",
    "response",
    "responsestatus",
    "result",
    "header",
    "head",
    "info",
    "error",
];
/// Names of fields with the text of an error.
const WORDS: [&str; 9] = [
    "message",
    "errormessage",
    "errordescription",
    "msg",
    "detail",
    "details",
    "description",
    "reason",
    "title",
];

/// Returns the error that an answer reports, in words, with its place. `is_empty` says whether the
/// answer has no record, so that weaker signs count.
pub(super) fn error_in(envelope: &Value, is_empty: bool) -> Option<String> {
    let fields = envelope.as_object()?;
    if let Some(sign) = sign(fields, "", is_empty) {
        return Some(with_words(sign, fields));
    }
    fields.iter().find_map(|(name, value)| {
        let inner = value.as_object()?;
        let is_holder = HOLDERS.contains(&plain(name).as_str());
        let sign = is_holder.then(|| sign(inner, &format!("{name}."), is_empty))??;
        Some(with_words(sign, inner))
    })
}

/// Returns the error in a text, if the text is complete JSON.
pub(super) fn error_in_text(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text.trim()).ok()?;
    error_in(&value, true)
}

/// Returns whether an answer without a list has a message instead.
pub(super) fn says_something(envelope: &Value) -> bool {
    envelope.as_object().is_some_and(|fields| {
        fields
            .iter()
            .any(|(name, value)| WORDS.contains(&plain(name).as_str()) && value.is_string())
    })
}

/// Returns a field whose name and value say that the request failed.
fn sign(fields: &Map<String, Value>, above: &str, is_empty: bool) -> Option<String> {
    fields.iter().find_map(|(name, value)| {
        is_sign(&plain(name), value, is_empty)
            .then(|| format!("{above}{name} is {}", value_in_words(value)))
    })
}

fn is_sign(name: &str, value: &Value, is_empty: bool) -> bool {
    match name {
        "success" | "ok" | "successful" | "issuccess" | "issuccessful" | "succeeded" => {
            says_no(value)
        }
        "error" | "errors" | "exception" | "fault" | "faultstring" | "errormessage"
        | "errordescription" | "iserror" | "haserror" | "haserrors" => says_something_wrong(value),
        "status" | "state" | "result" | "outcome" | "type" | "responsestatus" => {
            is_word_of_failure(value) || (name == "status" && is_code_of_failure(value, 600))
        }
        "errorcode" | "errcode" | "errno" => {
            is_empty && says_something_wrong(value) && !is_word_of_success(value)
        }
        "statuscode" | "httpcode" | "httpstatus" | "httpstatuscode" | "responsecode" => {
            is_code_of_failure(value, 600)
        }
        "code" => is_empty && (is_code_of_failure(value, u64::MAX) || is_word_of_failure(value)),
        _ => false,
    }
}

fn says_no(value: &Value) -> bool {
    match value {
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => matches!(plain(text).as_str(), "false" | "no" | "0" | "n"),
        _ => false,
    }
}

fn says_something_wrong(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !matches!(
            plain(text).as_str(),
            "" | "0" | "false" | "no" | "none" | "null" | "noerror" | "noerrors"
        ),
        Value::Array(list) => list.iter().any(says_something_wrong),
        // Some sources add to every answer, in detail, that there was no error.
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            let is_code = plain(name) == "code";
            says_something_wrong(value) && !(is_code && is_word_of_success(value))
        }),
    }
}

fn is_word_of_success(value: &Value) -> bool {
    match value {
        Value::String(text) => matches!(
            plain(text).as_str(),
            "ok" | "success" | "200" | "00" | "0000"
        ),
        Value::Number(number) => matches!(number.as_u64(), Some(0 | 200)),
        _ => false,
    }
}

fn is_word_of_failure(value: &Value) -> bool {
    let Value::String(text) = value else {
        return false;
    };
    matches!(
        plain(text).as_str(),
        "error"
            | "errors"
            | "err"
            | "fail"
            | "failed"
            | "failure"
            | "fault"
            | "exception"
            | "ko"
            | "nok"
            | "notok"
            | "unauthorized"
            | "unauthorised"
            | "forbidden"
            | "denied"
            | "accessdenied"
            | "invalid"
            | "invalidrequest"
            | "notfound"
            | "servererror"
            | "internalservererror"
            | "unauthenticated"
            | "expired"
            | "timeout"
    )
}

/// Returns whether a value is a number, or a text of one, that HTTP uses for an error.
fn is_code_of_failure(value: &Value, below: u64) -> bool {
    let code = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    code.is_some_and(|code| code >= 400 && code < below)
}

/// Adds the text of an error beside a sign to it.
fn with_words(sign: String, fields: &Map<String, Value>) -> String {
    let words = fields.iter().find(|(name, value)| {
        let name = plain(name);
        let is_words = WORDS.contains(&name.as_str()) || name == "error" || name == "errors";
        is_words && !says_no(value) && says_something_wrong(value)
    });
    match words {
        Some((name, value)) if !sign.contains(&format!("{name} is ")) => {
            format!("{sign}, {name} is {}", value_in_words(value))
        }
        _ => sign,
    }
}

/// Returns a name without case and without characters that join its words.
pub(super) fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn error_is_told_from_an_empty_list() {
        for (envelope, said) in [
            (
                json!({"success": false, "attendees": []}),
                "success is false",
            ),
            (
                json!({"success": false, "error": "Database is locked", "attendees": []}),
                "error is \"Database is locked\"",
            ),
            (
                json!({"error": {"code": 42, "message": "no"}, "data": []}),
                "error is",
            ),
            (
                json!({"errors": [{"message": "no such field"}], "data": null}),
                "no such field",
            ),
            (
                json!({"status": "error", "message": "Invalid key", "data": []}),
                "Invalid key",
            ),
            (json!({"status": "FAILED", "data": []}), "FAILED"),
            (json!({"status": 401, "data": []}), "status is 401"),
            (
                json!({"status": {"code": "500"}, "data": []}),
                "status.code is \"500\"",
            ),
            (json!({"statusCode": 403, "data": []}), "403"),
            (
                json!({"meta": {"code": 429, "error_type": "limit"}, "data": []}),
                "meta.code is 429",
            ),
            (json!({"ok": "false", "data": []}), "ok is"),
            (
                json!({"code": 40001, "msg": "invalid credential", "data": []}),
                "invalid credential",
            ),
            (
                json!({"response": {"status": "fail"}, "data": []}),
                "response.status",
            ),
            (
                json!({"errcode": 40014, "errmsg": "bad token", "data": []}),
                "errcode is 40014",
            ),
            (
                json!({"fault": {"faultstring": "quota"}, "data": []}),
                "quota",
            ),
            (json!({"error": true, "data": []}), "error is true"),
        ] {
            let found = error_in(&envelope, true).unwrap_or_default();
            assert!(found.contains(said), "{envelope}: {found}");
        }
    }

    #[test]
    fn answer_that_went_well_is_no_error() {
        for envelope in [
            json!({"data": []}),
            json!([]),
            json!({"success": true, "error": null, "errors": [], "data": []}),
            json!({"success": 1, "error": "", "errors": {}, "data": []}),
            json!({"error": false, "message": "No attendees yet", "data": []}),
            json!({"status": "ok", "code": 200, "data": []}),
            json!({"status": "success", "code": 0, "errcode": 0, "data": []}),
            json!({"status": 200, "meta": {"code": 200, "status": "active"}, "data": []}),
            json!({"error": {"code": 0, "message": ""}, "data": []}),
            json!({"error": "none", "errors": 0, "data": []}),
            json!({"event": {"status": "failed", "error": "x"}, "data": []}),
            json!({"state": "open", "type": "list", "data": []}),
        ] {
            assert_eq!(error_in(&envelope, true), None, "{envelope}");
        }
    }
}
