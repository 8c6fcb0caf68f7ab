mock_provider "aws" {
  source = "../../tests"
}

variables {
  # Any file will do: nothing is uploaded.
  package_file = "versions.tf"
  log_buckets  = { logs = { bucket = "example-logs" } }
}

run "as_it_comes" {
  assert {
    condition = (
      aws_lambda_function.this.runtime == "provided.al2023" && aws_lambda_function.this.handler == "bootstrap"
      && aws_lambda_function.this.architectures == tolist(["arm64"])
      && aws_lambda_function.this.reserved_concurrent_executions == 20
      && aws_lambda_function.this.kms_key_arn == aws_kms_key.this[0].arn
    )
    error_message = "The function is not the one that the package is built for."
  }

  assert {
    condition = (
      aws_lambda_function.this.source_code_hash == filebase64sha256(var.package_file)
    )
    error_message = "A new package would not be noticed."
  }

  # What is not set is left out: the program refuses an empty choice no more than we do,
  # but whoever reads the settings should see those that count.
  assert {
    condition = tomap(aws_lambda_function.this.environment[0].variables) == tomap({
      FLOWTRAIL_NAMESPACE               = "Flowtrail"
      FLOWTRAIL_LEVEL                   = "low"
      FLOWTRAIL_NOTIFY_LEVEL            = "high"
      FLOWTRAIL_FINDINGS                = "s3://flowtrail-findings-111122223333-eu-central-1"
      FLOWTRAIL_FINDINGS_OCSF           = "false"
      FLOWTRAIL_FINDINGS_GZIP           = "false"
      FLOWTRAIL_TOPIC_ARN               = "arn:aws:sns:eu-central-1:111122223333:flowtrail"
      FLOWTRAIL_DEAD_LETTER_QUEUE_URL   = aws_sqs_queue.dead_letters.url
      FLOWTRAIL_STATE_TABLE             = "flowtrail-state"
      FLOWTRAIL_STATE_DAYS              = "15"
      FLOWTRAIL_NO_SHIPPED_RULES        = "false"
      FLOWTRAIL_RULE_METRICS            = "0"
      FLOWTRAIL_CONCURRENCY             = "0"
      FLOWTRAIL_DEADLINE_MARGIN_SECONDS = "5"
      FLOWTRAIL_STALL_SECONDS           = "10"
      FLOWTRAIL_LOG                     = "info"
    })
    error_message = "The settings are not those of the README."
  }

  assert {
    condition = (
      aws_sqs_queue.ingest.visibility_timeout_seconds >= 6 * aws_lambda_function.this.timeout
      && jsondecode(aws_sqs_queue.ingest.redrive_policy).maxReceiveCount == 5
      && jsondecode(aws_sqs_queue.ingest.redrive_policy).deadLetterTargetArn == aws_sqs_queue.dead_letters.arn
      && aws_sqs_queue.dead_letters.message_retention_seconds == 1209600
    )
    error_message = "A message that fails would be lost, or seen twice at a time."
  }

  # State that is gone sooner than the message would make a late one new again.
  assert {
    condition     = var.state_days * 86400 > aws_sqs_queue.dead_letters.message_retention_seconds
    error_message = "State is kept for a shorter time than messages."
  }

  assert {
    condition = (
      aws_lambda_event_source_mapping.ingest.function_response_types == toset(["ReportBatchItemFailures"])
      && aws_lambda_event_source_mapping.ingest.scaling_config[0].maximum_concurrency == 20
      && aws_lambda_event_source_mapping.ingest.event_source_arn == aws_sqs_queue.ingest.arn
    )
    error_message = "One message that fails would be lost, or bring back its whole batch."
  }

  assert {
    condition = (
      aws_dynamodb_table.state[0].hash_key == "pk" && aws_dynamodb_table.state[0].range_key == "sk"
      && aws_dynamodb_table.state[0].ttl[0].attribute_name == "expires"
      && aws_dynamodb_table.state[0].ttl[0].enabled
      && aws_dynamodb_table.state[0].point_in_time_recovery[0].enabled
      && aws_dynamodb_table.state[0].deletion_protection_enabled
    )
    error_message = "The state table is not the one that flowtrail-aws speaks to."
  }

  assert {
    condition = (
      one(aws_s3_bucket_notification.logs["logs"].queue).queue_arn == aws_sqs_queue.ingest.arn
      && one(aws_s3_bucket_notification.logs["logs"].queue).events == toset(["s3:ObjectCreated:*"])
      && one(aws_s3_bucket_notification.logs["logs"].queue).filter_prefix == "AWSLogs/"
      && length(aws_cloudwatch_event_rule.logs) == 0
    )
    error_message = "The bucket does not announce its objects to the queue."
  }

  # One key for all of it.
  assert {
    condition = alltrue([
      for key in [
        aws_sqs_queue.ingest.kms_master_key_id, aws_sqs_queue.dead_letters.kms_master_key_id,
        aws_sns_topic.this.kms_master_key_id, aws_cloudwatch_log_group.function.kms_key_id,
        aws_dynamodb_table.state[0].server_side_encryption[0].kms_key_arn,
        one(one(aws_s3_bucket_server_side_encryption_configuration.findings.rule).apply_server_side_encryption_by_default).kms_master_key_id,
      ] : key == aws_kms_key.this[0].arn
    ])
    error_message = "Something is not encrypted with the key."
  }

  assert {
    condition     = aws_cloudwatch_log_group.function.name == "/aws/lambda/${aws_lambda_function.this.function_name}"
    error_message = "The function would make a log group of its own."
  }
}

