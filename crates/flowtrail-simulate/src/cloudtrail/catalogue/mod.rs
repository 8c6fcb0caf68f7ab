//! The calls that are made: one table row for each, with its parameters as a
//! template. The shapes are those of real records.

mod compute;
mod delivery;
mod identity;
mod network;
mod objects;
mod oversight;
mod permissions;
mod reads;
mod services;
mod storage;

use super::template::{Piece, parse};
use std::collections::HashMap;

/// In which kind of record a call appears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Management,
    Data,
    SignIn,
    /// A service tells what it did by itself.
    ServiceEvent,
}

/// An error that the call ends with now and then in ordinary use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) per_mille: u64,
    pub(crate) code: &'static str,
    /// A template.
    pub(crate) message: &'static str,
}

/// One row: a call as its service records it. Texts that may hold `$names` are
/// templates of JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// How profiles and attacks call it; the event's name unless given.
    id: &'static str,
    source: &'static str,
    name: &'static str,
    read_only: bool,
    kind: Kind,
    global: bool,
    version: &'static str,
    api_version: &'static str,
    via: &'static str,
    request: &'static str,
    response: &'static str,
    extra: &'static str,
    resources: &'static str,
    fault: Option<Fault>,
}

const fn row(
    source: &'static str,
    name: &'static str,
    read_only: bool,
    version: &'static str,
) -> Row {
    Row {
        id: name,
        source,
        name,
        read_only,
        kind: Kind::Management,
        global: false,
        version,
        api_version: "",
        via: "",
        request: "null",
        response: "null",
        extra: "",
        resources: "",
        fault: None,
    }
}

/// A call that changes nothing.
const fn read(source: &'static str, name: &'static str) -> Row {
    row(source, name, true, "1.11")
}

/// A call that changes something.
const fn write(source: &'static str, name: &'static str) -> Row {
    row(source, name, false, "1.11")
}

impl Row {
    const fn id(mut self, id: &'static str) -> Self {
        self.id = id;
        self
    }
    const fn request(mut self, template: &'static str) -> Self {
        self.request = template;
        self
    }
    const fn response(mut self, template: &'static str) -> Self {
        self.response = template;
        self
    }
    const fn extra(mut self, template: &'static str) -> Self {
        self.extra = template;
        self
    }
    const fn resources(mut self, template: &'static str) -> Self {
        self.resources = template;
        self
    }
    const fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }
    const fn api_version(mut self, version: &'static str) -> Self {
        self.api_version = version;
        self
    }
    /// A service makes the call on behalf of the caller.
    const fn via(mut self, service: &'static str) -> Self {
        self.via = service;
        self
    }
    /// Recorded in the region of global services only.
    const fn global(mut self) -> Self {
        self.global = true;
        self
    }
    const fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }
    const fn fault(mut self, per_mille: u64, code: &'static str, message: &'static str) -> Self {
        self.fault = Some(Fault {
            per_mille,
            code,
            message,
        });
        self
    }
}

/// The row of a call without parameters. What follows a dot in its id tells it
/// from another service's call of that name.
fn listing(service: &reads::Reads, id: &'static str) -> Row {
    let name = id.split('.').next().unwrap_or(id);
    Row {
        global: service.global,
        ..row(service.source, name, true, service.version).id(id)
    }
}

/// A call with its templates taken apart, and what else can be prepared.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) id: &'static str,
    pub(crate) source: &'static str,
    pub(crate) name: &'static str,
    /// `kms:Decrypt`, as messages about missing permissions have it.
    pub(crate) action: String,
    pub(crate) read_only: bool,
    pub(crate) kind: Kind,
    pub(crate) global: bool,
    pub(crate) version: &'static str,
    pub(crate) api_version: &'static str,
    pub(crate) via: &'static str,
    pub(crate) request: Vec<Piece>,
    pub(crate) response: Vec<Piece>,
    pub(crate) extra: Vec<Piece>,
    pub(crate) resources: Vec<Piece>,
    pub(crate) fault: Option<(u64, &'static str, Vec<Piece>)>,
}

