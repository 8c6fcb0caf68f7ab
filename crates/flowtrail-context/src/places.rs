//! Where addresses of the internet are, by files in `MaxMind`'s format that the
//! user supplies.
//!
//! Their makers name the fields differently; the usual names are tried:
//! `GeoLite2` and `GeoIP2` of `MaxMind`, `DB-IP` Lite, and `IPinfo` Lite. Files
//! are handed in as bytes. One that is no such file, or that tells none of these
//! things, is an error. What is damaged inside a file shows only when somebody
//! asks for it: it is no answer, and counted.
//!
//! The format: <https://maxmind.github.io/MaxMind-DB/>.

mod error;
mod file;
mod scalar;

use std::net::IpAddr;

use flowtrail_event::EventTime;

pub use error::PlacesError;
use file::File;

/// What a file tells of addresses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tells {
    /// In which country they are.
    pub countries: bool,
    /// In which autonomous system they are.
    pub systems: bool,
    /// Where on the globe they are.
    pub places: bool,
}

impl Tells {
    const fn and(self, other: Self) -> Self {
        Self {
            countries: self.countries || other.countries,
            systems: self.systems || other.systems,
            places: self.places || other.places,
        }
    }
}

/// What a file says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacesFile<'p> {
    /// The name under which it was handed in.
    pub name: &'p str,
    /// What sort of database it calls itself, such as `GeoLite2-City`.
    pub sort: &'p str,
    /// When it was made.
    pub built: EventTime,
    /// Its search tree has so many nodes.
    pub nodes: u32,
    /// What it tells.
    pub tells: Tells,
    /// Answers so far that could not be read, because the file is damaged.
    pub damaged: u64,
}

/// A point on the globe, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// North of the equator; south of it is negative.
    pub latitude: f64,
    /// East of Greenwich; west of it is negative.
    pub longitude: f64,
}

/// Where addresses are. Of several files that tell the same, the first that
/// knows an address is heard.
#[derive(Debug)]
pub struct Places {
    files: Vec<File>,
}

impl Places {
    /// Reads files, each with the name that errors and summaries call it by.
    ///
    /// # Errors
    /// The first of them that is not in `MaxMind`'s format, is cut off, or tells
    /// neither countries nor autonomous systems nor places.
    pub fn read(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Self, PlacesError> {
        let files = files
            .into_iter()
            .map(|(name, bytes)| File::read(name, bytes));
        Ok(Self {
            files: files.collect::<Result<_, _>>()?,
        })
    }

    /// The country of an address, as two letters of ISO 3166.
    #[must_use]
    pub fn country(&self, address: IpAddr) -> Option<&str> {
        self.first(address, File::country)
    }

    /// The number of the autonomous system of an address.
    #[must_use]
    pub fn system(&self, address: IpAddr) -> Option<u32> {
        self.first(address, File::system)
    }

    /// Who runs the autonomous system of an address.
    #[must_use]
    pub fn system_name(&self, address: IpAddr) -> Option<&str> {
        self.first(address, File::system_name)
    }

    /// Where an address is. None where the file says that it may be 500
    /// kilometres off.
    #[must_use]
    pub fn spot(&self, address: IpAddr) -> Option<Spot> {
        self.first(address, File::spot)
    }

    /// What all files together tell.
    #[must_use]
    pub fn tells(&self) -> Tells {
        let tells = self.files.iter().map(File::tells);
        tells.fold(Tells::default(), Tells::and)
    }

    /// How findings name the files: what sort of database each is and when it was
    /// made, which tells one release from the next wherever it lies.
    #[must_use]
    pub fn name(&self) -> String {
        let names: Vec<String> = self
            .files()
            .map(|file| format!("{} {}", file.sort, file.built))
            .collect();
        names.join(", ")
    }

    /// What the files say of themselves.
    pub fn files(&self) -> impl Iterator<Item = PlacesFile<'_>> {
        self.files.iter().map(File::about)
    }

    /// What the first file that knows says of an address.
    fn first<'p, T>(
        &'p self,
        address: IpAddr,
        ask: impl Fn(&'p File, IpAddr) -> Option<T>,
    ) -> Option<T> {
        let address = address.to_canonical();
        self.files.iter().find_map(|file| ask(file, address))
    }
}

#[cfg(test)]
mod tests;
