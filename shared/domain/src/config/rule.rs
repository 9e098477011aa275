//! The parts of a document by which a record decides what happens to its person: the rules and the
//! delete flag.

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::expression::Expression;
use crate::feed::FieldPath;
use crate::group::GroupName;

/// The delete flag: one field of the source, and the meaning of its values. Values are compared
/// trimmed and without regard to case. A value that is in neither list is reported as an issue, and
/// never deletes anybody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteFlag {
    /// The path of the field.
    pub path: FieldPath,
    /// Values that order an erasure.
    #[serde(default)]
    pub true_values: TrueValues,
    /// Values that order nothing. The empty text represents blank, null and absent.
    #[serde(default = "false_values")]
    pub false_values: Vec<String>,
}

fn false_values() -> Vec<String> {
    ["", "false", "0", "no"].map(str::to_owned).to_vec()
}

/// The values of the delete flag that order an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrueValues {
    /// `"any"`: every value that is not blank, such as the time of a deletion.
    Any,
    /// One of these values.
    Listed(Vec<String>),
}

impl TrueValues {
    /// The word that means any value.
    pub const ANY: &'static str = "any";
}

impl Default for TrueValues {
    fn default() -> Self {
        Self::Listed(["true", "1", "yes"].map(str::to_owned).to_vec())
    }
}

impl Serialize for TrueValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_str(Self::ANY),
            Self::Listed(values) => values.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for TrueValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyOrList;

        impl<'de> Visitor<'de> for AnyOrList {
            type Value = TrueValues;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of texts, or \"any\" for every value that is not blank")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<TrueValues, E> {
                if text == TrueValues::ANY {
                    return Ok(TrueValues::Any);
                }
                Err(E::invalid_value(de::Unexpected::Str(text), &self))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<TrueValues, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element()? {
                    values.push(value);
                }
                Ok(TrueValues::Listed(values))
            }
        }

        deserializer.deserialize_any(AnyOrList)
    }
}

/// A rule: when its condition is true for a record, its action applies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WrittenRule", into = "WrittenRule")]
pub struct Rule {
    /// The condition.
    pub condition: Condition,
    /// The action.
    pub then: RuleAction,
}

/// When a rule applies.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// An expression that has to be true of the record.
    Expression(Expression),
    /// A test of one field of the record.
    Field(FieldPath, FieldTest),
}

/// A test of a field. Texts are compared without regard to case, spacing and invisible characters;
/// numbers and booleans as text. In a list, the test applies to each item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldTest {
    /// The value is one of these.
    Is(Values),
    /// The value is none of these.
    IsNot(Values),
    /// One of these is a part of the text, or an item of the list.
    Contains(Values),
    /// The field has no value.
    Blank,
    /// The field has a value.
    NotBlank,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (field, test) = match self {
            Self::Expression(expression) => return f.write_str(expression.source()),
            Self::Field(field, test) => (field, test),
        };
        match test {
            FieldTest::Is(values) => write!(f, "{field} is {values}"),
            FieldTest::IsNot(values) => write!(f, "{field} is not {values}"),
            FieldTest::Contains(values) => write!(f, "{field} contains {values}"),
            FieldTest::Blank => write!(f, "{field} is blank"),
            FieldTest::NotBlank => write!(f, "{field} is not blank"),
        }
    }
}

/// One text or several. Numbers and booleans in a document are read as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values(pub Vec<String>);

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted: Vec<String> = self.0.iter().map(|value| format!("'{value}'")).collect();
        f.write_str(&quoted.join(" or "))
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &*self.0 {
            [one] => serializer.serialize_str(one),
            several => several.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde_json::Value;

        let text = |value: Value| match value {
            Value::String(text) if !text.trim().is_empty() => Ok(text),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(flag) => Ok(flag.to_string()),
            _ => Err(de::Error::custom(
                "expected a text, a number or a list of them, none of them blank; for a field without a value write \"blank\": true",
            )),
        };
        let values = match Value::deserialize(deserializer)? {
            Value::Array(values) if !values.is_empty() => values,
            one => vec![one],
        };
        Ok(Self(
            values.into_iter().map(text).collect::<Result<_, _>>()?,
        ))
    }
}

/// A rule as a document writes it: `when` with an expression, or `field` with a test.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schemas", schema(as = Rule))]
pub(crate) struct WrittenRule {
    /// The condition, as an expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when: Option<Expression>,
    /// The field that is tested, where there is no expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<FieldPath>,
    /// The field is one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is: Option<Values>,
    /// The field is none of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_not: Option<Values>,
    /// One of these is a part of the field's text, or an item of its list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contains: Option<Values>,
    /// The field has no value; or has one, where this is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blank: Option<bool>,
    /// The field has a value; or none, where this is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_blank: Option<bool>,
    /// The action.
    #[cfg_attr(feature = "schemas", schema(required = true, nullable = false))]
    then: Option<RuleAction>,
}

impl WrittenRule {
    fn tests(&mut self) -> Vec<FieldTest> {
        let blank = |is_blank| {
            if is_blank {
                FieldTest::Blank
            } else {
                FieldTest::NotBlank
            }
        };
        let tests = [
            self.is.take().map(FieldTest::Is),
            self.is_not.take().map(FieldTest::IsNot),
            self.contains.take().map(FieldTest::Contains),
            self.blank.take().map(blank),
            self.not_blank.take().map(|has_value| blank(!has_value)),
        ];
        tests.into_iter().flatten().collect()
    }
}

impl TryFrom<WrittenRule> for Rule {
    type Error = &'static str;

    fn try_from(mut written: WrittenRule) -> Result<Self, Self::Error> {
        let mut tests = written.tests();
        let test = tests.pop();
        let condition = match (written.when, written.field, test) {
            (Some(when), None, None) => Condition::Expression(when),
            (None, Some(field), Some(test)) if tests.is_empty() => Condition::Field(field, test),
            _ => {
                return Err(
                    "give when with an expression, or field with exactly one of is, is_not, contains, blank and not_blank",
                );
            }
        };
        let then = written.then.ok_or("missing field `then`")?;
        Ok(Self { condition, then })
    }
}

impl From<Rule> for WrittenRule {
    fn from(rule: Rule) -> Self {
        let mut written = Self {
            then: Some(rule.then),
            ..Self::default()
        };
        match rule.condition {
            Condition::Expression(when) => written.when = Some(when),
            Condition::Field(field, test) => {
                written.field = Some(field);
                match test {
                    FieldTest::Is(values) => written.is = Some(values),
                    FieldTest::IsNot(values) => written.is_not = Some(values),
                    FieldTest::Contains(values) => written.contains = Some(values),
                    FieldTest::Blank => written.blank = Some(true),
                    FieldTest::NotBlank => written.not_blank = Some(true),
                }
            }
        }
        written
    }
}

/// The action of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleAction {
    /// Ignores the record: it is out of scope.
    Ignore,
    /// Removes the person from the event; they stay a user.
    RemoveAttendee,
    /// Makes the person a user of the community who does not attend: their profile and groups are taken, and they are
    /// not in the event.
    UserOnly,
    /// Adds the person to a group.
    AddGroup(GroupName),
    /// Removes a group that the mapping or an earlier rule gave.
    RemoveGroup(GroupName),
}
