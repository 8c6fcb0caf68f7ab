variable "body_file" {
  description = "The dashboard's body: JSON as CloudWatch has it, with {name}, {region}, {namespace}, {function}, {queue}, {dead_letters} and {log_group} as values to be filled in. By default the one that stands beside it."
  type        = string
  default     = null

  validation {
    condition     = var.body_file == null || try(can(jsondecode(file(var.body_file)).widgets), false)
    error_message = "body_file is not there, or no body of a dashboard."
  }
}

variable "names" {
  description = "What is filled in: the output `names` of the module flowtrail. `name` is also the dashboard's."
  type        = map(string)

  validation {
    condition = alltrue([
      for key in ["name", "region", "namespace", "function", "queue", "dead_letters", "log_group"] : contains(keys(var.names), key)
    ])
    error_message = "names lacks one of name, region, namespace, function, queue, dead_letters, log_group."
  }
}
