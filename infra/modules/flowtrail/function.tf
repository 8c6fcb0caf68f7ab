# Made here and not by Lambda: so the role needs no right to make one, and it is kept for
# a time and encrypted.
resource "aws_cloudwatch_log_group" "function" {
  name              = local.log_group
  retention_in_days = var.log_days
  kms_key_id        = local.key_arn
  tags              = local.tags
}

locals {
  # The names are those of the README of flowtrail-lambda; a test holds the two together.
  # An empty variable is one that is not set.
  environment = {
    FLOWTRAIL_NAMESPACE               = var.namespace
    FLOWTRAIL_LEVEL                   = var.settings.level
    FLOWTRAIL_NOTIFY_LEVEL            = var.settings.notify_level
    FLOWTRAIL_FINDINGS                = "s3://${local.findings_bucket}"
    FLOWTRAIL_FINDINGS_OCSF           = tostring(var.settings.findings_ocsf)
    FLOWTRAIL_FINDINGS_GZIP           = tostring(var.settings.findings_gzip)
    FLOWTRAIL_TOPIC_ARN               = local.topic_arn
    FLOWTRAIL_EVENT_BUS               = var.event_bus_arn == null ? "" : var.event_bus_arn
    FLOWTRAIL_DEAD_LETTER_QUEUE_URL   = aws_sqs_queue.dead_letters.url
    FLOWTRAIL_STATE_TABLE             = var.state_table ? aws_dynamodb_table.state[0].name : ""
    FLOWTRAIL_STATE_DAYS              = tostring(var.state_days)
    FLOWTRAIL_RULES                   = var.rules == null ? "" : "s3://${var.rules.bucket}/${var.rules.prefix}"
    FLOWTRAIL_CONTEXT                 = var.context != null ? "s3://${var.context.bucket}/${var.context.key}" : var.context_in_package != null ? var.context_in_package : ""
    FLOWTRAIL_BASELINE                = var.baseline == null ? "" : "s3://${var.baseline.bucket}/${var.baseline.key}"
    FLOWTRAIL_GEO                     = join(",", [for file in var.geo : "s3://${file.bucket}/${file.key}"])
    FLOWTRAIL_NO_SHIPPED_RULES        = tostring(!var.settings.shipped_rules)
    FLOWTRAIL_RULE_METRICS            = tostring(var.settings.rule_metrics)
    FLOWTRAIL_FLOW_FORMAT             = var.settings.flow_format
    FLOWTRAIL_CONCURRENCY             = tostring(var.settings.object_concurrency)
    FLOWTRAIL_DEADLINE_MARGIN_SECONDS = tostring(var.settings.deadline_margin_seconds)
    FLOWTRAIL_STALL_SECONDS           = tostring(var.settings.stall_seconds)
    FLOWTRAIL_LOG                     = var.settings.log
  }
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_116:The queue calls it and keeps what failed; Lambda's own queue for failures is for asynchronous calls, of which there are none.
  #checkov:skip=CKV_AWS_117:It speaks to AWS's public endpoints alone; a VPC would add gateways and endpoints to pay for and nothing to reach.
  #checkov:skip=CKV_AWS_272:Packages are signed where code_signing_config_arn is given; a configuration without a signer would refuse every package.
  #checkov:skip=CKV_AWS_50:Tracing is a variable; each trace is billed, and the function's metrics and log say what it did.
  function_name                  = var.name
  description                    = "Flowtrail: finds attacks in CloudTrail and VPC flow logs"
  role                           = aws_iam_role.function.arn
  runtime                        = "provided.al2023"
  handler                        = "bootstrap"
  architectures                  = [var.architecture]
  filename                       = var.package_file
  source_code_hash               = filebase64sha256(var.package_file)
  memory_size                    = var.memory_mb
  timeout                        = var.timeout_seconds
  reserved_concurrent_executions = var.reserve_concurrency ? var.concurrency : -1
  kms_key_arn                    = local.key_arn
  code_signing_config_arn        = var.code_signing_config_arn
  tags                           = local.tags

  environment {
    variables = { for name, value in local.environment : name => value if value != "" }
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.function.name
  }

  tracing_config {
    mode = var.tracing ? "Active" : "PassThrough"
  }

  lifecycle {
    precondition {
      # It would call itself, again and again.
      condition     = !contains([for b in values(var.log_buckets) : b.bucket], local.findings_bucket)
      error_message = "Findings must not be written into a bucket that logs come from."
    }
  }

  depends_on = [aws_iam_role_policy.function]
}
