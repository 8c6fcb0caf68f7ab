# This is the bucket's whole configuration: what stood there before is gone. Where that
# is somebody else's, use the trigger `eventbridge`.
resource "aws_s3_bucket_notification" "logs" {
  for_each = { for name, b in local.by_s3 : name => b if b.trigger == "notification" }

  bucket = each.value.bucket

  queue {
    id            = var.name
    queue_arn     = aws_sqs_queue.ingest.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = each.value.prefix == "" ? null : each.value.prefix
  }

  # S3 sends a test message when this is put, and refuses it if it may not.
  depends_on = [aws_sqs_queue_policy.ingest, aws_kms_key.this]
}

resource "aws_cloudwatch_event_rule" "logs" {
  for_each = local.by_eventbridge

  name        = each.value.rule
  description = "Log objects of ${each.value.bucket} for ${var.name}"
  tags        = local.tags

  event_pattern = jsonencode({
    source        = ["aws.s3"]
    account       = [each.value.owner]
    "detail-type" = ["Object Created"]
    detail = merge(
      { bucket = { name = [each.value.bucket] } },
      each.value.prefix == "" ? {} : { object = { key = [{ prefix = each.value.prefix }] } },
    )
  })
}

resource "aws_cloudwatch_event_target" "logs" {
  for_each = local.by_eventbridge

  rule      = aws_cloudwatch_event_rule.logs[each.key].name
  target_id = "ingest"
  arn       = aws_sqs_queue.ingest.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  depends_on = [aws_sqs_queue_policy.ingest, aws_sqs_queue_policy.dead_letters]
}

resource "aws_lambda_event_source_mapping" "ingest" {
  event_source_arn                   = aws_sqs_queue.ingest.arn
  function_name                      = aws_lambda_function.this.arn
  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = var.batching_window_seconds
  # Without it AWS takes an answer that names failures for a success.
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = local.tags

  # The queue waits; invocations beyond the function's share would count as tries.
  scaling_config {
    maximum_concurrency = var.concurrency
  }

  depends_on = [aws_iam_role_policy.function]
}
