# Values that would be found out by AWS, late, or by nobody.
mock_provider "aws" {
  source = "../../tests"
}

variables {
  package_file = "versions.tf"
  log_buckets  = { logs = { bucket = "example-logs" } }
}

run "no_package" {
  command = plan
  variables {
    package_file = "nowhere.zip"
  }
  expect_failures = [var.package_file]
}

run "no_bucket" {
  command = plan
  variables {
    log_buckets = {}
  }
  expect_failures = [var.log_buckets]
}

run "one_bucket_configured_twice" {
  command = plan
  variables {
    log_buckets = {
      a = { bucket = "same", prefix = "a/" }
      b = { bucket = "same", prefix = "b/" }
    }
  }
  expect_failures = [var.log_buckets]
}

run "bucket_of_another_account" {
  command = plan
  variables {
    log_buckets = { a = { bucket = "theirs", owner_account_id = "444455556666" } }
  }
  expect_failures = [var.log_buckets]
}

run "account_without_twelve_digits" {
  command = plan
  variables {
    log_buckets = { a = { bucket = "theirs", trigger = "external", owner_account_id = "4444" } }
  }
  expect_failures = [var.log_buckets]
}

run "level_that_is_none" {
  command = plan
  variables {
    settings = { notify_level = "severe" }
  }
  expect_failures = [var.settings]
}

run "margin_of_no_time" {
  command = plan
  variables {
    settings = { deadline_margin_seconds = 0 }
  }
  expect_failures = [var.settings]
}

run "alias_of_a_key" {
  command = plan
  variables {
    kms_key_arn = "alias/mine"
  }
  expect_failures = [var.kms_key_arn]
}

run "alias_of_the_logs_key" {
  command = plan
  variables {
    log_buckets = { a = { bucket = "b", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:alias/logs" } }
  }
  expect_failures = [var.log_buckets]
}

run "bus_by_name" {
  command = plan
  variables {
    event_bus_arn = "security"
  }
  expect_failures = [var.event_bus_arn]
}

run "address_that_is_none" {
  command = plan
  variables {
    emails = ["somebody"]
  }
  expect_failures = [var.emails]
}

run "no_rules_at_all" {
  command = plan
  variables {
    settings = { shipped_rules = false }
  }
  expect_failures = [var.settings]
}

run "namespace_of_aws" {
  command = plan
  variables {
    namespace = "AWS/Lambda"
  }
  expect_failures = [var.namespace]
}

run "state_shorter_than_messages" {
  command = plan
  variables {
    state_days = 14
  }
  expect_failures = [var.state_days]
}

run "context_twice" {
  command = plan
  variables {
    context            = { bucket = "own", key = "k" }
    context_in_package = "context.yaml"
  }
  expect_failures = [var.context_in_package]
}

run "few_tries" {
  command = plan
  variables {
    tries = 1
  }
  expect_failures = [var.tries]
}

run "large_batches_at_once" {
  command = plan
  variables {
    batch_size              = 100
    batching_window_seconds = 0
  }
  expect_failures = [var.batching_window_seconds]
}

run "findings_among_the_logs" {
  command = plan
  variables {
    log_buckets = { logs = { bucket = "flowtrail-findings-111122223333-eu-central-1" } }
  }
  expect_failures = [aws_lambda_function.this]
}

run "bucket_configured_and_sending_events" {
  command = plan
  variables {
    log_buckets = {
      a = { bucket = "same", prefix = "a/" }
      b = { bucket = "same", prefix = "b/", trigger = "eventbridge" }
    }
  }
  expect_failures = [var.log_buckets]
}

run "bucket_configured_and_external" {
  command = plan
  variables {
    log_buckets = {
      a = { bucket = "same", prefix = "a/" }
      b = { bucket = "same", prefix = "b/", trigger = "external" }
    }
  }
  expect_failures = [var.log_buckets]
}

run "every_bucket" {
  command = plan
  variables {
    log_buckets = { a = { bucket = "*" } }
  }
  expect_failures = [var.log_buckets]
}

run "prefix_with_a_star" {
  command = plan
  variables {
    log_buckets = { a = { bucket = "logs", prefix = "*/" } }
  }
  expect_failures = [var.log_buckets]
}

run "trail_by_name" {
  command = plan
  variables {
    log_buckets = { a = { bucket = "logs", trail_arn = "flowtrail" } }
  }
  expect_failures = [var.log_buckets]
}

run "half_a_rule" {
  command = plan
  variables {
    settings = { rule_metrics = 1.5 }
  }
  expect_failures = [var.settings]
}

run "half_a_second" {
  command = plan
  variables {
    settings = { stall_seconds = 1.5 }
  }
  expect_failures = [var.settings]
}

run "half_a_day" {
  command = plan
  variables {
    findings_days = 0.5
  }
  expect_failures = [var.findings_days]
}

run "half_a_megabyte" {
  command = plan
  variables {
    memory_mb = 512.5
  }
  expect_failures = [var.memory_mb]
}

run "half_a_second_more" {
  command = plan
  variables {
    timeout_seconds = 30.5
  }
  expect_failures = [var.timeout_seconds]
}

run "half_an_invocation" {
  command = plan
  variables {
    concurrency = 2.5
  }
  expect_failures = [var.concurrency]
}

run "half_a_message" {
  command = plan
  variables {
    batch_size = 1.5
  }
  expect_failures = [var.batch_size]
}

run "half_a_window" {
  command = plan
  variables {
    batching_window_seconds = 0.5
  }
  expect_failures = [var.batching_window_seconds]
}

run "half_a_try" {
  command = plan
  variables {
    tries = 5.5
  }
  expect_failures = [var.tries]
}

run "half_a_day_of_state" {
  command = plan
  variables {
    state_days = 15.5
  }
  expect_failures = [var.state_days]
}

run "rules_of_every_bucket" {
  command = plan
  variables {
    rules = { bucket = "*", prefix = "" }
  }
  expect_failures = [var.rules]
}

run "context_of_every_key" {
  command = plan
  variables {
    context = { bucket = "own", key = "*" }
  }
  expect_failures = [var.context]
}

run "baseline_of_every_key" {
  command = plan
  variables {
    baseline = { bucket = "own", key = "*" }
  }
  expect_failures = [var.baseline]
}

run "places_of_every_key" {
  command = plan
  variables {
    geo = [{ bucket = "own", key = "*" }]
  }
  expect_failures = [var.geo]
}

run "boundary_by_name" {
  command = plan
  variables {
    permissions_boundary_arn = "boundary"
  }
  expect_failures = [var.permissions_boundary_arn]
}

run "code_signing_by_name" {
  command = plan
  variables {
    code_signing_config_arn = "signed"
  }
  expect_failures = [var.code_signing_config_arn]
}
