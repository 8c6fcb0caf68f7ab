variable "alarms_file" {
  description = "The alarms, as `flowtrail alarms render` writes them; see the README of this module. By default those that stand beside it."
  type        = string
  default     = null

  validation {
    condition     = var.alarms_file == null || try(fileexists(var.alarms_file), false)
    error_message = "alarms_file is not there."
  }
}

variable "names" {
  description = "What stands for {name}, {function}, {queue} and the like in the file: the output `names` of the module flowtrail."
  type        = map(string)

  validation {
    condition     = alltrue([for key in ["name", "namespace"] : contains(keys(var.names), key)])
    error_message = "names needs name and namespace."
  }
}

variable "actions" {
  description = "Whom an alarm tells: ARNs by the level of the alarm (`critical`, `high`, `medium`, `low`, `informational`) and, for health, by `health`. What is left out is shown and told to nobody."
  type        = map(list(string))
  default     = {}

  validation {
    condition = alltrue([
      for key in keys(var.actions) : contains(["critical", "high", "medium", "low", "informational", "health"], key)
    ])
    error_message = "actions are by critical, high, medium, low, informational and health."
  }

  validation {
    condition     = alltrue([for arn in flatten(values(var.actions)) : can(regex("^arn:[^:]+:[^:]+:", arn))])
    error_message = "actions are ARNs."
  }
}

variable "tell_recovery" {
  description = "Tell also when an alarm about a state (silence, lag, dead letters, oldest message) is over."
  type        = bool
  default     = true
}

variable "tags" {
  description = "Tags of every alarm, beside its own."
  type        = map(string)
  default     = {}
}
