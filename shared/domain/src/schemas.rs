//! Schemas of our own text types; all other schemas are derived from the types.

use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{ArrayBuilder, OneOfBuilder, Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::config::{
    FieldMapping, GroupsMapping, MappedField, Rule, SecretName, SecretValue, TrueValues, Values,
    WrittenRule,
};
use crate::email::EmailAddress;
use crate::expression::Expression;
use crate::feed::{FieldPath, RecordsPath};
use crate::group::{GroupEnd, GroupKey, GroupName};
use crate::hand::{HandField, ImportId};
use crate::ids::{CommunityId, EventId, PersonId, RunId};
use crate::people::Grantor;

/// A local time with its date, as a document writes it.
pub(crate) struct LocalDateTime;
/// A local time of the day, as a document writes it.
pub(crate) struct LocalTime;

fn text(description: &str, pattern: Option<&str>, example: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .pattern(pattern)
        .examples([example])
}

macro_rules! texts {
    ($($name:ident: $description:literal, $pattern:expr, $example:literal;)+) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                text($description, $pattern, $example).into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

texts! {
    CommunityId: "One organisation's user base.", Some(NAME), "acme";
    EventId: "One event. Unique in an installation, whatever its community.", Some(NAME), "devcon-2026";
    RunId: "A run, written `EVENT.NUMBER`.", Some(r"^[a-z0-9][a-z0-9\-]{0,63}\.\+?[0-9]+$"), "devcon-2026.17";
    PersonId: "A person within a community; it does not say who they are.", Some("^[0-9a-f]{32}$"), "00112233445566778899aabbccddeeff";
    GroupName: "A group's name as someone wrote it.", None, "VIP Lounge";
    GroupKey: "A group's identity within its community: its name in lower case.", None, "vip lounge";
    Grantor: "Who gave a membership: `hand`, or `event:EVENT`.", Some("^(hand|event:.+)$"), "event:devcon-2026";
    HandField: "What was set by hand of an attendee: `status` (whether they attend), `groups`, or a field of the profile.", Some("^(status|groups|title|first_name|last_name|job_title|company|country|additional_info|biography)$"), "company";
    ImportId: "The name of an import of a list.", Some(r"^[a-z0-9\-]{1,64}$"), "20261130t101500-3f2504e0";
    SecretName: "The name a secret is stored under.", Some(r"^[a-z0-9\-]{1,100}$"), "devcon-2026-token";
    FieldPath: "A path to a field: names and indices with dots between them; a name with dots in it is quoted. `parent` is the level above.", None, "attendee_name_parts.given_name";
    RecordsPath: "A path to the records (RFC 9535): names and `[*]`.", None, "$.results[*].positions[*]";
    Expression: "An expression over a record's fields, in the language of minijinja.", None, "company or parent.company";
    GroupEnd: "When a group ends: a local time, or `goes_live`, `starts` or `ends` of the event.", Some(r"^(goes_live|starts|ends|\d{4}-\d{2}-\d{2}([Tt ]\d{2}(:\d{2}(:\d{2}([.,]\d{1,9})?)?)?)?)$"), "starts";
    LocalDateTime: "A local time in the document's time zone.", Some(r"^\d{4}-\d{2}-\d{2}([Tt ]\d{2}(:\d{2}(:\d{2}([.,]\d{1,9})?)?)?)?$"), "2026-11-01T09:00";
    LocalTime: "A local time of the day in the document's time zone.", Some(r"^[Tt]?\d{2}(:?\d{2}(:?\d{2}([.,]\d{1,9})?)?)?$"), "06:00";
}

/// The pattern of names that `ids` accepts.
const NAME: &str = r"^[a-z0-9][a-z0-9\-]{0,63}$";

impl PartialSchema for EmailAddress {
    fn schema() -> RefOr<Schema> {
        let what = "An e-mail address: one spelling per person, in lower case.";
        // A local part may contain letters of any script (RFC 5321 and RFC 6531).
        text(what, None, "ada@example.org")
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::IdnEmail)))
            .max_length(Some(320))
            .into()
    }
}

impl ToSchema for EmailAddress {}

impl PartialSchema for SecretValue {
    fn schema() -> RefOr<Schema> {
        let named = ObjectBuilder::new()
            .property("secret", Ref::from_schema_name(SecretName::name()))
            .required("secret")
            .description(Some("The name of a stored secret."));
        let plain = ObjectBuilder::new()
            .schema_type(Type::String)
            .write_only(true)
            .description(Some("The credential itself; it goes in and never out."));
        OneOfBuilder::new()
            .description(Some(
                "A credential: given as text, it is moved to the secrets, and its name put in its place.",
            ))
            .item(closed(named.build()))
            .item(plain)
            .into()
    }
}

impl ToSchema for SecretValue {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((SecretName::name().into_owned(), SecretName::schema()));
    }
}

fn closed(mut object: Object) -> Object {
    let nothing = utoipa::openapi::schema::AdditionalProperties::FreeForm(false);
    object.additional_properties = Some(Box::new(nothing));
    object
}

impl PartialSchema for FieldMapping {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .description(Some(
                "Where a value comes from: a path alone, or an object.",
            ))
            .item(Ref::from_schema_name(<FieldPath as ToSchema>::name()))
            .item(Ref::from_schema_name(MappedField::name()))
            .into()
    }
}

impl ToSchema for FieldMapping {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((
            <FieldPath as ToSchema>::name().into_owned(),
            FieldPath::schema(),
        ));
        schemas.push((MappedField::name().into_owned(), MappedField::schema()));
        MappedField::schemas(schemas);
    }
}

impl PartialSchema for GroupsMapping {
    fn schema() -> RefOr<Schema> {
        let one = || Ref::from_schema_name(FieldMapping::name());
        OneOfBuilder::new()
            .description(Some(
                "Where groups come from: one place, or a list of places whose groups add up.",
            ))
            .item(Ref::from_schema_name(<FieldPath as ToSchema>::name()))
            .item(Ref::from_schema_name(MappedField::name()))
            .item(ArrayBuilder::new().items(one()).min_items(Some(1)))
            .into()
    }
}

impl ToSchema for GroupsMapping {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((FieldMapping::name().into_owned(), FieldMapping::schema()));
        FieldMapping::schemas(schemas);
    }
}

impl PartialSchema for TrueValues {
    fn schema() -> RefOr<Schema> {
        let any = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some([TrueValues::ANY]))
            .description(Some(
                "Every value that is not blank, such as the time of a deletion.",
            ));
        OneOfBuilder::new()
            .item(any)
            .item(ArrayBuilder::new().items(String::schema()))
            .into()
    }
}

impl ToSchema for TrueValues {}

impl PartialSchema for Values {
    fn schema() -> RefOr<Schema> {
        let one = || {
            let types = [Type::String, Type::Number, Type::Boolean];
            ObjectBuilder::new().schema_type(SchemaType::from_iter(types))
        };
        OneOfBuilder::new()
            .description(Some("One value, or a list of them."))
            .item(one())
            .item(ArrayBuilder::new().items(one()).min_items(Some(1)))
            .into()
    }
}

impl ToSchema for Values {}

impl PartialSchema for Rule {
    fn schema() -> RefOr<Schema> {
        WrittenRule::schema()
    }
}

impl ToSchema for Rule {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        WrittenRule::schemas(schemas);
    }
}
