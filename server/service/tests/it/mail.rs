//! Mail: what is posted reaches a real mail server (aiosmtpd), once; what is refused is tried again or given up, and can be seen.

pub mod post_office;

use std::sync::atomic::Ordering;

use domain::Error;
use serde_json::json;
use service::mail::{self, Security, Sent, Settings, State};
use service::{Config, Ctx};

use crate::house::House;
use post_office::PostOffice;

pub fn settings(port: u16, security: Security) -> Settings {
    Settings {
        host: "localhost".into(),
        port,
        security,
        login: None,
        from: ("crm@halyard.example".into(), "Halyard CRM".into()),
        authorities: Some(post_office::folder().join("authority.pem")),
    }
}

pub async fn house(settings: Settings) -> House {
    House::of(Config { mail: Some(settings), public: "https://crm.halyard.example".into(), ..Config::in_memory() }).await
}

/// The owner's letter to herself goes to this address.
async fn at_address(house: &House, address: &str) -> Ctx {
    let me = house.owner.me.clone();
    let me = domain::auth::Me { email: address.to_owned(), ..(*me).clone() };
    Ctx { me: std::sync::Arc::new(me), ..house.owner.clone() }
}

#[tokio::test]
async fn forbidden_only_who_runs_the_house_sees_and_sends_mail() {
    let house = House::new().await;
    for role in ["sales", "manager", "read_only"] {
        let person = house.person(role, None).await;
        assert_eq!(mail::posted(&person, State::Dead, 10).await.unwrap_err(), Error::Forbidden, "{role}");
        assert_eq!(mail::send_again(&person, "x").await.unwrap_err(), Error::Forbidden, "{role}");
        assert_eq!(mail::try_out(&person).await.unwrap_err(), Error::Forbidden, "{role}");
        assert_eq!(mail::dead(&person).await.unwrap_err(), Error::Forbidden, "{role}");
        for ids in [None, Some(vec!["x".to_owned()])] {
            assert_eq!(mail::send_dead_again(&person, ids.clone()).await.unwrap_err(), Error::Forbidden, "{role}");
            assert_eq!(mail::give_up(&person, ids).await.unwrap_err(), Error::Forbidden, "{role}");
        }
    }
}

