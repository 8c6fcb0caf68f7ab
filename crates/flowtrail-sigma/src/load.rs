//! From files to a compiled rule set, with every problem named.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use flowtrail_event::Kind;
use rsigma_parser::{CorrelationRule, Detections, LogSource, SigmaRule, parse_sigma_yaml};

use crate::condition::resolve;
use crate::correlate;
use crate::correlation::RuleIx;
use crate::document::{Document, documents, title_of, yaml_error};
use crate::doubt::is_doubtful;
use crate::expr::Expr;
use crate::filter::{self, targets};
use crate::inactive::{self, Availability, Inactive};
use crate::logsource::{Services, services};
use crate::lower::Lower;
use crate::meta::meta_of;
use crate::problem::{Problem, Reject, Severity};
use crate::ruleset::{KindSet, Rule, RuleSet};
use crate::yaml;

/// A file of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSource {
    /// How the file is named in problems and findings.
    pub file: String,
    /// Its text: one or more YAML documents.
    pub text: String,
}

/// What compiling needs to know besides the rules.
#[derive(Debug, Clone)]
pub struct Options {
    /// The flow-log field that a name in a rule stands for.
    pub flow_field: fn(&str) -> Option<&'static str>,
    /// Whether a name under `flowtrail.` is that of a derived field. A rule that
    /// asks for an unknown one is rejected, because it could never match; one
    /// that asks for a field that needs something is [`Inactive`].
    pub derived_field: fn(&str) -> Availability,
    /// Values of `%placeholders%` for the `expand` modifier.
    pub placeholders: BTreeMap<String, Vec<String>>,
    /// Whether the whole history is at hand, as in a replay. Where it is not,
    /// rules whose block `flowtrail:` says `only: history` are [`Inactive`], and so
    /// are correlations of type `silence`.
    pub history: bool,
}

impl Options {
    /// The same for a stream, which sees one object after the other.
    #[must_use]
    pub fn in_stream(self) -> Self {
        Self {
            history: false,
            ..self
        }
    }
}

/// What compiling came to.
#[derive(Debug)]
pub struct Compilation {
    /// The rules that compiled.
    pub rules: RuleSet,
    /// What is wrong with the others, and warnings, by file and line.
    pub problems: Vec<Problem>,
    /// Titles of rules for logs that Flowtrail does not read.
    pub not_applicable: Vec<String>,
    /// Rules that wait for knowledge which is not there. They match nothing.
    pub inactive: Vec<Inactive>,
}

/// Everything that was parsed, in the order of the files.
#[derive(Default)]
struct Parsed {
    rules: Vec<(SigmaRule, Rc<Document>)>,
    correlations: Vec<(CorrelationRule, Rc<Document>)>,
    filters: Vec<filter::Source>,
    problems: Vec<Problem>,
}

/// Compiles rule files. A rule that cannot be compiled is named among the
/// problems with file, line, reason and hint; the others are compiled.
#[must_use]
pub fn compile(sources: &[RuleSource], options: &Options) -> Compilation {
    let mut parsed = Parsed::default();
    for source in sources {
        parse(source, &mut parsed);
    }
    let mut problems = std::mem::take(&mut parsed.problems);
    let filters = std::mem::take(&mut parsed.filters);
    let filters = filter::usable(filters, &parsed.rules, options, &mut problems);
    let mut build = Build {
        options,
        cloudtrail: KindSet::new(),
        flow: KindSet::new(),
        rules: Vec::new(),
        problems,
        not_applicable: Vec::new(),
        inactive: Vec::new(),
    };
    for (rule, document) in &parsed.rules {
        build.rule(rule, document, &filters);
    }
    warn_of_twins(&parsed, &mut build.problems);
    build.finish(&parsed.correlations)
}

