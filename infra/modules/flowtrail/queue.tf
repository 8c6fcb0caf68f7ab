# S3 announces objects here. The queue holds them back while the function is busy, brings
# single ones again, and gives up what cannot be done to the dead letters.
resource "aws_sqs_queue" "ingest" {
  name = "${var.name}-ingest"
  # Six times the timeout is what Lambda asks for; a batch also waits to be gathered.
  visibility_timeout_seconds        = 6 * var.timeout_seconds + var.batching_window_seconds
  message_retention_seconds         = 4 * 86400
  receive_wait_time_seconds         = 20
  kms_master_key_id                 = local.key_arn
  kms_data_key_reuse_period_seconds = 3600
  tags                              = local.tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = var.tries
  })
}

# What was tried in vain, and the function's own letters about what can never be read.
# The body of either can be sent to the ingest queue to be tried again.
resource "aws_sqs_queue" "dead_letters" {
  name                              = "${var.name}-dead-letters"
  message_retention_seconds         = 14 * 86400
  kms_master_key_id                 = local.key_arn
  kms_data_key_reuse_period_seconds = 3600
  tags                              = local.tags
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.url
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.ingest_arn]
  })
}

locals {
  ingest_statements = concat(
    [{
      Sid       = "OnlyTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = local.ingest_arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }],
    # The ARN of a bucket names no account, and a deleted bucket's name can be taken by
    # somebody else: so the owner is asked for, too.
    [
      for name, b in local.by_s3 : {
        Sid       = "AnnouncementsFrom${title(name)}"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.ingest_arn
        Condition = {
          StringEquals = { "aws:SourceAccount" = b.owner }
          ArnLike      = { "aws:SourceArn" = b.arn }
        }
      }
    ],
    [
      for name, arn in local.rule_arns : {
        Sid       = "EventsFrom${title(name)}"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.ingest_arn
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account }
          ArnEquals    = { "aws:SourceArn" = arn }
        }
      }
    ],
  )
  dead_letter_statements = concat(
    [{
      Sid       = "OnlyTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = local.dead_letters_arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }],
    # EventBridge leaves here what it could not deliver.
    [
      for name, arn in local.rule_arns : {
        Sid       = "UndeliveredFrom${title(name)}"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.dead_letters_arn
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account }
          ArnEquals    = { "aws:SourceArn" = arn }
        }
      }
    ],
  )
}

resource "aws_sqs_queue_policy" "ingest" {
  queue_url = aws_sqs_queue.ingest.url
  policy    = jsonencode({ Version = "2012-10-17", Statement = local.ingest_statements })
}

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.url
  policy    = jsonencode({ Version = "2012-10-17", Statement = local.dead_letter_statements })
}
