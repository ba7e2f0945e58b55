//! Who is at the door: sessions, tokens, and what neither opens.

use domain::Kind;
use domain::auth::TokenScope;
use domain::rights::Role;
use http::StatusCode;
use serde_json::json;

use crate::support::{House, PASSWORD, run};

#[test]
fn without_proof_there_is_no_entry() {
    run(async {
        let house = House::new().await;
        for path in ["/api/v1/me", "/api/v1/companies", "/api/v1/deals/board", "/api/v1/live", "/api/v1/imports", "/api/v1/search?q=a"] {
            let answer = house.get(path).send().await;
            assert_eq!(answer.problem().0, 401, "{path}");
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{path}");
        }
    });
}

#[test]
fn a_wrong_token_is_not_helped_by_a_good_cookie() {
    run(async {
        let house = House::new().await;
        let both = house.get("/api/v1/me").in_session(&house.owner).header("authorization", "Bearer rt_wrong").send().await;
        assert_eq!(both.problem().0, 401);
        for bad in ["rs_wrong", "", "%00", &"x".repeat(4000)] {
            let answer = house.get("/api/v1/me").header("cookie", &format!("rapport_session={bad}")).send().await;
            assert_eq!(answer.problem().0, 401, "{bad:.10}");
        }
        let swapped = house.get("/api/v1/me").header("authorization", &format!("Bearer {}", house.owner.session)).send().await;
        assert_eq!(swapped.problem().0, 401, "a session is no token");
        let swapped = house.get("/api/v1/me").header("cookie", &format!("rapport_session={}", house.owner.token)).send().await;
        assert_eq!(swapped.problem().0, 401, "a token is no session");
    });
}

#[test]
fn a_reading_token_writes_nothing() {
    run(async {
        let house = House::new().await;
        let reader = service::auth::create_token(&house.owner.ctx, "reader", TokenScope::Read, None).await.unwrap().secret;
        let bearer = format!("Bearer {reader}");
        let company = house.make(&house.owner, Kind::Company, json!({"name": "Acme"})).await;
        let one = format!("/api/v1/companies/{}", company["id"].as_str().unwrap());
        let post = house.post("/api/v1/companies").header("authorization", &bearer).json(&json!({"name": "x"})).send().await;
        assert_eq!(post.problem().0, 403);
        let patch = house.patch(&one).header("authorization", &bearer).version(&json!(1)).json(&json!({"name": "x"})).send().await;
        assert_eq!(patch.problem().0, 403);
        assert_eq!(house.delete(&one).header("authorization", &bearer).send().await.problem().0, 403);
        let token =
            house.post("/api/v1/tokens").header("authorization", &bearer).json(&json!({"name": "more", "scope": "write"})).send().await;
        assert_eq!(token.problem().0, 403, "nor gets itself a better one");
        assert_eq!(house.get(&one).header("authorization", &bearer).send().await.status, StatusCode::OK);
        let me = house.get("/api/v1/me").header("authorization", &bearer).send().await.json();
        assert_eq!((me["via"].as_str(), me["scope"].as_str()), (Some("token"), Some("read")));
    });
}

#[test]
fn revoked_is_revoked_at_once() {
    run(async {
        let house = House::new().await;
        let other = house.sign_in(&house.owner.email).await;
        let tokens = house.get("/api/v1/tokens").in_session(&house.owner).send().await.json();
        assert_eq!(house.get("/api/v1/me").by(&other).send().await.status, StatusCode::OK);
        for token in tokens["items"].as_array().unwrap() {
            let path = format!("/api/v1/tokens/{}", token["id"].as_str().unwrap());
            assert_eq!(house.delete(&path).in_session(&house.owner).send().await.status, StatusCode::NO_CONTENT);
        }
        assert_eq!(house.get("/api/v1/me").by(&other).send().await.problem().0, 401);

        let sessions = house.get("/api/v1/sessions").in_session(&house.owner).send().await.json();
        let away = sessions["items"].as_array().unwrap().iter().find(|s| s["current"] == json!(false)).unwrap().clone();
        let path = format!("/api/v1/sessions/{}", away["id"].as_str().unwrap());
        assert_eq!(house.delete(&path).in_session(&house.owner).send().await.status, StatusCode::NO_CONTENT);
        assert_eq!(house.get("/api/v1/me").in_session(&other).send().await.problem().0, 401);
        assert_eq!(house.get("/api/v1/me").in_session(&house.owner).send().await.status, StatusCode::OK);
    });
}

