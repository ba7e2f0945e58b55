//! One connection to the mail server. What went wrong is told in words, and whether trying again can help.

use std::sync::Arc;
use std::time::Duration;

use mail_send::smtp::message::Message;
use mail_send::{Credentials, Error, SmtpClient, SmtpClientBuilder};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Security, Settings};

/// Longer than this no step may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) enum Line {
    Plain(SmtpClient<TcpStream>),
    Private(Box<SmtpClient<TlsStream<TcpStream>>>),
}

/// Why a letter did not go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub why: String,
    /// This letter will never be taken.
    pub for_good: bool,
    /// The line is of no use any more.
    pub broken: bool,
}

impl Line {
    /// `tls`: what [`connector`] answered.
    pub async fn open(settings: &Settings, tls: &Result<TlsConnector, String>) -> Result<Self, Refusal> {
        let broken = |why: &String| Refusal { why: why.clone(), for_good: false, broken: true };
        let builder = SmtpClientBuilder {
            timeout: PATIENCE,
            tls_connector: tls.as_ref().map_err(broken)?.clone(),
            tls_hostname: settings.host.clone(),
            tls_implicit: settings.security == Security::Tls,
            credentials: settings.login.as_ref().map(|(user, password)| Credentials::new(user.clone(), password.clone())),
            addr: format!("{}:{}", settings.host, settings.port),
            is_lmtp: false,
            say_ehlo: true,
            local_host: own_name(settings),
            local_ip: None,
        };
        match settings.security {
            Security::Plain => builder.connect_plain().await.map(Line::Plain),
            Security::Tls | Security::StartTls => builder.connect().await.map(|line| Line::Private(Box::new(line))),
        }
        .map_err(|e| Refusal { broken: true, for_good: false, ..refusal(&e) })
    }

    pub async fn send(&mut self, from: &str, to: &str, message: &[u8]) -> Result<(), Refusal> {
        let message = Message::new(from, vec![to], message);
        let sent = match self {
            Line::Plain(line) => line.send(message).await,
            Line::Private(line) => line.send(message).await,
        };
        let Err(e) = sent else { return Ok(()) };
        let mut refusal = refusal(&e);
        if !refusal.broken {
            // The next letter begins on a clean table.
            let reset = match self {
                Line::Plain(line) => line.rset().await,
                Line::Private(line) => line.rset().await,
            };
            refusal.broken = reset.is_err();
        }
        Err(refusal)
    }

    pub async fn close(self) {
        let _ = match self {
            Line::Plain(line) => line.quit().await,
            Line::Private(line) => line.quit().await,
        };
    }
}

/// What we call ourselves: the host of our own address.
fn own_name(settings: &Settings) -> String {
    settings.from.0.rsplit_once('@').map_or_else(|| "localhost".to_owned(), |(_, host)| host.to_owned())
}

/// Believes what the system believes, and the operator's own authorities.
pub(super) fn connector(settings: &Settings) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    if settings.security != Security::Plain {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if let Some(path) = &settings.authorities {
        let unreadable = |e: &dyn std::fmt::Display| format!("the certificates in {} cannot be read: {e}", path.display());
        for certificate in CertificateDer::pem_file_iter(path).map_err(|e| unreadable(&e))? {
            roots.add(certificate.map_err(|e| unreadable(&e))?).map_err(|e| unreadable(&e))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|e| e.to_string())?;
    Ok(TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
}

fn refusal(e: &Error) -> Refusal {
    match e {
        Error::UnexpectedReply(reply) => {
            let why = format!("{} {}", reply.code, reply.message);
            // 421: the server closes the line. 5xx: about this letter, for good.
            Refusal { why, for_good: (500..600).contains(&reply.code), broken: reply.code == 421 }
        }
        other => Refusal { why: words(other), for_good: false, broken: true },
    }
}

fn words(e: &Error) -> String {
    match e {
        Error::Io(e) => format!("the mail server cannot be reached: {e}"),
        Error::Tls(e) => format!("the mail server's certificate or TLS is not accepted: {e}"),
        Error::Timeout => "the mail server did not answer in time".to_owned(),
        Error::MissingStartTls => "the mail server does not offer STARTTLS".to_owned(),
        Error::AuthenticationFailed(reply) => format!("the mail server refuses user and password: {} {}", reply.code, reply.message),
        Error::UnsupportedAuthMechanism => "the mail server takes no password, or not in a way we know".to_owned(),
        Error::InvalidTLSName => "the mail server's name is none that a certificate can have".to_owned(),
        other => other.to_string(),
    }
}
