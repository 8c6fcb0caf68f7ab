//! The Lambda Runtime API (Lambda developer guide, "Using the Lambda runtime
//! API"), for one function process.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use hyper::{Method, Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};

use crate::http::{Answer, Asked, Server, whole};

/// What everything of the API begins with.
const VERSION: &str = "/2018-06-01/runtime/";
/// Bytes of an answer that Lambda takes.
const ANSWER_MAX: usize = 6 << 20;
pub(crate) const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:flowtrail";

/// What the function posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Posted {
    Response(Bytes),
    Error(Bytes),
}

/// The moments of an invocation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Done {
    pub(crate) taken: Instant,
    pub(crate) answered: Instant,
}

struct Waiting {
    id: String,
    payload: Bytes,
    time: Duration,
    taken: watch::Sender<Option<Instant>>,
    answer: oneshot::Sender<(Posted, Done)>,
}

struct Open {
    taken: Instant,
    answer: oneshot::Sender<(Posted, Done)>,
}

/// An invocation that waits for the function, or that the function works at.
pub(crate) struct Invocation {
    /// When the function took it.
    pub(crate) taken: watch::Receiver<Option<Instant>>,
    pub(crate) answer: oneshot::Receiver<(Posted, Done)>,
}

/// The API. It ends when this is dropped.
pub(crate) struct RuntimeApi {
    server: Server,
    desk: Arc<Desk>,
}

struct Desk {
    to_queue: mpsc::UnboundedSender<Waiting>,
    queue: tokio::sync::Mutex<mpsc::UnboundedReceiver<Waiting>>,
    open: Mutex<BTreeMap<String, Open>>,
    first_poll: watch::Sender<Option<Instant>>,
    init_error: watch::Sender<Option<Value>>,
}

impl RuntimeApi {
    pub(crate) fn start() -> Self {
        let (to_queue, queue) = mpsc::unbounded_channel();
        let desk = Arc::new(Desk {
            to_queue,
            queue: tokio::sync::Mutex::new(queue),
            open: Mutex::default(),
            first_poll: watch::Sender::new(None),
            init_error: watch::Sender::new(None),
        });
        let at = Arc::clone(&desk);
        let server = Server::start(move |asked| Box::pin(Arc::clone(&at).serve(asked)));
        Self { server, desk }
    }

    /// As AWS sets it: without a scheme.
    pub(crate) fn authority(&self) -> String {
        self.server.authority()
    }

    /// Puts an invocation into the queue, whose time begins when it is taken.
    pub(crate) fn hand(&self, payload: &Value, time: Duration) -> Invocation {
        let (answer, answered) = oneshot::channel();
        let (taken, was_taken) = watch::channel(None);
        let waiting = Waiting {
            id: id(),
            payload: payload.to_string().into(),
            time,
            taken,
            answer,
        };
        assert!(self.desk.to_queue.send(waiting).is_ok());
        Invocation {
            taken: was_taken,
            answer: answered,
        }
    }

    /// When the function first asked for work.
    pub(crate) fn first_poll(&self) -> Option<Instant> {
        *self.desk.first_poll.borrow()
    }

    /// What the function said when it could not start.
    pub(crate) fn init_error(&self) -> Option<Value> {
        self.desk.init_error.borrow().clone()
    }
}

impl Desk {
    async fn serve(self: Arc<Self>, asked: Asked) -> Answer {
        let path = asked.head.uri.path().to_owned();
        let rest = path.strip_prefix(VERSION).unwrap_or("");
        let parts: Vec<&str> = rest.split('/').collect();
        match (&asked.head.method, parts.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", id, "response"]) => {
                if asked.body.len() > ANSWER_MAX {
                    return said(
                        StatusCode::PAYLOAD_TOO_LARGE,
                        "Function.ResponseSizeTooLarge",
                    );
                }
                self.close(id, Posted::Response(asked.body))
            }
            (&Method::POST, ["invocation", id, "error"]) => {
                self.close(id, Posted::Error(asked.body))
            }
            (&Method::POST, ["init", "error"]) => {
                let error = serde_json::from_slice(&asked.body).unwrap_or(Value::Null);
                self.init_error.send_replace(Some(error));
                said(StatusCode::ACCEPTED, "OK")
            }
            _ => said(StatusCode::NOT_FOUND, "NotFound"),
        }
    }

    /// Waits for an invocation, as long as it takes.
    async fn next(&self) -> Answer {
        self.first_poll
            .send_if_modified(|at| at.replace(at.unwrap_or_else(Instant::now)).is_none());
        let waiting = self.queue.lock().await.recv().await;
        let waiting = waiting.ok_or(io::ErrorKind::ConnectionAborted)?;
        let taken = Instant::now();
        waiting.taken.send_replace(Some(taken));
        let epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap();
        let deadline = (epoch + waiting.time).as_millis().to_string();
        let trace = format!(
            "Root=1-{:08x}-{};Sampled=0",
            epoch.as_secs(),
            "0".repeat(24)
        );
        let answer = Response::builder()
            .header("Lambda-Runtime-Aws-Request-Id", &waiting.id)
            .header("Lambda-Runtime-Deadline-Ms", deadline)
            .header("Lambda-Runtime-Invoked-Function-Arn", FUNCTION_ARN)
            .header("Lambda-Runtime-Trace-Id", trace)
            .header(header::CONTENT_TYPE, "application/json")
            .body(whole(waiting.payload))
            .unwrap();
        let open = Open {
            taken,
            answer: waiting.answer,
        };
        self.open.lock().unwrap().insert(waiting.id, open);
        Ok(answer)
    }

    /// Ends an invocation. It can be answered once.
    fn close(&self, id: &str, posted: Posted) -> Answer {
        let Some(open) = self.open.lock().unwrap().remove(id) else {
            return said(StatusCode::BAD_REQUEST, "InvalidRequestID");
        };
        let done = Done {
            taken: open.taken,
            answered: Instant::now(),
        };
        // The test may have stopped waiting.
        drop(open.answer.send((posted, done)));
        said(StatusCode::ACCEPTED, "OK")
    }
}

fn said(status: StatusCode, word: &str) -> Answer {
    let body = if status.is_success() {
        json!({"status": word})
    } else {
        json!({"errorType": word, "errorMessage": word})
    };
    let answer = Response::builder().status(status);
    Ok(answer.body(whole(body.to_string())).unwrap())
}

/// A request id in the form of a UUID, no two alike.
fn id() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("00000000-0000-4000-8000-{n:012}")
}
