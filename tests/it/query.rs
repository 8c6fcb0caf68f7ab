//! `flowtrail query`: SQL with its answers as data files, and the command as
//! users and scripts meet it.

mod answers;
mod command;
mod compacted;
mod database;
mod foul;
mod input;
