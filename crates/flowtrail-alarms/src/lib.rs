//! Which alarms there should be, from rules: as data, as Terraform, as
//! `CloudFormation`, as a dashboard, and beside those that are there.
//!
//! One list ([`AlarmSet`]) is made from the rules; everything else is another form
//! of it. How many periods an alarm looks back is never written by hand: it follows
//! from how late its data may come ([`Publisher`]).

mod alarm;
mod cost;
mod dashboard;
mod findings;
mod health;
mod late;
mod names;
mod plan;
mod render;
mod set;

pub use alarm::{Alarm, Comparison, Kind, Missing, Statistic};
pub use cost::Cost;
pub use dashboard::dashboard;
pub use late::{Publisher, evaluation_periods};
pub use names::{Actions, BadName, Names, PLACEHOLDERS};
pub use plan::{Applied, Change, DEPLOYMENT, Drift, Plan, What, apply, plan, resolved};
pub use render::{SCHEMA, cloudformation, json, terraform};
pub use set::{AlarmSet, Choice, Refused};
