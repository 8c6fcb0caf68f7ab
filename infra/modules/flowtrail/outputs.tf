output "function_name" {
  description = "The function."
  value       = aws_lambda_function.this.function_name
}

output "function_arn" {
  description = "The function's ARN."
  value       = aws_lambda_function.this.arn
}

output "role_arn" {
  description = "The function's role; the policy of a key in another account has to allow it."
  value       = aws_iam_role.function.arn
}

output "queue_url" {
  description = "The queue that calls the function: where dead letters are sent to be tried again, and where the owner of an `external` bucket sends notifications."
  value       = aws_sqs_queue.ingest.url
}

output "queue_arn" {
  description = "Its ARN."
  value       = aws_sqs_queue.ingest.arn
}

output "dead_letter_queue_url" {
  description = "What was given up, with its reason."
  value       = aws_sqs_queue.dead_letters.url
}

output "findings_bucket" {
  description = "The bucket of findings."
  value       = aws_s3_bucket.findings.bucket
}

output "topic_arn" {
  description = "The topic of notifications, to which alarms can be sent as well."
  value       = aws_sns_topic.this.arn
}

output "state_table" {
  description = "The state table, or null."
  value       = var.state_table ? aws_dynamodb_table.state[0].name : null
}

output "log_group" {
  description = "The function's log."
  value       = aws_cloudwatch_log_group.function.name
}

output "kms_key_arn" {
  description = "The key of everything here."
  value       = local.key_arn
}

output "kms_key_statements" {
  description = "What the policy of a key of yours has to allow, as JSON."
  value       = jsonencode(local.key_statements)
}

output "drill_command" {
  description = "The fire drill, for each log bucket in its turn; --alarm-prefix is that of the module alarms. Of a `trail_only` bucket it is whole only with its `trail_arn`."
  value = {
    for name, b in var.log_buckets : name => join(" ", compact([
      "flowtrail drill --bucket ${b.bucket}", b.prefix == "AWSLogs/" ? "" : "--prefix '${b.prefix}'",
      "--findings s3://${aws_s3_bucket.findings.bucket} --topic ${aws_sns_topic.this.arn} --alarm-prefix ${var.name}-",
      # A key that asks for the trail refuses the role whatever is encrypted otherwise.
      b.trail_only && b.trail_arn != null && b.kms_key_arn != null ? "--trail ${b.trail_arn} --log-key ${b.kms_key_arn}" : "",
    ]))
  }
}

output "names" {
  description = "What the modules alarms and dashboard put in place of {name}, {region}, {function}, {queue}, {dead_letters}, {log_group} and {namespace}."
  value = {
    name         = var.name
    region       = local.region
    function     = aws_lambda_function.this.function_name
    queue        = aws_sqs_queue.ingest.name
    dead_letters = aws_sqs_queue.dead_letters.name
    log_group    = aws_cloudwatch_log_group.function.name
    namespace    = var.namespace
  }
}
