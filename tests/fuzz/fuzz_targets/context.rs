//! Any text as a context file: it is one, or has named problems, never a panic.
//! One that is right can be shown, is right again, and is asked.
#![no_main]

use std::net::IpAddr;

use flowtrail_context::{Context, Scope, Severity, Subject, Trace};
use flowtrail_event::EventTime;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let context = match Context::parse("fuzz.yaml", text) {
        Ok((context, warnings)) => {
            assert!(warnings.iter().all(|w| w.severity == Severity::Warning));
            context
        }
        Err(problems) => {
            assert!(problems.iter().any(|p| p.severity == Severity::Error));
            for problem in &problems {
                assert!(problem.line > 0 && problem.column > 0 && !problem.reason.is_empty());
            }
            return;
        }
    };
    let shown = context.to_yaml();
    let Ok((again, _)) = Context::parse("shown.yaml", &shown) else {
        panic!("what was shown is refused:\n{shown}");
    };
    assert_eq!(again.to_yaml(), shown);
    assert_eq!(again.summary(), context.summary());
    ask(&context, &again);
});

/// Both give the same answers at the edges of every network.
fn ask(context: &Context, again: &Context) {
    let declared = context.declared();
    let cidrs = declared.networks.iter().flat_map(|n| &n.cidrs);
    let edges: Vec<IpAddr> = cidrs
        .flat_map(|c| [c.network(), c.broadcast()])
        .take(64)
        .collect();
    let vpcs = declared.vpcs.iter().map(|v| Some(v.id.as_bytes()));
    for vpc in [None].into_iter().chain(vpcs).take(4) {
        let scope = Scope { vpc, account: None };
        let place = |c: &Context, a: &IpAddr| c.endpoint(*a, scope, vpc.is_some(), None);
        for pair in edges.windows(2) {
            let [from, to] = pair else { continue };
            let ends = (place(context, from), place(context, to));
            assert_eq!(ends, (place(again, from), place(again, to)));
            let verdict = context.verdict(&ends.0, &ends.1, 6, 22);
            assert_eq!(verdict, again.verdict(&ends.0, &ends.1, 6, 22));
        }
    }
    let common = Trace {
        addresses: edges,
        ..Trace::default()
    };
    let subject = Subject {
        common: &common,
        ..Subject::default()
    };
    let id = |c: &Context| c.suppression(&subject, EventTime(0)).map(|s| s.id.clone());
    assert_eq!(id(context), id(again));
}
