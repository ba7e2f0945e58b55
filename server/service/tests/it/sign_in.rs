use domain::Error;
use domain::auth::{SignIn, TokenScope};
use service::upkeep::{self, Swept};
use service::{auth, records, users};

use crate::house::{House, PASSWORD, object, visit};

#[tokio::test]
async fn set_up_happens_once() {
    let house = House::new().await;
    let again = domain::auth::Setup {
        workspace: "Other".into(),
        name: "Eve".into(),
        email: "eve@other.example".into(),
        password: PASSWORD.into(),
        currency: "USD".into(),
        locale: domain::Locale::En,
        time_zone: "UTC".into(),
    };
    assert!(matches!(auth::set_up(&visit(&house.app), again).await, Err(Error::Forbidden)));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let house = House::new().await;
    let try_it = async |email: &str| {
        let sent = SignIn { email: email.into(), password: "not this one".into() };
        auth::sign_in(&visit(&house.app), sent).await.err()
    };
    let known = try_it("olena@halyard.example").await;
    assert_eq!(known, try_it("nobody@halyard.example").await);
    assert!(matches!(known, Some(Error::Invalid { ref fields }) if fields[0].code == "wrong_credentials"));
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_account_for_a_while() {
    let house = House::new().await;
    let wrong = SignIn { email: "olena@halyard.example".into(), password: "not this one".into() };
    for _ in 0..5 {
        assert!(matches!(auth::sign_in(&visit(&house.app), wrong.clone()).await.err(), Some(Error::Invalid { .. })));
    }
    let right = SignIn { password: PASSWORD.into(), ..wrong };
    assert!(matches!(auth::sign_in(&visit(&house.app), right.clone()).await.err(), Some(Error::Limited { .. })));
    house.later(31_000);
    assert!(auth::sign_in(&visit(&house.app), right).await.is_ok());
}

#[tokio::test]
async fn sessions_end_when_revoked_when_idle_and_when_the_user_is_disabled() {
    let house = House::new().await;
    let sign_in = async || {
        let sent = SignIn { email: "olena@halyard.example".into(), password: PASSWORD.into() };
        auth::sign_in(&visit(&house.app), sent).await.expect("signs in")
    };
    let first = sign_in().await;
    let second = sign_in().await;
    let seen = auth::sessions(&first.ctx).await.unwrap();
    assert_eq!(seen.len(), 3, "set-up and two sign-ins");
    assert!(seen[0].current && seen[0].device == "Chromium · Linux", "{seen:?}");
    let other = seen.iter().find(|s| !s.current && auth_is(&second, s.id)).expect("the second");
    auth::revoke_session(&first.ctx, other.id).await.unwrap();
    assert!(auth::by_session(&house.app, &second.secret).await.unwrap().is_none());
    assert!(auth::by_session(&house.app, &first.secret).await.unwrap().is_some());
    auth::change_password(&first.ctx, PASSWORD, "another long pass phrase").await.unwrap();
    assert!(auth::by_session(&house.app, &first.secret).await.unwrap().is_some(), "one's own stays");
    house.later(31 * 86_400_000);
    assert!(auth::by_session(&house.app, &first.secret).await.unwrap().is_none(), "idle");
}

fn auth_is(s: &auth::SignedIn, id: domain::Id) -> bool {
    s.ctx.via == service::Via::Session(id)
}

#[tokio::test]
async fn a_reading_token_never_writes() {
    let house = House::new().await;
    let read = auth::create_token(&house.owner, "reader", TokenScope::Read, None).await.unwrap();
    let ctx = auth::by_token(&house.app, &read.secret).await.unwrap().expect("known");
    let fields = object(serde_json::json!({"name": "Isdom"}));
    assert_eq!(records::create(&ctx, domain::Kind::Company, fields, None).await, Err(Error::Forbidden));
    assert!(records::list(&ctx, domain::Kind::Company, &Default::default()).await.is_ok());
    auth::revoke_token(&house.owner, read.info.id).await.unwrap();
    assert!(auth::by_token(&house.app, &read.secret).await.unwrap().is_none());
}

#[tokio::test]
async fn a_hundred_guesses_at_once_are_a_hundred() {
    let house = House::new().await;
    let guesses = (0..20).map(|n| {
        let visit = visit(&house.app);
        let sent = SignIn { email: "olena@halyard.example".into(), password: format!("guess number {n}") };
        async move { auth::sign_in(&visit, sent).await.err() }
    });
    let answers = futures::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|e| matches!(e, Some(Error::Invalid { .. }))).count();
    assert_eq!(looked_at, 5, "{answers:?}");
}

