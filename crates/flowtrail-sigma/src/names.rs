//! Names of fields as rules write them.

use crate::inactive::Availability;
use crate::load::Options;
use crate::problem::Reject;

/// Whether Flowtrail would compute the field.
pub(crate) fn is_derived(name: &str) -> bool {
    name.starts_with("flowtrail.")
}

/// What is said where flow logs are asked for a field that they do not have.
pub(crate) fn no_flow_field(name: &str) -> Reject {
    Reject::new(format!("flow logs have no field `{name}`"))
        .hint("`flowtrail rules schema` lists the fields; an unknown one is always absent")
        .near(name)
}

impl Options {
    /// Whether a rule can ask for a field, if it is one that is derived. What
    /// nobody derives is rejected here, and not when all rules are planned together.
    pub(crate) fn derived(&self, name: &str) -> Result<(), Reject> {
        if !is_derived(name) {
            return Ok(());
        }
        match (self.derived_field)(name) {
            Availability::Ready => Ok(()),
            Availability::Unknown => {
                Err(Reject::new(format!("there is no derived field `{name}`"))
                    .hint("`flowtrail rules schema` lists the fields that Flowtrail derives")
                    .near(name))
            }
            // Rules that ask for it are set aside before; filters are not.
            Availability::Needs(what) => {
                let reason = format!("`{name}` needs a {what}, and none is given");
                Err(Reject::new(reason).near(name))
            }
        }
    }
}
