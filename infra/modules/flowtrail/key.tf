locals {
  key_arn = var.kms_key_arn != null ? var.kms_key_arn : aws_kms_key.this[0].arn

  # Services that use the key without the function's role. Each is held to this account
  # and to the one thing that it does here: a service acts for everybody.
  key_statements = concat(
    [
      {
        Sid       = "EncryptLog"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.region}.${local.dns}" }
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = "*"
        Condition = { ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = local.log_group_arn } }
      },
      {
        Sid       = "EncryptAlarms"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
        Condition = {
          StringEquals = {
            "aws:SourceAccount"                      = local.account
            "kms:EncryptionContext:aws:sns:topicArn" = local.topic_arn
          }
          ArnLike = { "aws:SourceArn" = local.alarms_arn }
        }
      },
    ],
    [
      for name, b in local.by_s3 : {
        Sid       = "EncryptAnnouncementsFrom${title(name)}"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
        Condition = {
          StringEquals = { "aws:SourceAccount" = b.owner }
          ArnLike      = { "aws:SourceArn" = b.arn }
        }
      }
    ],
    [
      for name, arn in local.rule_arns : {
        Sid       = "EncryptEventsFrom${title(name)}"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account }
          ArnEquals    = { "aws:SourceArn" = arn }
        }
      }
    ],
  )
}

resource "aws_kms_key" "this" {
  count = var.kms_key_arn == null ? 1 : 0

  description             = "Everything of ${var.name}: findings, state, queues, notifications, log"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([{
      # Without it nobody could ever change the key again; with it the account's own
      # policies decide, the function's among them.
      Sid       = "Account"
      Effect    = "Allow"
      Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }], local.key_statements)
  })
}

resource "aws_kms_alias" "this" {
  count = var.kms_key_arn == null ? 1 : 0

  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this[0].key_id
}
