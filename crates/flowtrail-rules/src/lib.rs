//! The rules that ship: each a Sigma file with its cases beside it. Data, no logic.