#[test]
fn nobody_ends_the_sessions_of_others() {
    run(async {
        let house = House::new().await;
        let (anna, boris) = (house.person(Role::Sales).await, house.person(Role::Sales).await);
        let sessions = house.get("/api/v1/sessions").in_session(&anna).send().await.json();
        let tokens = house.get("/api/v1/tokens").in_session(&anna).send().await.json();
        let id = |list: &serde_json::Value| list["items"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(house.delete(&format!("/api/v1/sessions/{}", id(&sessions))).by(&boris).send().await.problem().0, 404);
        assert_eq!(house.delete(&format!("/api/v1/tokens/{}", id(&tokens))).by(&boris).send().await.problem().0, 404);
        assert_eq!(house.get(&format!("/api/v1/users/{}/sessions", anna.id)).by(&boris).send().await.problem().0, 403);
        let password = json!({"password": "another good password"});
        let put = house.knock(http::Method::PUT, &format!("/api/v1/users/{}/password", anna.id)).by(&boris).json(&password).send().await;
        assert_eq!(put.problem().0, 403);
        assert_eq!(house.get("/api/v1/me").in_session(&anna).send().await.status, StatusCode::OK);
    });
}

#[test]
fn the_disabled_are_out_at_once() {
    run(async {
        let house = House::new().await;
        let anna = house.person(Role::Sales).await;
        let user = house.get(&format!("/api/v1/users/{}", anna.id)).by(&house.owner).send().await.json();
        let off =
            house.patch(&format!("/api/v1/users/{}", anna.id)).by(&house.owner).version(&user["version"]).json(&json!({"disabled": true}));
        assert_eq!(off.send().await.status, StatusCode::OK);
        assert_eq!(house.get("/api/v1/me").in_session(&anna).send().await.problem().0, 401);
        assert_eq!(house.get("/api/v1/me").by(&anna).send().await.problem().0, 401);
    });
}

#[test]
fn an_administrator_sets_a_password_and_the_old_sessions_end() {
    run(async {
        let house = House::new().await;
        let anna = house.person(Role::Sales).await;
        let path = format!("/api/v1/users/{}/password", anna.id);
        let put = |password: &str| house.knock(http::Method::PUT, &path).by(&house.owner).json(&json!({"password": password})).send();
        assert_eq!(put("short").await.errors(), ["password:password_short"]);
        assert_eq!(house.get("/api/v1/me").in_session(&anna).send().await.status, StatusCode::OK);
        assert_eq!(put("another good password").await.status, StatusCode::NO_CONTENT);
        assert_eq!(house.get("/api/v1/me").in_session(&anna).send().await.problem().0, 401);
    });
}

#[test]
fn strangers_who_knock_too_often_have_to_wait() {
    run(async {
        let house = House::new().await;
        let mut last = house.get("/api/v1/me").send().await;
        for _ in 0..200 {
            last = house.get("/api/v1/me").header("authorization", "Bearer rt_guess").send().await;
            if last.status == StatusCode::TOO_MANY_REQUESTS {
                break;
            }
        }
        assert_eq!(last.problem().0, 429);
        assert!(last.header("retry-after").parse::<u32>().is_ok_and(|s| s >= 1));
        assert_eq!(house.get("/api/v1/me").by(&house.owner).send().await.status, StatusCode::OK, "who is known is not counted");
    });
}

#[test]
fn signing_in_leaves_a_cookie_that_scripts_cannot_read() {
    run(async {
        for (house, name, secure) in
            [(House::new().await, "rapport_session", false), (House::over_tls().await, "__Host-rapport_session", true)]
        {
            let sign_in = |password: &str| {
                let body = json!({"credentials": {"email": house.owner.email, "password": password}, "keep": true});
                house.post("/api/app/auth/sign_in").header("sec-fetch-site", "same-origin").json(&body).send()
            };
            let wrong = sign_in("not the password").await;
            assert!(wrong.status.is_client_error() && wrong.header("set-cookie").is_empty(), "{}", wrong.text());
            let right = sign_in(PASSWORD).await;
            assert_eq!(right.status, StatusCode::OK, "{}", right.text());
            let cookie = right.header("set-cookie");
            assert!(cookie.starts_with(&format!("{name}=")), "{cookie}");
            for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
                assert!(cookie.contains(part), "{part} missing in {cookie}");
            }
            assert_eq!(cookie.contains("Secure"), secure, "{cookie}");
            let pair = cookie.split(';').next().unwrap();
            let me = house.get("/api/v1/me").header("cookie", pair).send().await.json();
            assert_eq!((me["email"].as_str(), me["via"].as_str()), (Some(house.owner.email.as_str()), Some("session")));

            let out = house.post("/api/app/auth/sign_out").header("cookie", pair).json(&json!({})).send().await;
            assert_eq!(out.status, StatusCode::OK, "{}", out.text());
            assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
            assert_eq!(house.get("/api/v1/me").header("cookie", pair).send().await.problem().0, 401);
        }
    });
}

#[test]
fn guessing_passwords_is_slowed_down_and_tells_nothing() {
    run(async {
        let house = House::new().await;
        let sign_in = async |email: &str| {
            let body = json!({"credentials": {"email": email, "password": "not the password"}, "keep": false});
            house.post("/api/app/auth/sign_in").json(&body).send().await
        };
        let (known, unknown) = (sign_in(&house.owner.email).await, sign_in("nobody@globex.example").await);
        assert_eq!((known.status, known.text()), (unknown.status, unknown.text()), "whether an account exists is a secret");
        let mut last = known;
        for _ in 0..30 {
            last = sign_in(&house.owner.email).await;
        }
        assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS, "{}", last.text());
        assert_eq!(house.get("/api/v1/me").in_session(&house.owner).send().await.status, StatusCode::OK, "who is in stays in");
    });
}