#[tokio::test]
async fn who_guesses_elsewhere_does_not_keep_the_owner_out() {
    let house = House::new().await;
    let sign_in = async |address: &str, password: &str| {
        let visit = service::Visit { address: address.into(), ..visit(&house.app) };
        auth::sign_in(&visit, SignIn { email: "olena@halyard.example".into(), password: password.into() }).await
    };
    // Fifty guesses from as many networks.
    for n in 0..50 {
        assert!(matches!(sign_in(&format!("10.0.{n}.1"), "not this one").await.err(), Some(Error::Invalid { .. })));
    }
    assert!(matches!(sign_in("10.1.0.1", PASSWORD).await.err(), Some(Error::Limited { .. })), "strangers wait");
    assert!(sign_in("127.0.0.1", PASSWORD).await.is_ok(), "where she is signed in already she is let in");
}

#[tokio::test]
async fn what_is_over_is_thrown_away_and_nothing_else() {
    let house = House::new().await;
    const HOUR: i64 = 3_600_000;
    let send = async |key: &str, name: &str| {
        let sent = object(serde_json::json!({"name": name}));
        records::create(&house.owner, domain::Kind::Company, sent, Some(key)).await.unwrap().id
    };
    // More than one batch.
    for n in 0..600 {
        send(&format!("old {n}"), "Isdom").await;
    }
    house.later(20 * HOUR);
    let fresh = send("fresh", "Isdom").await;
    assert_eq!(upkeep::sweep(&house.app).await.unwrap(), Swept::default());
    house.later(5 * HOUR);
    assert_eq!(upkeep::sweep(&house.app).await.unwrap(), Swept { keys: 600, sessions: 0 });
    assert_eq!(send("fresh", "Isdom").await, fresh, "still known");

    let sent = SignIn { email: "olena@halyard.example".into(), password: PASSWORD.into() };
    let used = auth::sign_in(&visit(&house.app), sent).await.unwrap();
    house.later(20 * 24 * HOUR);
    assert!(auth::by_session(&house.app, &used.secret).await.unwrap().is_some());
    house.later(11 * 24 * HOUR);
    // The one from the set-up was not used for a month.
    assert_eq!(upkeep::sweep(&house.app).await.unwrap(), Swept { keys: 1, sessions: 1 });
    assert!(auth::by_session(&house.app, &used.secret).await.unwrap().is_some());
}

#[tokio::test]
async fn a_password_that_an_administrator_sets_ends_sessions_and_takes_tokens_back() {
    let house = House::new().await;
    let bob = house.person("sales", None).await;
    let made = auth::create_token(&bob, "his", TokenScope::Write, None).await.unwrap();
    let session = auth::sign_in(&visit(&house.app), SignIn { email: bob.me.email.clone(), password: PASSWORD.into() }).await.unwrap();
    // Both are in use, and so kept in memory.
    assert!(auth::by_token(&house.app, &made.secret).await.unwrap().is_some());
    assert!(auth::by_session(&house.app, &session.secret).await.unwrap().is_some());
    // His own change leaves the tokens, which he sees beside it, and the place where he makes it.
    auth::change_password(&session.ctx, PASSWORD, "another long pass phrase").await.unwrap();
    assert!(auth::by_token(&house.app, &made.secret).await.unwrap().is_some());

    users::set_password(&house.owner, bob.me.id, "yet another pass phrase").await.unwrap();
    assert!(auth::by_token(&house.app, &made.secret).await.unwrap().is_none());
    assert!(auth::by_session(&house.app, &session.secret).await.unwrap().is_none());
    assert_eq!(auth::tokens(&bob).await.unwrap(), []);
}
