//! A proxy between an AWS SDK and moto that does what AWS and the network do on
//! bad days, and keeps a list of all calls.

mod call;
mod rule;
mod trouble;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::channel::{Channel, Sender};
use http_body_util::{BodyExt as _, Full};
use hyper::http::request::Parts;
use hyper::http::response::Parts as Answered;
use hyper::{Method, Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

pub(crate) use call::Call;
pub(crate) use rule::{Fault, Gate, Rule};
pub(crate) use trouble::Trouble;

use crate::http::{Answer, Asked, Body, Server, Wire, whole};
use crate::rights;
use rule::Armed;

/// Time for what was written to reach the client before the connection ends.
const FLUSH: Duration = Duration::from_millis(50);
/// Longer than any client waits.
const FOREVER: Duration = Duration::from_secs(3_600);

/// The proxy. Its rules can be changed at any time.
pub(crate) struct Proxy {
    server: Server,
    state: Arc<State>,
}

struct State {
    /// `127.0.0.1:port` of moto.
    upstream: String,
    rules: Mutex<Vec<Armed>>,
    calls: Mutex<Vec<Call>>,
    /// Whether a function is behind it, which has a role.
    has_role: AtomicBool,
}

impl Proxy {
    /// A proxy before `upstream`, an address `http://127.0.0.1:port`.
    pub(crate) fn before(upstream: &str) -> Self {
        let state = Arc::new(State {
            upstream: upstream.trim_start_matches("http://").to_owned(),
            rules: Mutex::default(),
            calls: Mutex::default(),
            has_role: AtomicBool::new(false),
        });
        let at = Arc::clone(&state);
        let server = Server::start(move |asked| Box::pin(Arc::clone(&at).serve(asked)));
        Self { server, state }
    }

    /// To be given to an SDK as its endpoint.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.authority())
    }

    /// From now on every call has to be one that the function's role allows, in
    /// whatever trouble it is made: the test fails at its end if one is not.
    pub(crate) fn hold_to_role(&self) {
        self.state.has_role.store(true, Ordering::SeqCst);
    }

    /// Adds a rule. Of those that want to act on a call the oldest does.
    pub(crate) fn add(&self, rule: Rule) {
        self.state.rules.lock().unwrap().push(Armed::from(rule));
    }

    /// From now on everything works. What is held stays held.
    pub(crate) fn forgive(&self) {
        self.state.rules.lock().unwrap().clear();
    }

    /// All calls so far that `which` names: `s3:GetObject`, `sns:*`, `*`.
    pub(crate) fn calls(&self, which: &str) -> Vec<Call> {
        let calls = self.state.calls.lock().unwrap();
        calls.iter().filter(|c| c.is(which)).cloned().collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if self.state.has_role.load(Ordering::SeqCst) && !std::thread::panicking() {
            let refused = rights::refused(&self.calls("*"));
            assert!(refused.is_empty(), "the role does not allow {refused:?}");
        }
    }
}

impl State {
    async fn serve(self: Arc<Self>, asked: Asked) -> Answer {
        let call = Call::of(&asked.head, &asked.body);
        let fault = {
            let mut rules = self.rules.lock().unwrap();
            let wanted: Vec<_> = rules.iter_mut().filter_map(|r| r.counted(&call)).collect();
            wanted.into_iter().next()
        };
        let n = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(Call {
                faulty: fault.is_some(),
                ..call.clone()
            });
            calls.len() - 1
        };
        let answer = match fault {
            None if call.service == "dynamodb" => self.remembered(asked, n).await,
            fault => self.answered(asked, &call, fault).await,
        };
        if let Ok(answer) = &answer {
            self.calls.lock().unwrap()[n].status = Some(answer.status().as_u16());
        }
        answer
    }

    async fn remembered(&self, asked: Asked, n: usize) -> Answer {
        let (head, body) = self.forward(asked.head, asked.body).await?;
        self.calls.lock().unwrap()[n].answer = Some(body.clone());
        whole_answer((head, body))
    }

    async fn answered(&self, asked: Asked, call: &Call, fault: Option<Fault>) -> Answer {
        let Asked { head, body, wire } = asked;
        let gone = || Err(io::ErrorKind::ConnectionAborted.into());
        match fault {
            None => whole_answer(self.forward(head, body).await?),
            Some(Fault::Trouble(trouble)) => Ok(trouble.answer(call)),
            Some(Fault::Delay(time)) => {
                tokio::time::sleep(time).await;
                whole_answer(self.forward(head, body).await?)
            }
            Some(Fault::Silence) => {
                tokio::time::sleep(FOREVER).await;
                gone()
            }
            Some(Fault::Refuse) => {
                wire.reset_at_end();
                gone()
            }
            Some(Fault::LoseAnswer) => {
                self.forward(head, body).await?;
                wire.reset_at_end();
                gone()
            }
            Some(Fault::HoldRequest(gate)) => {
                gate.pass().await;
                whole_answer(self.forward(head, body).await?)
            }
            Some(Fault::HoldAnswer(gate)) => {
                let answer = self.forward(head, body).await?;
                gate.pass().await;
                whole_answer(answer)
            }
            Some(Fault::Reset { after }) => {
                part(self.forward(head, body).await?, after, End::Reset(wire))
            }
            Some(Fault::Cut { after }) => part(self.forward(head, body).await?, after, End::Cut),
            Some(Fault::Stall { after }) => {
                part(self.forward(head, body).await?, after, End::Never)
            }
        }
    }

    /// Asks moto.
    async fn forward(&self, head: Parts, body: Bytes) -> io::Result<(Answered, Bytes)> {
        let is_head = head.method == Method::HEAD;
        let mut request = Request::from_parts(head, Full::new(body));
        // The body is complete: nobody has to ask whether it may be sent.
        request.headers_mut().remove(header::EXPECT);
        request.headers_mut().remove(header::TRANSFER_ENCODING);
        let stream = TcpStream::connect(&self.upstream).await?;
        let (mut client, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        tokio::spawn(connection);
        let answer = client
            .send_request(request)
            .await
            .map_err(io::Error::other)?;
        let (mut head, body) = answer.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        head.headers.remove(header::CONNECTION);
        head.headers.remove(header::TRANSFER_ENCODING);
        if !is_head {
            head.headers
                .insert(header::CONTENT_LENGTH, body.len().into());
        }
        Ok((head, body))
    }
}

fn whole_answer((head, body): (Answered, Bytes)) -> Answer {
    Ok(Response::from_parts(head, whole(body)))
}

/// How a body ends that is not sent to its end.
enum End {
    Reset(Wire),
    /// The connection is closed as if all had been said.
    Cut,
    /// It stays open, and nothing comes.
    Never,
}

/// The head as it is, with the true length, and `after` bytes of the body.
fn part((head, body): (Answered, Bytes), after: usize, end: End) -> Answer {
    let (sender, channel) = Channel::<Bytes, io::Error>::new(1);
    let bytes = body.slice(..after.min(body.len()));
    tokio::spawn(break_off(sender, bytes, end));
    let body: Body = channel.boxed();
    Ok(Response::from_parts(head, body))
}

async fn break_off(mut sender: Sender<Bytes, io::Error>, bytes: Bytes, end: End) {
    // The client may have gone by itself.
    drop(sender.send_data(bytes).await);
    match end {
        End::Never => tokio::time::sleep(FOREVER).await,
        End::Cut => tokio::time::sleep(FLUSH).await,
        End::Reset(wire) => {
            tokio::time::sleep(FLUSH).await;
            wire.reset_at_end();
        }
    }
    sender.abort(io::ErrorKind::ConnectionAborted.into());
}
