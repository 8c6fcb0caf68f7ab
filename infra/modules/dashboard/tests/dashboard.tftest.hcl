mock_provider "aws" {
  source = "../../tests"
}

variables {
  names = {
    name         = "flowtrail", region = "eu-central-1", function = "flowtrail", queue = "flowtrail-ingest"
    dead_letters = "flowtrail-dead-letters", log_group = "/aws/lambda/flowtrail", namespace = "Security/Flowtrail"
  }
}

run "the_one_that_comes_with_it" {
  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets :
      widget.properties.region == "eu-central-1" && alltrue([
        for metric in widget.properties.metrics : contains(["Security/Flowtrail", "AWS/SQS", "AWS/Lambda"], metric[0])
      ])
    ])
    error_message = "A widget shows metrics of somewhere else."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "flowtrail-dead-letters")
    error_message = "A placeholder is left."
  }
}

run "placeholder_that_nobody_knows" {
  command = plan
  variables {
    body_file = "tests/unknown.json"
  }
  expect_failures = [aws_cloudwatch_dashboard.this]
}

run "names_that_lack_one" {
  command = plan
  variables {
    names = { name = "flowtrail", region = "eu-central-1" }
  }
  expect_failures = [var.names]
}

run "body_that_is_none" {
  command = plan
  variables {
    body_file = "versions.tf"
  }
  expect_failures = [var.body_file]
}
