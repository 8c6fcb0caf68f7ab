//! A start of the function, timed, between a Lambda Runtime API and an AWS that
//! says yes to everything, both on the loopback.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// Longer than any start takes on a busy machine.
const TIME_MAX: Duration = Duration::from_secs(30);
/// Bytes of a request that are read; those of a start have a few kilobytes.
const BODY_BYTES_MAX: u64 = 1 << 20;
/// An event that asks for nothing: what is timed is the start, not a scan.
const EVENT: &str = r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#;
/// The memory that the function is told it has.
const MEMORY_MB: &str = "512";

/// How long a start took.
pub(super) struct Started {
    /// From the start of the process to its first request for an event.
    pub(super) first_poll: Duration,
    /// To the answer to that event: by then rules are compiled, and the metrics
    /// of the cold start are published.
    pub(super) first_answer: Duration,
}

enum Seen {
    Poll(Instant),
    Answer(Instant),
}

/// Starts `program`, hands it one event, and ends it.
///
/// # Errors
/// If it does not start, or does not answer.
pub(super) fn start(program: &Path) -> Result<Started, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    let (tell, seen) = mpsc::channel();
    // It ends with this process: what it waits for is a connection.
    std::thread::spawn(move || serve(&listener, &tell));
    let began = Instant::now();
    let child = Command::new(program)
        .env_clear()
        .envs([
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_LAMBDA_FUNCTION_NAME", "flowtrail"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", MEMORY_MB),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/flowtrail"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "start"),
        ])
        .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
        .env("AWS_ENDPOINT_URL", format!("http://{address}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let child = child.map_err(|e| format!("cannot run {}: {e}", program.display()))?;
    let _child = Killed(child);
    let (mut first_poll, mut first_answer) = (None, None);
    while first_answer.is_none() {
        let left = TIME_MAX.saturating_sub(began.elapsed());
        match seen.recv_timeout(left) {
            Ok(Seen::Poll(at)) => first_poll = first_poll.or(Some(at)),
            Ok(Seen::Answer(at)) => first_answer = Some(at),
            Err(_) => return Err(format!("{} does not answer", program.display())),
        }
    }
    let since = |at: Option<Instant>| at.map_or(TIME_MAX, |at| at - began);
    Ok(Started {
        first_poll: since(first_poll),
        first_answer: since(first_answer),
    })
}

/// A process that is ended when this is dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            // A child that is not waited for stays in the table of processes.
            drop(self.0.wait());
        }
    }
}

fn serve(listener: &TcpListener, tell: &mpsc::Sender<Seen>) {
    let handed = Arc::new(AtomicBool::new(false));
    for stream in listener.incoming().flatten() {
        let (tell, handed) = (tell.clone(), Arc::clone(&handed));
        std::thread::spawn(move || {
            // A connection that breaks is one whose process was ended.
            let _ = answer(stream, &tell, &handed);
        });
    }
}

/// Answers the requests of one connection.
fn answer(
    stream: TcpStream,
    tell: &mpsc::Sender<Seen>,
    handed: &AtomicBool,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let now = Instant::now();
        skip_rest(&mut reader)?;
        if first.starts_with("GET") && first.contains("/invocation/next") {
            // Whoever no longer listens has seen enough.
            let _ = tell.send(Seen::Poll(now));
            if handed.swap(true, Ordering::SeqCst) {
                std::thread::sleep(TIME_MAX);
                return Ok(());
            }
            let head = "Lambda-Runtime-Aws-Request-Id: start\r\n\
                        Lambda-Runtime-Deadline-Ms: 0\r\n\
                        Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:start";
            say(&mut stream, head, EVENT.as_bytes())?;
        } else if first.contains("/invocation/") {
            let _ = tell.send(Seen::Answer(now));
            say(&mut stream, "Content-Type: application/json", b"{}")?;
        } else {
            // What CloudWatch says when it has taken metrics: an empty map in CBOR.
            let head = "smithy-protocol: rpc-v2-cbor\r\nContent-Type: application/cbor";
            say(&mut stream, head, &[0xA0])?;
        }
    }
}

/// Reads the headers and the body of a request.
fn skip_rest(reader: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = reader.by_ref().take(length.min(BODY_BYTES_MAX));
    std::io::copy(&mut body, &mut std::io::sink())?;
    Ok(())
}

fn say(stream: &mut TcpStream, head: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\n{head}\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(&[head.as_bytes(), body].concat())
}
