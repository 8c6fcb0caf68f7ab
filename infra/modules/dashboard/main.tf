locals {
  raw   = file(var.body_file == null ? "${path.module}/body.json" : var.body_file)
  named = replace(replace(replace(local.raw, "{name}", var.names.name), "{region}", var.names.region), "{namespace}", var.names.namespace)
  body = replace(replace(replace(replace(local.named,
    "{function}", var.names.function), "{queue}", var.names.queue),
  "{dead_letters}", var.names.dead_letters), "{log_group}", var.names.log_group)
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.names.name
  # Decoded and encoded: what is not JSON is found here.
  dashboard_body = jsonencode(jsondecode(local.body))

  lifecycle {
    precondition {
      condition     = length(jsondecode(local.body).widgets) <= 500
      error_message = "A dashboard has at most 500 widgets."
    }
    precondition {
      condition     = length(regexall("[{][a-z_]+[}]", local.body)) == 0
      error_message = "The body has a placeholder that is none of those of names."
    }
  }
}
