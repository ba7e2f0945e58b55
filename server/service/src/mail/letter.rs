//! A letter: who gets it, and what it says, as text, as simple HTML and, where it invites, as a calendar's own part.

use domain::Id;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};
use serde::{Deserialize, Serialize};

use super::Settings;

/// The words of a letter, whole: what was said stays said, whatever happens to what it was about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Letter {
    pub to: String,
    pub name: String,
    /// Who answers go to: address and name.
    pub reply_to: Option<(String, String)>,
    pub language: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub invitation: Option<Invitation>,
    /// What it is about.
    pub about: Option<Id>,
}

/// iCalendar with its method (`REQUEST`, `CANCEL`): mail programs offer to answer it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Invitation {
    pub method: String,
    pub ics: String,
}

impl Letter {
    /// As it goes over the line. `key` is its name in the outbox, `house` what the company is called: a list of letters shows who
    /// writes, not an address that all letters come from.
    pub(super) fn message(&self, key: &str, settings: &Settings, house: &str, now_ms: i64) -> Vec<u8> {
        let (address, own) = &settings.from;
        let house = if own.is_empty() { house } else { own };
        let who = self.reply_to.as_ref().map(|(_, name)| name.as_str());
        let name = [who.unwrap_or_default(), house].into_iter().filter(|n| !n.is_empty()).collect::<Vec<_>>().join(" · ");
        let host = address.rsplit_once('@').map_or("localhost", |(_, host)| host);
        let to = crate::forms::wire(&self.to);
        let mut message = MessageBuilder::new()
            .from(person(address, &name))
            .to(person(&to, &self.name))
            .subject(self.subject.as_str())
            .date(now_ms / 1000)
            .message_id(format!("{}@{host}", key.replace('/', ".")))
            // Answered by nobody's holiday message.
            .header("Auto-Submitted", Raw::new("auto-generated"));
        if let Some((address, name)) = &self.reply_to {
            message = message.reply_to(person(address, name));
        }
        if !self.language.is_empty() {
            message = message.header("Content-Language", Raw::new(self.language.as_str()));
        }
        let mut ways = vec![
            MimePart::new(ContentType::new("text/plain").attribute("charset", "utf-8"), self.text.as_str()),
            MimePart::new(ContentType::new("text/html").attribute("charset", "utf-8"), self.html.as_str()),
        ];
        let body = match &self.invitation {
            None => MimePart::new("multipart/alternative", BodyPart::Multipart(ways)),
            Some(invitation) => {
                let method = invitation.method.as_str();
                let calendar = |ty: &'static str| ContentType::new(ty).attribute("charset", "utf-8").attribute("method", method);
                ways.push(MimePart::new(calendar("text/calendar"), invitation.ics.as_str()));
                let parts = MimePart::new("multipart/alternative", BodyPart::Multipart(ways));
                // Once more as a file: some programs show only that.
                let file = MimePart::new(ContentType::new("application/ics"), invitation.ics.as_bytes()).attachment("invite.ics");
                MimePart::new("multipart/mixed", BodyPart::Multipart(vec![parts, file]))
            }
        };
        message.body(body).write_to_vec().unwrap_or_default()
    }
}

fn person<'a>(address: &'a str, name: &'a str) -> Address<'a> {
    Address::new_address(Some(name).filter(|n| !n.is_empty()), address)
}
