//! Mail that the house sends. Whoever has something to say leaves a letter in the outbox ([`outbox`]), in the transaction of
//! what it is about where that matters; one server at a time takes the letters to the mail server ([`sender`], [`smtp`]).
//!
//! Nothing is ever sent inside a request. A letter goes at least once: its `Message-ID` is always the same, so that a second
//! copy is known as one. Without settings there is no mail, no letter is kept, and everything else works.

mod dead;
mod letter;
mod outbox;
mod sender;
mod smtp;
pub(crate) mod words;

use domain::{FieldError, Result};

pub use dead::{dead, give_up, send_dead_again};
pub use letter::{Invitation, Letter};
pub use outbox::{Posted, State, posted, send_again, try_out};
pub(crate) use outbox::{Unsent, doc, post, throw_away, unsent};
pub(crate) use sender::{Mailer, begin};
pub use sender::{Sent, run};

/// How the connection to the mail server is kept private.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// From the first byte (SMTPS).
    Tls,
    /// After a greeting in the clear; refused when the server does not offer it.
    #[default]
    StartTls,
    /// Not at all: for a mail server on the same machine.
    Plain,
}

/// The mail server, as the operator names it.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// User and password.
    pub login: Option<(String, String)>,
    /// The address that letters come from, and its name.
    pub from: (String, String),
    /// Certificates (PEM) that are believed beside those of the system.
    pub authorities: Option<std::path::PathBuf>,
}

/// The password stays out of every log.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let user = self.login.as_ref().map(|(user, _)| user);
        write!(f, "mail by {}:{} ({:?}, user {user:?}, from {})", self.host, self.port, self.security, self.from.0)
    }
}

/// An address as people write it: `Halyard <crm@halyard.example>` or the address alone.
///
/// # Errors
/// When there is no address in it.
pub fn address(text: &str) -> Result<(String, String)> {
    let (name, address) = match text.trim().strip_suffix('>').and_then(|t| t.split_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"'), address.trim()),
        None => ("", text.trim()),
    };
    if is_address(address) && !name.chars().any(char::is_control) {
        return Ok((address.to_owned(), name.to_owned()));
    }
    Err(domain::Error::Invalid { fields: vec![FieldError::new("from", "email").with("value", text)] })
}

/// Nothing that could end a line of the protocol, and both of its halves.
pub(crate) fn is_address(text: &str) -> bool {
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>' | '"' | ',' | ';');
    text.len() <= 254 && text.chars().all(plain) && text.rsplit_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let pair = |a: &str, n: &str| (a.to_owned(), n.to_owned());
        assert_eq!(address("Halyard CRM <crm@halyard.example>").unwrap(), pair("crm@halyard.example", "Halyard CRM"));
        assert_eq!(address(" crm@halyard.example ").unwrap(), pair("crm@halyard.example", ""));
        for bad in ["", "crm", "@x", "a@b\r\nRCPT TO:<c@d>", "a b@c", "X <>"] {
            assert!(address(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn no_log_shows_the_password() {
        let settings = Settings {
            host: "mail".into(),
            port: 587,
            security: Security::StartTls,
            login: Some(("crm".into(), "secret-word".into())),
            from: ("a@b".into(), String::new()),
            authorities: None,
        };
        assert!(!format!("{settings:?}").contains("secret-word"));
    }
}
