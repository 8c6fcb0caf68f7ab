//! Which alarms a drill waits for, and what their states mean.

use std::collections::BTreeSet;

use flowtrail_aws::{AlarmState, FindingsAlarm};

use super::watch::Seen;

/// Of alarms whose names begin with `prefix` those of these levels. Where there is
/// one that is called exactly as `flowtrail alarms` calls it, it stands for its
/// level alone: `flowtrail-` is also the head of what another deployment,
/// `flowtrail-test`, calls its own.
pub(super) fn of_deployment(
    all: Vec<FindingsAlarm>,
    prefix: &str,
    levels: &BTreeSet<&str>,
) -> Vec<FindingsAlarm> {
    let is_exact = |a: &FindingsAlarm| a.name == format!("{prefix}findings-{}", a.level);
    let exact: BTreeSet<String> = all
        .iter()
        .filter(|a| is_exact(a))
        .map(|a| a.level.clone())
        .collect();
    let mut mine = all;
    mine.retain(|a| {
        levels.contains(a.level.as_str()) && (is_exact(a) || !exact.contains(&a.level))
    });
    mine
}

/// Whether all that are `wanted` are up; one that is gone is not.
pub(super) fn seen(all: &[FindingsAlarm], wanted: &[String]) -> Seen {
    let is_up = |name: &&String| {
        let mut of_name = all.iter().filter(|a| a.name == **name);
        of_name.any(|a| a.state == AlarmState::Alarm)
    };
    let (up, down): (Vec<&String>, Vec<&String>) = wanted.iter().partition(is_up);
    if !down.is_empty() {
        return Seen::Part(format!("not up: {}", listed(&down)));
    }
    let mute = all.iter().filter(|a| !a.tells && up.contains(&&a.name));
    let mute: Vec<&String> = mute.map(|a| &a.name).collect();
    let up = listed(&up);
    Seen::All(match mute.is_empty() {
        true => format!("{up} went up"),
        false => format!("{up} went up; {} tells nobody", listed(&mute)),
    })
}

fn listed(names: &[&String]) -> String {
    let names: Vec<&str> = names.iter().map(|n| n.as_str()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(name: &str, level: &str, state: AlarmState) -> FindingsAlarm {
        FindingsAlarm {
            name: name.into(),
            level: level.into(),
            state,
            since: None,
            tells: true,
        }
    }

    fn names(alarms: &[FindingsAlarm]) -> Vec<&str> {
        alarms.iter().map(|a| a.name.as_str()).collect()
    }

    #[test]
    fn those_of_other_deployments_are_not_waited_for() {
        let all = || {
            [
                ("f-findings-critical", "critical"),
                ("f-findings-high", "high"),
                ("f-findings-low", "low"),
                ("f-test-findings-critical", "critical"),
            ]
            .map(|(name, level)| alarm(name, level, AlarmState::Ok))
            .to_vec()
        };
        let levels = BTreeSet::from(["critical", "high"]);
        let mine = of_deployment(all(), "f-", &levels);
        assert_eq!(names(&mine), ["f-findings-critical", "f-findings-high"]);
        // Somebody has names of his own.
        let mine = of_deployment(all(), "f-find", &levels);
        assert_eq!(mine.len(), 3);
    }

    #[test]
    fn all_have_to_be_up() {
        let wanted = ["a".to_owned(), "b".to_owned()];
        let states = |a, b| [alarm("a", "high", a), alarm("b", "critical", b)];
        let part = |text: &str| Seen::Part(text.to_owned());
        let (up, ok) = (AlarmState::Alarm, AlarmState::Ok);
        assert_eq!(seen(&states(ok, ok), &wanted), part("not up: a, b"));
        assert_eq!(seen(&states(up, ok), &wanted), part("not up: b"));
        assert_eq!(
            seen(&states(up, AlarmState::Unknown), &wanted),
            part("not up: b")
        );
        assert_eq!(
            seen(&states(up, up)[..1], &wanted),
            part("not up: b"),
            "it is gone"
        );
        assert_eq!(
            seen(&states(up, up), &wanted),
            Seen::All("a, b went up".into())
        );
    }

    #[test]
    fn one_that_tells_nobody_is_named() {
        let mut all = [
            alarm("a", "high", AlarmState::Alarm),
            alarm("z", "low", AlarmState::Ok),
        ];
        all[0].tells = false;
        all[1].tells = false;
        let said = "a went up; a tells nobody".to_owned();
        assert_eq!(seen(&all, &["a".to_owned()]), Seen::All(said));
    }
}
