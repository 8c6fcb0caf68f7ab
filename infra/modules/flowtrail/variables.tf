variable "name" {
  description = "What everything is named after; also the head of the alarms' names."
  type        = string
  default     = "flowtrail"

  validation {
    # The longest name made of it is the bucket's: NAME-findings-ACCOUNT-REGION.
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name)) && !endswith(var.name, "-")
    error_message = "name has 2 to 24 lower-case letters, digits and hyphens, and begins with a letter."
  }
}

variable "package_file" {
  description = "The function's zip, as `cargo xtask package` writes it."
  type        = string

  validation {
    condition     = fileexists(var.package_file)
    error_message = "package_file is not there; `cargo xtask package` writes it to target/package."
  }
}

variable "architecture" {
  description = "Machine that the zip was built for: `arm64` or `x86_64`."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture is arm64 or x86_64."
  }
}

variable "log_buckets" {
  description = <<-TEXT
    Buckets that logs are delivered to, in this region, by a short name. `prefix`: what keys of logs begin with.
    `trigger`: `notification` (this module owns the bucket's whole notification configuration), `eventbridge`
    (the bucket sends events to EventBridge; nothing of the bucket is touched), or `external` (the bucket's owner
    sends notifications to the queue). `owner_account_id`: whose bucket it is; this account's by default.
    `kms_key_arn`: the key of the logs. `trail_only`: all of them are CloudTrail's, encrypted by the trail;
    `trail_arn`: that trail, for the fire drill, which has to encrypt as it does.
  TEXT
  type = map(object({
    bucket           = string
    prefix           = optional(string, "AWSLogs/")
    trigger          = optional(string, "notification")
    owner_account_id = optional(string)
    kms_key_arn      = optional(string)
    trail_only       = optional(bool, false)
    trail_arn        = optional(string)
  }))

  validation {
    condition     = length(var.log_buckets) > 0
    error_message = "log_buckets is empty: there would be nothing to watch."
  }

  validation {
    condition     = alltrue([for name in keys(var.log_buckets) : can(regex("^[a-z][a-z0-9]{0,19}$", name))])
    error_message = "The names in log_buckets have lower-case letters and digits, at most 20."
  }

  validation {
    condition = alltrue([
      for b in values(var.log_buckets) : contains(["notification", "eventbridge", "external"], b.trigger)
    ])
    error_message = "trigger is notification, eventbridge or external."
  }

  validation {
    # A put of a notification configuration replaces all that the bucket had: another
    # entry's queue, and that it sends events to EventBridge.
    condition = alltrue([
      for b in values(var.log_buckets) :
      b.trigger != "notification" || length([for other in values(var.log_buckets) : other if other.bucket == b.bucket]) == 1
    ])
    error_message = "A bucket that has an entry with the trigger notification can have no other; use eventbridge for several prefixes."
  }

  validation {
    # Names go into the role's rights, where a star would be every bucket.
    condition = alltrue([
      for b in values(var.log_buckets) : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", b.bucket))
    ])
    error_message = "bucket is the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens."
  }

  validation {
    condition = alltrue([
      for b in values(var.log_buckets) : b.owner_account_id == null || b.trigger == "external"
    ])
    error_message = "Only the owner of a bucket can configure it: with owner_account_id the trigger is external."
  }

  validation {
    condition = alltrue([
      for b in values(var.log_buckets) : b.owner_account_id == null || can(regex("^[0-9]{12}$", b.owner_account_id))
    ])
    error_message = "owner_account_id has twelve digits."
  }

  validation {
    condition = alltrue([
      for b in values(var.log_buckets) : b.prefix == "" || endswith(b.prefix, "/")
    ])
    error_message = "prefix ends in a slash."
  }

  validation {
    condition     = alltrue([for b in values(var.log_buckets) : can(regex("^[A-Za-z0-9!_.()=/-]*$", b.prefix))])
    error_message = "prefix has letters, digits and ! _ . ( ) = / -: others mean something else in the role's rights."
  }

  validation {
    condition = alltrue([
      for b in values(var.log_buckets) : b.trail_arn == null || can(regex("^arn:[^:]+:cloudtrail:[^:]+:[0-9]{12}:trail/", b.trail_arn))
    ])
    error_message = "trail_arn is the ARN of a trail."
  }

  validation {
    # The role's rights are for an ARN: an alias or an id would give none.
    condition = alltrue([
      for b in values(var.log_buckets) : b.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/", b.kms_key_arn))
    ])
    error_message = "kms_key_arn is the ARN of a key, not an alias."
  }
}

variable "tell_missing_objects" {
  description = "Allow listing the log buckets, so that S3 calls a deleted log missing, which ends it at once, instead of denied, which is tried until the queue gives up."
  type        = bool
  default     = false
}

variable "settings" {
  description = <<-TEXT
    Settings of the function, as the README of flowtrail-lambda explains them: `level` (findings from it on are kept and counted: alarms on lower ones never go off),
    `notify_level` (and told of), `findings_ocsf`, `findings_gzip`, `rule_metrics` (rules with a metric of their own,
    besides those that ask for an alarm; each is billed), `flow_format` (columns of flow logs without a header), `object_concurrency` (0: as memory allows),
    `deadline_margin_seconds`, `stall_seconds`, `shipped_rules`, `log` (what is logged).
  TEXT
  type = object({
    level                   = optional(string, "low")
    notify_level            = optional(string, "high")
    findings_ocsf           = optional(bool, false)
    findings_gzip           = optional(bool, false)
    rule_metrics            = optional(number, 0)
    flow_format             = optional(string, "")
    object_concurrency      = optional(number, 0)
    deadline_margin_seconds = optional(number, 5)
    stall_seconds           = optional(number, 10)
    shipped_rules           = optional(bool, true)
    log                     = optional(string, "info")
  })
  default = {}

  validation {
    condition = alltrue([
      for level in [var.settings.level, var.settings.notify_level] :
      contains(["informational", "low", "medium", "high", "critical"], level)
    ])
    error_message = "level and notify_level are informational, low, medium, high or critical."
  }

  validation {
    condition     = var.settings.rule_metrics >= 0 && var.settings.rule_metrics <= 500 && floor(var.settings.rule_metrics) == var.settings.rule_metrics
    error_message = "rule_metrics is 0 to 500, a whole number."
  }

  validation {
    condition = (
      var.settings.object_concurrency >= 0 && var.settings.object_concurrency <= 1000
      && var.settings.deadline_margin_seconds >= 1 && var.settings.deadline_margin_seconds <= 300
      && var.settings.stall_seconds >= 1 && var.settings.stall_seconds <= 300
    )
    error_message = "object_concurrency is 0 to 1000, deadline_margin_seconds and stall_seconds are 1 to 300."
  }

  validation {
    condition = alltrue([
      for n in [var.settings.object_concurrency, var.settings.deadline_margin_seconds, var.settings.stall_seconds] : floor(n) == n
    ])
    error_message = "object_concurrency, deadline_margin_seconds and stall_seconds are whole numbers."
  }

  validation {
    condition     = var.settings.shipped_rules || var.rules != null
    error_message = "Without the shipped rules, rules has to be given."
  }
}

variable "namespace" {
  description = "CloudWatch namespace of all metrics; the role can write to no other."
  type        = string
  default     = "Flowtrail"

  validation {
    condition     = can(regex("^[A-Za-z0-9._/#: -]{1,255}$", var.namespace)) && !startswith(var.namespace, "AWS/") && !startswith(var.namespace, ":")
    error_message = "namespace has 1 to 255 letters, digits and . - _ / # :, and begins neither with AWS/ nor with a colon."
  }
}

variable "rules" {
  description = "Where further rule files (.yml) are; the role can read them only if this is given."
  type = object({
    bucket      = string
    prefix      = string
    kms_key_arn = optional(string)
  })
  default = null

  validation {
    condition     = var.rules == null || try(endswith(var.rules.prefix, "/"), false)
    error_message = "The prefix of rules ends in a slash."
  }

  validation {
    condition     = var.rules == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.rules.bucket)) && can(regex("^[A-Za-z0-9!_.()=/-]*$", var.rules.prefix))
    error_message = "rules has the name of a bucket, and a prefix without signs that mean something else in the role's rights."
  }
}

