//! What AWS is told about each message, record or task.

use serde_json::{Value, json};

use crate::trigger::Answering;

/// Bytes of a result text of S3 Batch Operations; it goes into a report file.
const RESULT_BYTES_MAX: usize = 1_024;
/// Reasons that an error names; all are in the log.
const REASONS_SHOWN: usize = 5;

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything of it is out, or it asked for nothing.
    Done,
    /// It has to come again.
    Retry(String),
    /// It can never be done; the dead-letter queue has it.
    Buried(String),
    /// It can never be done, and nobody took it over.
    Lost(String),
}

impl Outcome {
    /// The graver of two outcomes of one item: what may still succeed comes
    /// first, because only trying again can bring it.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if other.gravity() > self.gravity() {
            other
        } else {
            self
        }
    }

    const fn gravity(&self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Buried(_) => 1,
            Self::Lost(_) => 2,
            Self::Retry(_) => 3,
        }
    }

    /// Whether AWS has to keep it, or to bring it again.
    const fn is_failed(&self) -> bool {
        match self {
            Self::Done | Self::Buried(_) => false,
            Self::Retry(_) | Self::Lost(_) => true,
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Done => None,
            Self::Retry(reason) | Self::Buried(reason) | Self::Lost(reason) => Some(reason),
        }
    }
}

/// An item of the trigger, answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// As [`Item::id`](crate::trigger::Item::id).
    pub id: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// As [`Item::data`](crate::trigger::Item::data).
    pub data: Option<String>,
}

/// An event of which a part failed. Returned to the runtime, so that AWS tries
/// the whole of it again and, in the end, hands it to the destination for
/// failures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{failed} of {of} could not be done: {reasons}")]
pub struct Failed {
    failed: usize,
    of: usize,
    reasons: String,
}

impl Failed {
    fn of<'a>(items: &'a [Answered], failed: impl Fn(&Outcome) -> bool) -> Option<Self> {
        let failed: Vec<&'a Outcome> = items
            .iter()
            .map(|i| &i.outcome)
            .filter(|o| failed(o))
            .collect();
        let reasons = failed.iter().filter_map(|o| o.reason());
        let shown: Vec<&str> = reasons.take(REASONS_SHOWN).collect();
        (!failed.is_empty()).then(|| Self {
            failed: failed.len(),
            of: items.len(),
            reasons: shown.join("; "),
        })
    }
}

/// The answer to an invocation.
///
/// # Errors
/// [`Failed`] for asynchronous triggers, whose only answer it is, and for
/// Firehose, if anything may succeed later: a record that is answered with
/// `ProcessingFailed` never comes again.
pub fn answer(answering: &Answering, items: &[Answered]) -> Result<Value, Failed> {
    match answering {
        Answering::Async => Failed::of(items, Outcome::is_failed).map_or(Ok(Value::Null), Err),
        Answering::Sqs | Answering::Kinesis => {
            let failed = items.iter().filter(|i| i.outcome.is_failed());
            let failed: Vec<Value> = failed
                .filter_map(|i| Some(json!({"itemIdentifier": i.id.as_ref()?})))
                .collect();
            Ok(json!({"batchItemFailures": failed}))
        }
        Answering::Firehose => {
            let passing = |o: &Outcome| matches!(o, Outcome::Retry(_));
            if let Some(failed) = Failed::of(items, passing) {
                return Err(failed);
            }
            let record = |i: &Answered| {
                let failed = i.outcome.is_failed();
                let result = if failed { "ProcessingFailed" } else { "Ok" };
                json!({"recordId": i.id, "result": result, "data": i.data})
            };
            let records: Vec<Value> = items.iter().map(record).collect();
            Ok(json!({"records": records}))
        }
        Answering::Batch { schema, invocation } => {
            let results: Vec<Value> = items.iter().map(result).collect();
            Ok(json!({
                "invocationSchemaVersion": schema,
                "treatMissingKeysAs": "PermanentFailure",
                "invocationId": invocation,
                "results": results,
            }))
        }
    }
}

