data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

# Policies of the key, the queues and the topic name each other. They are written with
# names, not with attributes of resources, which would depend on each other in a ring.
locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.region
  dns       = data.aws_partition.current.dns_suffix

  ingest_arn       = "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.name}-ingest"
  dead_letters_arn = "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.name}-dead-letters"
  topic_arn        = "arn:${local.partition}:sns:${local.region}:${local.account}:${var.name}"
  alarms_arn       = "arn:${local.partition}:cloudwatch:${local.region}:${local.account}:alarm:${var.name}-*"
  log_group        = "/aws/lambda/${var.name}"
  log_group_arn    = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:${local.log_group}"
  findings_bucket  = "${var.name}-findings-${local.account}-${local.region}"

  # Owners are filled in, so that no statement can lack its account.
  log_buckets = {
    for name, b in var.log_buckets : name => merge(b, {
      arn   = "arn:${local.partition}:s3:::${b.bucket}"
      owner = coalesce(b.owner_account_id, local.account)
      rule  = "${var.name}-${name}"
    })
  }
  # S3 itself announces the objects of the first, EventBridge those of the second.
  by_s3          = { for name, b in local.log_buckets : name => b if b.trigger != "eventbridge" }
  by_eventbridge = { for name, b in local.log_buckets : name => b if b.trigger == "eventbridge" }
  rule_arns = {
    for name, b in local.by_eventbridge :
    name => "arn:${local.partition}:events:${local.region}:${local.account}:rule/${b.rule}"
  }

  tags = merge({ Application = "flowtrail" }, var.tags)
}