impl Api {
    fn new(row: &Row) -> Self {
        let without_version = row.name.strip_suffix("v2").unwrap_or(row.name);
        let plain = without_version.trim_end_matches(|c: char| c.is_ascii_digit());
        Self {
            id: row.id,
            source: row.source,
            name: row.name,
            action: format!("{}:{plain}", row.source),
            read_only: row.read_only,
            kind: row.kind,
            global: row.global,
            version: row.version,
            api_version: row.api_version,
            via: row.via,
            request: parse(row.request),
            response: parse(row.response),
            extra: parse(row.extra),
            resources: parse(row.resources),
            fault: row.fault.map(|f| (f.per_mille, f.code, parse(f.message))),
        }
    }
}

/// Where a call stands in the [`Catalogue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ApiId(usize);

/// All calls.
#[derive(Debug)]
pub(crate) struct Catalogue {
    apis: Vec<Api>,
    by_id: HashMap<&'static str, ApiId>,
    /// Calls that list and describe, and ask for nothing in particular.
    listings: Vec<ApiId>,
    /// What an id that is not in the table stands for; never met, as a test
    /// asks for every id that the sources name.
    unknown: Api,
}

impl Catalogue {
    pub(crate) fn new() -> Self {
        let tables = [
            identity::ROWS,
            permissions::ROWS,
            storage::ROWS,
            objects::ROWS,
            compute::ROWS,
            network::ROWS,
            delivery::ROWS,
            services::ROWS,
            oversight::ROWS,
        ];
        let mut apis: Vec<Api> = tables.into_iter().flatten().map(Api::new).collect();
        let first = apis.len();
        for service in reads::READS {
            let names = service.names.split_whitespace();
            apis.extend(names.map(|id| Api::new(&listing(service, id))));
        }
        let listings = (first..apis.len()).map(ApiId).collect();
        let by_id = apis
            .iter()
            .enumerate()
            .map(|(i, a)| (a.id, ApiId(i)))
            .collect();
        Self {
            apis,
            by_id,
            listings,
            unknown: Api::new(&read("unknown", "Unknown")),
        }
    }

    /// The call of that id.
    pub(crate) fn find(&self, id: &str) -> Option<ApiId> {
        self.by_id.get(id).copied()
    }

    /// Calls that list and describe, without parameters.
    pub(crate) fn listings(&self) -> &[ApiId] {
        &self.listings
    }

    /// The call.
    pub(crate) fn get(&self, id: ApiId) -> &Api {
        self.apis.get(id.0).unwrap_or(&self.unknown)
    }

    /// The call of that id.
    pub(crate) fn named(&self, id: &str) -> &Api {
        self.find(id).map_or(&self.unknown, |i| self.get(i))
    }

    #[cfg(test)]
    pub(crate) fn all(&self) -> &[Api] {
        &self.apis
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique() {
        let c = Catalogue::new();
        assert_eq!(c.apis.len(), c.by_id.len());
        assert!(c.apis.len() > 100, "{}", c.apis.len());
    }

    #[test]
    fn no_template_names_a_field_that_does_not_exist() {
        for api in Catalogue::new().all() {
            let fault = api.fault.iter().flat_map(|f| &f.2);
            for piece in api
                .request
                .iter()
                .chain(&api.response)
                .chain(&api.extra)
                .chain(&api.resources)
                .chain(fault)
            {
                if let Piece::Text(text) = piece {
                    let stray = text
                        .as_bytes()
                        .windows(2)
                        .any(|w| w[0] == b'$' && w[1].is_ascii_lowercase());
                    assert!(!stray, "{}: {text}", api.id);
                }
            }
        }
    }

    #[test]
    fn actions_have_no_version_in_them() {
        let c = Catalogue::new();
        assert_eq!(
            c.named("ListFunctions20150331").action,
            "lambda:ListFunctions"
        );
        assert_eq!(
            c.named("AddPermission20150331v2").action,
            "lambda:AddPermission"
        );
        assert_eq!(c.named("Decrypt").action, "kms:Decrypt");
    }
}
