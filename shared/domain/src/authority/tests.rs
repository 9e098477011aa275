use serde_json::{Value, json};

use super::Permission::{Administer, Admit, Assist, LookUp, Operate, Read};
use super::Role::{Admin, App, Helpdesk, Operator, Viewer};
use super::*;

fn id(text: &str) -> CommunityId {
    text.parse().unwrap()
}

fn by_claim(claim: &Value) -> Authority {
    let who = Actor::Person("ada".to_owned());
    Authority::new(who, Roles::from_claim(claim))
}

#[test]
fn a_role_may_what_the_table_says() {
    for (role, may) in [
        (App, [true, false, false, false, false, false]),
        (Helpdesk, [true, true, true, false, false, false]),
        (Viewer, [true, true, false, true, false, false]),
        (Operator, [true, true, true, true, true, false]),
        (Admin, [true, true, true, true, true, true]),
    ] {
        let all = [Admit, LookUp, Assist, Read, Operate, Administer];
        let said = all.map(|permission| role.may(permission));
        assert_eq!(said, may, "{role}");
        assert_eq!(role.name().parse(), Ok(role));
    }
    assert_eq!("Admin".parse::<Role>(), Err(NoRole));
    assert_eq!("".parse::<Role>(), Err(NoRole));
}

#[test]
fn a_community_without_a_role_is_unseen() {
    let viewer = by_claim(&json!({"acme": "viewer"}));
    assert_eq!(viewer.ask(Read, &id("acme")), Ok(()));
    let too_little = Err(Denied::TooLittle(Operate));
    assert_eq!(viewer.ask(Operate, &id("acme")), too_little);
    assert_eq!(viewer.ask(Admit, &id("globex")), Err(Denied::Unseen));
    let nobody = by_claim(&json!({}));
    assert_eq!(nobody.ask(Admit, &id("acme")), Err(Denied::Unseen));
    assert!(!nobody.may_somewhere(Admit));
    let owner = Authority::owner();
    assert!(owner.may(Administer, &id("acme")) && owner.may_everywhere(Administer));
}

#[test]
fn the_higher_of_two_roles_holds() {
    let both = by_claim(&json!({"*": "viewer", "acme": "admin", "globex": "app"}));
    assert_eq!(both.role_in(&id("acme")), Some(Admin));
    assert_eq!(both.role_in(&id("globex")), Some(Viewer));
    assert_eq!(both.role_in(&id("else")), Some(Viewer));
    assert!(both.may_everywhere(Read) && !both.may_everywhere(Operate));
    assert!(both.may_somewhere(Administer));
    let twice = by_claim(&json!(["acme:admin", "acme:viewer", "*:app", "*:app"]));
    assert_eq!(twice.role_in(&id("acme")), Some(Admin));
}

#[test]
fn a_viewer_who_is_at_the_help_desk_too_may_both() {
    for claim in [
        json!(["acme:viewer", "acme:helpdesk"]),
        json!(["*:viewer", "acme:helpdesk"]),
        json!(["acme:helpdesk", "acme:app", "acme:viewer"]),
    ] {
        let both = by_claim(&claim);
        for (permission, may) in [
            (LookUp, true),
            (Assist, true),
            (Read, true),
            (Operate, false),
        ] {
            assert_eq!(
                both.may(permission, &id("acme")),
                may,
                "{claim} {permission:?}"
            );
        }
        let stored = serde_json::to_value(&both).unwrap();
        assert_eq!(serde_json::from_value::<Authority>(stored).unwrap(), both);
    }
    // One role is written as before, and two of which one says it all are one.
    let operator = by_claim(&json!(["acme:helpdesk", "acme:operator", "acme:viewer"]));
    let stored = serde_json::to_value(operator.roles()).unwrap();
    assert_eq!(stored, json!({"communities": {"acme": "operator"}}));
}

#[test]
fn a_claim_is_an_object_or_a_list() {
    let object = Roles::from_claim(&json!({"acme": "operator", "*": "viewer"}));
    let list = Roles::from_claim(&json!(["acme:operator", "*:viewer"]));
    assert_eq!(object, list);
    assert_eq!(object.of_all(), Some(Viewer));
}

#[test]
fn what_cannot_be_read_in_a_claim_gives_nothing() {
    for claim in [
        json!(null),
        json!("admin"),
        json!("*:admin"),
        json!(true),
        json!({"acme": "root", "*": ["admin"], "": "admin", "A C": "admin", "**": "admin"}),
        json!([
            "admin",
            "acme",
            "acme:",
            ":admin",
            "acme:Admin",
            "* :admin",
            "acme:x:admin",
            7
        ]),
        json!([["acme:admin"], {"acme": "admin"}]),
    ] {
        assert!(Roles::from_claim(&claim).is_empty(), "{claim}");
    }
    let rest = Roles::from_claim(&json!(["other-groups", "acme:viewer"]));
    assert_eq!(rest, Roles::within(Viewer, [id("acme")]));
}

#[test]
fn a_stored_token_does_not_hold_itself() {
    let token = AccessToken {
        name: "event app".parse().unwrap(),
        hash: TokenHash::of("s3cret"),
        roles: Roles::within(App, [id("acme")]),
        made: "2026-11-01T12:00:00Z".parse().unwrap(),
    };
    assert!(!serde_json::to_string(&token).unwrap().contains("s3cret"));
    assert_ne!(TokenHash::of("s3cret"), TokenHash::of("s3cret "));
    assert!(token.holder().may(Admit, &id("acme")));
    for name in ["", " ", "a\nb", "a/b", &"x".repeat(65)] {
        assert_eq!(name.parse::<TokenName>(), Err(TokenNameError), "{name}");
    }
}
