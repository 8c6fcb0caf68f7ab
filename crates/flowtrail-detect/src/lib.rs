//! Watches matches over time: windows, correlations, grouping; emits findings.
