//! The progress bar of everything that reads logs.

use std::sync::Arc;
use std::time::Duration;

use flowtrail_table::{ProgressNow, Run};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::console;

/// How often it is drawn anew.
const DRAWN_EVERY: Duration = Duration::from_millis(100);

/// A progress bar on standard error, drawn by a task of its own until dropped.
pub(crate) struct Bar {
    bar: ProgressBar,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Bar {
    /// The bar of a run, for a thread of a runtime. It is hidden where nobody
    /// would see it.
    pub(crate) fn new(run: &Arc<Run>) -> Self {
        if !console::shows_progress() {
            return Self {
                bar: ProgressBar::hidden(),
                task: None,
            };
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {msg}, {elapsed}") {
            bar.set_style(style);
        }
        // What is answered at once needs none.
        bar.set_draw_target(ProgressDrawTarget::hidden());
        let task = tokio::spawn({
            let (bar, run) = (bar.clone(), Arc::clone(run));
            async move {
                loop {
                    tokio::time::sleep(DRAWN_EVERY).await;
                    if bar.is_hidden() {
                        bar.set_draw_target(ProgressDrawTarget::stderr());
                    }
                    let now = run.account().progress().now();
                    bar.set_length(now.bytes_listed);
                    bar.set_position(now.bytes_done);
                    bar.set_message(message(now));
                }
            }
        });
        Self {
            bar,
            task: Some(task),
        }
    }

    /// The bar itself, for whoever writes while it is drawn.
    pub(crate) fn shown(&self) -> ProgressBar {
        self.bar.clone()
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
        self.bar.finish_and_clear();
    }
}

fn message(now: ProgressNow) -> String {
    let mut text = format!(
        "{} of {} objects, {} of {}",
        HumanCount(now.objects_done),
        HumanCount(now.objects_listed),
        HumanBytes(now.bytes_done),
        HumanBytes(now.bytes_listed),
    );
    // Findings are known at the end.
    if now.rows > 0 {
        text.push_str(&format!(", {} rows", HumanCount(now.rows)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_when_there_are_any() {
        let mut now = ProgressNow {
            objects_listed: 1200,
            objects_done: 3,
            bytes_listed: 4096,
            bytes_done: 1024,
            rows: 0,
        };
        let text = message(now);
        assert_eq!(text, "3 of 1,200 objects, 1.00 KiB of 4.00 KiB");
        now.rows = 5000;
        assert_eq!(message(now), format!("{text}, 5,000 rows"));
    }
}
