//! What is known beside the logs.

use std::sync::Arc;

use crate::context::Context;
use crate::derived::Knowledge;
use crate::places::{Places, Tells};

/// What is known beside the logs, for whoever plans to derive fields.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The file in which an operator declares environments, segments and callers.
    pub context: Option<Arc<Context>>,
    /// Where addresses are.
    pub places: Option<Arc<Places>>,
    /// There will be a memory of what was seen before, which findings name so:
    /// the id of a baseline, or what it is.
    pub memory: Option<Arc<str>>,
}

impl Given {
    /// A context file, or nothing.
    #[must_use]
    pub fn context(context: Option<Arc<Context>>) -> Self {
        Self {
            context,
            ..Self::default()
        }
    }

    /// The same with a memory that findings name so.
    #[must_use]
    pub fn with_memory(self, name: &str) -> Self {
        Self {
            memory: Some(name.into()),
            ..self
        }
    }

    /// Whether it has some sort of knowledge.
    #[must_use]
    pub fn has(&self, knowledge: Knowledge) -> bool {
        let told = |what: fn(Tells) -> bool| self.places.as_ref().is_some_and(|p| what(p.tells()));
        match knowledge {
            Knowledge::Context => self.context.is_some(),
            Knowledge::Baseline => self.memory.is_some(),
            Knowledge::Countries => told(|tells| tells.countries),
            Knowledge::Systems => told(|tells| tells.systems),
            Knowledge::Places => told(|tells| tells.places),
        }
    }

    /// The sorts of knowledge that it has.
    #[must_use]
    pub fn knowledge(&self) -> Vec<Knowledge> {
        let all = Knowledge::ALL.into_iter();
        all.filter(|k| self.has(*k)).collect()
    }
}
