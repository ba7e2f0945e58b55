//! What every answer has in common, and the doors that are not about records.

use axum::Router;
use axum::routing::get;
use http::StatusCode;

use crate::support::{House, Knock, run, untouched};

#[test]
fn strangers_see_nothing_but_the_sign_in_page() {
    run(async {
        let house = House::new().await;
        for path in ["/", "/deals", "/deals?layout=board&q=a%20b", "/companies/01890000-0000-7000-8000-000000000000", "/no/such/page"] {
            let answer = house.get(path).page().send().await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
            assert!(answer.header("location").starts_with("/sign-in"), "{path} {}", answer.header("location"));
        }
        let answer = house.get("/deals?layout=board&q=a%20b").page().send().await;
        assert_eq!(answer.header("location"), "/sign-in?next=%2Fdeals%3Flayout%3Dboard%26q%3Da%2520b");
        assert_eq!(house.get("/sign-in").page().send().await.status, StatusCode::OK);
    });
}

#[test]
fn a_product_without_people_asks_to_be_set_up() {
    run(async {
        let (_, router) = untouched().await;
        let get = |path: &str| Knock::new(router.clone(), http::Method::GET, path).page().send();
        for path in ["/", "/sign-in", "/deals"] {
            assert_eq!(get(path).await.header("location"), "/set-up", "{path}");
        }
        assert_eq!(get("/set-up").await.status, StatusCode::OK);
    });
}

#[test]
fn the_signed_in_have_no_business_at_the_sign_in_page() {
    run(async {
        let house = House::new().await;
        let target = async |path: &str| house.get(path).in_session(&house.owner).page().send().await.header("location").to_owned();
        assert_eq!(target("/sign-in").await, "/");
        assert_eq!(target("/set-up").await, "/");
        assert_eq!(target("/sign-in?next=%2Fcompanies").await, "/companies");
        assert_eq!(target("/sign-in?next=https%3A%2F%2Fevil.example").await, "/");
        assert_eq!(target("/sign-in?next=%2F%2Fevil.example").await, "/");
        let nobody = house.get("/set-up").page().send().await;
        assert_eq!(nobody.header("location"), "/sign-in", "the house is set up already");
    });
}

#[test]
fn every_page_is_locked_down() {
    run(async {
        let house = House::new().await;
        let one = house.get("/sign-in").page().send().await;
        let two = house.get("/sign-in").page().send().await;
        let nonce = |policy: &str| policy.split("'nonce-").nth(1).and_then(|t| t.split('\'').next()).unwrap_or_default().to_owned();
        let policy = one.header("content-security-policy");
        assert_ne!(nonce(policy), nonce(two.header("content-security-policy")));
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "'wasm-unsafe-eval'"] {
            assert!(policy.contains(part), "{part} missing in {policy}");
        }
        let scripts = policy.split(';').find(|p| p.trim().starts_with("script-src")).unwrap();
        assert!(!scripts.contains("unsafe-inline") && !scripts.contains("'unsafe-eval'"), "{scripts}");
        let html = one.text();
        let inline = html.split("<script").skip(1).filter(|s| !s.split('>').next().unwrap().contains("src="));
        for script in inline {
            assert!(script.contains(&format!("nonce=\"{}\"", nonce(policy))), "a script without the nonce: {script:.200}");
        }
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(one.header(name), value, "{name}");
        }
        assert!(one.header("strict-transport-security").is_empty(), "no TLS here");
        let api = house.get("/api/v1/companies").send().await;
        assert_eq!(api.header("x-content-type-options"), "nosniff");
        assert!(!api.header("content-security-policy").is_empty());
        assert!(!api.header("x-request-id").is_empty());
    });
}

