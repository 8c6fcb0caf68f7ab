output "dashboard_arn" {
  description = "The dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_arn
}
