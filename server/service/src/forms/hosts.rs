//! Names of hosts: of web sites and of mail addresses. Kept in small letters and readable (`пошта.укр`, not `xn--…`), since that is
//! how people know them; one name, however it was written. Over the line they go in their ASCII form, by [`wire`].

use std::borrow::Cow;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// The ASCII form (RFC 5891); None: no host can be called so.
fn ascii(host: &str) -> Option<Cow<'_, str>> {
    let host = Uts46::new().to_ascii(host.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify).ok()?;
    let named = host.contains('.') && host.rsplit('.').next().is_some_and(|top| top.bytes().any(|b| b.is_ascii_alphabetic()));
    named.then_some(host)
}

fn readable(host: &str) -> Option<String> {
    let ascii = ascii(host)?;
    let (readable, sound) = Uts46::new().to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    sound.ok().map(|()| readable.into_owned())
}

/// The domain of a web site, of what people copy from an address bar or write down: `https://Www.Globex.example/about` is
/// `globex.example`.
pub(crate) fn domain(text: &str) -> Option<String> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://").map_or((false, text), |(_, rest)| (true, rest));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // No name of a user belongs to it, and no port. Without a scheme it is a mail address.
    let host = host.rsplit_once('@').filter(|_| scheme).map_or(host, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host).trim_end_matches('.');
    let host = readable(host)?;
    Some(match host.strip_prefix("www.") {
        Some(bare) if bare.contains('.') => bare.to_owned(),
        _ => host,
    })
}

/// A mail address: what stands before the @ as it is, its domain readable.
pub(super) fn mail(address: &str) -> Option<String> {
    let (local, host) = address.rsplit_once('@')?;
    Some(format!("{}@{}", super::lines::line(local), readable(host)?))
}

/// A mail address as servers know it: its domain in ASCII. What has none stays as it is.
pub(crate) fn wire(address: &str) -> Cow<'_, str> {
    match address.rsplit_once('@') {
        Some((local, host)) if !host.is_ascii() => match ascii(host) {
            Some(host) => Cow::Owned(format!("{local}@{host}")),
            None => Cow::Borrowed(address),
        },
        _ => Cow::Borrowed(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_site_has_one_name() {
        for written in [
            "globex.example",
            "Globex.Example.",
            "www.globex.example",
            "HTTP://Globex.example/",
            "https://ann:pw@globex.example:8443/a?b#c",
        ] {
            assert_eq!(domain(written).as_deref(), Some("globex.example"), "{written}");
        }
        for written in ["BÜCHER.example", "xn--bcher-kva.example", "https://bu\u{308}cher.example/x"] {
            assert_eq!(domain(written).as_deref(), Some("bücher.example"), "{written}");
        }
        assert_eq!(domain("https://приклад.укр").as_deref(), Some("приклад.укр"));
        assert_eq!(domain("www.example").as_deref(), Some("www.example"), "a name of its own");
    }

    #[test]
    fn what_is_no_domain_is_refused() {
        for written in [
            "",
            "n/a",
            "globex",
            "127.0.0.1",
            "a b.example",
            "a..example",
            "-a.example",
            "x_y.example",
            "xn--a.example",
            "ann@globex.example",
            "javascript:alert(1)",
        ] {
            assert_eq!(domain(written), None, "{written}");
        }
        assert_eq!(domain(&format!("{}.example", "a".repeat(64))), None, "a label has 63 signs at most");
    }

    #[test]
    fn a_mail_address_is_read_by_people_and_sent_to_servers() {
        assert_eq!(mail("info@xn--bcher-kva.example").as_deref(), Some("info@bücher.example"));
        assert_eq!(wire("info@bücher.example"), "info@xn--bcher-kva.example");
        assert_eq!(wire("ann@acme.example"), "ann@acme.example");
        assert_eq!((mail("ann"), mail("ann@a_b.example")), (None, None));
    }
}