variable "context" {
  description = "Where the context file is (accounts, networks, suppressions); the role can read it only if this is given."
  type = object({
    bucket      = string
    key         = string
    kms_key_arn = optional(string)
  })
  default = null

  validation {
    condition     = var.context == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.context.bucket)) && can(regex("^[A-Za-z0-9!_.()=/-]+$", var.context.key))
    error_message = "context has the name of a bucket, and a key without signs that mean something else in the role's rights."
  }
}

variable "context_in_package" {
  description = "Path of the context file inside the zip, instead of `context`."
  type        = string
  default     = null

  validation {
    condition     = var.context_in_package == null || var.context == null
    error_message = "The context is either an object or a file of the package."
  }
}

variable "baseline" {
  description = "Where the baseline is (`flowtrail baseline build`): what is usual, by which the rules judge that ask what is new. The role can read it only if this is given. Not in a bucket of `log_buckets`."
  type = object({
    bucket      = string
    key         = string
    kms_key_arn = optional(string)
  })
  default = null

  validation {
    condition     = var.baseline == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.baseline.bucket)) && can(regex("^[A-Za-z0-9!_.()=/-]+$", var.baseline.key))
    error_message = "baseline has the name of a bucket, and a key without signs that mean something else in the role's rights."
  }
}

