//! The words of `flowtrail alarms`.

use clap::{Args, Subcommand, ValueEnum};
use flowtrail_event::Service;
use flowtrail_sigma::Level;

use crate::args::{RuleChoice, level};

#[derive(Debug, Subcommand)]
pub(crate) enum Alarms {
    /// Write the alarms: for the Terraform module, as Terraform, as CloudFormation
    #[command(after_help = "Examples:
  flowtrail alarms render > alarms.json      # alarms_file of the module
  flowtrail alarms render --rules my-rules --level medium > alarms.json
  flowtrail alarms render --format cloudformation --name flowtrail > alarms.template.json

What they cost at most is said on standard error.")]
    Render(Render),
    /// Write the body of a dashboard with the same metrics
    #[command(after_help = "Examples:
  flowtrail alarms dashboard > body.json     # body_file of the module
  flowtrail alarms dashboard --region eu-central-1 --name flowtrail")]
    Dashboard(Dashboard),
    /// Say what of the alarms in CloudWatch is not as the rules ask for
    #[command(after_help = "Examples:
  flowtrail alarms plan --name flowtrail --action critical=arn:aws:sns:…:pager
  flowtrail alarms plan --json | jq '.changes[].drift'

Exit status: 0 there is nothing to do, 1 there is, 2 it could not be found out, or
somebody else's alarm has a name that is wanted.")]
    Plan(Planning),
    /// Make the alarms in CloudWatch what the rules ask for
    #[command(after_help = "Examples:
  flowtrail alarms apply --name flowtrail --action critical=arn:aws:sns:…:pager
  flowtrail alarms apply --action high=arn:aws:sns:…:x --action health=arn:aws:sns:…:x --yes

Alarms that carry the tag flowtrail:deployment=NAME are made, changed and deleted;
others are left alone, whatever they are called. Use either this or the Terraform
module for a deployment. Rights: cloudwatch:DescribeAlarms, ListTagsForResource,
PutMetricAlarm, TagResource, DeleteAlarms.

Exit status: 0 everything is as it should be, 2 not everything.")]
    Apply(Applying),
}

/// Which alarms are wanted.
#[derive(Debug, Args, Clone)]
pub(crate) struct Asked {
    #[command(flatten)]
    pub(crate) rules: RuleChoice,
    /// Alarms on findings of this level and each above it
    #[arg(long, value_name = "LEVEL", default_value = "high", value_parser = level)]
    pub(crate) level: Level,
    /// An alarm for when this source is silent (repeatable): cloudtrail, vpcflow,
    /// tgwflow, or `none`
    #[arg(long, value_name = "SOURCE", default_value = "cloudtrail", value_parser = source)]
    pub(crate) source: Vec<Watched>,
}

/// A source whose silence is watched; `None`: no one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watched(pub(crate) Option<Service>);

fn source(word: &str) -> Result<Watched, String> {
    if word == "none" {
        return Ok(Watched(None));
    }
    let service = Service::from_name(word);
    service.map(|s| Watched(Some(s))).ok_or_else(|| {
        let known: Vec<&str> = Service::ALL.iter().map(|s| s.name()).collect();
        format!("sources are {}, or none", known.join(", "))
    })
}

/// What things are called.
#[derive(Debug, Args, Clone)]
pub(crate) struct Naming {
    /// The deployment: what the names of its alarms begin with
    #[arg(long, value_name = "NAME", default_value = "flowtrail")]
    pub(crate) name: String,
    /// Namespace of the function's metrics [default: Flowtrail]
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// The function [default: NAME]
    #[arg(long, value_name = "NAME")]
    pub(crate) function: Option<String>,
    /// The queue that calls it [default: NAME-ingest]
    #[arg(long, value_name = "NAME")]
    pub(crate) queue: Option<String>,
    /// The queue of what was given up [default: NAME-dead-letters]
    #[arg(long, value_name = "NAME")]
    pub(crate) dead_letters: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Render {
    #[command(flatten)]
    pub(crate) asked: Asked,
    #[command(flatten)]
    pub(crate) naming: Naming,
    /// How they are written; in `json` placeholders stand for names
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub(crate) format: Form,
}

/// How alarms are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// `flowtrail.alarms.v1`, which the Terraform module reads
    Json,
    /// Resources of Terraform's AWS provider
    TerraformJson,
    /// A template of CloudFormation
    Cloudformation,
}

#[derive(Debug, Args)]
pub(crate) struct Dashboard {
    #[command(flatten)]
    pub(crate) asked: Asked,
    #[command(flatten)]
    pub(crate) naming: Naming,
    /// Fill in the names, for this region; without it placeholders stand for them
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Planning {
    #[command(flatten)]
    pub(crate) asked: Asked,
    #[command(flatten)]
    pub(crate) naming: Naming,
    /// Whom alarms of a level, or of `health`, tell: LEVEL=ARN (repeatable)
    #[arg(long, value_name = "WHO=ARN")]
    pub(crate) action: Vec<String>,
    /// As one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Applying {
    #[command(flatten)]
    pub(crate) planning: Planning,
    /// Do not ask before anything is changed
    #[arg(long, short)]
    pub(crate) yes: bool,
}
