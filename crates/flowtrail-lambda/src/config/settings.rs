//! The table of environment variables.

/// An environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What holds where it is not set; empty: nothing.
    pub default: &'static str,
    /// What it is, with its unit or form.
    pub doc: &'static str,
}

/// Every variable that is read.
pub static SETTINGS: &[Setting] = &[
    Setting {
        name: "FLOWTRAIL_NAMESPACE",
        default: "Flowtrail",
        doc: "CloudWatch namespace of all metrics; the role should allow no other",
    },
    Setting {
        name: "FLOWTRAIL_LEVEL",
        default: "low",
        doc: "findings below this level are counted and not kept",
    },
    Setting {
        name: "FLOWTRAIL_NOTIFY_LEVEL",
        default: "high",
        doc: "findings from this level on are sent to the topic and the event bus",
    },
    Setting {
        name: "FLOWTRAIL_FINDINGS",
        default: "",
        doc: "s3://bucket/prefix for findings; never a bucket that logs come from",
    },
    Setting {
        name: "FLOWTRAIL_FINDINGS_OCSF",
        default: "false",
        doc: "whether findings are also written as OCSF 1.8",
    },
    Setting {
        name: "FLOWTRAIL_FINDINGS_GZIP",
        default: "false",
        doc: "whether the findings of single objects are compressed",
    },
    Setting {
        name: "FLOWTRAIL_TOPIC_ARN",
        default: "",
        doc: "SNS topic for notifications",
    },
    Setting {
        name: "FLOWTRAIL_EVENT_BUS",
        default: "",
        doc: "EventBridge bus (name or ARN) for notifications",
    },
    Setting {
        name: "FLOWTRAIL_DEAD_LETTER_QUEUE_URL",
        default: "",
        doc: "SQS queue for what can never be read, with its reason; without it such an item is reported as failed",
    },
    Setting {
        name: "FLOWTRAIL_STATE_TABLE",
        default: "",
        doc: "DynamoDB table for windows, duplicates and, with a baseline, what was seen since; without it windows see one object, and what is new is new again every day",
    },
    Setting {
        name: "FLOWTRAIL_STATE_DAYS",
        default: "15",
        doc: "days that state is kept, 1 to 400; longer than a message lives in its queue",
    },
    Setting {
        name: "FLOWTRAIL_RULES",
        default: "",
        doc: "s3://bucket/prefix of further rule files (.yml), read at cold start",
    },
    Setting {
        name: "FLOWTRAIL_CONTEXT",
        default: "",
        doc: "the context file: s3://bucket/key, or its path in the package; read at cold start",
    },
    Setting {
        name: "FLOWTRAIL_BASELINE",
        default: "",
        doc: "the baseline that says what is usual: s3://bucket/key, or its path in the package; read at cold start",
    },
    Setting {
        name: "FLOWTRAIL_GEO",
        default: "",
        doc: "files that say where addresses are, in MaxMind's format: s3://bucket/key, or paths in the package, with commas between; read at cold start",
    },
    Setting {
        name: "FLOWTRAIL_NO_SHIPPED_RULES",
        default: "false",
        doc: "whether to leave the shipped rules out",
    },
    Setting {
        name: "FLOWTRAIL_RULE_METRICS",
        default: "0",
        doc: "how many rules have a metric of their own, the gravest first, 0 to 500, besides those that ask for an alarm of their own; each is billed",
    },
    Setting {
        name: "FLOWTRAIL_FLOW_FORMAT",
        default: "",
        doc: "columns of flow-log lines without a header, as AWS writes them (${version} …)",
    },
    Setting {
        name: "FLOWTRAIL_CONCURRENCY",
        default: "0",
        doc: "objects side by side; 0: as many as memory allows",
    },
    Setting {
        name: "FLOWTRAIL_DEADLINE_MARGIN_SECONDS",
        default: "5",
        doc: "time kept back at the end of an invocation for publishing and answering",
    },
    Setting {
        name: "FLOWTRAIL_STALL_SECONDS",
        default: "10",
        doc: "a download that brings nothing for so long is given up",
    },
    Setting {
        name: "FLOWTRAIL_LOG",
        default: "info",
        doc: "what is logged: error, warn, info, debug, trace, or a filter such as flowtrail_lambda=debug",
    },
];

/// The table of variables, in Markdown, as it stands in the README.
#[must_use]
pub fn table() -> String {
    let line = |s: &Setting| {
        let default = match s.default {
            "" => String::new(),
            some => format!("`{some}`"),
        };
        format!("| `{}` | {default} | {} |\n", s.name, s.doc)
    };
    let lines: String = SETTINGS.iter().map(line).collect();
    format!("| variable | default | what it is |\n|---|---|---|\n{lines}")
}
