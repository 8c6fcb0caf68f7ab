//! Objects and sources on their way to another process: where they lie, never
//! by whose credentials.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::path::Path as Location;
use serde::{Deserialize, Serialize};

use super::object::{Folder, Odd};
use super::place::StoredPart;
use super::{LogObject, Source};
use crate::compact::{Destination, Part};

/// A source as another process opens it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum SentSource {
    /// A file or a folder, at the same path there.
    Local,
    /// `s3://bucket/prefix`, with the credentials that are there.
    Bucket(String),
}

impl SentSource {
    /// The source as it is sent.
    ///
    /// # Errors
    /// If it is in this process alone.
    pub(crate) fn of(source: &Source) -> Result<Self, String> {
        match source {
            Source::Local(_) => Ok(Self::Local),
            Source::Bucket(bucket) => Ok(Self::Bucket(bucket.to_string())),
            Source::Stdin => Err("standard input cannot be sent to a cluster\n\
                                  hint: give files that its executors can open"
                .to_owned()),
        }
    }
}

/// Objects as they are sent: those of a folder share it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct SentObjects {
    folders: Vec<SentFolder>,
    places: Vec<SentPlace>,
    objects: Vec<SentObject>,
}

/// Source, root, path, and where in it names begin that tell what lies below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SentFolder(usize, String, String, usize);

/// A place that was compacted into: its folder, or its prefix in the bucket that
/// its files are in, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SentPlace(Option<PathBuf>, String, String);

/// Folder, file, bytes, whether it was named itself, and how it is reached where
/// that is not by its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SentObject(usize, String, u64, bool, Option<SentWay>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum SentWay {
    /// Where the store has it.
    Location(String),
    /// What a manifest says of it, in the place of this number.
    Part(usize, Part),
}

impl SentPlace {
    /// The place, in the bucket of `source` if it is none of the file system.
    fn open(&self, source: Option<&Source>) -> Result<Destination, String> {
        let Self(folder, prefix, name) = self;
        match (folder, source) {
            (Some(folder), _) => Destination::to_look_at(folder).map_err(|e| e.to_string()),
            (None, Some(Source::Bucket(bucket))) => {
                let prefix = Location::parse(prefix).map_err(|e| e.to_string())?;
                Ok(Destination::bucket(
                    Arc::clone(bucket.store()),
                    prefix,
                    name,
                ))
            }
            (None, _) => Err(format!("`{name}` is in none of the buckets that were sent")),
        }
    }
}

impl SentObjects {
    /// Objects as they are sent.
    ///
    /// # Errors
    /// If one cannot be named to another process.
    pub(crate) fn of(objects: &[LogObject]) -> Result<Self, String> {
        let mut sent = Self::default();
        let mut last: Option<&Arc<Folder>> = None;
        for object in objects {
            if !last.is_some_and(|l| Arc::ptr_eq(l, &object.folder)) {
                let Folder {
                    source,
                    root,
                    path,
                    begins,
                } = &*object.folder;
                let folder = SentFolder(*source, root.to_string(), path.clone(), *begins);
                sent.folders.push(folder);
                last = Some(&object.folder);
            }
            let odd = match object.odd.as_deref() {
                None => None,
                Some(Odd::Location(location)) => Some(SentWay::Location(location.to_string())),
                Some(Odd::Part(part)) => Some(sent.part(part)),
                Some(Odd::File(_)) => {
                    return Err(format!(
                        "`{object}` has a name that is not UTF-8 and cannot be sent to a cluster"
                    ));
                }
                Some(Odd::Stdin) => return SentSource::of(&Source::Stdin).map(|_| sent),
            };
            let folder = sent.folders.len().saturating_sub(1);
            let file = object.file.to_string();
            let object = SentObject(folder, file, object.size, object.given, odd);
            sent.objects.push(object);
        }
        Ok(sent)
    }

    fn part(&mut self, part: &StoredPart) -> SentWay {
        let dest = part.dest();
        let place = SentPlace(
            dest.local().map(Path::to_owned),
            dest.prefix().to_string(),
            dest.name().to_owned(),
        );
        let known = self.places.iter().position(|p| *p == place);
        let at = known.unwrap_or_else(|| {
            self.places.push(place);
            self.places.len() - 1
        });
        SentWay::Part(at, part.part.clone())
    }

