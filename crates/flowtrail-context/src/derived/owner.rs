//! Whose things are: environments, segments and accounts of both ends, the
//! part of a caller, and whether a region is used.

use super::arn::Arn;
use super::base::{Base, View};
use super::identity;
use super::origin::is_aws_internal;
use super::text::{TextBuf, is_account_id, is_service_name};
use crate::context::{Context, Origin, Place};

pub(super) const EXPECTED: &str = "expected";
pub(super) const UNEXPECTED: &str = "unexpected";

pub(super) fn source_environment(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    push(view, source(view)?, Context::environment_name, out)
}

pub(super) fn source_segment(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    push(view, source(view)?, Context::segment_name, out)
}

pub(super) fn source_account(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    push(view, source(view)?, Context::account_name, out)
}

pub(super) fn destination_environment(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    push(view, destination(view)?, Context::environment_name, out)
}

pub(super) fn destination_segment(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    push(view, destination(view)?, Context::segment_name, out)
}

pub(super) fn destination_account(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    push(view, destination(view)?, Context::account_name, out)
}

fn push(
    view: View<'_>,
    place: Place,
    name: for<'c> fn(&'c Context, &Place) -> Option<&'c str>,
    out: &mut TextBuf,
) -> Option<()> {
    out.push_all(&[name(view.context()?, &place)?.as_bytes()])
}

/// The source of a flow, or the caller's account.
fn source(view: View<'_>) -> Option<Place> {
    match view.ends() {
        Some(ends) => Some(ends.source),
        None => view.context()?.account(caller_account(view)?),
    }
}

/// The destination of a flow, or the account that a call reaches.
fn destination(view: View<'_>) -> Option<Place> {
    match view.ends() {
        Some(ends) => Some(ends.destination),
        None => view.context()?.account(reached_account(view)?),
    }
}

fn caller_account(view: View<'_>) -> Option<&[u8]> {
    let named = view.text(Base::IdentityAccount);
    let named = named.filter(|id| is_account_id(id));
    named.or_else(|| account_of(view.text(Base::IdentityArn)?))
}

/// The account of the role that is assumed; else that of the first resource of
/// another account than the one that recorded the call; else the latter.
fn reached_account(view: View<'_>) -> Option<&[u8]> {
    let recorded = view.text(Base::RecipientAccount);
    let recorded = recorded.filter(|id| is_account_id(id));
    let assumes = view.text(Base::EventName);
    let assumes = assumes.is_some_and(|name| name.starts_with(b"AssumeRole"));
    let role = view.text(Base::RoleToAssume).filter(|_| assumes);
    if let Some(account) = role.and_then(account_of) {
        return Some(account);
    }
    let named = view.texts(Base::ResourceAccount);
    let named = named.filter(|id| is_account_id(id));
    let mut of_resources = named.chain(view.texts(Base::ResourceArn).filter_map(account_of));
    of_resources
        .find(|account| Some(*account) != recorded)
        .or(recorded)
}

fn account_of(arn: &[u8]) -> Option<&[u8]> {
    let account = Arn::parse(arn)?.account;
    is_account_id(account).then_some(account)
}

/// The part of the caller: a principal that the file names, in a network that
/// it names with it.
pub(super) fn actor(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let context = view.context()?;
    let origin = origin(view)?;
    if !context.has_caller_at(origin) {
        return None;
    }
    let mut principal = TextBuf::new();
    identity::principal(view, &mut principal)?;
    let caller = context.caller(principal.bytes(), origin)?;
    out.push_all(&[caller.part.as_bytes()])
}

fn origin(view: View<'_>) -> Option<Origin> {
    let source = view.text(Base::SourceIp)?;
    if is_service_name(source) || is_aws_internal(source) {
        return Some(Origin::Aws);
    }
    let address = std::str::from_utf8(source).ok()?.parse().ok()?;
    Some(Origin::Address(address))
}

pub(super) fn region(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let expected = view.context()?.expects_region(view.text(Base::Region)?)?;
    let word = if expected { EXPECTED } else { UNEXPECTED };
    out.push_all(&[word.as_bytes()])
}
