variable "region" {
  description = "Region of everything; the trail records all regions."
  type        = string
  default     = "eu-central-1"
}

variable "log_bucket_name" {
  description = "The log bucket that is made; names are unique in all of AWS."
  type        = string
}

variable "package_file" {
  description = "The function's zip."
  type        = string
  default     = "../../../target/package/flowtrail-lambda-arm64.zip"
}

variable "architecture" {
  description = "Machine that the zip was built for."
  type        = string
  default     = "arm64"
}

variable "flow_log_vpc_ids" {
  description = "VPCs whose flow logs are made, by a short name."
  type        = map(string)
  default     = {}
}

variable "emails" {
  description = "Who is told."
  type        = set(string)
  default     = []
}

variable "alarms_file" {
  description = "Alarms that `flowtrail alarms render` wrote, instead of those that come with the module."
  type        = string
  default     = null
}