    /// The objects again, of `sources`. A relative path is one below `base`; it is
    /// still shown as it was.
    ///
    /// # Errors
    /// If what came is not what was sent.
    pub(crate) fn objects(
        &self,
        base: &Path,
        sources: &[Source],
    ) -> Result<Vec<LogObject>, String> {
        let folders: Vec<_> = self
            .folders
            .iter()
            .map(|SentFolder(source, root, path, begins)| {
                Arc::new(Folder {
                    source: *source,
                    root: root.as_str().into(),
                    path: path.clone(),
                    begins: *begins,
                })
            })
            .collect();
        // A place may be in several sources; each opens it once.
        let mut opened = HashMap::new();
        let objects = self.objects.iter();
        objects
            .map(|SentObject(folder, file, size, given, way)| {
                let folder = folders.get(*folder).ok_or("an object is in no folder")?;
                let path = PathBuf::from(format!("{}{file}", folder.path));
                let odd = match way {
                    Some(SentWay::Location(location)) => {
                        let location = Location::parse(location).map_err(|e| e.to_string())?;
                        Some(Odd::Location(location))
                    }
                    Some(SentWay::Part(at, part)) => {
                        let place = self.places.get(*at).ok_or("a file is in no place")?;
                        let dest = match opened.entry((*at, folder.source)) {
                            Entry::Occupied(dest) => Arc::clone(dest.get()),
                            Entry::Vacant(free) => {
                                let dest = place.open(sources.get(folder.source))?;
                                Arc::clone(free.insert(Arc::new(dest)))
                            }
                        };
                        let part = StoredPart::new(part.clone(), dest);
                        Some(Odd::Part(Arc::new(part)))
                    }
                    None if folder.root.is_empty() && path.is_relative() => {
                        Some(Odd::File(base.join(path)))
                    }
                    None => None,
                };
                Ok(LogObject {
                    folder: Arc::clone(folder),
                    file: file.as_str().into(),
                    odd: odd.map(Box::new),
                    size: *size,
                    given: *given,
                    modified: None,
                    etag: None,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(folder: &Arc<Folder>, file: &str, odd: Option<Odd>) -> LogObject {
        LogObject {
            folder: Arc::clone(folder),
            file: file.into(),
            odd: odd.map(Box::new),
            size: 7,
            given: true,
            modified: None,
            etag: None,
        }
    }

    fn folder(source: usize, root: &str, path: &str) -> Arc<Folder> {
        Arc::new(Folder {
            source,
            root: root.into(),
            path: path.to_owned(),
            begins: path.len().min(3),
        })
    }

    #[test]
    fn objects_come_back_as_they_were_sent() {
        let bucket = folder(1, "s3://b/", "AWSLogs/");
        let odd = Odd::Location(Location::from("AWSLogs/a%2Fb"));
        let absolute = folder(0, "", "/logs/");
        let sent = [
            object(&absolute, "a.json", None),
            object(&absolute, "b.json", None),
            object(&bucket, "c.gz", None),
            object(&bucket, "a//b", Some(odd)),
        ];
        let text = serde_json::to_string(&SentObjects::of(&sent).unwrap()).unwrap();
        let came: SentObjects = serde_json::from_str(&text).unwrap();
        assert_eq!(came.objects(Path::new("/elsewhere"), &[]).unwrap(), sent);
    }

    #[test]
    fn a_relative_path_is_opened_below_its_base_and_shown_as_it_was() {
        let sent = [object(&folder(0, "", "logs/"), "a.json", None)];
        let came = SentObjects::of(&sent).unwrap();
        let came = came.objects(Path::new("/base"), &[]).unwrap();
        assert_eq!(came[0].name(), "logs/a.json");
        assert_eq!(came[0].file().unwrap(), Path::new("/base/logs/a.json"));
    }

    #[test]
    fn a_file_that_a_manifest_names_keeps_what_it_says() {
        let place = tempfile::tempdir().unwrap();
        let dest = Arc::new(Destination::folder(place.path()).unwrap());
        let part = Part {
            path: "table=cloudtrail/a.parquet".to_owned(),
            rows: 3,
            first: Some(5),
            ..Part::default()
        };
        let stored = StoredPart::new(part, dest);
        let places = stored.places();
        let front = format!("{}/table=cloudtrail/", place.path().display());
        let odd = Odd::Part(Arc::new(stored));
        let sent = [object(&folder(0, "", &front), "a.parquet", Some(odd))];
        let text = serde_json::to_string(&SentObjects::of(&sent).unwrap()).unwrap();
        let came: SentObjects = serde_json::from_str(&text).unwrap();
        let came = came.objects(Path::new("/elsewhere"), &[]).unwrap();
        assert_eq!(came[0].part().unwrap().part, sent[0].part().unwrap().part);
        assert_eq!(came[0].part().unwrap().places(), places);
        assert_eq!(came[0].file(), sent[0].file());
    }

    #[test]
    fn a_place_of_a_bucket_is_opened_in_a_bucket() {
        let came: SentObjects = serde_json::from_str(
            r#"{"folders":[[0,"s3://b/","lake/",0]],"places":[[null,"lake","s3://b/lake"]],
                "objects":[[0,"a",1,false,{"Part":[0,{"path":"a","table":"","account":"",
                "region":"","day":null,"rows":1,"bytes":1,"first":null,"last":null,"run":""}]}]]}"#,
        )
        .unwrap();
        let here = [Source::Local(PathBuf::from("/"))];
        let error = came.objects(Path::new("/"), &here).unwrap_err();
        assert!(error.contains("`s3://b/lake` is in none"), "{error}");
    }

    #[test]
    fn what_is_in_this_process_alone_is_refused() {
        let here = [LogObject::stdin(0)];
        assert!(
            SentObjects::of(&here)
                .unwrap_err()
                .contains("standard input")
        );
        let odd = Odd::File(PathBuf::from("x"));
        let odd = [object(&folder(0, "", ""), "\u{fffd}", Some(odd))];
        assert!(SentObjects::of(&odd).unwrap_err().contains("not UTF-8"));
    }

    #[test]
    fn an_object_without_a_folder_is_an_error() {
        let came: SentObjects =
            serde_json::from_str(r#"{"folders":[],"places":[],"objects":[[0,"a",1,false,null]]}"#)
                .unwrap();
        assert!(came.objects(Path::new("/"), &[]).is_err());
    }
}