fn parse(source: &RuleSource, out: &mut Parsed) {
    for mut document in documents(source) {
        let text = &document.text;
        let problem = |severity, reject| document.problem(severity, &title_of(text), reject);
        let helped = yaml::needs_help(text);
        let mut written = Vec::new();
        let mut for_parser = Cow::Borrowed(text.as_str());
        if helped {
            written = yaml::written(text);
            for_parser = yaml::for_parser(text, &written);
        }
        let made = parse_sigma_yaml(&for_parser);
        if !helped && made.as_ref().map_or(true, is_doubtful) {
            written = yaml::written(text);
        }
        let mut shapes = written.iter().map(yaml::check_shape);
        if let Some(reject) = shapes.find_map(Result::err) {
            out.problems.push(problem(Severity::Error, reject));
            continue;
        }
        let collection = match made {
            Ok(c) => c,
            Err(e) => {
                let reject = yaml_error(&e.to_string());
                out.problems
                    .push(document.problem(Severity::Error, "", reject));
                continue;
            }
        };
        let nothing = collection.rules.is_empty()
            && collection.correlations.is_empty()
            && collection.filters.is_empty();
        let severity = if nothing {
            Severity::Error
        } else {
            Severity::Warning
        };
        for error in &collection.errors {
            out.problems.push(problem(severity, yaml_error(error)));
        }
        if !collection.correlations.is_empty() || !collection.filters.is_empty() {
            document.written = written;
        }
        let document = Rc::new(document);
        let here = || Rc::clone(&document);
        out.rules
            .extend(collection.rules.into_iter().map(|r| (r, here())));
        out.correlations
            .extend(collection.correlations.into_iter().map(|c| (c, here())));
        out.filters
            .extend(collection.filters.into_iter().map(|f| (f, here())));
    }
}

struct Build<'o> {
    options: &'o Options,
    cloudtrail: KindSet,
    flow: KindSet,
    rules: Vec<Rule>,
    problems: Vec<Problem>,
    not_applicable: Vec<String>,
    inactive: Vec<Inactive>,
}

impl Build<'_> {
    fn rule(&mut self, rule: &SigmaRule, document: &Document, filters: &[filter::Source]) {
        if is_empty(&rule.logsource) {
            let reject = Reject::new("the rule has no `logsource`")
                .hint("name the log that it is for, such as `product: aws`, `service: cloudtrail`");
            self.problems
                .push(document.problem(Severity::Error, &rule.title, reject));
            return;
        }
        let services = services(&rule.logsource);
        if services.is_empty() {
            self.not_applicable.push(rule.title.clone());
            return;
        }
        match Inactive::of_rule(rule, document, services, self.options) {
            Ok(None) => {}
            Ok(Some(waiting)) => {
                self.inactive.push(waiting);
                return;
            }
            Err(reject) => {
                self.problems
                    .push(document.problem(Severity::Error, &rule.title, reject));
                return;
            }
        }
        let mut lowered = Vec::new();
        let mut warnings = Vec::new();
        for kind in [Kind::CloudTrail, Kind::Flow] {
            let part = services.of_kind(kind);
            if part.is_empty() {
                continue;
            }
            match self.lower(rule, kind, filters, &mut warnings) {
                Ok(expr) => lowered.push((kind, part, expr)),
                Err(reject) => {
                    self.problems
                        .push(document.problem(Severity::Error, &rule.title, reject));
                    return;
                }
            }
        }
        if rule.detection.timeframe.is_some() {
            warnings.push(
                Reject::new("`timeframe` has no effect")
                    .hint("write a correlation rule instead")
                    .near("timeframe"),
            );
        }
        for warning in warnings {
            self.problems
                .push(document.problem(Severity::Warning, &rule.title, warning));
        }
        let ix = RuleIx(u32::try_from(self.rules.len()).unwrap_or(u32::MAX));
        for (kind, part, expr) in lowered {
            self.kind(kind).add(ix, part, expr);
        }
        self.rules.push(Rule {
            meta: Arc::new(meta_of!(rule, document)),
            services,
            emits: true,
        });
    }

    const fn kind(&mut self, kind: Kind) -> &mut KindSet {
        match kind {
            Kind::CloudTrail => &mut self.cloudtrail,
            Kind::Flow => &mut self.flow,
        }
    }

    fn lower(
        &mut self,
        rule: &SigmaRule,
        kind: Kind,
        filters: &[filter::Source],
        warnings: &mut Vec<Reject>,
    ) -> Result<Expr, Reject> {
        let options = self.options;
        let mut lower = Lower::new(kind, self.kind(kind), options);
        let mut all = vec![detections(&mut lower, &rule.detection)?];
        for (filter, _) in filters {
            if targets(filter, rule) {
                let expr = detections(&mut lower, &filter.detection)
                    .map_err(|r| Reject::new(format!("filter `{}`: {}", filter.title, r.reason)))?;
                all.push(Expr::Named(filter.title.as_str().into(), Box::new(expr)));
            }
        }
        // For a rule that is for both kinds everything is said once, and fields
        // of `CloudTrail` are no mistake of its other half.
        if kinds(services(&rule.logsource)).next() == Some(kind) {
            warnings.append(&mut lower.warnings);
        }
        Ok(match all.len() {
            1 => all.remove(0),
            _ => Expr::And(all),
        })
    }

    fn finish(mut self, correlations: &[(CorrelationRule, Rc<Document>)]) -> Compilation {
        let projections = [&mut self.cloudtrail.projection, &mut self.flow.projection];
        let (active, fed) =
            inactive::correlations(correlations, &self.rules, self.options, &mut self.inactive);
        let (resolved, problems) =
            correlate::resolve(&active, &mut self.rules, projections, self.options);
        correlate::silence_fed(&fed, &mut self.rules, &resolved);
        self.problems.extend(problems);
        self.cloudtrail.finish();
        self.flow.finish();
        self.problems
            .sort_by(|a, b| (&a.file, a.line, &a.reason).cmp(&(&b.file, b.line, &b.reason)));
        Compilation {
            rules: RuleSet {
                rules: self.rules,
                correlations: resolved.into(),
                cloudtrail: self.cloudtrail,
                flow: self.flow,
            },
            problems: self.problems,
            not_applicable: self.not_applicable,
            inactive: self.inactive,
        }
    }
}

