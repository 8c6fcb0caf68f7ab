//! What a long history promises.

mod novelty;
mod planted;