variable "geo" {
  description = "Where files are that say where addresses are, in MaxMind's format: countries, cities, autonomous systems. Rules that ask for it are active only with them. Each takes as much of `memory_mb` as it has bytes. The role can read them only if they are given. Not in a bucket of `log_buckets`."
  type = list(object({
    bucket      = string
    key         = string
    kms_key_arn = optional(string)
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for file in var.geo : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", file.bucket)) && can(regex("^[A-Za-z0-9!_.()=/-]+$", file.key))])
    error_message = "Each of geo has the name of a bucket, and a key without signs that mean something else in the role's rights."
  }
}

variable "memory_mb" {
  description = "Memory of the function; 1,769 MB is one processor. An object needs up to 96 MB."
  type        = number
  default     = 1769

  validation {
    condition     = var.memory_mb >= 256 && var.memory_mb <= 10240 && floor(var.memory_mb) == var.memory_mb
    error_message = "memory_mb is 256 to 10240, a whole number."
  }
}

variable "timeout_seconds" {
  description = "Timeout of the function. The queue's visibility is six times as long."
  type        = number
  default     = 300

  validation {
    condition     = var.timeout_seconds >= 30 && var.timeout_seconds <= 900 && floor(var.timeout_seconds) == var.timeout_seconds
    error_message = "timeout_seconds is 30 to 900, a whole number."
  }
}

variable "concurrency" {
  description = "Invocations side by side at most: the bound on what a flood of logs can cost."
  type        = number
  default     = 20

  validation {
    condition     = var.concurrency >= 2 && var.concurrency <= 1000 && floor(var.concurrency) == var.concurrency
    error_message = "concurrency is 2 to 1000, a whole number."
  }
}

variable "reserve_concurrency" {
  description = "Keep that many for this function alone. A new account's quota may be too small for that; then `false`."
  type        = bool
  default     = true
}

variable "batch_size" {
  description = "Messages of one invocation at most."
  type        = number
  default     = 10

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 1000 && floor(var.batch_size) == var.batch_size
    error_message = "batch_size is 1 to 1000, a whole number."
  }
}

variable "batching_window_seconds" {
  description = "How long a batch is gathered: later findings against fewer invocations."
  type        = number
  default     = 10

  validation {
    condition     = floor(var.batching_window_seconds) == var.batching_window_seconds && var.batching_window_seconds >= 0 && var.batching_window_seconds <= 300 && (var.batching_window_seconds > 0 || var.batch_size <= 10)
    error_message = "batching_window_seconds is 0 to 300, a whole number, and not 0 for batches of more than 10."
  }
}

variable "tries" {
  description = "How often a message is tried before it goes to the dead letters."
  type        = number
  default     = 5

  validation {
    condition     = var.tries >= 5 && var.tries <= 1000 && floor(var.tries) == var.tries
    error_message = "tries is 5 to 1000, a whole number: throttled invocations count as tries."
  }
}

variable "state_table" {
  description = "Make the table that lets windows span objects and counts an object that comes twice once. Without it windows see one object."
  type        = bool
  default     = true
}

variable "state_days" {
  description = "Days that state is kept: longer than a message lives in its queues, which is 14 days."
  type        = number
  default     = 15

  validation {
    condition     = var.state_days >= 15 && var.state_days <= 400 && floor(var.state_days) == var.state_days
    error_message = "state_days is 15 to 400, a whole number."
  }
}

variable "findings_days" {
  description = "Days after which findings are deleted; 0: never. The bucket keeps versions: what is deleted stays for 30 days more."
  type        = number
  default     = 400

  validation {
    condition     = var.findings_days >= 0 && floor(var.findings_days) == var.findings_days
    error_message = "findings_days is a whole number, and not negative."
  }
}

variable "log_days" {
  description = "Days that the function's own log is kept."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_days)
    error_message = "log_days is one of 30, 60, 90, 120, 150, 180, 365, 400, 545, 731."
  }
}

variable "emails" {
  description = "Addresses that notifications and alarms go to; each has to confirm."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.emails : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "emails are addresses."
  }
}

variable "event_bus_arn" {
  description = "EventBridge bus that findings are also sent to."
  type        = string
  default     = null

  validation {
    condition     = var.event_bus_arn == null || can(regex("^arn:[^:]+:events:[^:]+:[0-9]{12}:event-bus/", var.event_bus_arn))
    error_message = "event_bus_arn is the ARN of an event bus."
  }
}

variable "kms_key_arn" {
  description = "A key of yours for everything here, instead of a new one. Its policy needs the statements of the output `kms_key_statements`."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn is the ARN of a key, not an alias."
  }
}

variable "code_signing_config_arn" {
  description = "Code signing configuration, where packages are signed."
  type        = string
  default     = null

  validation {
    condition     = var.code_signing_config_arn == null || can(regex("^arn:[^:]+:lambda:[^:]+:[0-9]{12}:code-signing-config:", var.code_signing_config_arn))
    error_message = "code_signing_config_arn is the ARN of a code signing configuration."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn is the ARN of a policy."
  }
}

variable "tracing" {
  description = "Trace invocations with X-Ray."
  type        = bool
  default     = false
}

variable "deletion_protection" {
  description = "Refuse to delete the state table, and the findings bucket while something is in it."
  type        = bool
  default     = true
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
  default     = {}
}
