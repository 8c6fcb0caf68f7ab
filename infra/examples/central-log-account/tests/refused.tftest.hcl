# Values that would be found out by AWS, late.
mock_provider "aws" {
  source = "../../tests"
}

mock_provider "aws" {
  alias  = "management"
  source = "../../tests"
}

variables {
  log_bucket_name       = "example-logs"
  package_file          = "main.tf"
  organization_id       = "o-abcde12345"
  management_account_id = "444455556666"
  management_role_arn   = "arn:aws:iam::444455556666:role/trail"
  flow_log_account_ids  = ["777788889999"]
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

run "organization_that_is_none" {
  command = plan
  variables {
    organization_id = "example"
  }
  expect_failures = [var.organization_id]
}

run "account_without_twelve_digits" {
  command = plan
  variables {
    management_account_id = "4444"
  }
  expect_failures = [var.management_account_id]
}

run "role_of_another_account" {
  command = plan
  variables {
    management_role_arn = "arn:aws:iam::111122223333:role/trail"
  }
  expect_failures = [var.management_role_arn]
}

run "member_without_twelve_digits" {
  command = plan
  variables {
    flow_log_account_ids = ["7777"]
  }
  expect_failures = [var.flow_log_account_ids]
}
