# Evidence. It is written by AWS alone, can be changed by nobody while it is locked, and
# what is deleted later leaves a marker.
resource "aws_s3_bucket" "logs" {
  #checkov:skip=CKV_AWS_18:Reads of the log bucket are told by CloudTrail's data events (trail.data_events); access logs would need another bucket of the same worth.
  #checkov:skip=CKV_AWS_144:A replica belongs into another account, whose bucket and role this module cannot make.
  #checkov:skip=CKV2_AWS_62:Who is told of new objects is the business of the module flowtrail.
  bucket              = var.bucket_name
  object_lock_enabled = var.object_lock != null
  tags                = local.tags
  # A bucket with something in it cannot be deleted, and this one's content not for now.
  force_destroy = false
}

resource "aws_s3_bucket_ownership_controls" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "logs" {
  bucket                  = aws_s3_bucket.logs.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "logs" {
  count = var.object_lock == null ? 0 : 1

  bucket = aws_s3_bucket.logs.id

  rule {
    default_retention {
      mode = var.object_lock.mode
      days = var.object_lock.days
    }
  }

  depends_on = [aws_s3_bucket_versioning.logs]
}

# Without a bucket key: with one, S3 would encrypt in the name of the bucket, and the
# key could no longer ask for the trail.
resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    bucket_key_enabled = false

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.logs.arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    id     = "logs"
    status = "Enabled"

    filter {}

    dynamic "transition" {
      for_each = var.archive_days > 0 ? [var.archive_days] : []

      content {
        days          = transition.value
        storage_class = "GLACIER_IR"
      }
    }

    dynamic "expiration" {
      for_each = var.keep_days > 0 ? [var.keep_days] : []

      content {
        days = expiration.value
      }
    }

    # AWS writes a log once. A former version is what keep_days ended, or what somebody
    # deleted or wrote over: until then it can be had back.
    noncurrent_version_expiration {
      noncurrent_days = var.former_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.logs]
}

resource "aws_s3_bucket_notification" "logs" {
  count = var.eventbridge ? 1 : 0

  bucket      = aws_s3_bucket.logs.id
  eventbridge = true
}
