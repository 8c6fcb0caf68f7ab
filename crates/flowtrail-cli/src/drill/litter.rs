//! What a drill made, and its removal.

use flowtrail_aws::{Fault, FaultKind, ObjectRef};

use super::watch::Field;

/// Something that was made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    /// The log object.
    Log(ObjectRef),
    /// An object that the function wrote of it.
    Finding(ObjectRef),
    /// The queue, by its name: it has no URL yet when it is asked for.
    Queue(String),
    /// Its subscription, by its ARN.
    Subscription(String),
}

impl Thing {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Log(object) | Self::Finding(object) => match &object.version {
                Some(version) => format!("{} (version {version})", object.uri()),
                None => object.uri(),
            },
            Self::Queue(name) | Self::Subscription(name) => name.clone(),
        }
    }

    async fn remove(&self, field: &Field) -> Result<(), Fault> {
        match self {
            Self::Log(object) => field.drill.delete(object).await,
            Self::Finding(object) => field.objects.delete(&object.bucket, &object.key).await,
            Self::Queue(name) => field.drill.delete_queue(name).await,
            Self::Subscription(arn) => field.drill.unsubscribe(arn).await,
        }
    }

    const fn hint(&self) -> &'static str {
        match self {
            Self::Log(_) => {
                "an object that is locked stays until its time is over; it is small, and of no \
                 account"
            }
            Self::Finding(_) => "it carries the mark of a drill",
            Self::Queue(_) | Self::Subscription(_) => "remove it by hand",
        }
    }
}

/// Everything that was made, in the order of making.
#[derive(Debug, Default)]
pub(super) struct Litter(Vec<Thing>);

/// What could not be removed, and why.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) name: String,
    pub(super) why: String,
    pub(super) hint: &'static str,
}

impl Litter {
    pub(super) fn extend(&mut self, things: impl IntoIterator<Item = Thing>) {
        for thing in things {
            if !self.0.contains(&thing) {
                self.0.push(thing);
            }
        }
    }

    pub(super) fn has(&self, thing: &Thing) -> bool {
        self.0.contains(thing)
    }

    /// The log object as it was stored, in the place of the one that was to be.
    pub(super) fn log_is(&mut self, stored: ObjectRef) {
        self.0.retain(|t| !matches!(t, Thing::Log(_)));
        self.0.push(Thing::Log(stored));
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Removes everything, the latest first. What is not there is gone.
    pub(super) async fn clear(&self, field: &Field) -> Vec<Left> {
        let mut left = Vec::new();
        for thing in self.0.iter().rev() {
            match thing.remove(field).await {
                Ok(()) => {}
                Err(fault) if fault.kind == FaultKind::NotFound => {}
                Err(fault) => left.push(Left {
                    name: thing.name(),
                    why: fault.to_string(),
                    hint: thing.hint(),
                }),
            }
        }
        left
    }
}
