//! Who plays a part in ordinary days: from a kind of caller to one caller.

use super::actors;
use super::identity::Caller;
use super::profiles::Who;
use super::roles;
use super::traffic::Place;
use crate::random::{Random, Weighted};
use crate::world::{Account, Person, World};

/// What a choice is made from.
pub(crate) struct Part<'a> {
    pub(crate) place: &'a Place<'a>,
    pub(crate) choice: u64,
    pub(crate) time: i64,
}

/// Someone who is likely to be at work in that account.
pub(crate) fn someone<'w>(
    world: &'w World,
    account: &Account,
    time: i64,
    random: &mut Random,
) -> Option<&'w Person> {
    let share = |p: &Person| world.lasting.map_or(1, |l| l.share(p, &account.id));
    let people = world.people.iter();
    Weighted::new(people.map(|p| (p, p.busy_per_mille(time) * share(p)))).pick(random)
}

/// The caller of that kind.
pub(crate) fn cast(
    world: &World,
    who: Who,
    part: &Part<'_>,
    random: &mut Random,
) -> Option<Caller> {
    let (account, time, choice) = (part.place.account, part.time, part.choice);
    Some(match who {
        Who::Service(name) => actors::service(name),
        Who::Instance => actors::instance(account, choice, time, false)?,
        Who::Agent => actors::instance(account, choice, time, true)?,
        Who::Node => roles::node(account, choice, time, random.chance(700))?,
        Who::Function => actors::function(account, choice, time),
        Who::Task => actors::task(account, choice, time),
        Who::Pod(pod) => roles::pod(account, pod, time),
        Who::Linked(of) => roles::linked(account, of, time),
        Who::Console => actors::person(account, someone(world, account, time, random)?, time, true),
        Who::Terminal => {
            actors::person(account, someone(world, account, time, random)?, time, false)
        }
        Who::Pipeline => actors::pipeline(account, choice, time),
        Who::Scanner => actors::scanner(account, time),
        Who::Supplier => roles::supplier(account, time),
        Who::Legacy => {
            let users: Vec<_> = account.legacy_users().collect();
            actors::legacy_user(account, random.pick_text(&users))
        }
    })
}
