output "bucket" {
  description = "The log bucket, once it may be written to."
  value       = aws_s3_bucket.logs.bucket
  depends_on  = [aws_s3_bucket_policy.logs]
}

output "bucket_arn" {
  description = "Its ARN: the destination of flow logs of other accounts."
  value       = aws_s3_bucket.logs.arn
  depends_on  = [aws_s3_bucket_policy.logs]
}

output "kms_key_arn" {
  description = "The key of the logs: a trail that is made elsewhere has to name it."
  value       = aws_kms_key.logs.arn
}

output "trail_arn" {
  description = "The trail that may write here, or null."
  value       = local.trail_arn
}

output "flow_log_format" {
  description = "The format for flow logs that are made elsewhere."
  value       = local.flow_log_format
}

output "log_bucket" {
  description = "An entry for `log_buckets` of the module flowtrail."
  value = {
    bucket      = aws_s3_bucket.logs.bucket
    trigger     = var.eventbridge ? "eventbridge" : "notification"
    kms_key_arn = aws_kms_key.logs.arn
    trail_only  = var.trail != null && length(local.flow_log_accounts) == 0
    trail_arn   = local.trail_arn
  }
  depends_on = [aws_s3_bucket_policy.logs, aws_s3_bucket_notification.logs]
}
