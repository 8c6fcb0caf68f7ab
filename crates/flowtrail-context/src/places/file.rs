//! One file in `MaxMind`'s format, and the names that its fields have.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use flowtrail_event::EventTime;
use maxminddb::{LookupResult, MaxMindDbError, PathElement, Reader, WithinOptions};

use super::scalar::Scalar;
use super::{PlacesError, PlacesFile, Spot, Tells};

/// Networks that are looked at for what a file tells. It tells the same of nearly
/// all of them.
const SAMPLED: usize = 5_000;

/// How gzip begins, in which these files are mostly offered.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A place that may be so far off, in kilometres, is none: it is the middle of a
/// country.
const RADIUS_KM_MAX: f64 = 500.0;

type Found<'r> = LookupResult<'r, Vec<u8>>;
type Path = &'static [PathElement<'static>];

/// A path of keys.
macro_rules! path {
    ($($key:literal)+) => { &[$(PathElement::Key($key)),+] };
}

const COUNTRY: &[Path] = &[
    path!("country" "iso_code"),
    path!("country_code"),
    path!("country"),
];
const SYSTEM: &[Path] = &[path!("autonomous_system_number"), path!("asn")];
const SYSTEM_NAME: &[Path] = &[
    path!("autonomous_system_organization"),
    path!("as_name"),
    path!("name"),
];
const LATITUDE: &[Path] = &[
    path!("location" "latitude"),
    path!("latitude"),
    path!("lat"),
];
const LONGITUDE: &[Path] = &[
    path!("location" "longitude"),
    path!("longitude"),
    path!("lng"),
];
const RADIUS: &[Path] = &[path!("location" "accuracy_radius")];

/// Where a file has what; none where it does not tell it.
#[derive(Debug, Clone, Copy, Default)]
struct Paths {
    country: Option<Path>,
    system: Option<Path>,
    system_name: Option<Path>,
    latitude: Option<Path>,
    longitude: Option<Path>,
    radius: Option<Path>,
}

impl Paths {
    const fn tells(&self) -> Tells {
        Tells {
            countries: self.country.is_some(),
            systems: self.system.is_some(),
            places: self.latitude.is_some() && self.longitude.is_some(),
        }
    }

    /// Whether there is nothing more to be found out.
    const fn are_all_known(&self) -> bool {
        let tells = self.tells();
        tells.countries
            && tells.systems
            && tells.places
            && self.system_name.is_some()
            && self.radius.is_some()
    }

    /// Takes in what a network shows.
    fn learn(&mut self, found: Found<'_>) {
        type Fits = fn(Scalar<'_>) -> bool;
        let wanted: [(&mut Option<Path>, &[Path], Fits); 6] = [
            (&mut self.country, COUNTRY, |s| code(s).is_some()),
            (&mut self.system, SYSTEM, |s| s.system().is_some()),
            (&mut self.system_name, SYSTEM_NAME, |s| s.text().is_some()),
            (&mut self.latitude, LATITUDE, |s| s.number().is_some()),
            (&mut self.longitude, LONGITUDE, |s| s.number().is_some()),
            (&mut self.radius, RADIUS, |s| s.number().is_some()),
        ];
        for (known, paths, fits) in wanted {
            if known.is_none() {
                let leads =
                    |path: &&Path| matches!(found.decode_path(path), Ok(Some(s)) if fits(s));
                *known = paths.iter().find(leads).copied();
            }
        }
    }
}

/// Two letters of ISO 3166.
fn code(scalar: Scalar<'_>) -> Option<&str> {
    let is_code = |t: &&str| t.len() == 2 && t.bytes().all(|b| b.is_ascii_uppercase());
    scalar.text().filter(is_code)
}

/// A file, in memory.
#[derive(Debug)]
pub(super) struct File {
    name: String,
    reader: Reader<Vec<u8>>,
    paths: Paths,
    damaged: AtomicU64,
}

impl File {
    pub(super) fn read(name: String, bytes: Vec<u8>) -> Result<Self, PlacesError> {
        let refused = |file, reason, hint| PlacesError { file, reason, hint };
        if bytes.starts_with(&GZIP) {
            let hint = "unpack it first; the file in it ends in .mmdb";
            return Err(refused(name, "it is compressed".to_owned(), hint));
        }
        let reader = match Reader::from_source(bytes) {
            Ok(reader) => reader,
            Err(e) => {
                let hint = "give a file in MaxMind's format (.mmdb); one that is cut off has to \
                            be fetched anew";
                return Err(refused(name, e.to_string(), hint));
            }
        };
        let (paths, fault) = match sample(&reader) {
            Ok(sampled) => sampled,
            Err(e) => (Paths::default(), Some(e)),
        };
        let tells = paths.tells();
        if tells == Tells::default() {
            let (reason, hint) = match fault {
                Some(fault) => (fault.to_string(), "it is damaged: fetch it anew"),
                None => (
                    format!(
                        "it tells neither countries nor autonomous systems nor places; it is a \
                         database of type `{}`",
                        reader.metadata().database_type
                    ),
                    "databases of countries, cities and autonomous systems (ASN) do",
                ),
            };
            return Err(refused(name, reason, hint));
        }
        Ok(Self {
            name,
            reader,
            paths,
            damaged: AtomicU64::new(0),
        })
    }

