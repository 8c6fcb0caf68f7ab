use super::*;
use maxminddb::{Reader, geoip2};

fn reader() -> Reader<Vec<u8>> {
    Reader::from_source(database()).unwrap()
}

/// Country, latitude and system of an address.
fn find(reader: &Reader<Vec<u8>>, address: &str) -> (Option<String>, Option<f64>, Option<u32>) {
    let found = reader.lookup(address.parse().unwrap()).unwrap();
    let city: Option<geoip2::City<'_>> = found.decode().unwrap();
    let system: Option<geoip2::Asn<'_>> = found.decode().unwrap();
    let country = city
        .as_ref()
        .and_then(|c| c.country.iso_code.map(str::to_owned));
    let latitude = city.and_then(|c| c.location.latitude);
    (
        country,
        latitude,
        system.and_then(|s| s.autonomous_system_number),
    )
}

#[test]
fn another_reader_finds_every_network() {
    let reader = reader();
    for network in (0..250).step_by(7) {
        for sort in [Sort::Home, Sort::Hosting, Sort::Supplier] {
            let provider = Provider(sort, network);
            let (country, latitude, system) = find(&reader, &provider.address(77).to_string());
            assert_eq!(country.as_deref(), Some(provider.city().country));
            assert_eq!(latitude, Some(provider.city().latitude));
            assert!(system >= Some(PRIVATE_SYSTEMS));
        }
    }
}

#[test]
fn the_company_is_where_its_offices_are() {
    let reader = reader();
    assert_eq!(find(&reader, "192.0.2.5").0.as_deref(), Some("DE"));
    assert_eq!(find(&reader, "192.0.2.7").0.as_deref(), Some("DE"));
    assert_eq!(find(&reader, "192.0.2.6").0.as_deref(), Some("US"));
    let (country, latitude, system) = find(&reader, "198.51.100.34");
    assert_eq!((country, latitude), (None, None));
    assert!(system.is_some());
}

#[test]
fn nothing_is_known_of_anybody_else() {
    let reader = reader();
    for address in [
        "8.8.8.8",
        "192.0.3.1",
        "10.0.0.1",
        "254.1.1.1",
        "2001:db8::1",
    ] {
        assert_eq!(find(&reader, address), (None, None, None), "{address}");
    }
}