run "by_eventbridge" {
  variables {
    log_buckets = {
      trail = { bucket = "central-logs", trigger = "eventbridge", prefix = "org/AWSLogs/" }
      flow  = { bucket = "flow-logs", trigger = "eventbridge", prefix = "" }
    }
  }

  assert {
    condition     = length(aws_s3_bucket_notification.logs) == 0
    error_message = "The bucket's own configuration would be replaced."
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.logs["trail"].event_pattern) == jsondecode(<<-JSON
      {
        "source": ["aws.s3"], "account": ["111122223333"], "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["central-logs"]}, "object": {"key": [{"prefix": "org/AWSLogs/"}]}}
      }
    JSON
    )
    error_message = "The rule does not ask for the logs of that bucket."
  }

  assert {
    condition     = !can(jsondecode(aws_cloudwatch_event_rule.logs["flow"].event_pattern).detail.object)
    error_message = "A bucket without a prefix has no pattern for keys."
  }

  assert {
    condition = alltrue([
      for t in values(aws_cloudwatch_event_target.logs) :
      t.arn == aws_sqs_queue.ingest.arn && t.dead_letter_config[0].arn == aws_sqs_queue.dead_letters.arn
    ])
    error_message = "An event that cannot be delivered would be lost."
  }
}

run "cheap" {
  variables {
    state_table         = false
    reserve_concurrency = false
    findings_days       = 0
    deletion_protection = false
  }

  assert {
    condition = (
      length(aws_dynamodb_table.state) == 0 && output.state_table == null
      && !contains(keys(aws_lambda_function.this.environment[0].variables), "FLOWTRAIL_STATE_TABLE")
      && aws_lambda_function.this.reserved_concurrent_executions == -1
      && length(one(aws_s3_bucket_lifecycle_configuration.findings.rule).expiration) == 0
    )
    error_message = "What was not wanted is there all the same."
  }
}

run "all_settings" {
  variables {
    rules         = { bucket = "own-rules", prefix = "sigma/" }
    context       = { bucket = "own-rules", key = "context.yaml" }
    baseline      = { bucket = "own-rules", key = "usual.baseline" }
    geo           = [{ bucket = "own-rules", key = "city.mmdb" }, { bucket = "own-rules", key = "asn.mmdb" }]
    event_bus_arn = "arn:aws:events:eu-central-1:111122223333:event-bus/security"
    settings      = { flow_format = "$${version} $${srcaddr}", shipped_rules = false, rule_metrics = 25, level = "medium" }
    tracing       = true
  }

  assert {
    condition = (
      aws_lambda_function.this.environment[0].variables.FLOWTRAIL_RULES == "s3://own-rules/sigma/"
      && aws_lambda_function.this.environment[0].variables.FLOWTRAIL_CONTEXT == "s3://own-rules/context.yaml"
      && aws_lambda_function.this.environment[0].variables.FLOWTRAIL_BASELINE == "s3://own-rules/usual.baseline"
      && aws_lambda_function.this.environment[0].variables.FLOWTRAIL_GEO == "s3://own-rules/city.mmdb,s3://own-rules/asn.mmdb"
      && aws_lambda_function.this.environment[0].variables.FLOWTRAIL_EVENT_BUS == var.event_bus_arn
      && aws_lambda_function.this.environment[0].variables.FLOWTRAIL_FLOW_FORMAT == "$${version} $${srcaddr}"
      && aws_lambda_function.this.environment[0].variables.FLOWTRAIL_NO_SHIPPED_RULES == "true"
      && aws_lambda_function.this.environment[0].variables.FLOWTRAIL_RULE_METRICS == "25"
      && aws_lambda_function.this.environment[0].variables.FLOWTRAIL_LEVEL == "medium"
      && aws_lambda_function.this.tracing_config[0].mode == "Active"
    )
    error_message = "A setting does not reach the function."
  }
}

run "context_of_the_package" {
  variables {
    context_in_package = "context.yaml"
  }

  assert {
    condition = (
      aws_lambda_function.this.environment[0].variables.FLOWTRAIL_CONTEXT == "context.yaml"
      && !strcontains(aws_iam_role_policy.function.policy, "ReadContext")
    )
    error_message = "A file of the package needs no right."
  }
}

run "drill_as_the_trail" {
  variables {
    log_buckets = {
      trail = {
        bucket    = "trail-logs", trail_only = true, kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/logs"
        trail_arn = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/flowtrail"
      }
      both = { bucket = "both-logs", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/logs" }
    }
  }

  # The role could not read what anybody else encrypts.
  assert {
    condition = endswith(output.drill_command.trail,
    " --trail arn:aws:cloudtrail:eu-central-1:111122223333:trail/flowtrail --log-key arn:aws:kms:eu-central-1:111122223333:key/logs")
    error_message = "The drill would write what the role cannot read."
  }

  assert {
    condition     = endswith(output.drill_command.both, "--alarm-prefix flowtrail-") && !strcontains(output.drill_command.both, "--trail")
    error_message = "Where the role does not ask for the trail, the drill has no need to."
  }
}
