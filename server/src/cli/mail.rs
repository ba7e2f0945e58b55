//! The options of `rapport serve` that say who takes our mail.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use service::mail::{Security, Settings, address};

use crate::settings::{File, Refused};

#[derive(Args)]
pub struct Mail {
    /// The mail server that takes our letters; without it nothing is sent by mail. Its password comes from RAPPORT_SMTP_PASSWORD,
    /// from the configuration file or from a file (--smtp-password-file)
    #[arg(long, env = "RAPPORT_SMTP_HOST", value_name = "HOST")]
    smtp_host: Option<String>,
    /// Its port [default: 465 for tls, 587 for starttls, 25 for none]
    #[arg(long, env = "RAPPORT_SMTP_PORT", value_name = "PORT")]
    smtp_port: Option<u16>,
    /// How the line to it is kept private [default: starttls]
    #[arg(long, env = "RAPPORT_SMTP_SECURITY", value_enum)]
    smtp_security: Option<How>,
    /// Who we are to the mail server
    #[arg(long, env = "RAPPORT_SMTP_USER", value_name = "NAME")]
    smtp_user: Option<String>,
    /// File with the password
    #[arg(long, env = "RAPPORT_SMTP_PASSWORD_FILE", value_name = "FILE")]
    smtp_password_file: Option<PathBuf>,
    /// Certificates (PEM) to believe beside those of the system: of a company's own authority
    #[arg(long, env = "RAPPORT_SMTP_CA", value_name = "FILE")]
    smtp_ca: Option<PathBuf>,
    /// The address that letters come from: "Halyard <crm@halyard.example>"
    #[arg(long, env = "RAPPORT_MAIL_FROM", value_name = "ADDRESS")]
    mail_from: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum How {
    Tls,
    Starttls,
    None,
}

impl Mail {
    /// None: no mail server is named.
    pub fn settle(&self, file: &File) -> Result<Option<Settings>, Refused> {
        let Some(host) = self.smtp_host.clone().or_else(|| file.smtp_host.clone()).filter(|h| !h.trim().is_empty()) else {
            return Ok(None);
        };
        let how = match (self.smtp_security, &file.smtp_security) {
            (Some(how), _) => how,
            (None, Some(text)) => How::from_str(text, true)
                .map_err(|_| Refused::new(format!("smtp-security = {text:?} is not understood."), "Give tls, starttls or none."))?,
            (None, None) => How::Starttls,
        };
        let (security, usual) = match how {
            How::Tls => (Security::Tls, 465),
            How::Starttls => (Security::StartTls, 587),
            How::None => (Security::Plain, 25),
        };
        let from = self.mail_from.clone().or_else(|| file.mail_from.clone());
        let from = from.ok_or_else(|| {
            Refused::new("A mail server is named, but not the address that letters come from.", "Give --mail-from \"Name <address>\".")
        })?;
        let from = address(&from).map_err(|_| {
            Refused::new(format!("{from:?} is no address that letters can come from."), "Give --mail-from \"Name <address>\".")
        })?;
        let login = match self.smtp_user.clone().or_else(|| file.smtp_user.clone()) {
            Some(user) => Some((user, self.password(file)?)),
            None => None,
        };
        let port = self.smtp_port.or(file.smtp_port).unwrap_or(usual);
        let authorities = self.smtp_ca.clone().or_else(|| file.smtp_ca.clone());
        Ok(Some(Settings { host: host.trim().to_owned(), port, security, login, from, authorities }))
    }

    fn password(&self, file: &File) -> Result<String, Refused> {
        if let Some(path) = &self.smtp_password_file {
            return super::secret_from(path);
        }
        std::env::var("RAPPORT_SMTP_PASSWORD").ok().or_else(|| file.smtp_password.clone().map(|s| s.0)).ok_or_else(|| {
            Refused::new("--smtp-user is given, but no password.", "Put it into RAPPORT_SMTP_PASSWORD or a file (--smtp-password-file).")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            smtp_host: None,
            smtp_port: None,
            smtp_security: None,
            smtp_user: None,
            smtp_password_file: None,
            smtp_ca: None,
            mail_from: None,
        }
    }

    #[test]
    fn mail_is_off_until_a_server_is_named_and_then_wants_an_address() {
        let none = File::default();
        assert!(mail().settle(&none).unwrap_or(None).is_none());
        let named = File { smtp_host: Some("mail.example".into()), ..File::default() };
        assert!(mail().settle(&named).is_err_and(|e| e.advice.contains("--mail-from")));
        let whole = File { mail_from: Some("CRM <crm@example.com>".into()), ..named.clone() };
        let found = mail().settle(&whole);
        assert!(found.is_ok_and(|s| s.is_some_and(|s| s.port == 587 && s.security == Security::StartTls)));
        let odd = File { smtp_security: Some("ssl".into()), ..whole.clone() };
        assert!(mail().settle(&odd).is_err_and(|e| e.problem.contains("ssl")));
        let locked = Mail { smtp_user: Some("crm".into()), smtp_security: Some(How::Tls), ..mail() };
        assert!(locked.settle(&whole).is_err_and(|e| e.problem.contains("password")));
        let open = File { smtp_password: Some(crate::settings::Secret("word".into())), ..whole };
        assert!(locked.settle(&open).is_ok_and(|s| s.is_some_and(|s| s.port == 465)));
    }
}
