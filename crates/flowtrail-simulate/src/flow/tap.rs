//! Lines that are written down for later, with what a label says of them.

use super::line::{Line, Owner};
use super::log::{FlowLog, SplicedLine};
use crate::label::LabelFlow;
use crate::world::World;

/// A line in the format of its flow log.
pub(crate) struct Tapped {
    pub(crate) flow: LabelFlow,
    /// The id of the flow log.
    pub(crate) log: String,
    pub(crate) line: SplicedLine,
}

/// What the flow log of an interface's owner makes of a line.
pub(crate) fn tap(world: &World, owner: &Owner<'_>, line: &Line) -> Tapped {
    let mut text = Vec::new();
    line.write(owner, FlowLog::format(world, owner.account), &mut text);
    Tapped {
        flow: LabelFlow {
            account: owner.account.id.clone(),
            interface: owner.interface.id.clone(),
            srcaddr: line.source.to_string(),
            dstaddr: line.target.to_string(),
            dstport: Some(line.target_port),
            action: line.action.name(),
            start: line.start,
            end: line.end,
            lines: 1,
            bytes: line.bytes,
        },
        log: owner.vpc.flow_log.clone(),
        line: SplicedLine {
            end: line.end,
            line: text,
        },
    }
}
