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

run "one_apply" {
  assert {
    condition = (
      aws_cloudtrail.organization.is_organization_trail && aws_cloudtrail.organization.enable_log_file_validation
      && aws_cloudtrail.organization.s3_bucket_name == "example-logs"
    )
    error_message = "The organisation's trail does not write into the central bucket."
  }

  # The bucket lets in the trail of that name, and no other.
  assert {
    condition     = module.log_source.trail_arn == "arn:aws:cloudtrail:eu-central-1:444455556666:trail/${aws_cloudtrail.organization.name}"
    error_message = "The bucket waits for another trail."
  }

  assert {
    condition     = module.log_source.log_bucket.trigger == "eventbridge" && !module.log_source.log_bucket.trail_only
    error_message = "The function would not be told of the bucket's objects, or could not read flow logs."
  }

  assert {
    condition     = startswith(output.drill_command.logs, "flowtrail drill --bucket example-logs ")
    error_message = "Nobody is told how to try it."
  }
}
