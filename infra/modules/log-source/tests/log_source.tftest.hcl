mock_provider "aws" {
  source = "../../tests"
}

variables {
  bucket_name = "example-logs"
}

run "as_it_comes" {
  assert {
    condition = (
      aws_cloudtrail.this[0].enable_log_file_validation && aws_cloudtrail.this[0].is_multi_region_trail
      && aws_cloudtrail.this[0].include_global_service_events && !aws_cloudtrail.this[0].is_organization_trail
      && aws_cloudtrail.this[0].kms_key_id == aws_kms_key.logs.arn && aws_cloudtrail.this[0].enable_logging
      && length(aws_cloudtrail.this[0].advanced_event_selector) == 1
    )
    error_message = "The trail sees less than it should, or proves nothing."
  }

  assert {
    condition = (
      aws_s3_bucket.logs.object_lock_enabled
      && aws_s3_bucket_object_lock_configuration.logs[0].rule[0].default_retention[0].mode == "GOVERNANCE"
      && aws_s3_bucket_object_lock_configuration.logs[0].rule[0].default_retention[0].days == 90
      && aws_s3_bucket_versioning.logs.versioning_configuration[0].status == "Enabled"
      && one(aws_s3_bucket_ownership_controls.logs.rule).object_ownership == "BucketOwnerEnforced"
    )
    error_message = "Logs could be changed."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.logs.block_public_acls,
      aws_s3_bucket_public_access_block.logs.block_public_policy,
      aws_s3_bucket_public_access_block.logs.ignore_public_acls,
      aws_s3_bucket_public_access_block.logs.restrict_public_buckets,
    ])
    error_message = "The bucket could be made public."
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.logs.rule).bucket_key_enabled == false
    error_message = "With a bucket key the key could not ask for the trail."
  }

  assert {
    condition = jsondecode(aws_s3_bucket_policy.logs.policy).Statement == jsondecode(<<-JSON
      [
        {
          "Sid": "OnlyTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
          "Resource": ["arn:aws:s3:::example-logs", "arn:aws:s3:::example-logs/*"],
          "Condition": {"Bool": {"aws:SecureTransport": "false"}}
        },
        {
          "Sid": "TrailLooks", "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
          "Action": "s3:GetBucketAcl", "Resource": ["arn:aws:s3:::example-logs"],
          "Condition": {"StringEquals": {"aws:SourceArn": "arn:aws:cloudtrail:eu-central-1:111122223333:trail/flowtrail"}}
        },
        {
          "Sid": "TrailWrites", "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
          "Action": "s3:PutObject", "Resource": ["arn:aws:s3:::example-logs/AWSLogs/111122223333/*"],
          "Condition": {"StringEquals": {
            "aws:SourceArn": "arn:aws:cloudtrail:eu-central-1:111122223333:trail/flowtrail",
            "s3:x-amz-acl": "bucket-owner-full-control"
          }}
        }
      ]
    JSON
    )
    error_message = "Others than the trail can write, or the trail cannot."
  }

  assert {
    condition     = output.log_bucket.trail_only && output.log_bucket.trigger == "notification"
    error_message = "The function would be told the wrong thing about the bucket."
  }
}

run "flow_logs_of_three_accounts" {
  variables {
    flow_log_vpc_ids     = { main = "vpc-0123456789abcdef0" }
    flow_log_account_ids = ["444455556666", "777788889999"]
    reader_role_arns     = ["arn:aws:iam::999900001111:role/investigator"]
  }

  assert {
    condition = (
      startswith(aws_flow_log.vpc["main"].log_format, "$${version} $${account-id} $${interface-id} $${srcaddr} ")
      && length(distinct(split(" ", aws_flow_log.vpc["main"].log_format))) == length(split(" ", aws_flow_log.vpc["main"].log_format))
      && aws_flow_log.vpc["main"].traffic_type == "ALL" && aws_flow_log.vpc["main"].log_destination_type == "s3"
      && aws_flow_log.vpc["main"].destination_options[0].file_format == "plain-text"
    )
    error_message = "The flow log is not in the recommended format."
  }

  # CloudWatch's service delivers for everybody: without the accounts anybody's flow
  # logs could be written here, and read as ours.
  assert {
    condition = alltrue([
      for s in concat(jsondecode(aws_s3_bucket_policy.logs.policy).Statement, jsondecode(aws_kms_key.logs.policy).Statement) :
      try(
        s.Condition.StringEquals["aws:SourceAccount"] == ["111122223333", "444455556666", "777788889999"]
        && s.Condition.ArnLike["aws:SourceArn"] == [for id in s.Condition.StringEquals["aws:SourceAccount"] : "arn:aws:logs:*:${id}:*"],
        false,
      )
      if try(s.Principal.Service, "") == "delivery.logs.amazonaws.com"
    ])
    error_message = "A statement for flow logs has no condition on the account."
  }

  assert {
    condition = one([
      for s in jsondecode(aws_s3_bucket_policy.logs.policy).Statement : s.Resource if s.Sid == "FlowLogsWrite"
    ]) == [for id in ["111122223333", "444455556666", "777788889999"] : "arn:aws:s3:::example-logs/AWSLogs/${id}/vpcflowlogs/*"]
    error_message = "Flow logs may be written where they do not belong."
  }

  assert {
    condition = [for s in jsondecode(aws_kms_key.logs.policy).Statement : s.Sid] == [
      "Account", "TrailEncrypts", "TrailLooks", "FlowLogsEncrypt", "ReadersDecrypt"
    ]
    error_message = "Others can use the key, or those cannot who have to."
  }

  assert {
    condition = one([
      for s in jsondecode(aws_kms_key.logs.policy).Statement : s.Condition if s.Sid == "TrailEncrypts"
      ]) == {
      StringEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/flowtrail" }
      StringLike   = { "kms:EncryptionContext:aws:cloudtrail:arn" = "arn:aws:cloudtrail:*:111122223333:trail/*" }
    }
    error_message = "Somebody else's trail could encrypt with the key."
  }

  assert {
    condition     = !output.log_bucket.trail_only
    error_message = "Flow logs carry no context of a trail; the function could not read them."
  }
}