#[tokio::test]
async fn without_a_mail_server_nothing_is_kept_and_trying_it_out_says_so() {
    let house = House::new().await;
    let Error::Invalid { fields } = mail::try_out(&house.owner).await.unwrap_err() else { panic!("another error") };
    assert_eq!(fields[0].code, "no_mail_server");
    assert_eq!(mail::run(&house.app).await.unwrap(), Sent::default());
    assert!(mail::posted(&house.owner, State::Waiting, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_letter_arrives_once_over_every_kind_of_line() {
    for (how, security) in [("plain", Security::Plain), ("starttls", Security::StartTls), ("tls", Security::Tls)] {
        let mut office = PostOffice::open(how);
        let login = Some(("crm".to_owned(), "secret word".to_owned()));
        let house = house(Settings { login: login.filter(|_| how != "plain"), ..settings(office.port, security) }).await;
        mail::try_out(&house.owner).await.unwrap();
        // The pass in the background may have been first: then this one waits for its end.
        mail::run(&house.app).await.unwrap();
        let letter = office.next();
        assert_eq!((letter.from.as_str(), letter.to.as_slice()), ("crm@halyard.example", &["olena@halyard.example".to_owned()][..]));
        assert_eq!(letter.tls, how != "plain", "{how}");
        assert_eq!(letter.user.as_deref(), (how != "plain").then_some("crm"), "{how}");
        let shown = letter.read();
        assert_eq!(shown["subject"], json!("Mail from Rapport works"));
        assert_eq!(shown["to"], json!("Олена Коваленко <olena@halyard.example>"), "names outside of ASCII are read as they were written");
        assert_eq!(shown["from"], json!("Halyard CRM <crm@halyard.example>"));
        assert!(shown["parts"]["text/plain"].as_str().unwrap().contains("https://crm.halyard.example"));
        // Nothing is left, and nothing goes twice.
        assert_eq!(mail::run(&house.app).await.unwrap(), Sent::default());
        assert!(office.is_empty());
        assert_eq!(mail::posted(&house.owner, State::Sent, 10).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_wrong_password_or_certificate_sends_nothing_and_says_why() {
    let office = PostOffice::open("tls");
    let strangers = Settings { authorities: None, ..settings(office.port, Security::Tls) };
    let wrong = Settings { login: Some(("crm".into(), "guess".into())), ..settings(office.port, Security::Tls) };
    for (settings, word) in [(strangers, "certificate"), (wrong, "password")] {
        let house = house(settings).await;
        mail::try_out(&house.owner).await.unwrap();
        mail::run(&house.app).await.unwrap();
        let waiting = mail::posted(&house.owner, State::Waiting, 10).await.unwrap();
        assert!(waiting[0].problem.contains(word), "{word}: {}", waiting[0].problem);
        assert_eq!(waiting[0].tries, 1);
    }
}

#[tokio::test]
async fn what_is_refused_for_now_is_tried_again_later_and_given_up_in_the_end() {
    let mut office = PostOffice::open("plain");
    let house = house(settings(office.port, Security::Plain)).await;
    mail::try_out(&at_address(&house, "later@far.example").await).await.unwrap();
    mail::run(&house.app).await.unwrap();
    assert_eq!(mail::run(&house.app).await.unwrap(), Sent::default(), "not again before its time");
    // While nothing goes out the house is not told that all is well.
    let outbox = mail::dead(&house.owner).await.unwrap();
    assert!(outbox.dead.is_empty() && outbox.waiting.problem.starts_with("451"), "{outbox:?}");
    assert_eq!(outbox.waiting.count, 1);
    let mut pauses = 0;
    while let Some(waiting) = mail::posted(&house.owner, State::Waiting, 1).await.unwrap().pop() {
        assert!(waiting.problem.starts_with("451"), "{}", waiting.problem);
        let due = domain::time::parse_instant(&waiting.due).unwrap();
        assert!(due > house.clock.load(Ordering::SeqCst));
        house.clock.store(due, Ordering::SeqCst);
        mail::run(&house.app).await.unwrap();
        pauses += 1;
        assert!(pauses < 50, "it never ends");
    }
    assert!(pauses > 5);
    let dead = mail::posted(&house.owner, State::Dead, 10).await.unwrap().pop().unwrap();
    // Sent again by hand, it is as new; now the address is taken.
    let again = mail::send_again(&house.owner, &dead.id).await.unwrap();
    assert_eq!((again.state, again.tries), (State::Waiting, 0));
    assert!(office.is_empty());
}

#[tokio::test]
async fn what_is_refused_for_good_is_dead_at_once_and_keeps_nobody_else_waiting() {
    let mut office = PostOffice::open("plain");
    let house = house(settings(office.port, Security::Plain)).await;
    mail::try_out(&at_address(&house, "nobody@far.example").await).await.unwrap();
    mail::try_out(&at_address(&house, "two\r\nRCPT TO:<x@y.example>@far.example").await).await.unwrap();
    mail::try_out(&house.owner).await.unwrap();
    mail::run(&house.app).await.unwrap();
    assert_eq!(office.next().to, ["olena@halyard.example"]);
    let dead = mail::posted(&house.owner, State::Dead, 10).await.unwrap();
    assert_eq!(dead.len(), 2);
    assert!(dead.iter().any(|d| d.problem.contains("550 5.1.1 nobody lives here") || d.problem.contains("nobody lives here")));
    assert!(office.is_empty());
}

#[tokio::test]
async fn dead_letters_are_listed_sent_again_and_given_up_one_or_all() {
    let mut office = PostOffice::open("plain");
    let house = house(settings(office.port, Security::Plain)).await;
    for _ in 0..3 {
        mail::try_out(&at_address(&house, "nobody@far.example").await).await.unwrap();
    }
    mail::run(&house.app).await.unwrap();
    let outbox = mail::dead(&house.owner).await.unwrap();
    assert!(outbox.server && !outbox.more);
    assert_eq!(outbox.dead.len(), 3);
    let first = &outbox.dead[0];
    assert_eq!((first.to.as_str(), first.subject.as_str(), first.tries), ("nobody@far.example", "Mail from Rapport works", 1));
    assert!(first.problem.contains("nobody lives here"), "{}", first.problem);
    let only = |id: &str| vec![id.to_owned()];
    assert_eq!(mail::give_up(&house.owner, Some(only("nobody"))).await.unwrap_err(), Error::NotFound);
    assert_eq!(mail::give_up(&house.owner, Some(only(&first.id))).await.unwrap(), 1);
    assert_eq!(mail::give_up(&house.owner, Some(only(&first.id))).await.unwrap_err(), Error::NotFound, "it is gone");
    // Again it is refused, and dead again: nothing else became of it.
    let second = only(&outbox.dead[1].id);
    assert_eq!(mail::send_dead_again(&house.owner, Some(second)).await.unwrap(), 1);
    mail::run(&house.app).await.unwrap();
    assert_eq!(mail::dead(&house.owner).await.unwrap().dead.len(), 2);
    assert_eq!(mail::send_dead_again(&house.owner, None).await.unwrap(), 2);
    mail::run(&house.app).await.unwrap();
    assert_eq!(mail::give_up(&house.owner, None).await.unwrap(), 2);
    assert_eq!(mail::give_up(&house.owner, None).await.unwrap(), 0, "nothing is left");
    // What waits or went is nobody's to throw away.
    mail::try_out(&house.owner).await.unwrap();
    mail::run(&house.app).await.unwrap();
    assert_eq!(office.next().to, ["olena@halyard.example"]);
    let sent = mail::posted(&house.owner, State::Sent, 10).await.unwrap();
    assert_eq!(mail::give_up(&house.owner, Some(only(&sent[0].id))).await.unwrap_err(), Error::NotFound);
    assert_eq!(mail::posted(&house.owner, State::Sent, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn without_a_mail_server_the_list_says_so_and_nothing_is_sent_again() {
    let house = House::new().await;
    assert_eq!(mail::dead(&house.owner).await.unwrap(), domain::mail::Outbox::default());
    let Error::Invalid { fields } = mail::send_dead_again(&house.owner, None).await.unwrap_err() else { panic!("another error") };
    assert_eq!(fields[0].code, "no_mail_server");
}
