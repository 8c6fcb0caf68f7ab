//! A run that is killed at random points, twenty times, and run again.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{rows, run, simulated};

/// Times that a run is killed.
const KILLS: u32 = 20;

#[test]
fn killed_twenty_times_and_run_again_it_is_as_if_it_never_was() {
    let folder = simulated();
    let path = folder.path();
    let began = Instant::now();
    run(path, "compact logs --to whole");
    let takes = began.elapsed();
    let whole = rows(&path.join("whole"));
    assert!(whole.len() > 10_000, "{}", whole.len());

    // A generator of its own: any spread over the time of a run will do.
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut killed = 0;
    let mut destination = 0;
    while killed < KILLS {
        // Rounds are small, so that a kill meets every step of one.
        let to = format!("compact logs --round 60KB --to killed{destination}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowtrail"));
        command.current_dir(path);
        command
            .args(to.split(' '))
            .stdout(Stdio::null())
            .stderr(File::create(path.join("said")).unwrap());
        let mut child = command.spawn().unwrap();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let share = f64::from(u32::try_from(random >> 40).unwrap()) / f64::from(1_u32 << 24);
        std::thread::sleep(Duration::from_secs_f64(takes.as_secs_f64() * 1.5 * share));
        if let Some(status) = child.try_wait().unwrap() {
            // It came to its end before: the next one begins from nothing.
            let said = std::fs::read_to_string(path.join("said")).unwrap();
            assert!(status.success(), "{status}: {said}");
            assert_eq!(rows(&path.join(format!("killed{destination}"))), whole);
            destination += 1;
            continue;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
    }
    for n in 0..=destination {
        let dest = format!("killed{n}");
        run(path, &format!("compact logs --to {dest}"));
        run(path, &format!("compact --verify --to {dest}"));
        let again = rows(&path.join(&dest));
        assert_eq!(again.len(), whole.len());
        assert!(again == whole, "rows differ in {dest}");
    }
}
