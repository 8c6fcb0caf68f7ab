//! What a log needs besides itself: a table, a bucket for findings, a credential
//! that counts. If one of them is missing, no log is given up for it.

use serde_json::Value;

use super::Scene;
use crate::payload;
use crate::proxy::{Fault, Rule, Trouble};

/// An object is announced while `call` is refused, and again when it is not.
async fn mended(call: &'static str, status: u16, code: &'static str, reason: &str) {
    let Some(mut scene) = Scene::with("sinks", |setup, dead| {
        setup.with("FLOWTRAIL_DEAD_LETTER_QUEUE_URL", dead)
    })
    .await
    else {
        return;
    };
    let what = format!("{call} {code}");
    let event = payload::s3(&[scene.object().await]);
    let refused = Fault::Trouble(Trouble::Other(status, code));
    scene.proxy.add(Rule::on(call, refused));
    let error = scene.error(&event).await;
    assert!(error.contains(code), "{what}: {error}");
    // Nothing of it is published, nobody is told, and nothing is buried.
    assert_eq!(scene.sum("Objects", &[]).await, 0.0, "{what}");
    assert_eq!(
        scene.sum("Findings", &[("Level", "high")]).await,
        0.0,
        "{what}"
    );
    assert_eq!(scene.failed(reason).await, 1.0, "{what}");
    assert!(scene.world.drain(&scene.dead).await.is_empty(), "{what}");
    scene.proxy.forgive();
    assert_eq!(scene.answer(&event).await, Value::Null, "{what}");
    scene.check().await;
}

#[tokio::test]
async fn a_missing_sink_is_not_the_fault_of_a_log() {
    tokio::join!(
        mended("s3:PutObject", 404, "NoSuchBucket", "not_found"),
        mended("s3:PutObject", 400, "InvalidRequest", "invalid"),
        mended("dynamodb:*", 400, "ResourceNotFoundException", "not_found"),
        mended("dynamodb:PutItem", 400, "ValidationException", "invalid"),
        // By then its findings are counted.
        mended("dynamodb:UpdateItem", 400, "ValidationException", "invalid"),
    );
}

#[tokio::test]
async fn a_credential_that_does_not_count_is_not_the_fault_of_a_log() {
    tokio::join!(
        mended("s3:GetObject", 400, "InvalidToken", "denied"),
        mended("s3:GetObject", 400, "ExpiredToken", "denied"),
        mended("s3:GetObject", 403, "RequestTimeTooSkewed", "denied"),
        mended("dynamodb:*", 400, "InvalidSignatureException", "denied"),
        mended("dynamodb:*", 403, "InvalidClientTokenId", "denied"),
    );
}
