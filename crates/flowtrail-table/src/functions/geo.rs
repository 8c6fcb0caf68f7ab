//! Countries and autonomous systems of addresses, from files in MaxMind's
//! format. Their makers name the fields differently; the usual names are tried.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;
use maxminddb::{LookupResult, PathElement, Reader};
use serde::Deserialize;

use super::Knowledge;
use super::entry::{Entry, Group, Need, Returns, argument};
use super::inputs::Inputs;
use super::kind::Kind;
use super::net::address;

/// A file in MaxMind's format, held in memory.
pub type Database = Arc<Reader<Vec<u8>>>;

type Found<'r> = LookupResult<'r, Vec<u8>>;

/// The functions of this module.
#[rustfmt::skip] // One function, one block: it is read as a table.
pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "country", aliases: &[], group: Group::Network,
        arguments: &[argument("ip", Kind::Text, "an address")],
        returns: Returns::Text, needs: Some(Need::Country),
        run: |inputs, knowledge| texts(inputs, knowledge.country.as_ref(), &[&["country", "iso_code"], &["country_code"], &["country"]]),
        doc: "The country of an address as two letters of ISO 3166, by the file that `--country-db` names. Null for an address that is not in it.",
        example: ("country('203.0.113.7')", "DE"),
    },
    Entry {
        name: "asn", aliases: &[], group: Group::Network,
        arguments: &[argument("ip", Kind::Text, "an address")],
        returns: Returns::Integer, needs: Some(Need::Asn), run: asn,
        doc: "The number of the autonomous system of an address, by the file that `--asn-db` names. Null for an address that is not in it.",
        example: ("asn('203.0.113.7')", "64500"),
    },
    Entry {
        name: "as_name", aliases: &[], group: Group::Network,
        arguments: &[argument("ip", Kind::Text, "an address")],
        returns: Returns::Text, needs: Some(Need::Asn),
        run: |inputs, knowledge| texts(inputs, knowledge.asn.as_ref(), &[&["autonomous_system_organization"], &["as_name"], &["name"]]),
        doc: "Who runs the autonomous system of an address, by the file that `--asn-db` names. Null for an address that is not in it.",
        example: ("as_name('203.0.113.7')", "Example Net"),
    },
];

/// What the file has of an address. A file of IPv4 alone has nothing of IPv6.
fn lookup<'r>(database: &'r Database, text: &str) -> Option<Found<'r>> {
    let found = database.lookup(address(text)?).ok()?;
    found.has_data().then_some(found)
}

/// The value at the first path that leads to one of this type.
fn first<'r, T: Deserialize<'r>>(found: &Found<'r>, paths: &[&[&str]]) -> Option<T> {
    paths.iter().find_map(|path| {
        let keys: Vec<_> = path.iter().map(|key| PathElement::Key(key)).collect();
        found.decode_path(&keys).ok().flatten()
    })
}

fn texts(inputs: &Inputs<'_>, database: Option<&Database>, paths: &[&[&str]]) -> Result<ArrayRef> {
    let ip = inputs.text(0);
    inputs.borrowed(|row| {
        let found = database.and_then(|database| lookup(database, ip.get(row)?));
        Ok(found.and_then(|found| first::<&str>(&found, paths)))
    })
}

fn asn(inputs: &Inputs<'_>, knowledge: &Knowledge) -> Result<ArrayRef> {
    let (ip, database) = (inputs.text(0), knowledge.asn.as_ref());
    inputs.integers(|row| {
        let found = database.and_then(|database| lookup(database, ip.get(row)?));
        Ok(found
            .and_then(|found| {
                let number = first::<u32>(&found, &[&["autonomous_system_number"], &["asn"]]);
                number.or_else(|| {
                    first::<&str>(&found, &[&["asn"]])?
                        .strip_prefix("AS")?
                        .parse()
                        .ok()
                })
            })
            .map(i64::from))
    })
}
