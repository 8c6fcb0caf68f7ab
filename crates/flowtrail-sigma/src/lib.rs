//! Compiles Sigma rules into one ruleset and says which rules an event matches, and why.
