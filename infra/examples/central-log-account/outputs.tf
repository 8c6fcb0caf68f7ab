output "findings_bucket" {
  description = "Where findings are."
  value       = module.flowtrail.findings_bucket
}

output "log_bucket" {
  description = "Where logs are."
  value       = module.log_source.bucket
}

output "function_name" {
  description = "The function."
  value       = module.flowtrail.function_name
}

output "drill_command" {
  description = "The fire drill: whether findings, notification and alarm arrive."
  value       = module.flowtrail.drill_command
}

output "alarm_names" {
  description = "The alarms."
  value       = module.alarms.alarm_names
}

output "flow_log_destination_arn" {
  description = "Destination of the members' flow logs."
  value       = module.log_source.bucket_arn
}

output "flow_log_format" {
  description = "Format of the members' flow logs."
  value       = module.log_source.flow_log_format
}
