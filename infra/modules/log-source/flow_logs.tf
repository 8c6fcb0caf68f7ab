locals {
  # Every field that the shipped rules ask for, and what an investigator asks for next:
  # a test holds the list against the rules. Versions 2 to 5, why something was rejected
  # (8), whether it was encrypted (10), and what sort of interface it was (11).
  flow_log_fields = [
    "version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets",
    "bytes", "start", "end", "action", "log-status", "vpc-id", "subnet-id", "instance-id", "tcp-flags", "type",
    "pkt-srcaddr", "pkt-dstaddr", "region", "az-id", "sublocation-type", "sublocation-id", "pkt-src-aws-service",
    "pkt-dst-aws-service", "flow-direction", "traffic-path", "ecs-task-arn", "reject-reason", "encryption-status",
    "interface-type",
  ]
  flow_log_format = join(" ", [for field in local.flow_log_fields : "$${${field}}"])
}

resource "aws_flow_log" "vpc" {
  for_each = var.flow_log_vpc_ids

  vpc_id                   = each.value
  traffic_type             = "ALL"
  log_destination_type     = "s3"
  log_destination          = aws_s3_bucket.logs.arn
  log_format               = local.flow_log_format
  max_aggregation_interval = var.flow_log_interval_seconds
  tags                     = merge(local.tags, { Name = "${var.name}-${each.key}" })

  # Text is read as it comes; Parquet has to be there whole, and is larger for small files.
  destination_options {
    file_format                = "plain-text"
    hive_compatible_partitions = false
    per_hour_partition         = false
  }

  # Whoever makes a flow log and may change the bucket's policy has it changed by AWS.
  # Where it allows already what is needed, nothing is changed.
  depends_on = [aws_s3_bucket_policy.logs, aws_kms_key.logs]
}
