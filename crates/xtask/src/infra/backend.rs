//! The state's backend, live: Terraform keeps a state in moto's S3 as the example
//! says, encrypted, and a second writer is refused while the first one writes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::terraform::{Terraform, accepted, said};
use super::{copy, fresh, read};
use crate::moto::Moto;
use crate::{root, say};

const BUCKET: &str = "example-state";
const KEY: &str = "flowtrail/terraform.tfstate";
const KMS_KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-4333-8444-555555555555";
/// Longer than the first writer needs to take the lock on a busy machine.
const TIME_MAX: Duration = Duration::from_secs(60);
const VERSIONED: &str =
    "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";

/// Shows it.
///
/// # Errors
/// If the state is not encrypted, two can write, or the lock stays.
pub(super) fn live(terraform: &Terraform) -> Result<(), String> {
    let moto = Moto::start()?;
    let [(_, address)] = moto.variables();
    let s3 = Bucket { address };
    s3.ask("PUT", "", "")?.ok()?;
    s3.ask("PUT", "?versioning", VERSIONED)?.ok()?;

    let folder = root().join("target/infra/backend");
    fresh(&folder)?;
    copy(
        &root().join("tests/infra/backend"),
        &folder,
        &[".terraform"],
    )?;
    std::fs::write(folder.join("backend.hcl"), written()?).map_err(|e| e.to_string())?;
    let init = [
        "init",
        "-input=false",
        "-no-color",
        "-backend-config=backend.hcl",
        "-backend-config=moto.hcl",
    ];
    let moto_hcl = format!(
        "endpoints = {{ s3 = \"{address}\" }}\nuse_path_style = true\nskip_credentials_validation = true\n\
         skip_requesting_account_id = true\nskip_metadata_api_check = true\nskip_region_validation = true\n"
    );
    std::fs::write(folder.join("moto.hcl"), moto_hcl).map_err(|e| e.to_string())?;
    accepted(
        "terraform init",
        &aws(terraform, &folder, &init)
            .output()
            .map_err(|e| e.to_string())?,
    )?;

    let mut first = Writer::start(terraform, &folder)?;
    let refused = first
        .wait_until(|| Ok(s3.ask("HEAD", &format!("/{KEY}.tflock"), "")?.status == 200))
        .and_then(|()| second(terraform, &folder));
    // Whatever was seen, nothing outlives this test.
    first.go_on(&folder)?;
    let ended = first.end();
    refused?;
    ended?;
    kept(&s3)?;
    accepted(
        "the second writer, alone",
        &aws(
            terraform,
            &folder,
            &[
                "apply",
                "-auto-approve",
                "-input=false",
                "-no-color",
                "-var=wait=false",
            ],
        )
        .output()
        .map_err(|e| e.to_string())?,
    )?;
    say(
        "== infra: state in S3: encrypted with the key, a second writer refused, the lock given back",
    );
    Ok(())
}

/// The file that the example gives out, from the same template.
fn written() -> Result<String, String> {
    let template = read(&root().join("infra/examples/state-backend/backend.hcl.tftpl"))?;
    let text = [
        ("${bucket}", BUCKET),
        ("${region}", "us-east-1"),
        ("${kms_key_arn}", KMS_KEY),
    ]
    .iter()
    .fold(template, |text, (mark, value)| text.replace(mark, value));
    if text.contains("${") {
        return Err(format!(
            "backend.hcl.tftpl has a mark that is not known\n{text}"
        ));
    }
    Ok(text)
}

/// The second writer comes while the first one holds the lock.
fn second(terraform: &Terraform, folder: &Path) -> Result<(), String> {
    let words = [
        "apply",
        "-auto-approve",
        "-input=false",
        "-no-color",
        "-lock-timeout=0s",
    ];
    let out = aws(terraform, folder, &words)
        .output()
        .map_err(|e| e.to_string())?;
    let text = said(&out);
    let refused = text.contains("Error acquiring the state lock") && text.contains("412");
    if out.status.success() || !refused {
        return Err(format!("a second writer was not refused\n{text}"));
    }
    Ok(())
}

/// The state is encrypted with the key, and the lock is gone.
fn kept(s3: &Bucket<'_>) -> Result<(), String> {
    let state = s3.ask("HEAD", &format!("/{KEY}"), "")?;
    let head = state.head.to_ascii_lowercase();
    let encrypted =
        head.contains("x-amz-server-side-encryption: aws:kms") && head.contains(KMS_KEY);
    if state.status != 200 || !encrypted {
        return Err(format!(
            "the state is not there, or not encrypted\n{}",
            state.head
        ));
    }
    let lock = s3.ask("HEAD", &format!("/{KEY}.tflock"), "")?;
    if lock.status == 404 {
        Ok(())
    } else {
        Err(format!("the lock stays\n{}", lock.head))
    }
}

/// Terraform with credentials that moto takes.
fn aws(terraform: &Terraform, folder: &Path, words: &[&str]) -> std::process::Command {
    let mut command = terraform.command(folder, words);
    command
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN");
    command
}

/// The first writer: it waits, with the lock in its hand, for a file.
struct Writer(Child);

impl Writer {
    fn start(terraform: &Terraform, folder: &Path) -> Result<Self, String> {
        let words = ["apply", "-auto-approve", "-input=false", "-no-color"];
        let child = aws(terraform, folder, &words)
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn();
        child.map(Self).map_err(|e| format!("terraform: {e}"))
    }

    fn wait_until(&mut self, done: impl Fn() -> Result<bool, String>) -> Result<(), String> {
        let begun = Instant::now();
        while !done()? {
            if begun.elapsed() > TIME_MAX || !matches!(self.0.try_wait(), Ok(None)) {
                return Err("the first writer took no lock".to_owned());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn go_on(&self, folder: &Path) -> Result<(), String> {
        let told = std::fs::write(folder.join("go"), "");
        told.map_err(|e| format!("process {}: {e}", self.0.id()))
    }

    fn end(mut self) -> Result<(), String> {
        match self.0.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("the first writer: {status}")),
            Err(e) => Err(format!("the first writer: {e}")),
        }
    }
}

/// The bucket, asked in plain HTTP: moto looks at no signature.
struct Bucket<'a> {
    address: &'a str,
}

struct Answer {
    status: u16,
    head: String,
}

impl Answer {
    fn ok(&self) -> Result<(), String> {
        if self.status == 200 {
            Ok(())
        } else {
            Err(format!("S3: {}", self.head))
        }
    }
}

impl Bucket<'_> {
    fn ask(&self, method: &str, path: &str, body: &str) -> Result<Answer, String> {
        let host = self.address.trim_start_matches("http://");
        let wrong = |e: std::io::Error| format!("S3 at {host}: {e}");
        let mut stream = TcpStream::connect(host).map_err(wrong)?;
        write!(
            stream,
            "{method} /{BUCKET}{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\nConnection: close\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request\r\n\r\n{body}",
            body.len()
        )
        .map_err(wrong)?;
        let mut text = Vec::new();
        stream.read_to_end(&mut text).map_err(wrong)?;
        let text = String::from_utf8_lossy(&text);
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok());
        Ok(Answer {
            status: status.ok_or_else(|| format!("S3 answers {head}"))?,
            head: head.to_owned(),
        })
    }
}