#[test]
fn an_address_that_is_none_says_so_in_the_askers_words() {
    run(async {
        let house = House::new().await;
        let page = house.get("/no/such/page").in_session(&house.owner).page().send().await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.header("content-type").starts_with("text/html"));
        for path in [
            "/api",
            "/api/v2/companies",
            "/api/v1/",
            "/api/v1/dragons",
            "/api/v1/companies/x/y",
            "/api/v1/companies/not-an-id",
            "/pkg/no.js",
        ] {
            let answer = house.get(path).by(&house.owner).send().await;
            assert_eq!(answer.problem().0, 404, "{path}");
        }
        let answer = house.knock(http::Method::PUT, "/api/v1/companies").by(&house.owner).send().await;
        assert_eq!(answer.problem().0, 405);
        assert!(answer.header("allow").contains("GET"), "{:?}", answer.headers);
        let answer = house.post("/api/app/no/such/function").in_session(&house.owner).json(&serde_json::json!({})).send().await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn problems_speak_the_callers_language() {
    run(async {
        let house = House::new().await;
        let english = house.get("/api/v1/companies").send().await.problem().1;
        let ukrainian = house.get("/api/v1/companies").header("accept-language", "uk-UA,uk;q=0.9,en;q=0.5").send().await;
        assert_eq!(ukrainian.header("content-language"), "uk");
        assert_ne!(english["detail"], ukrainian.problem().1["detail"]);
        let mine = house.get("/api/v1/companies?x=1").by(&house.owner).header("accept-language", "uk").send().await;
        assert_eq!(mine.header("content-language"), "en", "one's own language goes before the browser's");
    });
}

#[test]
fn with_tls_browsers_are_told_to_stay_with_it() {
    run(async {
        let house = House::over_tls().await;
        let page = house.get("/sign-in").page().send().await;
        assert!(page.header("strict-transport-security").starts_with("max-age="));
    });
}

#[test]
fn while_the_database_is_away_pages_say_so_and_try_again() {
    run(async {
        let away = async || server::fault::Fault::from(domain::Error::Unavailable);
        let router = Router::new()
            .route("/deals", get(away))
            .route("/api/v1/deals", get(away))
            .route("/api/app/x", get(away))
            .layer(axum::middleware::from_fn(server::edge::around))
            .layer(axum::middleware::from_fn_with_state(server::security::Tls(false), server::security::headers));
        for locale in domain::Locale::ALL {
            let page = Knock::new(router.clone(), http::Method::GET, "/deals").page().header("accept-language", locale.tag()).send().await;
            assert_eq!((page.status.as_u16(), page.header("retry-after")), (503, "5"));
            let html = page.text();
            assert!(html.contains("http-equiv=\"refresh\"") && html.contains(&format!("lang=\"{}\"", locale.tag())), "{html}");
            assert!(html.contains(&server::words::text(locale, "door.away")), "{html}");
            assert!(!html.contains("src=") && !html.contains("door.") && !html.contains("action.") && !html.contains("error."), "{html}");
            let nonce = html.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
            assert!(page.header("content-security-policy").contains(nonce), "its own style may not be refused");
        }
        let api = Knock::new(router.clone(), http::Method::GET, "/api/v1/deals").send().await;
        assert_eq!((api.problem().0, api.header("retry-after")), (503, "5"));
        let function = Knock::new(router, http::Method::GET, "/api/app/x").send().await;
        assert_eq!(function.json(), serde_json::json!("unavailable"), "as the app knows it");
    });
}

#[test]
fn health_is_for_machines() {
    run(async {
        let house = House::new().await;
        for path in ["/healthz", "/readyz"] {
            assert_eq!(house.get(path).send().await.status, StatusCode::OK, "{path}");
        }
    });
}

#[test]
fn a_panic_ends_one_request_and_nothing_else() {
    run(async {
        let router = Router::new()
            .route("/api/v1/panic", get(async || if true { panic!("a secret") } else { "" }))
            .route("/page", get(async || if true { panic!("a secret") } else { "" }))
            .route("/fine", get(async || "fine"))
            .layer(axum::middleware::from_fn(server::edge::around));
        let get = |path: &str| Knock::new(router.clone(), http::Method::GET, path).page().send();
        let answer = get("/api/v1/panic").await;
        let (status, problem) = answer.problem();
        assert_eq!((status, problem["reference"].as_str()), (500, Some(answer.header("x-request-id"))));
        let page = get("/page").await;
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(page.text().contains(page.header("x-request-id")));
        for answer in [answer, page] {
            assert!(!answer.text().contains("secret"));
        }
        assert_eq!(get("/fine").await.text(), "fine");
    });
}

#[test]
fn words_may_be_kept_for_ever_by_their_hash() {
    run(async {
        let house = House::new().await;
        let address = app::i18n::address(domain::Locale::Uk);
        let kept = house.get(&address).send().await;
        assert!(kept.header("cache-control").contains("immutable"), "{address}");
        assert!(kept.json().as_object().is_some_and(|t| t.len() > 50));
        let bare = house.get("/i18n/uk.json").send().await;
        assert_eq!(bare.header("cache-control"), "no-cache");
        let again = house.get("/i18n/uk.json").header("if-none-match", bare.header("etag")).send().await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
        assert_eq!(house.get("/i18n/xx.json").page().send().await.status, StatusCode::NOT_FOUND);
    });
}

#[test]
fn files_of_the_site_are_served_compressed_and_kept_by_their_hash() {
    run(async {
        let site = tempfile::tempdir().unwrap();
        let pkg = site.path().join("pkg");
        std::fs::create_dir(&pkg).unwrap();
        for (name, text) in [("hash.txt", "abc123\n"), ("rapport.js", "plain"), ("rapport.js.br", "brotli"), ("rapport.css", "css")] {
            std::fs::write(pkg.join(name), text).unwrap();
        }
        std::fs::write(site.path().join("robots.txt"), "User-agent: *").unwrap();
        let house = House::with(server::Options { site: Some(site.path().to_owned()), ..Default::default() }).await;
        let answer = house.get("/pkg/rapport.js?v=abc123").header("accept-encoding", "br").send().await;
        assert_eq!((answer.header("content-encoding"), answer.text().as_str()), ("br", "brotli"));
        assert!(answer.header("cache-control").contains("immutable"));
        let stale = house.get("/pkg/rapport.js?v=old").send().await;
        assert_eq!((stale.header("cache-control"), stale.text().as_str()), ("no-cache", "plain"));
        let etag = stale.header("etag");
        assert_eq!(house.get("/pkg/rapport.js").header("if-none-match", etag).send().await.status, StatusCode::NOT_MODIFIED);
        assert_eq!(house.get("/robots.txt").send().await.text(), "User-agent: *");
        for path in ["/pkg/../hash.txt", "/pkg/%2e%2e/robots.txt", "/pkg/nothing.js", "/pkg/"] {
            let answer = house.get(path).send().await;
            assert!(!answer.status.is_success(), "{path} {}", answer.text());
        }
        assert!(house.get("/sign-in").page().send().await.text().contains("v=abc123"));
    });
}

#[test]
fn metrics_are_not_for_everybody() {
    run(async {
        let metrics = server::meters::install().unwrap();
        let house = House::with(server::Options { metrics: Some(metrics), ..Default::default() }).await;
        let sales = house.person(domain::rights::Role::Sales).await;
        assert_eq!(house.get("/metrics").send().await.problem().0, 401);
        assert_eq!(house.get("/metrics").by(&sales).send().await.problem().0, 403);
        assert_eq!(house.get("/metrics").in_session(&house.owner).send().await.problem().0, 403, "a browser is no collector");
        house.get("/api/v1/companies").by(&house.owner).send().await;
        let text = house.get("/metrics").by(&house.owner).send().await.text();
        assert!(text.contains("rapport_http_requests_total") && text.contains("route=\"/api/v1/companies\""), "{text}");
        assert!(text.contains("rapport_http_request_seconds_bucket"), "{text}");
    });
}
