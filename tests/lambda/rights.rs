//! Least privilege, from the wire: every call of the function, held against the
//! role that Terraform makes, in both directions.
//!
//! `infra/modules/flowtrail/tests/role.json` is that role; the tests of the module
//! hold it equal to what Terraform makes of `role.tf`. What the calls below need is
//! said by [`need`], in the words of IAM.

mod need;
mod role;
mod scene;

use std::collections::BTreeSet;

use need::{Need, UNSEEN};
use role::Role;
use scene::Scene;

use crate::proxy::Call;

/// Calls that the role does not allow, as words: the empty list is what is wanted.
pub(crate) fn refused(calls: &[Call]) -> Vec<String> {
    let role = Role::read();
    let actions = role.actions();
    let mut out = BTreeSet::new();
    for call in calls {
        let action = need::action(call);
        if !actions.contains(action.as_str()) {
            out.insert(action);
        }
    }
    out.into_iter().collect()
}

/// Rights that none of these needs.
fn idle(role: &Role, needs: &[Need]) -> Vec<String> {
    let grants = role.grants();
    let idle = grants.iter().filter(|g| !needs.iter().any(|n| g.meets(n)));
    idle.map(ToString::to_string).collect()
}

/// Needs that no right meets.
fn missing(role: &Role, needs: &[Need]) -> Vec<String> {
    let grants = role.grants();
    let lost = needs.iter().filter(|n| !grants.iter().any(|g| g.meets(n)));
    lost.map(ToString::to_string).collect()
}

#[tokio::test]
async fn the_role_is_what_the_function_calls_and_nothing_else() {
    let Some(scene) = Scene::of("rights").await else {
        return;
    };
    let needs = scene.everything().await;
    let role = Role::read();
    assert_eq!(missing(&role, &needs), Vec::<String>::new());
    assert_eq!(idle(&role, &needs), Vec::<String>::new());
    // Each line of the list of what is not seen is about a right that there is.
    for (action, _, _) in UNSEEN {
        assert!(
            role.actions().contains(action),
            "{action} is not in the role"
        );
    }
    // A right less is seen, whichever it is, and a right more.
    for grant in role.grants() {
        let less = role.without(&grant);
        assert!(!missing(&less, &needs).is_empty(), "nobody missed {grant}");
    }
    for action in ["s3:GetObjectAcl", "dynamodb:Scan", "sns:Subscribe"] {
        let more = role.with_further(action);
        assert_eq!(idle(&more, &needs).len(), 1, "{action}");
    }
    // How wide a resource is cannot be told from calls: the module's tests have it
    // word for word.
    let wider = role.widened("arn:aws:s3:::own-rules/sigma/*", "arn:aws:s3:::own-rules/*");
    assert_eq!(missing(&wider, &needs), Vec::<String>::new());
    let elsewhere = role.widened("arn:aws:s3:::own-rules/sigma/*", "arn:aws:s3:::other/*");
    assert_eq!(missing(&elsewhere, &needs).len(), 1);
    assert_eq!(idle(&elsewhere, &needs).len(), 1);
}
