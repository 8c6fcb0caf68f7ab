//! Functions on their way to another process. A name is not enough: some of ours
//! have one of `DataFusion`'s, and some rest on files that have to be the same
//! there.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::execution::FunctionRegistry as _;
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::registry::MemoryFunctionRegistry;
use datafusion::logical_expr::ScalarUDF;
use serde::{Deserialize, Serialize};

use super::call::Function;
use super::entry::Need;
use super::{Knowledge, entries};

/// Whose function a name means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Sent {
    /// Ours, with what it knows where it was planned.
    Ours(Option<String>),
    /// Another's, whose name one of ours has as well.
    Others,
}

/// What goes with the name of a function; nothing if its name says all.
pub(crate) fn encode(function: &ScalarUDF) -> Result<Vec<u8>> {
    let ours = function.inner().downcast_ref::<Function>();
    let sent = match ours {
        Some(ours) => Sent::Ours(ours.knows()),
        None if entries().any(|e| e.name == function.name()) => Sent::Others,
        None => return Ok(Vec::new()),
    };
    serde_json::to_vec(&sent).map_err(|e| exec_datafusion_err!("{e}"))
}

/// The function of this name. `here` is what this process knows, if it is one
/// that computes; another one passes on what it was told.
///
/// # Errors
/// If there is none, or this process knows something else.
pub(crate) fn decode(
    name: &str,
    sent: &[u8],
    here: Option<&Arc<Knowledge>>,
) -> Result<Arc<ScalarUDF>> {
    let sent: Sent = serde_json::from_slice(sent)
        .map_err(|e| exec_datafusion_err!("cannot read what is said of `{name}`: {e}"))?;
    let claim = match sent {
        Sent::Ours(claim) => claim,
        Sent::Others => return others(name),
    };
    let entry = entries().find(|entry| entry.name == name);
    let entry = entry.ok_or_else(|| exec_datafusion_err!("there is no function `{name}`"))?;
    let Some(here) = here else {
        let nothing = Arc::new(Knowledge::default());
        let function = Function::new(entry, &nothing).claiming(claim);
        return Ok(Arc::new(ScalarUDF::from(function)));
    };
    let function = Function::new(entry, here);
    let knows = function.knows();
    if knows != claim {
        let there = claim.as_deref().unwrap_or("nothing");
        let here = knows.as_deref().unwrap_or("nothing");
        return exec_err!(
            "`{name}` rests on {there} where the query was asked, and on {here} in an executor\n\
             hint: start executors with the same --context and --geo as the query"
        );
    }
    Ok(Arc::new(ScalarUDF::from(function)))
}

/// A function that is not ours.
fn others(name: &str) -> Result<Arc<ScalarUDF>> {
    static OTHERS: LazyLock<HashMap<String, Arc<ScalarUDF>>> = LazyLock::new(|| {
        let mut json = MemoryFunctionRegistry::new();
        // A registry in memory takes every function.
        let registered = datafusion_functions_json::register_all(&mut json);
        let json = json
            .udfs()
            .into_iter()
            .filter_map(|name| json.udf(&name).ok());
        let json: Vec<_> = json.filter(|_| registered.is_ok()).collect();
        let default = SessionStateDefaults::default_scalar_functions();
        let all = default.into_iter().chain(json);
        all.map(|f| (f.name().to_owned(), f)).collect()
    });
    let function = OTHERS.get(name).map(Arc::clone);
    function.ok_or_else(|| exec_datafusion_err!("there is no function `{name}`"))
}

impl Knowledge {
    /// What of it a function rests on, as far as two processes have to agree:
    /// the version of the context file, or what a file of addresses says of
    /// itself.
    pub(super) fn version(&self, need: Need) -> Option<String> {
        match need {
            Need::Context => {
                let context = self.context.as_ref()?;
                Some(format!("version {} of the context file", context.version()))
            }
            Need::Countries | Need::Systems => {
                let files = self.places.as_ref()?.files();
                let said = files.map(|file| {
                    let (sort, built) = (file.sort, file.built);
                    format!("{sort} built at {built} with {} nodes", file.nodes)
                });
                Some(said.collect::<Vec<_>>().join(" and "))
            }
            Need::Field => {
                let all = [Need::Context, Need::Countries].into_iter();
                let all: Vec<String> = all.filter_map(|need| self.version(need)).collect();
                (!all.is_empty()).then(|| all.join(" and "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use flowtrail_context::Context;

    use super::*;

    fn knowing(alias: &str) -> Arc<Knowledge> {
        let text = format!(
            "version: 1\nenvironments: [prod]\naccounts: [{{id: \"111122223333\", alias: {alias}, environment: prod}}]\n"
        );
        let (context, _) = Context::parse("context.yaml", &text).unwrap();
        Arc::new(Knowledge {
            context: Some(Arc::new(context)),
            ..Knowledge::default()
        })
    }

    fn ours(name: &str, knowledge: &Arc<Knowledge>) -> ScalarUDF {
        let entry = entries().find(|e| e.name == name).unwrap();
        ScalarUDF::from(Function::new(entry, knowledge))
    }

    #[test]
    fn a_function_that_knows_something_wants_the_same_there() {
        let asked = knowing("one");
        let sent = encode(&ours("environment", &asked)).unwrap();
        // A scheduler knows nothing, and passes on what it was told.
        let passed = decode("environment", &sent, None).unwrap();
        assert_eq!(encode(&passed).unwrap(), sent);
        assert!(decode("environment", &sent, Some(&knowing("one"))).is_ok());
        let error = decode("environment", &sent, Some(&knowing("two"))).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("`environment` rests on version"), "{error}");
        let error = decode("environment", &sent, Some(&Arc::default())).unwrap_err();
        assert!(error.to_string().contains("and on nothing in an executor"));
        // Which field it is asked for is not known yet, so all of it has to agree.
        let sent = encode(&ours("derived_field", &asked)).unwrap();
        assert!(decode("derived_field", &sent, Some(&knowing("one"))).is_ok());
        let error = decode("derived_field", &sent, Some(&knowing("two"))).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("`derived_field` rests on version")
        );
        let sent = encode(&ours("derived_field", &Arc::default())).unwrap();
        assert!(decode("derived_field", &sent, Some(&Arc::default())).is_ok());
        // One that knows nothing is the same everywhere.
        let sent = encode(&ours("principal", &asked)).unwrap();
        assert!(decode("principal", &sent, Some(&Arc::default())).is_ok());
    }

    #[test]
    fn a_name_that_two_functions_have_is_told_apart() {
        let theirs = others("split_part").unwrap();
        assert!(theirs.inner().downcast_ref::<Function>().is_none());
        let came = decode("split_part", &encode(&theirs).unwrap(), None).unwrap();
        assert_eq!(came, theirs);
        let mine = ours("split_part", &Arc::default());
        let came = decode("split_part", &encode(&mine).unwrap(), None).unwrap();
        assert!(came.inner().downcast_ref::<Function>().is_some());
        // A name that nobody else has says all.
        assert_eq!(encode(&others("upper").unwrap()).unwrap(), b"");
        assert!(decode("split_part", b"?", None).is_err());
        assert!(decode("no_such", br#"{"Ours":null}"#, None).is_err());
    }
}
