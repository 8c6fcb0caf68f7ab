//! Writes findings and tallies for people and machines: text, JSON lines, CSV, OCSF.
