resource "aws_cloudtrail" "this" {
  #checkov:skip=CKV_AWS_252:S3 announces each object; a topic of the trail would say the same a second time.
  #checkov:skip=CKV2_AWS_10:The function reads the objects; CloudWatch Logs would cost $0.50 for each GB of the same records.
  count = try(var.trail.create, false) ? 1 : 0

  name                          = var.trail.name
  s3_bucket_name                = aws_s3_bucket.logs.bucket
  kms_key_id                    = aws_kms_key.logs.arn
  enable_logging                = true
  enable_log_file_validation    = true
  is_multi_region_trail         = true
  include_global_service_events = true
  is_organization_trail         = var.trail.organization_id != null
  tags                          = local.tags

  advanced_event_selector {
    name = "management"

    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }

  dynamic "advanced_event_selector" {
    for_each = var.trail.data_events

    content {
      name = "data of ${advanced_event_selector.value}"

      field_selector {
        field  = "eventCategory"
        equals = ["Data"]
      }

      field_selector {
        field  = "resources.type"
        equals = [advanced_event_selector.value]
      }
    }
  }

  dynamic "insight_selector" {
    for_each = var.trail.insights ? ["ApiCallRateInsight", "ApiErrorRateInsight"] : []

    content {
      insight_type = insight_selector.value
    }
  }

  lifecycle {
    precondition {
      condition     = coalesce(var.trail.region, local.region) == local.region
      error_message = "A trail that is made here lives in this region."
    }
  }

  # CloudTrail looks whether it may write before it makes a trail.
  depends_on = [aws_s3_bucket_policy.logs]
}
