//! What it costs to know where an address is, with a file of a million networks,
//! which is as large as those of cities that are sold.
//!
//! ```text
//! cargo bench --profile dist -p flowtrail-context --bench places
//! ```
//! Every answer is asserted to be what was put into the file. Times are the best of
//! some rounds, over addresses in no order; `one again` is the same address each
//! time.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a bench prints figures and stops at the first surprise"
)]

mod dice;
mod measure;
#[path = "../mmdb.rs"]
mod mmdb;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use flowtrail_context::{Derivation, Given, Places};
use flowtrail_event::{Event, Kind, Projection, RawRecord, Record, Service};

use dice::Dice;
use measure::{best, nanos_each, timed, wall};
use mmdb::{Mmdb, Value, city, system};

/// Each step is run so often; the best time counts.
const ROUNDS: usize = 7;
/// Addresses that are looked up in a round.
const ADDRESSES: usize = 100_000;
/// Countries of the file.
const COUNTRIES: [&str; 8] = ["DE", "FR", "US", "BR", "IN", "JP", "ZA", "AU"];

/// A file, and what it says of which network.
struct Made {
    bytes: Vec<u8>,
    countries: BTreeMap<u32, usize>,
}

/// A file of so many networks of 256 addresses, with names in eight languages
/// beside what is asked for, as files that are sold have them.
fn make(networks: usize) -> Made {
    let mut file = Mmdb::new();
    let mut dice = Dice(7);
    let values: Vec<u32> = (0..20_000)
        .map(|n| file.value(&record(n, COUNTRIES[n % COUNTRIES.len()])))
        .collect();
    let mut countries = BTreeMap::new();
    while countries.len() < networks {
        let network = u32::try_from(dice.below(1 << 24)).unwrap() << 8;
        let address = Ipv4Addr::from(network);
        let private = address.is_private() || address.is_loopback() || address.is_link_local();
        if private || address.is_multicast() || address.octets()[0] == 100 || network == 0 {
            continue;
        }
        let value = dice.below(values.len());
        countries.insert(network, value % COUNTRIES.len());
        file.put(&format!("{address}/24"), values[value]);
    }
    let bytes = file.finish("Bench-City-ASN");
    Made { bytes, countries }
}

fn record(n: usize, country: &str) -> Value {
    let languages = ["de", "en", "es", "fr", "ja", "pt-BR", "ru", "zh-CN"];
    let names = languages.map(|l| (l, mmdb::text(&format!("city {n}"))));
    let mut all = vec![(
        "city",
        Value::Map(vec![("names", Value::Map(names.to_vec()))]),
    )];
    let number = u32::try_from(n).unwrap();
    let degrees = f64::from(number % 90);
    for value in [
        city(country, degrees, degrees, 20),
        system(number, "Example Net"),
    ] {
        if let Value::Map(pairs) = value {
            all.extend(pairs);
        }
    }
    Value::Map(all)
}

fn main() {
    println!(
        "| networks | bytes | open | country | place | system | one again | three fields of a call |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for networks in [1_000, 1_000_000] {
        let made = make(networks);
        let size = made.bytes.len();
        let (opened, places) = timed(wall, || Places::read([("bench".to_owned(), made.bytes)]));
        let places = places.unwrap();
        let mut dice = Dice(11);
        let known: Vec<_> = made.countries.iter().collect();
        let asked: Vec<IpAddr> = (0..ADDRESSES)
            .map(|_| {
                let (network, country) = known[dice.below(known.len())];
                let address = IpAddr::from(Ipv4Addr::from(network + 7));
                assert_eq!(places.country(address), Some(COUNTRIES[*country]));
                address
            })
            .collect();
        let places = Arc::new(places);
        let all = |ask: &dyn Fn(IpAddr) -> bool| time(&asked, |a| ask(*a));
        println!(
            "| {networks} | {:.1} MB | {:.1} ms | {:.0} ns | {:.0} ns | {:.0} ns | {:.0} ns | {:.0} ns |",
            size as f64 / 1e6,
            opened.as_secs_f64() * 1e3,
            all(&|a| places.country(a).is_some()),
            all(&|a| places.spot(a).is_some()),
            all(&|a| places.system(a).is_some()),
            all(&|_| places.country(asked[0]).is_some()),
            calls(&places, &asked),
        );
    }
}

struct Nothing;

impl RawRecord for Nothing {
    fn write_json(&self, _: &mut Vec<u8>) {}
}

/// Country, place and system of calls.
fn calls(places: &Arc<Places>, asked: &[IpAddr]) -> f64 {
    let mut projection = Projection::new();
    for field in ["country", "place", "asn"] {
        projection.slot(&format!("flowtrail.{field}"));
    }
    let given = Given {
        places: Some(Arc::clone(places)),
        ..Given::default()
    };
    let derivation = Derivation::plan_given(&mut projection, Kind::CloudTrail, &given).unwrap();
    let source = projection.find("sourceIPAddress").unwrap();
    let texts: Vec<String> = asked.iter().map(ToString::to_string).collect();
    let mut record = Record::new(projection.len());
    let record = std::cell::RefCell::new(&mut record);
    time(&texts, |text| {
        let mut record = record.borrow_mut();
        record.clear();
        record.push_own_text(source, text.as_bytes());
        let mut event = Event::new(Service::CloudTrail, &mut record, b"", &Nothing);
        derivation.apply(&mut event);
        record.len() == 4
    })
}

/// Nanoseconds for each of `all`, of which each has to come out true.
fn time<T>(all: &[T], ask: impl Fn(&T) -> bool) -> f64 {
    let right = || all.iter().filter(|a| black_box(ask(black_box(a)))).count();
    let (time, right) = best(wall, ROUNDS, right);
    assert_eq!(right, all.len());
    nanos_each(time, all.len())
}
