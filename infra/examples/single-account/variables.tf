variable "region" {
  description = "Region of everything; the trail records all regions."
  type        = string
  default     = "eu-central-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is like eu-central-1."
  }
}

variable "log_bucket_name" {
  description = "The log bucket that is made; names are unique in all of AWS."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.log_bucket_name))
    error_message = "log_bucket_name has 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "package_file" {
  description = "The function's zip."
  type        = string
  default     = "../../../target/package/flowtrail-lambda-arm64.zip"

  validation {
    condition     = fileexists(var.package_file)
    error_message = "package_file is not there; `cargo xtask package` writes it to target/package."
  }
}

variable "architecture" {
  description = "Machine that the zip was built for."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture is arm64 or x86_64."
  }
}

variable "flow_log_vpc_ids" {
  description = "VPCs whose flow logs are made, by a short name."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for id in values(var.flow_log_vpc_ids) : can(regex("^vpc-([0-9a-f]{8}|[0-9a-f]{17})$", id))])
    error_message = "flow_log_vpc_ids are like vpc-0123456789abcdef0."
  }
}

variable "emails" {
  description = "Who is told."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.emails : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "emails are addresses."
  }
}

variable "alarms_file" {
  description = "Alarms that `flowtrail alarms render` wrote, instead of those that come with the module."
  type        = string
  default     = null

  validation {
    condition     = var.alarms_file == null || try(fileexists(var.alarms_file), false)
    error_message = "alarms_file is not there."
  }
}
