//! Reminders: many items that begin in the same minute, each with a notice in the app and a letter. The letters go to a mail server
//! of our own that takes everything; what counts is when the last of them has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::calendar::{date, filled};
use crate::http::{As, Client, get};
use crate::program::{Scratch, Server, call};
use crate::table::Table;
use crate::{Options, run::SOMEBODY};

/// People of the sample company: they have addresses.
const PEOPLE: [&str; 8] = [SOMEBODY, "amara", "dustin", "vicki", "mei", "sam", "ines", "robin"];
const MINUTE: u64 = 60;
/// Bringing the items in takes a while, and so does the start.
const LEAD: u64 = 60;
const A_SECOND: u64 = 50;

pub async fn measure(options: &Options, once: &mut Table) -> Result<()> {
    let many = options.reminders;
    let kept = filled(options)?;
    let work = Scratch::copy(&options.data, &kept)?;
    let post = PostBox::open().await?;
    let due = (now() + LEAD + u64::try_from(many)? / A_SECOND).next_multiple_of(MINUTE);
    let folder = Scratch::new(&options.data, "ringing")?;
    let file = folder.0.join("ringing.ics");
    std::fs::write(&file, calendar(many, due)?)?;
    eprintln!("  bringing in {many} items that ring together…");
    call(&options.program, &work.0, &["import", &file.to_string_lossy()])?;
    let port = post.port.to_string();
    let mail = ["--smtp-host", "127.0.0.1", "--smtp-port", &port, "--smtp-security", "none", "--mail-from", "crm@halyard.example"];
    let server = Server::start_with(&options.program, &options.site, &work.0, &mail)?;
    Client::open(&server.address).await?.must(&get("/healthz", As::Stranger)).await?;
    let Some(left) = due.checked_sub(now()).filter(|left| *left > 2) else {
        bail!("the machine was too slow: the items were to ring while they were brought in")
    };
    eprintln!("  they ring in {left} s…");
    tokio::time::sleep(Duration::from_secs(left)).await;
    let before = post.taken.load(Ordering::SeqCst);
    let (mut first, mut last) = (None, None);
    // Late is said as well.
    for tenth in 0..3_000_u32 {
        let seconds = f64::from(tenth) / 10.0;
        let taken = post.taken.load(Ordering::SeqCst) - before;
        if taken > 0 {
            first.get_or_insert(seconds);
        }
        if taken >= many {
            last = Some(seconds);
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let taken = post.taken.load(Ordering::SeqCst) - before;
    let target = once.judge(last.is_some_and(|s| s <= 60.0), "all within 60 s");
    let said = match last {
        Some(last) => format!("first letter after {:.1} s, last after {last:.1} s", first.unwrap_or_default()),
        None => format!("{taken} letters after 300 s"),
    };
    once.row(vec![format!("{many} reminders in one minute, in the app and by mail"), said, target]);
    server.stop()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// All of them at the same moment; they take nobody's time, so that nothing stands against them.
fn calendar(many: usize, due: u64) -> Result<String> {
    let stamp = |at: u64| -> Result<String> {
        let Some(day) = date(at / 86_400) else { bail!("no date") };
        let clock = at % 86_400;
        Ok(format!("{}T{:02}{:02}{:02}Z", day.replace('-', ""), clock / 3_600, clock / 60 % 60, clock % 60))
    };
    let (start, end) = (stamp(due)?, stamp(due + 3_600)?);
    let mut out = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench//\r\n");
    for (n, person) in (0..many).zip(PEOPLE.iter().cycle()) {
        let address = if person.contains('@') { (*person).to_owned() } else { format!("{person}@halyard.example") };
        out.push_str(&format!(
            "BEGIN:VEVENT\r\nUID:ring-{n}@bench\r\nDTSTART:{start}\r\nDTEND:{end}\r\nSUMMARY:Ring {n}\r\nTRANSP:TRANSPARENT\r\n\
             ORGANIZER:mailto:{address}\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:PT0M\r\nEND:VALARM\r\n\
             BEGIN:VALARM\r\nACTION:EMAIL\r\nTRIGGER:PT0M\r\nEND:VALARM\r\nEND:VEVENT\r\n"
        ));
    }
    out.push_str("END:VCALENDAR\r\n");
    Ok(out)
}

/// A mail server that takes every letter and keeps none.
struct PostBox {
    port: u16,
    taken: Arc<AtomicUsize>,
}

impl PostBox {
    async fn open() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let taken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let count = Arc::clone(&count);
                tokio::spawn(async move {
                    // Whoever hangs up in the middle is no trouble.
                    let _ = serve(stream, &count).await;
                });
            }
        });
        Ok(Self { port, taken })
    }
}

async fn serve(stream: TcpStream, taken: &AtomicUsize) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 bench ESMTP\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match word.as_str() {
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                letter(&mut stream).await?;
                taken.fetch_add(1, Ordering::SeqCst);
                b"250 taken\r\n"
            }
            "EHLO" => b"250-bench\r\n250 8BITMIME\r\n",
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer).await?;
    }
}

async fn letter(stream: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 || line == b".\r\n" {
            return Ok(());
        }
    }
}
