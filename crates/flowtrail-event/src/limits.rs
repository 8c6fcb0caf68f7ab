//! The one place for every limit, each with its reason.

/// Upper bounds that keep memory and time bounded whatever the input. Reaching
/// one is counted and shown, never silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one record. AWS writes at most 1 MB a record (`CloudTrail` Lake;
    /// 256 KB in trails), so sixteen times that is not a record.
    pub record_bytes_max: usize,
    /// Nesting of a JSON record. Real records stay below 20; deeper ones are
    /// built to exhaust a stack.
    pub nesting_max: u32,
    /// Inflated bytes of one object. A trail object is at most 50 MB compressed
    /// and inflates about twelvefold; beyond 8 GiB it is a bomb.
    pub inflated_bytes_max: u64,
    /// Open (rule, group) pairs over all correlation rules; beyond it memory
    /// would grow with the number of principals and addresses in the log.
    pub window_groups_max: usize,
    /// Matches held by the windows of all correlation rules, about 100 bytes each.
    pub window_entries_max: usize,
    /// Stored bytes of logs whose windows are held whole. Windows over more are
    /// read in the order of delivery and hold days of it, which asks that keys
    /// tell when an object was delivered.
    pub whole_bytes_max: u64,
    /// Distinct values kept in the evidence of one finding; the rest is counted.
    pub evidence_values_max: usize,
    /// Findings kept from one object. A rule that fires on every record must
    /// not fill the memory of its host.
    pub findings_per_object_max: usize,
    /// Findings kept by one run; about 1 KB each.
    pub findings_max: usize,
    /// Skips of one object that are kept one by one with their offset; all are
    /// counted.
    pub skips_listed_max: usize,
    /// How much later than newer events an event may arrive and still count in
    /// a window, in seconds. Flow logs take up to 20 minutes to land.
    pub lateness_secs_max: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes_max: 16 << 20,
            nesting_max: 100,
            inflated_bytes_max: 8 << 30,
            window_groups_max: 2_000_000,
            window_entries_max: 10_000_000,
            whole_bytes_max: 256 << 20,
            evidence_values_max: 20,
            findings_per_object_max: 100_000,
            findings_max: 2_000_000,
            skips_listed_max: 100,
            lateness_secs_max: 20 * 60,
        }
    }
}