fn result(item: &Answered) -> Value {
    let code = match &item.outcome {
        Outcome::Done => "Succeeded",
        Outcome::Retry(_) => "TemporaryFailure",
        // The job's report names what was not judged, whoever has it now.
        Outcome::Buried(_) | Outcome::Lost(_) => "PermanentFailure",
    };
    let text = item.outcome.reason().unwrap_or("done");
    let end = text.floor_char_boundary(RESULT_BYTES_MAX);
    let text = text.get(..end).unwrap_or("");
    json!({"taskId": item.id, "resultCode": code, "resultString": text})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str, outcome: Outcome) -> Answered {
        Answered {
            id: Some(id.to_owned()),
            outcome,
            data: Some("ZGF0YQ==".to_owned()),
        }
    }

    fn mixed() -> Vec<Answered> {
        vec![
            item("a", Outcome::Done),
            item("b", Outcome::Retry("throttled".into())),
            item("c", Outcome::Lost("gone".into())),
            item("d", Outcome::Buried("corrupt".into())),
        ]
    }

    #[test]
    fn only_what_failed_comes_again() {
        let want = json!({"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "c"}]});
        assert_eq!(answer(&Answering::Sqs, &mixed()), Ok(want.clone()));
        assert_eq!(answer(&Answering::Kinesis, &mixed()), Ok(want));
        let fine = [item("a", Outcome::Done)];
        let none = json!({"batchItemFailures": []});
        assert_eq!(answer(&Answering::Sqs, &fine), Ok(none));
    }

    #[test]
    fn a_job_is_told_what_can_be_tried_again() {
        let answering = Answering::Batch {
            schema: "2.0".into(),
            invocation: "i".into(),
        };
        let got = answer(&answering, &mixed()).unwrap();
        let codes: Vec<_> = got["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["resultCode"].as_str().unwrap())
            .collect();
        let permanent = "PermanentFailure";
        assert_eq!(
            codes,
            ["Succeeded", "TemporaryFailure", permanent, permanent]
        );
        assert_eq!(got["results"][3]["resultString"], "corrupt");
        assert_eq!(got["invocationSchemaVersion"], "2.0");
        assert_eq!(got["treatMissingKeysAs"], "PermanentFailure");
        let long = [item("x", Outcome::Lost("ü".repeat(2_000)))];
        let got = answer(&answering, &long).unwrap();
        let text = got["results"][0]["resultString"].as_str().unwrap();
        assert!(text.len() <= RESULT_BYTES_MAX);
    }

    #[test]
    fn a_stream_gets_every_record_back_or_an_error() {
        // What may succeed later has to come again, and only all of it can.
        let error = answer(&Answering::Firehose, &mixed()).unwrap_err();
        assert_eq!(error.to_string(), "1 of 4 could not be done: throttled");
        let mut items = mixed();
        items.remove(1);
        let got = answer(&Answering::Firehose, &items).unwrap();
        let results: Vec<_> = got["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| (r["result"].as_str().unwrap(), r["data"].as_str().unwrap()))
            .collect();
        let (done, failed) = (("Ok", "ZGF0YQ=="), ("ProcessingFailed", "ZGF0YQ=="));
        assert_eq!(results, [done, failed, done]);
    }

    #[test]
    fn nobody_reads_an_asynchronous_answer_so_it_is_an_error() {
        let fine = [item("a", Outcome::Done)];
        assert_eq!(answer(&Answering::Async, &fine), Ok(Value::Null));
        let buried = [item("a", Outcome::Buried("gone".into()))];
        assert_eq!(answer(&Answering::Async, &buried), Ok(Value::Null));
        let error = answer(&Answering::Async, &mixed()).unwrap_err().to_string();
        assert_eq!(error, "2 of 4 could not be done: throttled; gone");
    }

    #[test]
    fn what_may_still_succeed_decides() {
        let retry = || Outcome::Retry("r".into());
        let lost = || Outcome::Lost("l".into());
        assert_eq!(lost().and(retry()), retry());
        assert_eq!(retry().and(lost()), retry());
        assert_eq!(Outcome::Done.and(lost()), lost());
        assert_eq!(lost().and(Outcome::Done), lost());
        assert_eq!(Outcome::Done.and(Outcome::Done), Outcome::Done);
        let buried = || Outcome::Buried("b".into());
        assert_eq!(buried().and(lost()), lost());
        assert_eq!(Outcome::Done.and(buried()), buried());
        assert_eq!(retry().and(buried()), retry());
    }
}
