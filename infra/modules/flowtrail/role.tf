resource "aws_iam_role" "function" {
  name                 = "${var.name}-function"
  description          = "What ${var.name} may do"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Lambda"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

locals {
  s3       = "s3.${local.region}.${local.dns}"
  findings = "arn:${local.partition}:s3:::${local.findings_bucket}"

  trail_keys = distinct([for b in values(local.log_buckets) : b.kms_key_arn if b.kms_key_arn != null && b.trail_only])
  other_keys = distinct([for b in values(local.log_buckets) : b.kms_key_arn if b.kms_key_arn != null && !b.trail_only])
  # Keys of what is read at a cold start.
  start_keys = distinct([for place in concat([var.rules, var.context, var.baseline], var.geo) : place.kms_key_arn if try(place.kms_key_arn, null) != null])

  # Each statement is there only where its service is used: one Sid, one reason.
  may = merge(
    {
      ReadLogs = {
        Action   = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource = [for b in values(local.log_buckets) : "${b.arn}/${b.prefix}*"]
      }
      WriteFindings = {
        Action   = ["s3:PutObject"]
        Resource = ["${local.findings}/*"]
      }
      # Findings of windows become others as more is known; no other finding is ever deleted.
      DeleteFindings = {
        Action   = ["s3:DeleteObject"]
        Resource = ["${local.findings}/windows/*", "${local.findings}/ocsf/windows/*"]
      }
      # There is no resource to name; the namespace is all that can be asked for.
      PutMetrics = {
        Action    = ["cloudwatch:PutMetricData"]
        Resource  = ["*"]
        Condition = { StringEquals = { "cloudwatch:namespace" = var.namespace } }
      }
      Notify = {
        Action   = ["sns:Publish"]
        Resource = [local.topic_arn]
      }
      TakeAnnouncements = {
        Action   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
        Resource = [local.ingest_arn]
      }
      Bury = {
        Action   = ["sqs:SendMessage"]
        Resource = [local.dead_letters_arn]
      }
      WriteLog = {
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${local.log_group_arn}:*"]
      }
      # Findings are written and never read.
      EncryptFindings = {
        Action    = ["kms:GenerateDataKey"]
        Resource  = [local.key_arn]
        Condition = { StringEquals = { "kms:ViaService" = [local.s3] } }
      }
      UseKey = {
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [local.key_arn]
        Condition = {
          StringEquals = { "kms:ViaService" = [for service in ["sns", "sqs"] : "${service}.${local.region}.${local.dns}"] }
        }
      }
    },
    var.tell_missing_objects ? {
      TellMissing = {
        Action   = ["s3:ListBucket"]
        Resource = distinct([for b in values(local.log_buckets) : b.arn])
      }
    } : {},
    # CloudTrail encrypts with the trail's ARN as context, flow logs do not.
    length(local.trail_keys) == 0 ? {} : {
      DecryptTrail = {
        Action   = ["kms:Decrypt"]
        Resource = local.trail_keys
        Condition = {
          StringEquals = { "kms:ViaService" = [local.s3] }
          Null         = { "kms:EncryptionContext:aws:cloudtrail:arn" = "false" }
        }
      }
    },
    length(local.other_keys) == 0 ? {} : {
      DecryptLogs = {
        Action    = ["kms:Decrypt"]
        Resource  = local.other_keys
        Condition = { StringEquals = { "kms:ViaService" = [local.s3] } }
      }
    },
    var.rules == null ? {} : {
      ListRules = {
        Action    = ["s3:ListBucket"]
        Resource  = ["arn:${local.partition}:s3:::${var.rules.bucket}"]
        Condition = { StringEquals = { "s3:prefix" = [var.rules.prefix] } }
      }
    },
    var.rules == null ? {} : {
      ReadRules = {
        Action   = ["s3:GetObject"]
        Resource = ["arn:${local.partition}:s3:::${var.rules.bucket}/${var.rules.prefix}*"]
      }
    },
    var.context == null ? {} : {
      ReadContext = {
        Action   = ["s3:GetObject"]
        Resource = ["arn:${local.partition}:s3:::${var.context.bucket}/${var.context.key}"]
      }
    },
    var.baseline == null ? {} : {
      ReadBaseline = {
        Action   = ["s3:GetObject"]
        Resource = ["arn:${local.partition}:s3:::${var.baseline.bucket}/${var.baseline.key}"]
      }
    },
    length(var.geo) == 0 ? {} : {
      ReadPlaces = {
        Action   = ["s3:GetObject"]
        Resource = [for file in var.geo : "arn:${local.partition}:s3:::${file.bucket}/${file.key}"]
      }
    },
    length(local.start_keys) == 0 ? {} : {
      DecryptAtStart = {
        Action    = ["kms:Decrypt"]
        Resource  = local.start_keys
        Condition = { StringEquals = { "kms:ViaService" = [local.s3] } }
      }
    },
    !var.state_table ? {} : {
      KeepState = {
        # What was seen since a baseline is asked for many at a time, and by nothing else.
        Action = concat(var.baseline == null ? [] : ["dynamodb:BatchGetItem"], [
          "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
          "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
        ])
        Resource = [aws_dynamodb_table.state[0].arn]
      }
    },
    !var.state_table ? {} : {
      UseKeyOfState = {
        Action    = ["kms:Decrypt", "kms:DescribeKey"]
        Resource  = [local.key_arn]
        Condition = { StringEquals = { "kms:ViaService" = ["dynamodb.${local.region}.${local.dns}"] } }
      }
    },
    # DynamoDB renews its own use of the key in the name of whoever calls it.
    !var.state_table ? {} : {
      GrantKeyToState = {
        Action   = ["kms:CreateGrant"]
        Resource = [local.key_arn]
        Condition = {
          StringEquals = { "kms:ViaService" = ["dynamodb.${local.region}.${local.dns}"] }
          Bool         = { "kms:GrantIsForAWSResource" = "true" }
        }
      }
    },
    var.event_bus_arn == null ? {} : {
      SendEvents = {
        Action   = ["events:PutEvents"]
        Resource = [var.event_bus_arn]
      }
    },
    !var.tracing ? {} : {
      # There is no resource to name.
      Trace = {
        Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource = ["*"]
      }
    },
  )
}

resource "aws_iam_role_policy" "function" {
  name = "function"
  role = aws_iam_role.function.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for sid, allowed in local.may : merge({ Sid = sid, Effect = "Allow" }, allowed)]
  })
}
