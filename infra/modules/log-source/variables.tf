variable "name" {
  description = "What the key and the flow logs are named after."
  type        = string
  default     = "flowtrail-logs"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,39}$", var.name))
    error_message = "name has 2 to 40 lower-case letters, digits and hyphens, and begins with a letter."
  }
}

variable "bucket_name" {
  description = "The log bucket; names are unique in all of AWS."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name has 3 to 63 lower-case letters, digits and hyphens, and begins and ends with a letter or a digit."
  }
}

variable "trail" {
  description = <<-TEXT
    The trail that may write here, or null. `create`: make it, too. `organization_id` (o-…): it is an organisation's
    trail. `account_id` and `region`: where it lives, if not here; an organisation's trail always bears the
    management account's id, even where a delegated administrator made it. `data_events`: types of resources whose
    data events are recorded (`AWS::S3::Object`, `AWS::Lambda::Function`, …); each event is billed.
    `insights`: also record unusual rates, billed by analysed event.
  TEXT
  type = object({
    name            = optional(string, "flowtrail")
    create          = optional(bool, true)
    organization_id = optional(string)
    account_id      = optional(string)
    region          = optional(string)
    data_events     = optional(list(string), [])
    insights        = optional(bool, false)
  })
  default = {}

  validation {
    condition     = try(var.trail.organization_id, null) == null || can(regex("^o-[a-z0-9]{10,32}$", var.trail.organization_id))
    error_message = "organization_id looks like o-abcde12345."
  }

  validation {
    condition     = try(var.trail.account_id, null) == null || can(regex("^[0-9]{12}$", var.trail.account_id))
    error_message = "account_id has twelve digits."
  }
}

variable "flow_log_vpc_ids" {
  description = "VPCs of this account whose flow logs are made here, by a short name."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for id in values(var.flow_log_vpc_ids) : can(regex("^vpc-([0-9a-f]{8}|[0-9a-f]{17})$", id))])
    error_message = "flow_log_vpc_ids are like vpc-0123456789abcdef0."
  }
}

variable "flow_log_account_ids" {
  description = "Accounts whose flow logs may be delivered here; this one is always among them if it has VPCs."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.flow_log_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "flow_log_account_ids have twelve digits each."
  }

  validation {
    # A bucket's policy has 20 KB; an account takes about 120 bytes of it.
    condition     = length(var.flow_log_account_ids) <= 100
    error_message = "At most 100 accounts fit into the bucket's policy."
  }
}

variable "flow_log_interval_seconds" {
  description = "Seconds that a flow is gathered: 60, or 600 for about a tenth of the records, up to ten minutes later."
  type        = number
  default     = 600

  validation {
    condition     = contains([60, 600], var.flow_log_interval_seconds)
    error_message = "flow_log_interval_seconds is 60 or 600."
  }
}

variable "object_lock" {
  description = "Nobody can delete or change a log for so many days: not even root in the mode `COMPLIANCE`, whoever has a special right in `GOVERNANCE`. Null: no lock. It can only be chosen when the bucket is made."
  type = object({
    mode = optional(string, "GOVERNANCE")
    days = optional(number, 90)
  })
  default = {}

  validation {
    condition     = var.object_lock == null || contains(["GOVERNANCE", "COMPLIANCE"], try(var.object_lock.mode, ""))
    error_message = "The mode of object_lock is GOVERNANCE or COMPLIANCE."
  }

  validation {
    condition     = try(var.object_lock.days, 1) >= 1 && try(floor(var.object_lock.days) == var.object_lock.days, true)
    error_message = "object_lock needs a day at least, and whole ones."
  }
}

variable "archive_days" {
  description = "Days after which logs move to Glacier Instant Retrieval; 0: never. S3 leaves objects below 128 KB where they are."
  type        = number
  default     = 90

  validation {
    condition     = floor(var.archive_days) == var.archive_days && (var.archive_days == 0 || var.archive_days >= 30)
    error_message = "archive_days is 0, or a whole number from 30 on: before, it would cost more than it saves."
  }
}

variable "keep_days" {
  description = "Days after which logs are deleted; 0: never. The bucket keeps versions, so what is deleted is hidden, and gone after `former_days` more."
  type        = number
  default     = 400

  validation {
    condition     = floor(var.keep_days) == var.keep_days && (var.keep_days == 0 || var.keep_days > max(var.archive_days, try(var.object_lock.days, 0)))
    error_message = "keep_days is 0, or a whole number above archive_days and the days of object_lock."
  }
}

variable "former_days" {
  description = "Days that a former version of a log is kept, from when it was deleted or written over: by keep_days, or by somebody who meddled. What object_lock holds stays until that is over."
  type        = number
  default     = 30

  validation {
    condition     = var.former_days >= 1 && floor(var.former_days) == var.former_days
    error_message = "former_days is a day at least, and whole ones."
  }
}

variable "eventbridge" {
  description = "Have the bucket send events to EventBridge. Nobody else may then configure its notifications."
  type        = bool
  default     = false
}

variable "reader_role_arns" {
  description = "Roles of other accounts that read the logs: they may use the key. Roles of this account need no entry."
  type        = set(string)
  default     = []

  validation {
    # A star would be everybody in AWS.
    condition     = alltrue([for arn in var.reader_role_arns : can(regex("^arn:[^:]+:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$", arn))])
    error_message = "reader_role_arns are ARNs of roles."
  }
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
  default     = {}
}
