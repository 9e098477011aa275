//! Converts the result of an expression to JSON, within limits.
//!
//! The engine shares a value that is contained several times, JSON repeats it. Without limits a
//! small value could become a huge document here, and fuel would not count it.

use minijinja::value::{Value, ValueKind};
use serde_json::Number;

use super::ExpressionError;

/// Largest result, in bytes of text plus [`ITEM`] bytes for each item.
const MAX_BYTES: usize = 1 << 20;
/// Bytes counted for an item in addition to its text.
const ITEM: usize = 32;
/// Deepest nesting of a result.
const MAX_DEPTH: usize = 16;

/// Converts a value to JSON. Undefined values, and numbers that JSON cannot represent, become null;
/// an integer beyond 64 bits becomes text, which keeps all its digits.
pub(super) fn to_json(value: &Value) -> Result<serde_json::Value, ExpressionError> {
    Budget(MAX_BYTES).convert(value, MAX_DEPTH)
}

struct Budget(usize);

impl Budget {
    fn spend(&mut self, bytes: usize) -> Result<(), ExpressionError> {
        match self.0.checked_sub(bytes.saturating_add(ITEM)) {
            Some(rest) => self.0 = rest,
            None => return Err(failed("its result is too large")),
        }
        Ok(())
    }

    fn convert(
        &mut self,
        value: &Value,
        depth: usize,
    ) -> Result<serde_json::Value, ExpressionError> {
        let deeper = || {
            depth
                .checked_sub(1)
                .ok_or_else(|| failed("its result is too deep"))
        };
        let text = value.as_str();
        self.spend(text.map_or(0, str::len))?;
        match value.kind() {
            ValueKind::Undefined | ValueKind::None => Ok(serde_json::Value::Null),
            ValueKind::Bool => Ok(value.is_true().into()),
            ValueKind::Number => Ok(number(value)),
            ValueKind::String => Ok(text.unwrap_or_default().into()),
            ValueKind::Seq | ValueKind::Iterable => self.list(value, deeper()?),
            ValueKind::Map => self.object(value, deeper()?),
            _ => Err(failed("its result is not data")),
        }
    }

    fn list(&mut self, value: &Value, depth: usize) -> Result<serde_json::Value, ExpressionError> {
        let items = value
            .try_iter()
            .map_err(|_| failed("its result is not data"))?;
        items.map(|item| self.convert(&item, depth)).collect()
    }

    fn object(
        &mut self,
        value: &Value,
        depth: usize,
    ) -> Result<serde_json::Value, ExpressionError> {
        let names = value
            .try_iter()
            .map_err(|_| failed("its result is not data"))?;
        names
            .map(|name| {
                self.spend(name.as_str().map_or(0, str::len))?;
                let item = value.get_item(&name).unwrap_or_default();
                Ok((name.to_string(), self.convert(&item, depth)?))
            })
            .collect()
    }
}

fn number(value: &Value) -> serde_json::Value {
    if !value.is_integer() {
        let float = f64::try_from(value.clone()).ok();
        return float.and_then(Number::from_f64).into();
    }
    let signed = value.as_i64().map(Number::from);
    let unsigned = || u64::try_from(value.clone()).ok().map(Number::from);
    signed
        .or_else(unsigned)
        .map_or_else(|| value.to_string().into(), serde_json::Value::Number)
}

fn failed(reason: &str) -> ExpressionError {
    ExpressionError::Failed(reason.to_owned())
}