run "organisation_whose_trail_is_elsewhere" {
  variables {
    trail       = { name = "org", create = false, organization_id = "o-abcde12345", account_id = "444455556666", region = "us-east-1" }
    eventbridge = true
    object_lock = { mode = "COMPLIANCE", days = 365 }
    keep_days   = 0
  }

  assert {
    condition     = length(aws_cloudtrail.this) == 0 && output.trail_arn == "arn:aws:cloudtrail:us-east-1:444455556666:trail/org"
    error_message = "The trail is not the one that is made elsewhere."
  }

  assert {
    condition = one([
      for s in jsondecode(aws_s3_bucket_policy.logs.policy).Statement : s.Resource if s.Sid == "TrailWrites"
    ]) == ["arn:aws:s3:::example-logs/AWSLogs/444455556666/*", "arn:aws:s3:::example-logs/AWSLogs/o-abcde12345/*"]
    error_message = "An organisation's trail writes under both."
  }

  assert {
    condition     = aws_s3_bucket_notification.logs[0].eventbridge && output.log_bucket.trigger == "eventbridge"
    error_message = "The bucket does not send events."
  }

  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.logs.rule[0].expiration) == 0
    error_message = "Logs that are kept for ever are deleted."
  }
}

run "trail_with_more" {
  variables {
    trail = { data_events = ["AWS::S3::Object", "AWS::Lambda::Function"], insights = true }
  }

  assert {
    condition     = length(aws_cloudtrail.this[0].advanced_event_selector) == 3 && length(aws_cloudtrail.this[0].insight_selector) == 2
    error_message = "Data events or insights are not recorded."
  }
}

run "no_trail" {
  variables {
    trail                = null
    flow_log_account_ids = ["444455556666"]
  }

  assert {
    condition     = !strcontains(aws_s3_bucket_policy.logs.policy, "cloudtrail") && !strcontains(aws_kms_key.logs.policy, "cloudtrail")
    error_message = "There is no trail, and one may write."
  }
}

run "deleted_before_the_lock_ends" {
  command = plan
  variables {
    keep_days   = 100
    object_lock = { days = 365 }
  }
  expect_failures = [var.keep_days]
}

run "trail_made_in_another_region" {
  command = plan
  variables {
    trail = { region = "us-east-1" }
  }
  expect_failures = [aws_cloudtrail.this]
}

run "organization_that_is_none" {
  command = plan
  variables {
    trail = { organization_id = "example" }
  }
  expect_failures = [var.trail]
}

run "vpc_by_name" {
  command = plan
  variables {
    flow_log_vpc_ids = { main = "main" }
  }
  expect_failures = [var.flow_log_vpc_ids]
}

run "every_reader" {
  command = plan
  variables {
    reader_role_arns = ["*"]
  }
  expect_failures = [var.reader_role_arns]
}

run "half_a_day_kept" {
  command = plan
  variables {
    keep_days = 400.5
  }
  expect_failures = [var.keep_days]
}

run "half_a_day_of_archive" {
  command = plan
  variables {
    archive_days = 90.5
  }
  expect_failures = [var.archive_days]
}

run "half_a_day_locked" {
  command = plan
  variables {
    object_lock = { days = 1.5 }
  }
  expect_failures = [var.object_lock]
}

run "former_versions_for_no_day" {
  command = plan
  variables {
    former_days = 0
  }
  expect_failures = [var.former_days]
}
