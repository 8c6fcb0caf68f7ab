//! A function as `DataFusion` calls it.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::interval_arithmetic::Interval;
use datafusion::logical_expr::preimage::PreimageResult;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature,
    TypeSignature, Volatility,
};

use super::entry::{Entry, Need};
use super::inputs::{Column, Inputs};
use super::kind::{Kind, is_date};
use super::{Knowledge, time};

/// One function with what it may have to know.
#[derive(Debug)]
pub(super) struct Function {
    entry: &'static Entry,
    knowledge: Arc<Knowledge>,
    signature: Signature,
    aliases: Vec<String>,
    documentation: Documentation,
    /// What it knows in the process that it was planned in, where that is
    /// another one.
    #[cfg(feature = "cluster")]
    claim: Option<String>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.entry.name == other.entry.name && Arc::ptr_eq(&self.knowledge, &other.knowledge)
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.entry.name.hash(state);
    }
}

impl Function {
    pub(super) fn new(entry: &'static Entry, knowledge: &Arc<Knowledge>) -> Self {
        Self {
            entry,
            knowledge: Arc::clone(knowledge),
            signature: signature(entry),
            aliases: entry.aliases.iter().map(|&a| a.to_owned()).collect(),
            documentation: documentation(entry),
            #[cfg(feature = "cluster")]
            claim: None,
        }
    }

    /// What it knows: here, or where it was planned.
    #[cfg(feature = "cluster")]
    pub(super) fn knows(&self) -> Option<String> {
        let known = || self.knowledge.version(self.entry.needs?);
        self.claim.clone().or_else(known)
    }

    /// The same function, which knew this where it was planned.
    #[cfg(feature = "cluster")]
    pub(super) fn claiming(mut self, claim: Option<String>) -> Self {
        self.claim = claim;
        self
    }

    fn refuse<T>(&self, what: &str, hint: &str) -> Result<T> {
        let name = self.entry.name;
        let text = format!("`{name}` {what}\nhint: {hint}");
        Err(DataFusionError::Plan(text))
    }

    fn check(&self, given: &[DataType]) -> Result<()> {
        let (least, most) = (self.entry.required(), self.entry.arguments.len());
        if given.len() < least || given.len() > most {
            let takes = match (least, most) {
                (1, 1) => "1 argument".to_owned(),
                (a, b) if a == b => format!("{a} arguments"),
                (a, b) if a + 1 == b => format!("{a} or {b} arguments"),
                (a, b) => format!("{a} to {b} arguments"),
            };
            let what = format!("takes {takes}, not {}", given.len());
            return self.refuse(&what, &self.entry.syntax());
        }
        for (argument, given) in self.entry.arguments.iter().zip(given) {
            if !argument.kind.fits(given) {
                let (name, kind) = (argument.name, argument.kind.name());
                let what = format!("takes {kind} as `{name}`, not {given}");
                return self.refuse(&what, argument.kind.hint(given));
            }
        }
        Ok(())
    }

    fn check_knowledge(&self) -> Result<()> {
        let knowledge = &self.knowledge;
        let tells = knowledge.places.as_ref().map(|p| p.tells());
        let tells = tells.unwrap_or_default();
        match self.entry.needs {
            Some(Need::Context) if knowledge.context.is_none() => self.refuse(
                "needs a context file and none is given",
                "`--context FILE` names the file that declares accounts, networks and segments",
            ),
            Some(Need::Countries) if !tells.countries => self.refuse(
                "needs a file with the countries of addresses and none is given",
                "`--geo FILE` names one in MaxMind's format (.mmdb)",
            ),
            Some(Need::Systems) if !tells.systems => self.refuse(
                "needs a file with the autonomous systems of addresses and none is given",
                "`--geo FILE` names one in MaxMind's format (.mmdb)",
            ),
            Some(Need::Context | Need::Countries | Need::Systems | Need::Field) | None => Ok(()),
        }
    }
}

/// Any types pass here, so that it is [`Function::check`] that says what is
/// wrong; the exact ones are what `SHOW FUNCTIONS` prints.
fn signature(entry: &Entry) -> Signature {
    let all: Vec<_> = entry.arguments.iter().map(|a| a.kind.example()).collect();
    let least = all.get(..entry.required()).unwrap_or_default().to_vec();
    let mut shapes = vec![TypeSignature::Exact(all.clone())];
    if least.len() < all.len() && !least.is_empty() {
        shapes.push(TypeSignature::Exact(least));
    }
    shapes.extend([TypeSignature::VariadicAny, TypeSignature::Nullary]);
    Signature::one_of(shapes, Volatility::Immutable)
}

fn documentation(entry: &Entry) -> Documentation {
    let section = DocSection {
        include: true,
        label: entry.group.label(),
        description: None,
    };
    let (call, answer) = entry.example;
    let example = format!("```sql\n> SELECT {call};\n{answer}\n```");
    let doc = Documentation::builder(section, entry.doc, entry.syntax());
    let doc = entry
        .arguments
        .iter()
        .fold(doc.with_sql_example(example), |doc, a| {
            doc.with_argument(a.name, a.doc)
        });
    doc.build()
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.entry.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        self.check(given)?;
        Ok(self.entry.returns.data_type(given))
    }

    /// Nothing is simplified; but it is here, after the types and before
    /// anything is read, that a query is told what is not known. `SHOW
    /// FUNCTIONS` lists the function all the same.
    fn simplify(&self, args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        self.check_knowledge()?;
        Ok(ExprSimplifyResult::Original(args))
    }

    fn preimage(
        &self,
        args: &[Expr],
        constant: &Expr,
        info: &SimplifyContext,
    ) -> Result<PreimageResult> {
        let (Some(constant), [column]) = (constant.as_literal(), args) else {
            return Ok(PreimageResult::None);
        };
        let given = info.get_data_type(column)?;
        let Some([first, next]) = time::preimage(self.entry.name, &given, constant) else {
            return Ok(PreimageResult::None);
        };
        Ok(PreimageResult::Range {
            expr: column.clone(),
            interval: Box::new(Interval::try_new(first, next)?),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.check_knowledge()?;
        let is_array = |arg: &ColumnarValue| matches!(arg, ColumnarValue::Array(_));
        let constant = !args.args.iter().any(is_array);
        let arguments = self.entry.arguments.iter();
        let columns = args.args.iter().zip(arguments);
        let columns: Result<Vec<_>> = columns.map(|(arg, a)| column(arg, a.kind)).collect();
        let inputs = Inputs {
            columns: &columns?,
            rows: if constant { 1 } else { args.number_rows },
        };
        let answers = (self.entry.run)(&inputs, &self.knowledge)?;
        if constant {
            let answer = ScalarValue::try_from_array(&answers, 0)?;
            return Ok(ColumnarValue::Scalar(answer));
        }
        Ok(ColumnarValue::Array(answers))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

fn column(value: &ColumnarValue, kind: Kind) -> Result<Column> {
    Ok(match value {
        ColumnarValue::Array(array) => Column {
            array: kind.normalise(array, false)?,
            constant: false,
            was_date: is_date(array.data_type()),
        },
        ColumnarValue::Scalar(scalar) => Column {
            array: kind.normalise(&scalar.to_array()?, true)?,
            constant: true,
            was_date: is_date(&scalar.data_type()),
        },
    })
}
