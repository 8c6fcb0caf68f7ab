use super::*;
use crate::mmdb::{Mmdb, Value, city, system, text};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn read(name: &str, bytes: Vec<u8>) -> Result<Places, PlacesError> {
    Places::read([(name.to_owned(), bytes)])
}

fn cities() -> Vec<u8> {
    let mut file = Mmdb::new();
    file.say("198.51.0.0/16", &city("DE", 50.11, 8.68, 20));
    file.say("198.51.100.0/24", &city("AT", 48.21, 16.37, 20));
    file.say("2001:db8::/32", &city("FR", 48.86, 2.34, 20));
    file.finish("GeoLite2-City")
}

#[test]
fn the_longest_network_counts() {
    let places = read("cities", cities()).unwrap();
    for (address, expected) in [
        ("198.51.7.7", Some("DE")),
        ("198.51.100.7", Some("AT")),
        ("198.52.0.0", None),
        ("2001:db8:1::1", Some("FR")),
        ("2001:db9::1", None),
        ("::ffff:198.51.7.7", Some("DE")),
    ] {
        assert_eq!(places.country(ip(address)), expected, "{address}");
    }
    let about = places.files().next().unwrap();
    let built = about.built.to_string();
    assert_eq!(
        (about.name, about.sort, &*built),
        ("cities", "GeoLite2-City", "2026-11-02T00:00:00Z")
    );
    let tells = Tells {
        countries: true,
        systems: false,
        places: true,
    };
    assert_eq!((about.tells, about.damaged), (tells, 0));
}

#[test]
fn files_of_other_makers() {
    // IPinfo Lite, which writes the country out as well, and IPinfo's places.
    let lite = Value::Map(vec![
        ("country", text("France")),
        ("country_code", text("FR")),
        ("asn", text("AS64501")),
        (
            "as_name",
            text("Example Net with a name of more than thirty letters"),
        ),
    ]);
    let located = Value::Map(vec![
        ("country", text("ES")),
        ("lat", text("40.42")),
        ("lng", text("-3.70")),
    ]);
    let mut file = Mmdb::new();
    file.say("203.0.113.0/25", &lite);
    let mut more = Mmdb::of_v4();
    more.say("203.0.113.0/24", &located);
    let places = Places::read([
        ("lite".to_owned(), file.finish("ipinfo lite")),
        ("located".to_owned(), more.finish("ipinfo location")),
    ])
    .unwrap();
    let near = ip("203.0.113.7");
    assert_eq!(
        places.country(near),
        Some("FR"),
        "the first file that knows"
    );
    assert_eq!(places.country(ip("203.0.113.200")), Some("ES"));
    assert_eq!(places.system(near), Some(64_501));
    let name = places.system_name(near).unwrap();
    assert!(name.ends_with("thirty letters"), "{name}");
    let spot = places.spot(near).unwrap();
    assert_eq!((spot.latitude, spot.longitude), (40.42, -3.70));
    assert_eq!(places.spot(ip("2001:db8::1")), None, "a file of IPv4 alone");
    assert!(places.files().all(|f| f.damaged == 0));
}

#[test]
fn what_is_no_such_file_is_refused_with_a_hint() {
    let whole = cities();
    let mut other = Mmdb::new();
    other.say(
        "203.0.113.0/24",
        &Value::Map(vec![("is_anonymous", Value::Number(1))]),
    );
    for (bytes, reason, hint) in [
        (Vec::new(), "metadata", ".mmdb"),
        (b"cidr,country\n".to_vec(), "metadata", ".mmdb"),
        (whole[..whole.len() / 2].to_vec(), "metadata", "cut off"),
        (
            whole[whole.len() / 2..].to_vec(),
            "search tree",
            "fetched anew",
        ),
        (vec![0x1f, 0x8b, 8, 0], "compressed", "unpack"),
        (
            other.finish("GeoIP2-Anonymous-IP"),
            "`GeoIP2-Anonymous-IP`",
            "ASN",
        ),
        (
            Mmdb::new().finish("GeoLite2-City"),
            "neither countries",
            "cities",
        ),
    ] {
        let error = read("a.mmdb", bytes).unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with("cannot use `a.mmdb`: "), "{said}");
        assert!(error.reason.contains(reason), "{said}");
        assert!(error.hint.contains(hint), "{said}");
    }
}

#[test]
fn an_answer_that_is_damaged_is_none_and_is_counted() {
    let mut file = Mmdb::new();
    file.say("198.51.100.0/24", &city("DE", 50.11, 8.68, 20));
    let odd = file.value(&city("ES", 40.42, -3.7, 20));
    file.put("203.0.113.0/24", odd);
    // Beyond the data.
    file.put("192.0.2.0/24", 1 << 20);
    let mut bytes = file.finish("GeoLite2-City");
    let key = bytes.windows(8).rposition(|w| w == b"iso_code").unwrap();
    // A type that there is none of, in place of the code.
    bytes[key + 8] = 0;
    bytes[key + 9] = 99;
    let places = read("damaged", bytes).unwrap();
    assert_eq!(places.country(ip("198.51.100.1")), Some("DE"));
    assert_eq!(places.country(ip("203.0.113.1")), None);
    assert_eq!(places.spot(ip("192.0.2.1")), None);
    assert_eq!(places.files().map(|f| f.damaged).collect::<Vec<_>>(), [2]);
}

#[test]
fn values_that_cannot_be_are_none() {
    let mut file = Mmdb::new();
    file.say("198.51.100.0/24", &city("DE", 50.11, 8.68, 20));
    file.say("203.0.113.0/24", &city("Germany", 91.0, 8.68, 20));
    file.say("192.0.2.0/24", &city("de", f64::NAN, 8.68, 20));
    let mut systems = Mmdb::new();
    systems.say("198.51.100.0/24", &system(64_500, ""));
    systems.say(
        "203.0.113.0/24",
        &Value::Map(vec![("autonomous_system_number", text("AS-1"))]),
    );
    let places = Places::read([
        ("cities".to_owned(), file.finish("c")),
        ("systems".to_owned(), systems.finish("s")),
    ])
    .unwrap();
    for address in ["203.0.113.1", "192.0.2.1"].map(ip) {
        assert_eq!(
            (places.country(address), places.system(address)),
            (None, None)
        );
        assert_eq!(places.spot(address), None);
    }
    assert_eq!(places.system(ip("198.51.100.1")), Some(64_500));
    assert_eq!(places.system_name(ip("198.51.100.1")), None);
}

proptest::proptest! {
    /// Whatever is wrong in a file, it is an error or no answer.
    #[test]
    fn no_file_makes_a_panic(at in 0_usize..4096, with: u8, cut in 0_usize..64, address: u32) {
        let mut bytes = cities();
        let size = bytes.len();
        bytes[at % size] = with;
        bytes.truncate(size - cut.saturating_sub(60));
        if let Ok(places) = read("file", bytes) {
            for address in [IpAddr::from(address.to_be_bytes()), ip("198.51.100.1"), ip("2001:db8::1")] {
                let _ = (places.country(address), places.spot(address), places.system(address));
            }
        }
    }
}
