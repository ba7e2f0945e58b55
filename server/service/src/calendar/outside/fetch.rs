//! Reading an address that somebody typed in: only http and https, only addresses of the open internet (looked at after every answer of
//! the name service and every redirect, and the connection goes to exactly the address that was looked at), only so much, only so long.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use domain::FieldError;
use reqwest::{StatusCode, Url, header};

/// The largest calendar.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
const REDIRECTS: usize = 5;
/// For everything together: whoever sends a byte a second does not hold us up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where one may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The open internet.
    Outside,
    #[cfg(test)]
    Anywhere,
    /// Anywhere to begin with, then the open internet.
    #[cfg(test)]
    Begin,
}

/// What the last reading left, for the server to say "the same".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub etag: String,
    pub modified: String,
}

#[derive(Debug)]
pub enum Answer {
    Same,
    New(Vec<u8>, Known),
}

fn err(code: &str) -> FieldError {
    FieldError::new("address", code)
}

/// An address as it is kept.
pub fn address(text: &str) -> Result<Url, FieldError> {
    let text = text.trim();
    let lower = text.get(..9).unwrap_or_default().to_ascii_lowercase();
    let text = if lower == "webcal://" { format!("https://{}", text.get(9..).unwrap_or_default()) } else { text.to_owned() };
    let url = Url::parse(&text).map_err(|_| err("source_address"))?;
    let fits =
        matches!(url.scheme(), "http" | "https") && url.host_str().is_some() && url.username().is_empty() && url.password().is_none();
    if !fits || text.len() > 2_000 {
        return Err(err("source_address"));
    }
    Ok(url)
}

pub async fn fetch(start: &Url, known: &Known, reach: Reach) -> Result<Answer, FieldError> {
    match tokio::time::timeout(PATIENCE, follow(start, known, reach)).await {
        Ok(answer) => answer,
        Err(_) => Err(err("source_slow")),
    }
}

async fn follow(start: &Url, known: &Known, reach: Reach) -> Result<Answer, FieldError> {
    let mut url = start.clone();
    // Only in tests is one address let through, and only the first time.
    #[cfg_attr(not(test), allow(unused_mut))]
    let mut reach = reach;
    for _ in 0..=REDIRECTS {
        let client = client(&url, reach).await?;
        let mut request = client.get(url.clone()).header(header::ACCEPT, "text/calendar, */*;q=0.1");
        let mut asked = false;
        // What one server said about its copy means nothing to another.
        if url.origin() == start.origin() {
            for (name, value) in [(header::IF_NONE_MATCH, &known.etag), (header::IF_MODIFIED_SINCE, &known.modified)] {
                if !value.is_empty() {
                    request = request.header(name, value);
                    asked = true;
                }
            }
        }
        let response = request.send().await.map_err(|e| err(if e.is_timeout() { "source_slow" } else { "source_unreachable" }))?;
        match response.status() {
            // "The same" as what, when nothing is known? Then it has said nothing.
            StatusCode::NOT_MODIFIED if asked => return Ok(Answer::Same),
            StatusCode::OK => return read(response).await,
            s if s.is_redirection() && s != StatusCode::NOT_MODIFIED => {
                let to = response.headers().get(header::LOCATION).and_then(|v| v.to_str().ok());
                let next = to.and_then(|t| url.join(t).ok()).ok_or_else(|| err("source_redirects"))?;
                url = address(next.as_str())?;
                #[cfg(test)]
                if reach == Reach::Begin {
                    reach = Reach::Outside;
                }
            }
            other => return Err(err("source_status").with("status", other.as_u16())),
        }
    }
    Err(err("source_redirects"))
}

/// A client that connects to nothing but what was looked at.
async fn client(url: &Url, reach: Reach) -> Result<reqwest::Client, FieldError> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(443);
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    let found: Vec<SocketAddr> = match literal {
        Some(ip) => vec![SocketAddr::new(ip, port)],
        None => tokio::net::lookup_host((host, port)).await.map_err(|_| err("source_unreachable"))?.collect(),
    };
    if found.is_empty() {
        return Err(err("source_unreachable"));
    }
    // One inner address among them is enough: nobody means that.
    if reach == Reach::Outside && found.iter().any(|a| is_inner(a.ip())) {
        return Err(err("source_inner"));
    }
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(10))
        .user_agent(concat!("Rapport/", env!("CARGO_PKG_VERSION")));
    builder.resolve_to_addrs(host, &found).build().map_err(|_| err("source_unreachable"))
}

async fn read(mut response: reqwest::Response) -> Result<Answer, FieldError> {
    let text = |name: header::HeaderName| {
        let value = response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        value.chars().take(300).collect::<String>()
    };
    let known = Known { etag: text(header::ETAG), modified: text(header::LAST_MODIFIED) };
    let large = || err("source_large").with("max", "4 MB");
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|_| err("source_unreachable"))? {
        if body.len() + piece.len() > MAX_BYTES {
            return Err(large());
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer::New(body, known))
}

