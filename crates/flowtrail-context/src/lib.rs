//! What is known about who and where: adds derived fields (flowtrail.*) to events.
