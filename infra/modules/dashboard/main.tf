locals {
  source = var.body_file == null ? "${path.module}/body.json" : var.body_file

  # A placeholder is a whole string of JSON. One that names does not know stays, and is
  # found below.
  body = jsondecode(join("", [
    for part in regexall("\"[{][a-z_]+[}]\"|[^\"]+|\"", file(local.source)) :
    startswith(part, "\"{") ? try("\"${var.names[trimsuffix(trimprefix(part, "\"{"), "}\"")]}\"", part) : part
  ]))
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.names.name
  dashboard_body = jsonencode(local.body)

  lifecycle {
    precondition {
      condition     = length(local.body.widgets) <= 500
      error_message = "A dashboard has at most 500 widgets."
    }
    precondition {
      condition     = length(regexall("\"[{][a-z_]+[}]\"", jsonencode(local.body))) == 0
      error_message = "The body has a placeholder that names does not know."
    }
  }
}
