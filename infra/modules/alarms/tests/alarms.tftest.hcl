mock_provider "aws" {
  source = "../../tests"
}

variables {
  names = {
    name         = "flowtrail", region = "eu-central-1", function = "flowtrail", queue = "flowtrail-ingest"
    dead_letters = "flowtrail-dead-letters", log_group = "/aws/lambda/flowtrail", namespace = "Security/Flowtrail"
  }
  actions = {
    critical = ["arn:aws:sns:eu-central-1:111122223333:pager"]
    health   = ["arn:aws:sns:eu-central-1:111122223333:flowtrail"]
  }
}

run "those_that_come_with_it" {
  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["findings-critical"].namespace == "Security/Flowtrail"
      && aws_cloudwatch_metric_alarm.this["findings-critical"].metric_name == "Findings"
      && aws_cloudwatch_metric_alarm.this["findings-critical"].dimensions == tomap({ Level = "critical" })
      && aws_cloudwatch_metric_alarm.this["findings-critical"].alarm_actions == toset(["arn:aws:sns:eu-central-1:111122223333:pager"])
      && aws_cloudwatch_metric_alarm.this["findings-critical"].treat_missing_data == "notBreaching"
      && length(coalesce(aws_cloudwatch_metric_alarm.this["findings-high"].alarm_actions, [])) == 0
    )
    error_message = "An alarm on findings watches something else, or tells somebody else."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["silence"].treat_missing_data == "breaching"
      && aws_cloudwatch_metric_alarm.this["silence"].comparison_operator == "LessThanThreshold"
      && aws_cloudwatch_metric_alarm.this["silence"].ok_actions == toset(["arn:aws:sns:eu-central-1:111122223333:flowtrail"])
    )
    error_message = "A dead pipeline, which sends nothing, would look well."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["errors"].alarm_actions == toset(["arn:aws:sns:eu-central-1:111122223333:flowtrail"])
      && length(coalesce(aws_cloudwatch_metric_alarm.this["errors"].ok_actions, [])) == 0
    )
    error_message = "An alarm about events says that all is well when they are merely past."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["errors"].dimensions == tomap({ FunctionName = "flowtrail" })
      && aws_cloudwatch_metric_alarm.this["dead-letters"].dimensions == tomap({ QueueName = "flowtrail-dead-letters" })
      && aws_cloudwatch_metric_alarm.this["oldest-message"].dimensions == tomap({ QueueName = "flowtrail-ingest" })
    )
    error_message = "A placeholder is left."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["lag"].extended_statistic == "p90" && aws_cloudwatch_metric_alarm.this["lag"].statistic == null
    error_message = "A percentile has an argument of its own."
  }

  # The topic of the module flowtrail takes alarms whose names begin so.
  assert {
    condition     = alltrue([for name in output.alarm_names : startswith(name, "flowtrail-")])
    error_message = "The topic would refuse an alarm of that name."
  }
}

run "namespace_of_somebody_else" {
  command = plan
  variables {
    alarms_file = "tests/other_namespace.json"
  }
  expect_failures = [aws_cloudwatch_metric_alarm.this]
}

run "alarm_that_late_data_would_miss" {
  command = plan
  variables {
    alarms_file = "tests/event_time.json"
  }
  expect_failures = [aws_cloudwatch_metric_alarm.this]
}

run "periods_that_are_refused" {
  command = plan
  variables {
    alarms_file = "tests/long_periods.json"
  }
  expect_failures = [aws_cloudwatch_metric_alarm.this]
}

run "file_that_is_not_there" {
  command = plan
  variables {
    alarms_file = "tests/nowhere.json"
  }
  expect_failures = [var.alarms_file]
}

run "level_that_is_none" {
  command = plan
  variables {
    actions = { severe = [] }
  }
  expect_failures = [var.actions]
}

run "topic_by_name" {
  command = plan
  variables {
    actions = { critical = ["pager"] }
  }
  expect_failures = [var.actions]
}
