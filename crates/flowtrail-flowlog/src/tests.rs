//! Tests over whole inputs.

mod chunks;
mod parquet_damage;
mod parquet_files;
mod samples;
mod text_cases;
mod twin;
