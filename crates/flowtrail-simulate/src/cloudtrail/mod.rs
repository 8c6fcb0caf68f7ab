//! CloudTrail: who calls what, and how its record looks.

pub(crate) mod actors;
pub(crate) mod casting;
pub(crate) mod catalogue;
mod digest;
mod errands;
mod habits;
pub(crate) mod identity;
pub(crate) mod linked;
mod profiles;
pub(crate) mod record;
pub(crate) mod roles;
mod session;
pub(crate) mod step;
pub(crate) mod template;
mod traffic;
mod trail;

pub(crate) use errands::{Diary, NEW_REGION, STATE_BUCKET, TrailKey};
pub(crate) use traffic::{Ordinary, Place};
pub(crate) use trail::{Load, Spliced, Trail};
