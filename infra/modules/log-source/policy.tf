locals {
  # CloudTrail writes under the trail's own account, an organisation's trail under the
  # organisation, too.
  trail_folders = var.trail == null ? [] : compact([local.trail_account, try(var.trail.organization_id, null)])

  trail_statements = [
    for arn in compact([local.trail_arn]) : [
      {
        Sid       = "TrailLooks"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:GetBucketAcl"
        Resource  = [local.bucket_arn]
        Condition = { StringEquals = { "aws:SourceArn" = arn } }
      },
      {
        Sid       = "TrailWrites"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = [for folder in local.trail_folders : "${local.bucket_arn}/AWSLogs/${folder}/*"]
        Condition = {
          StringEquals = {
            "aws:SourceArn" = arn
            "s3:x-amz-acl"  = "bucket-owner-full-control"
          }
        }
      },
    ]
  ]

  flow_log_statements = [
    for accounts in length(local.flow_log_accounts) > 0 ? [local.flow_log_accounts] : [] : [
      {
        Sid       = "FlowLogsLook"
        Effect    = "Allow"
        Principal = { Service = "delivery.logs.amazonaws.com" }
        Action    = "s3:GetBucketAcl"
        Resource  = [local.bucket_arn]
        Condition = {
          StringEquals = { "aws:SourceAccount" = accounts }
          ArnLike      = { "aws:SourceArn" = local.flow_log_sources }
        }
      },
      {
        Sid       = "FlowLogsWrite"
        Effect    = "Allow"
        Principal = { Service = "delivery.logs.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = [for id in accounts : "${local.bucket_arn}/AWSLogs/${id}/vpcflowlogs/*"]
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = accounts
            "s3:x-amz-acl"      = "bucket-owner-full-control"
          }
          ArnLike = { "aws:SourceArn" = local.flow_log_sources }
        }
      },
    ]
  ]

  tls_statements = [{
    Sid       = "OnlyTls"
    Effect    = "Deny"
    Principal = "*"
    Action    = "s3:*"
    Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }]
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = flatten([local.tls_statements, local.trail_statements, local.flow_log_statements])
  })

  depends_on = [aws_s3_bucket_public_access_block.logs]
}

locals {
  # Encryption is bound to the trail twice: by who asks, and by what CloudTrail says
  # that it encrypts.
  trail_key_statements = [
    for arn in compact([local.trail_arn]) : [
      {
        Sid       = "TrailEncrypts"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "kms:GenerateDataKey*"
        Resource  = "*"
        Condition = {
          StringEquals = { "aws:SourceArn" = arn }
          StringLike   = { "kms:EncryptionContext:aws:cloudtrail:arn" = "arn:${local.partition}:cloudtrail:*:${local.trail_account}:trail/*" }
        }
      },
      {
        Sid       = "TrailLooks"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "kms:DescribeKey"
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceArn" = arn } }
      },
    ]
  ]

  flow_log_key_statements = [
    for accounts in length(local.flow_log_accounts) > 0 ? [local.flow_log_accounts] : [] : {
      Sid       = "FlowLogsEncrypt"
      Effect    = "Allow"
      Principal = { Service = "delivery.logs.amazonaws.com" }
      Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      Resource  = "*"
      Condition = {
        StringEquals = { "aws:SourceAccount" = accounts }
        ArnLike      = { "aws:SourceArn" = local.flow_log_sources }
      }
    }
  ]

  reader_statements = [
    for arns in length(var.reader_role_arns) > 0 ? [sort(tolist(var.reader_role_arns))] : [] : {
      Sid       = "ReadersDecrypt"
      Effect    = "Allow"
      Principal = { AWS = arns }
      Action    = "kms:Decrypt"
      Resource  = "*"
      Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.${data.aws_partition.current.dns_suffix}" } }
    }
  ]
}

resource "aws_kms_key" "logs" {
  description             = "Logs in ${var.bucket_name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = flatten([
      [{
        # Without it nobody could ever change the key again.
        Sid       = "Account"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      }],
      local.trail_key_statements, local.flow_log_key_statements, local.reader_statements,
    ])
  })
}

resource "aws_kms_alias" "logs" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.logs.key_id
}
