# Values that would be found out by AWS, late.
mock_provider "aws" {
  source = "../../tests"
}

variables {
  bucket_name = "example-state"
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
    bucket_name = "Example State"
  }
  expect_failures = [var.bucket_name]
}
