//! What went wrong, in the words of object stores.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use object_store::Error;

use crate::fault::{Fault, FaultKind};

const STORE: &str = "S3";

/// Reads an error of the SDK about the object (or prefix) `name`.
pub(super) fn failure<E>(call: &'static str, name: &str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut fault = Fault::of(call, error);
    let path = name.to_owned();
    // An answer to HEAD has no body and so no code.
    let status = error.raw_response().map_or(0, |r| r.status().as_u16());
    match status {
        304 => {
            fault.message = "it is the same as before".to_owned();
            return Error::NotModified {
                path,
                source: Box::new(fault),
            };
        }
        // 409: another write to the same key was under way.
        409 | 412 => {
            return Error::Precondition {
                path,
                source: Box::new(fault),
            };
        }
        403 if fault.kind == FaultKind::Service => fault.kind = FaultKind::Denied,
        404 if fault.kind == FaultKind::Service => fault.kind = FaultKind::NotFound,
        _ => {}
    }
    of_fault(fault, path)
}

/// The same for a write that must not replace anything.
pub(super) fn failure_to_create<E>(
    call: &'static str,
    name: &str,
    error: &SdkError<E, HttpResponse>,
) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let failure = failure(call, name, error);
    if let Error::Precondition { path, source } = failure {
        return Error::AlreadyExists { path, source };
    }
    failure
}

/// The same for a write that must replace one certain content: if there is none
/// any more, that is no less another one.
pub(super) fn failure_to_update<E>(
    call: &'static str,
    name: &str,
    error: &SdkError<E, HttpResponse>,
) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let gone = error.as_service_error().and_then(|e| e.meta().code()) == Some("NoSuchKey");
    let failure = failure(call, name, error);
    if let Error::NotFound { path, source } = failure {
        return if gone {
            Error::Precondition { path, source }
        } else {
            Error::NotFound { path, source }
        };
    }
    failure
}

/// Reads a fault about the object (or prefix) `path`.
pub(super) fn of_fault(fault: Fault, path: String) -> Error {
    let hint = match fault.kind {
        FaultKind::NotFound => {
            return Error::NotFound {
                path,
                source: Box::new(fault),
            };
        }
        FaultKind::Denied | FaultKind::KeyDenied => {
            return Error::PermissionDenied {
                path,
                source: Box::new(fault),
            };
        }
        FaultKind::Throttled | FaultKind::Service => "try it again later",
        FaultKind::Timeout | FaultKind::Network => {
            "the address comes from region, profile or AWS_ENDPOINT_URL; is it reached from here?"
        }
        FaultKind::Invalid => "S3 will refuse this however often it is asked",
    };
    Error::Generic {
        store: STORE,
        source: Box::new(Hinted { fault, hint }),
    }
}

/// What was not said by S3, but is as wrong.
pub(super) fn odd(call: &'static str, name: &str, message: impl Into<String>) -> Error {
    let fault = Fault::new(call, FaultKind::Service, message);
    of_fault(fault, name.to_owned())
}

/// Something that S3 cannot do.
pub(super) fn not_supported(what: &str) -> Error {
    Error::NotSupported {
        source: what.to_owned().into(),
    }
}

/// A fault, and what may help.
#[derive(Debug, thiserror::Error)]
#[error("{fault}\nhint: {hint}")]
struct Hinted {
    fault: Fault,
    hint: &'static str,
}
