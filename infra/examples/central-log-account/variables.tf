variable "region" {
  description = "Region of everything, the trail's home included; it records all regions."
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

variable "organization_id" {
  description = "The organisation, o-…"
  type        = string
}

variable "management_account_id" {
  description = "The organisation's management account, in which the trail lives."
  type        = string
}

variable "management_role_arn" {
  description = "Role in the management account that may make the trail there."
  type        = string
}

variable "flow_log_account_ids" {
  description = "Accounts that deliver their flow logs here."
  type        = set(string)
  default     = []
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