/// Is it anything but an address of the open internet?
pub fn is_inner(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_inner_v4(ip),
        IpAddr::V6(ip) => is_inner_v6(ip),
    }
}

fn is_inner_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        // Carriers' own, protocol assignments, 6to4 relays, benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b))
}

fn is_inner_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_inner_v4(v4);
    }
    let [a, b, c, d, _, _, g, h] = ip.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match (a, b, c, d) {
        // NAT64 and 6to4 lead to the address of version 4 within.
        (0x64, 0xff9b, 0, 0) => is_inner_v4(v4(g, h)),
        (0x2002, ..) => is_inner_v4(v4(b, c)),
        (0x2001, 0xdb8, ..) | (0x2001, 0, ..) => true,
        // 2000::/3 is all that is given out.
        _ => a & 0xe000 != 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[test]
    fn inner_addresses_are_known_in_all_their_dresses() {
        for inner in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "ff02::1",
            "2001:db8::1",
            "::127.0.0.1",
        ] {
            assert!(is_inner(inner.parse().unwrap()), "{inner}");
        }
        for open in ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "64:ff9b::808:808", "172.32.0.1", "100.128.0.1"] {
            assert!(!is_inner(open.parse().unwrap()), "{open}");
        }
    }

    #[test]
    fn only_addresses_of_the_web_are_taken() {
        for bad in [
            "file:///etc/passwd",
            "ftp://x.example/a.ics",
            "gopher://x",
            "https://user:word@x.example/",
            "nonsense",
            "http://",
            "//x.example",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
        assert_eq!(address(" WebCal://cal.example/a.ics?key=1 ").unwrap().as_str(), "https://cal.example/a.ics?key=1");
    }

    #[tokio::test]
    async fn inner_addresses_are_refused_before_anything_is_sent() {
        for url in [
            "http://127.0.0.1:9/a.ics",
            "http://localhost:9/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://169.254.169.254/latest/",
        ] {
            let outcome = fetch(&address(url).unwrap(), &Known::default(), Reach::Outside).await;
            assert_eq!(outcome.err().map(|e| e.code).as_deref(), Some("source_inner"), "{url}");
        }
    }

    /// Answers every connection with the next of these texts.
    async fn server(answers: Vec<String>) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/a.ics", listener.local_addr().unwrap());
        tokio::spawn(async move {
            for answer in answers {
                let Ok((mut stream, _)) = listener.accept().await else { return };
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        address
    }

    fn answer(head: &str, body: &str) -> String {
        format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn a_redirect_to_an_inner_address_is_refused() {
        for to in ["http://127.0.0.1:1/", "http://localhost:1/", "//[::1]:1/x.ics", "http://169.254.169.254/latest/meta-data/"] {
            let url = address(&server(vec![answer(&format!("302 Found\r\nLocation: {to}"), "")]).await).unwrap();
            let outcome = fetch(&url, &Known::default(), Reach::Begin).await;
            assert_eq!(outcome.err().map(|e| e.code).as_deref(), Some("source_inner"), "{to}");
        }
    }

    async fn code(answers: Vec<String>) -> String {
        let url = address(&server(answers).await).unwrap();
        fetch(&url, &Known::default(), Reach::Anywhere).await.err().map(|e| e.code).unwrap_or_default()
    }

    #[tokio::test]
    async fn what_is_the_same_is_not_sent_again_and_what_is_wrong_has_a_name() {
        let url = address(&server(vec![answer("200 OK\r\nETag: \"1\"", "BEGIN:VCALENDAR"), answer("304 Not Modified", "")]).await).unwrap();
        let Ok(Answer::New(body, known)) = fetch(&url, &Known::default(), Reach::Anywhere).await else { panic!("no answer") };
        assert_eq!((body.as_slice(), known.etag.as_str()), (b"BEGIN:VCALENDAR".as_slice(), "\"1\""));
        assert!(matches!(fetch(&url, &known, Reach::Anywhere).await, Ok(Answer::Same)));
        assert_eq!(code(vec![answer("500 Oh", "")]).await, "source_status");
        assert_eq!(code(vec![answer("304 Not Modified", "")]).await, "source_status", "the same as what?");
        assert_eq!(code(vec![answer("302 Found\r\nLocation: file:///etc/passwd", "")]).await, "source_address");
        assert_eq!(code(vec![answer("200 OK", &"x".repeat(MAX_BYTES + 1))]).await, "source_large");
        let around: Vec<String> = (0..9).map(|_| answer("302 Found\r\nLocation: /a.ics", "")).collect();
        assert_eq!(code(around).await, "source_redirects");
        assert_eq!(code(Vec::new()).await, "source_unreachable");
    }
}
