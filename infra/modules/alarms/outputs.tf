output "alarm_arns" {
  description = "The alarms' ARNs by the name that they have in the file."
  value       = { for name, alarm in aws_cloudwatch_metric_alarm.this : name => alarm.arn }
}

output "alarm_names" {
  description = "The alarms' names in CloudWatch, in order."
  value       = sort([for alarm in values(aws_cloudwatch_metric_alarm.this) : alarm.alarm_name])
}
