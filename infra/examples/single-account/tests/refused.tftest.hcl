# Values that would be found out by AWS, late.
mock_provider "aws" {
  source = "../../tests"
}

variables {
  log_bucket_name  = "example-logs"
  package_file     = "main.tf"
  flow_log_vpc_ids = { main = "vpc-0123456789abcdef0" }
  emails           = ["security@example.com"]
}

run "region_that_is_none" {
  command = plan
  variables {
    region = "Frankfurt"
  }
  expect_failures = [var.region]
}

run "bucket_that_is_none" {
  command = plan
  variables {
    log_bucket_name = "Example Logs"
  }
  expect_failures = [var.log_bucket_name]
}

run "package_that_is_not_there" {
  command = plan
  variables {
    package_file = "nowhere.zip"
  }
  expect_failures = [var.package_file]
}

run "architecture_that_is_none" {
  command = plan
  variables {
    architecture = "arm"
  }
  expect_failures = [var.architecture]
}

run "address_that_is_none" {
  command = plan
  variables {
    emails = ["somebody"]
  }
  expect_failures = [var.emails]
}

run "alarms_that_are_not_there" {
  command = plan
  variables {
    alarms_file = "nowhere.json"
  }
  expect_failures = [var.alarms_file]
}

run "vpc_by_name" {
  command = plan
  variables {
    flow_log_vpc_ids = { main = "main" }
  }
  expect_failures = [var.flow_log_vpc_ids]
}