/// The named parts and the conditions of a rule or filter. Several conditions
/// are alternatives.
pub(crate) fn detections(lower: &mut Lower<'_>, detections: &Detections) -> Result<Expr, Reject> {
    let sorted: BTreeMap<_, _> = detections.named.iter().collect();
    let mut parts = BTreeMap::new();
    for (name, detection) in sorted {
        let expr = lower.detection(detection).map_err(|r| {
            if r.near.is_none() {
                r.near(format!("{name}:"))
            } else {
                r
            }
        })?;
        parts.insert(name.clone(), expr);
    }
    let mut any = detections
        .conditions
        .iter()
        .map(|c| resolve(c, &parts))
        .collect::<Result<Vec<_>, _>>()?;
    match any.len() {
        0 => Err(Reject::new("the rule has no condition").near("detection")),
        1 => Ok(any.remove(0)),
        _ => Ok(Expr::Or(any)),
    }
}

/// Whether the logsource names nothing; a definition is only for readers.
const fn is_empty(source: &LogSource) -> bool {
    source.product.is_none() && source.service.is_none() && source.category.is_none()
}

/// Two rules with one id would share the ids of their findings.
fn warn_of_twins(parsed: &Parsed, problems: &mut Vec<Problem>) {
    let mut seen: HashMap<&str, &Document> = HashMap::new();
    let ids = parsed
        .rules
        .iter()
        .map(|(r, d)| (&r.id, &r.title, d))
        .chain(
            parsed
                .correlations
                .iter()
                .map(|(c, d)| (&c.id, &c.title, d)),
        );
    for (id, title, document) in ids {
        let Some(id) = id else { continue };
        if let Some(first) = seen.get(id.as_str()) {
            let reason = format!(
                "id `{id}` is also that of a rule in {}:{}",
                first.file, first.line
            );
            let reject = Reject::new(reason)
                .hint("give each rule an id of its own")
                .near(id.as_str());
            problems.push(document.problem(Severity::Warning, title, reject));
        } else {
            seen.insert(id, document);
        }
    }
}

/// The services of a rule, for whoever resolves references to it.
pub(crate) fn kinds(services: Services) -> impl Iterator<Item = Kind> {
    [Kind::CloudTrail, Kind::Flow]
        .into_iter()
        .filter(move |k| !services.of_kind(*k).is_empty())
}