    pub(super) const fn tells(&self) -> Tells {
        self.paths.tells()
    }

    pub(super) fn about(&self) -> PlacesFile<'_> {
        let about = self.reader.metadata();
        let built = i64::try_from(about.build_epoch).unwrap_or(0);
        PlacesFile {
            name: &self.name,
            sort: &about.database_type,
            built: EventTime::from_secs(built),
            nodes: about.node_count,
            tells: self.tells(),
            damaged: self.damaged.load(Ordering::Relaxed),
        }
    }

    pub(super) fn country(&self, address: IpAddr) -> Option<&str> {
        code(self.value(self.paths.country, address)?)
    }

    pub(super) fn system(&self, address: IpAddr) -> Option<u32> {
        self.value(self.paths.system, address)?.system()
    }

    pub(super) fn system_name(&self, address: IpAddr) -> Option<&str> {
        self.value(self.paths.system_name, address)?.text()
    }

    pub(super) fn spot(&self, address: IpAddr) -> Option<Spot> {
        let (latitude, longitude) = (self.paths.latitude?, self.paths.longitude?);
        let found = self.find(address)?;
        if let Some(radius) = self.paths.radius
            && let Some(km) = self.at(&found, radius)?.and_then(Scalar::number)
            && km >= RADIUS_KM_MAX
        {
            return None;
        }
        let degrees = |path, max: f64| {
            let degrees = self.at(&found, path)??.number()?;
            (degrees.abs() <= max).then_some(degrees)
        };
        Some(Spot {
            latitude: degrees(latitude, 90.0)?,
            longitude: degrees(longitude, 180.0)?,
        })
    }

    /// What it has of an address at a path, if it tells that.
    fn value(&self, path: Option<Path>, address: IpAddr) -> Option<Scalar<'_>> {
        let path = path?;
        self.at(&self.find(address)?, path)?
    }

    /// What it has of an address. A file of IPv4 alone has nothing of IPv6.
    fn find(&self, address: IpAddr) -> Option<Found<'_>> {
        if address.is_ipv6() && self.reader.metadata().ip_version == 4 {
            return None;
        }
        match self.reader.lookup(address) {
            Ok(found) => found.has_data().then_some(found),
            Err(_) => self.is_damaged(),
        }
    }

    /// What is at a path, which may be nothing; none if it is damaged.
    fn at<'f>(&self, found: &Found<'f>, path: Path) -> Option<Option<Scalar<'f>>> {
        match found.decode_path(path) {
            Ok(value) => Some(value),
            Err(_) => self.is_damaged(),
        }
    }

    /// Nothing, which is counted.
    #[cold]
    fn is_damaged<T>(&self) -> Option<T> {
        self.damaged.fetch_add(1, Ordering::Relaxed);
        None
    }
}

/// Where a file has what, by its first networks, and what kept them from being
/// read.
fn sample(reader: &Reader<Vec<u8>>) -> Result<(Paths, Option<MaxMindDbError>), MaxMindDbError> {
    let (mut paths, mut fault) = (Paths::default(), None);
    for network in reader.networks(WithinOptions::default())?.take(SAMPLED) {
        match network {
            Ok(found) => paths.learn(found),
            Err(e) => fault = fault.or(Some(e)),
        }
        if paths.are_all_known() {
            break;
        }
    }
    Ok((paths, fault))
}
