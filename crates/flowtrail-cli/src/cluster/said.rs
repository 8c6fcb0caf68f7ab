//! What Ballista says of its work, on standard error.

use flowtrail_output::sanitize;
use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::console;

struct Said;

/// Says what goes wrong and, if `verbose`, what is done.
pub(super) fn listen(verbose: bool) {
    static SAID: Said = Said;
    // A second one would say everything twice.
    if log::set_logger(&SAID).is_ok() {
        log::set_max_level(if verbose {
            LevelFilter::Info
        } else {
            LevelFilter::Warn
        });
    }
}

impl Log for Said {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        about.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let word = match record.level() {
            Level::Error => "error",
            Level::Warn => "warning",
            Level::Info | Level::Debug | Level::Trace => "note",
        };
        // Names of objects and errors over them stand in it.
        let said = record.args().to_string();
        console::say(&format!("{word}: {}", sanitize(&said)));
    }

    fn flush(&self) {}
}
