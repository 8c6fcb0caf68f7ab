variable "region" {
  description = "Region of everything, the trail's home included; it records all regions."
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

variable "organization_id" {
  description = "The organisation, o-…"
  type        = string

  validation {
    condition     = can(regex("^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "organization_id looks like o-abcde12345."
  }
}

variable "management_account_id" {
  description = "The organisation's management account, in which the trail lives."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.management_account_id))
    error_message = "management_account_id has twelve digits."
  }
}

variable "management_role_arn" {
  description = "Role in the management account that may make the trail there."
  type        = string

  validation {
    condition     = can(regex("^arn:[^:]+:iam::${var.management_account_id}:role/", var.management_role_arn))
    error_message = "management_role_arn is the ARN of a role in the management account."
  }
}

variable "flow_log_account_ids" {
  description = "Accounts that deliver their flow logs here."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.flow_log_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "flow_log_account_ids have twelve digits each."
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
