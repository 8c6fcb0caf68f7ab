//! A function process: started, invoked, watched, killed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::NamedTempFile;

use crate::proxy::Proxy;
use crate::runtime::{Done, FUNCTION_ARN, Invocation, Posted, RuntimeApi};
use crate::world::{REGION, World};

/// Longer than any function takes to start on a busy machine.
const START_MAX: Duration = Duration::from_secs(60);
/// How often the process is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// How a function is started.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    program: PathBuf,
    args: Vec<String>,
    variables: BTreeMap<String, String>,
    timeout: Duration,
}

impl Setup {
    /// The real one, beside `world`, with 512 MB and 30 s. Its metrics go to the
    /// namespace of the world; nothing else is set.
    pub(crate) fn bootstrap(world: &World) -> Self {
        let program = env!("CARGO_BIN_EXE_bootstrap").into();
        Self::program(program, &[], world).with("FLOWTRAIL_NAMESPACE", &world.namespace())
    }

    /// Any program, with the environment that Lambda gives it (developer guide,
    /// "Defined runtime environment variables") and nothing of ours.
    pub(crate) fn program(program: PathBuf, args: &[&str], world: &World) -> Self {
        let name = FUNCTION_ARN.rsplit(':').next().unwrap();
        let variables = [
            ("_HANDLER", "bootstrap"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ENDPOINT_URL", world.endpoint.as_str()),
            ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_FUNCTION_NAME", name),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/flowtrail"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/21/[$LATEST]test"),
            ("AWS_REGION", REGION),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_SESSION_TOKEN", "test"),
            ("LANG", "en_US.UTF-8"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
            ("TZ", ":UTC"),
        ];
        let owned = |(k, v): (&str, &str)| (k.to_owned(), v.to_owned());
        Self {
            program,
            args: args.iter().map(|a| (*a).to_owned()).collect(),
            variables: variables.into_iter().map(owned).collect(),
            timeout: Duration::from_secs(30),
        }
    }

    /// Sets a variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// All calls of AWS go through `proxy`, and have to be those that the role allows.
    pub(crate) fn through(self, proxy: &Proxy) -> Self {
        proxy.hold_to_role();
        self.with("AWS_ENDPOINT_URL", &proxy.url())
    }

    /// The memory that the function is told it has. Nothing holds it to that:
    /// compare with [`Function::peak_memory`].
    pub(crate) fn memory(self, megabytes: u32) -> Self {
        self.with("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &megabytes.to_string())
    }

    /// After this time an invocation is ended, as AWS does: by killing.
    pub(crate) fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    pub(crate) fn start(&self) -> Function {
        let api = RuntimeApi::start();
        // A file, unlike a pipe, shows at once what was written.
        let log = tempfile::Builder::new().append(true).tempfile().unwrap();
        let write = || Stdio::from(log.as_file().try_clone().unwrap());
        let started = Instant::now();
        let child = Command::new(&self.program)
            .args(&self.args)
            .env_clear()
            .envs(&self.variables)
            .env("AWS_LAMBDA_RUNTIME_API", api.authority())
            .stdin(Stdio::null())
            .stdout(write())
            .stderr(write())
            .spawn()
            .unwrap();
        Function {
            api,
            started,
            child: Mutex::new(child),
            log,
            timeout: self.timeout,
        }
    }
}

/// What came of an invocation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Answer(Value),
    /// The function says that it failed.
    Error(Value),
    /// It did not answer in time, and was killed.
    TimedOut,
    /// The process ended.
    Died,
}

/// An invocation that is over.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Invoked {
    pub(crate) outcome: Outcome,
    /// From taking the event to answering; zero where nobody answered.
    pub(crate) took: Duration,
}

/// A process. It is killed when this is dropped; if a test fails, its log is shown.
pub(crate) struct Function {
    api: RuntimeApi,
    started: Instant,
    child: Mutex<Child>,
    log: NamedTempFile,
    timeout: Duration,
}

impl Function {
    /// The time from the start of the process to its first poll; or what it said
    /// instead, `null` if it said nothing.
    pub(crate) async fn ready(&self) -> Result<Duration, Value> {
        while self.started.elapsed() < START_MAX {
            if let Some(poll) = self.api.first_poll() {
                return Ok(poll - self.started);
            }
            if self.is_dead() {
                return Err(self.api.init_error().unwrap_or(Value::Null));
            }
            tokio::time::sleep(LOOK).await;
        }
        panic!("no poll after {START_MAX:?}");
    }

    /// One invocation, from handing over to its end.
    pub(crate) async fn invoke(&self, payload: &Value) -> Invoked {
        let Invocation { taken, mut answer } = self.api.hand(payload, self.timeout);
        let handed = Instant::now();
        loop {
            if let Ok((posted, done)) = answer.try_recv() {
                return answered(posted, done);
            }
            if self.is_dead() {
                // It may have answered just before.
                let last = answer.try_recv();
                return last.map_or(unanswered(Outcome::Died), |(p, d)| answered(p, d));
            }
            let taken = *taken.borrow();
            match taken {
                Some(at) if at.elapsed() > self.timeout => {
                    self.kill();
                    return unanswered(Outcome::TimedOut);
                }
                None => assert!(handed.elapsed() < START_MAX, "the function never polls"),
                Some(_) => {}
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// An asynchronous event, as AWS handles it for S3, SNS and EventBridge:
    /// after an error it comes again, three times in all. Returns every try.
    pub(crate) async fn deliver(&self, payload: &Value) -> Vec<Invoked> {
        let mut tries = Vec::new();
        for _ in 0..3 {
            let invoked = self.invoke(payload).await;
            let over = !matches!(invoked.outcome, Outcome::Error(_));
            tries.push(invoked);
            if over {
                break;
            }
        }
        tries
    }

    /// Ends it at once, in the midst of whatever it does.
    pub(crate) fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        // It may be gone by itself.
        drop(child.kill());
        child.wait().unwrap();
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.child.lock().unwrap().try_wait().unwrap().is_some()
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.lock().unwrap().id()
    }

    /// The most memory that it has held so far, in bytes. `None` where the
    /// system does not say, and once it is dead.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let id = self.id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
        let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kilobytes * 1_024)
    }

    /// Its log so far; lines that are no JSON are left out.
    pub(crate) fn log(&self) -> Vec<Value> {
        let text = self.log_text();
        let values = text.lines().map(serde_json::from_str);
        values.filter_map(Result::ok).collect()
    }

    fn log_text(&self) -> String {
        let bytes = std::fs::read(self.log.path()).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("log of the function:\n{}", self.log_text());
        }
    }
}

fn answered(posted: Posted, done: Done) -> Invoked {
    let read = |body: &[u8]| serde_json::from_slice(body).unwrap_or(Value::Null);
    let outcome = match posted {
        Posted::Response(body) => Outcome::Answer(read(&body)),
        Posted::Error(body) => Outcome::Error(read(&body)),
    };
    Invoked {
        outcome,
        took: done.answered - done.taken,
    }
}

fn unanswered(outcome: Outcome) -> Invoked {
    Invoked {
        outcome,
        took: Duration::ZERO,
    }
}
