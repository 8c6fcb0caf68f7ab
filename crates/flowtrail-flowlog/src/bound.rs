//! A format together with what a projection wants of it.

use flowtrail_event::{Projection, Service, SlotId};

use crate::fields::{FieldInfo, field};
use crate::format::Format;

/// A value that goes from a column into a slot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) column: usize,
    pub(crate) slot: SlotId,
    pub(crate) percent_encoded: bool,
}

/// Where everything stands that a line is asked for, worked out once for each
/// format.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub(crate) format: Format,
    pub(crate) service: Service,
    pub(crate) wanted: Vec<Wanted>,
    /// Columns that have to be numbers, projected or not: whether a record is
    /// bad must not depend on who looks at it.
    pub(crate) numbers: Vec<usize>,
    pub(crate) version: Option<usize>,
    pub(crate) start: Option<usize>,
    pub(crate) end: Option<usize>,
    pub(crate) log_status: Option<usize>,
}

impl Bound {
    pub(crate) fn new(format: Format, projection: &Projection) -> Self {
        let columns = format.columns();
        let names: Vec<_> = columns.iter().map(|c| (c.name.as_str(), c.info)).collect();
        let wanted = wanted(&names, projection);
        let is_number =
            |(_, c): &(usize, &crate::format::Column)| c.info.is_some_and(|f| f.form.is_number());
        Self {
            service: format.service(),
            wanted,
            numbers: columns
                .iter()
                .enumerate()
                .filter(is_number)
                .map(|(n, _)| n)
                .collect(),
            version: format.position("version"),
            start: format.position("start"),
            end: format.position("end"),
            log_status: format.position("log-status"),
            format,
        }
    }
}

/// What `projection` wants of the columns: fields by either spelling of their
/// name, columns of unknown fields by their name as written.
pub(crate) fn wanted(
    columns: &[(&str, Option<&'static FieldInfo>)],
    projection: &Projection,
) -> Vec<Wanted> {
    let mut all = Vec::new();
    for (slot, name) in projection.read_fields() {
        let name = field(name).map_or(name, |f| f.name);
        for (column, (own, info)) in columns.iter().enumerate() {
            if *own == name {
                all.push(Wanted {
                    column,
                    slot,
                    percent_encoded: info.is_some_and(|f| f.percent_encoded),
                });
            }
        }
    }
    if let Some(slot) = projection.every_value() {
        all.extend(
            columns
                .iter()
                .enumerate()
                .map(|(column, (_, info))| Wanted {
                    column,
                    slot,
                    percent_encoded: info.is_some_and(|f| f.percent_encoded),
                }),
        );
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_is_bound() {
        let mut p = Projection::new();
        let dst = p.slot("dstaddr");
        p.slot("flowtrail.src.env");
        p.slot("not-in-the-format");
        let new = p.slot("brand-new");
        let under = p.slot("instance_tag");
        let format = Format::parse("srcaddr dstaddr brand-new instance-tag end").unwrap();
        let b = Bound::new(format, &p);
        let got: Vec<_> = b
            .wanted
            .iter()
            .map(|w| (w.column, w.slot, w.percent_encoded))
            .collect();
        assert_eq!(got, [(1, dst, false), (2, new, false), (3, under, true)]);
        assert_eq!(b.numbers, [4]);
        assert_eq!((b.end, b.start, b.log_status), (Some(4), None, None));
    }

    #[test]
    fn every_value_means_every_column() {
        let mut p = Projection::new();
        p.slot_for_every_value();
        assert_eq!(Bound::new(Format::vpc_default(), &p).wanted.len(), 14);
    }
}
