data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account    = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.region
  bucket_arn = "arn:${local.partition}:s3:::${var.bucket_name}"

  # Written with names: the trail needs the bucket's policy, which names the trail.
  trail_account = var.trail == null ? null : coalesce(var.trail.account_id, local.account)
  trail_arn     = var.trail == null ? null : "arn:${local.partition}:cloudtrail:${coalesce(var.trail.region, local.region)}:${local.trail_account}:trail/${var.trail.name}"

  flow_log_accounts = sort(distinct(concat(
    tolist(var.flow_log_account_ids), length(var.flow_log_vpc_ids) > 0 ? [local.account] : [],
  )))
  flow_log_sources = [for id in local.flow_log_accounts : "arn:${local.partition}:logs:*:${id}:*"]

  tags = merge({ Application = "flowtrail" }, var.tags)
}
