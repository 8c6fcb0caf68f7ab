//! moto, which stands for AWS in the tests.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::python::Python;
use crate::{root, say};

/// moto with what its server and these services need. The server's own extra
/// would bring the packages of every service, twice as many. botocore is named
/// because the shim uses its insides.
const PACKAGES: [&str; 5] = [
    "moto[cloudwatch,dynamodb,events,s3,sns,sqs]==5.2.5",
    "botocore==1.44.5",
    "flask==3.1.3",
    "flask-cors==6.0.5",
    "werkzeug==3.1.9",
];
/// Where tests find the address. Without it those that need AWS are skipped.
const VARIABLE: &str = "FLOWTRAIL_TEST_AWS";
/// How long the server may take to end once its input has ended.
const END: Duration = Duration::from_secs(5);

/// A running server. It ends when this is dropped, and when this process dies.
pub(crate) struct Moto {
    server: Child,
    address: String,
}

impl Moto {
    /// Installs moto if need be, and starts it on a free port of the loopback.
    ///
    /// # Errors
    /// If it cannot be installed, or does not say where it listens.
    pub(crate) fn start() -> Result<Self, String> {
        let python = Python::with("moto", &PACKAGES)?;
        let log = root().join("target/moto.log");
        let stderr = File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let server = python
            .command()
            .arg("tests/moto/serve.py")
            // Proxies of a developer's shell are not for the loopback.
            .env("NO_PROXY", "*")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .map_err(|e| format!("cannot run Python: {e}"))?;
        let mut moto = Self {
            server,
            address: String::new(),
        };
        if let Some(stdout) = moto.server.stdout.take() {
            let mut line = String::new();
            let read = BufReader::new(stdout).read_line(&mut line);
            read.map_err(|e| format!("moto: {e}"))?;
            line.trim().clone_into(&mut moto.address);
        }
        if moto.address.is_empty() {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            return Err(format!("moto does not start\n{said}"));
        }
        say(&format!("== moto at {}", moto.address));
        Ok(moto)
    }

    /// What tells tests about it.
    pub(crate) fn variables(&self) -> [(&'static str, &str); 1] {
        [(VARIABLE, &self.address)]
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // The end of its input is the server's sign to go.
        drop(self.server.stdin.take());
        let start = Instant::now();
        while start.elapsed() < END {
            if !matches!(self.server.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        if self.server.kill().is_ok() {
            // A child that is not waited for stays in the table of processes.
            drop(self.server.wait());
        }
    }
}
