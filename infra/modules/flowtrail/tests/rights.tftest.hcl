# Who may do what. The role is compared word for word; for the policies of resources each
# statement for a service has to name the account that it acts for.
mock_provider "aws" {
  source = "../../tests"
}

variables {
  package_file = "versions.tf"
  log_buckets  = { logs = { bucket = "example-logs" } }
}

run "role_as_it_comes" {
  assert {
    condition = {
      for s in jsondecode(aws_iam_role_policy.function.policy).Statement :
      s.Sid => { for k, v in s : k => v if k != "Sid" }
      } == jsondecode(<<-JSON
      {
        "ReadLogs": {
          "Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"],
          "Resource": ["arn:aws:s3:::example-logs/AWSLogs/*"]
        },
        "WriteFindings": {
          "Effect": "Allow", "Action": ["s3:PutObject"],
          "Resource": ["arn:aws:s3:::flowtrail-findings-111122223333-eu-central-1/*"]
        },
        "DeleteFindings": {
          "Effect": "Allow", "Action": ["s3:DeleteObject"],
          "Resource": [
            "arn:aws:s3:::flowtrail-findings-111122223333-eu-central-1/windows/*",
            "arn:aws:s3:::flowtrail-findings-111122223333-eu-central-1/ocsf/windows/*"
          ]
        },
        "PutMetrics": {
          "Effect": "Allow", "Action": ["cloudwatch:PutMetricData"], "Resource": ["*"],
          "Condition": {"StringEquals": {"cloudwatch:namespace": "Flowtrail"}}
        },
        "Notify": {
          "Effect": "Allow", "Action": ["sns:Publish"],
          "Resource": ["arn:aws:sns:eu-central-1:111122223333:flowtrail"]
        },
        "TakeAnnouncements": {
          "Effect": "Allow", "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
          "Resource": ["arn:aws:sqs:eu-central-1:111122223333:flowtrail-ingest"]
        },
        "Bury": {
          "Effect": "Allow", "Action": ["sqs:SendMessage"],
          "Resource": ["arn:aws:sqs:eu-central-1:111122223333:flowtrail-dead-letters"]
        },
        "WriteLog": {
          "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
          "Resource": ["arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/flowtrail:*"]
        },
        "EncryptFindings": {
          "Effect": "Allow", "Action": ["kms:GenerateDataKey"],
          "Resource": ["arn:aws:kms:eu-central-1:111122223333:key/own"],
          "Condition": {"StringEquals": {"kms:ViaService": ["s3.eu-central-1.amazonaws.com"]}}
        },
        "UseKey": {
          "Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
          "Resource": ["arn:aws:kms:eu-central-1:111122223333:key/own"],
          "Condition": {"StringEquals": {"kms:ViaService": [
            "sns.eu-central-1.amazonaws.com", "sqs.eu-central-1.amazonaws.com"
          ]}}
        },
        "KeepState": {
          "Effect": "Allow",
          "Action": [
            "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
            "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"
          ],
          "Resource": ["arn:aws:dynamodb:eu-central-1:111122223333:table/flowtrail-state"]
        },
        "UseKeyOfState": {
          "Effect": "Allow", "Action": ["kms:Decrypt", "kms:DescribeKey"],
          "Resource": ["arn:aws:kms:eu-central-1:111122223333:key/own"],
          "Condition": {"StringEquals": {"kms:ViaService": ["dynamodb.eu-central-1.amazonaws.com"]}}
        },
        "GrantKeyToState": {
          "Effect": "Allow", "Action": ["kms:CreateGrant"],
          "Resource": ["arn:aws:kms:eu-central-1:111122223333:key/own"],
          "Condition": {
            "StringEquals": {"kms:ViaService": ["dynamodb.eu-central-1.amazonaws.com"]},
            "Bool": {"kms:GrantIsForAWSResource": "true"}
          }
        }
      }
    JSON
    )
    error_message = "The role may do more, or less, than the function does."
  }

  assert {
    condition = jsondecode(aws_iam_role.function.assume_role_policy).Statement == jsondecode(<<-JSON
      [{
        "Sid": "Lambda", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}
      }]
    JSON
    )
    error_message = "Somebody else's function could take the role."
  }
}

run "role_with_everything" {
  variables {
    log_buckets = {
      trail = { bucket = "trail-logs", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/trail", trail_only = true }
      flow  = { bucket = "flow-logs", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/flow", prefix = "vpc/AWSLogs/" }
    }
    tell_missing_objects = true
    rules                = { bucket = "own-rules", prefix = "sigma/", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/rules" }
    context              = { bucket = "own-context", key = "context.yaml", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/rules" }
    baseline             = { bucket = "own-baseline", key = "usual.baseline", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/rules" }
    geo                  = [{ bucket = "own-geo", key = "city.mmdb", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/rules" }]
    event_bus_arn        = "arn:aws:events:eu-central-1:111122223333:event-bus/security"
    namespace            = "Security/Flowtrail"
    tracing              = true
    tags                 = { Team = "security" }
  }

  # The same file is held against every call that the function makes: tests/lambda/rights.rs.
  assert {
    condition = {
      for s in jsondecode(aws_iam_role_policy.function.policy).Statement :
      s.Sid => { for k, v in s : k => v if k != "Sid" }
    } == jsondecode(file("tests/role.json"))
    error_message = "What was asked for gives more rights, or fewer, than it needs."
  }
}

run "role_without_state" {
  variables {
    state_table = false
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.function.policy, "dynamodb")
    error_message = "There is no table, and the role may use one."
  }
}

# S3, EventBridge and CloudWatch act for everybody who asks them to. So each statement
# for a service asks whom it acts for, and because of what.
run "services_act_for_us_alone" {
  variables {
    log_buckets = {
      own    = { bucket = "own-logs" }
      theirs = { bucket = "their-logs", trigger = "external", owner_account_id = "444455556666" }
      events = { bucket = "event-logs", trigger = "eventbridge" }
    }
  }

  assert {
    condition = alltrue([
      for s in concat(
        jsondecode(aws_sqs_queue_policy.ingest.policy).Statement,
        jsondecode(aws_sqs_queue_policy.dead_letters.policy).Statement,
        jsondecode(aws_sns_topic_policy.this.policy).Statement,
        jsondecode(aws_kms_key.this[0].policy).Statement,
      ) : can(regex("^[0-9]{12}$", s.Condition.StringEquals["aws:SourceAccount"]))
      if can(s.Principal.Service) && s.Sid != "EncryptLog"
    ])
    error_message = "A statement for a service has no condition on the account."
  }

  assert {
    condition = alltrue([
      for s in concat(
        jsondecode(aws_sqs_queue_policy.ingest.policy).Statement,
        jsondecode(aws_sqs_queue_policy.dead_letters.policy).Statement,
        jsondecode(aws_sns_topic_policy.this.policy).Statement,
        jsondecode(aws_kms_key.this[0].policy).Statement,
        ) : (
        can(s.Condition.ArnLike["aws:SourceArn"]) || can(s.Condition.ArnEquals["aws:SourceArn"])
        || can(s.Condition.StringEquals["kms:EncryptionContext:aws:sns:topicArn"])
      ) if can(s.Principal.Service) && s.Sid != "EncryptLog"
    ])
    error_message = "A statement for a service has no condition on what it acts because of."
  }

  assert {
    condition = {
      for s in jsondecode(aws_sqs_queue_policy.ingest.policy).Statement :
      s.Sid => [s.Principal.Service, values(s.Condition.StringEquals)[0], one(values(try(s.Condition.ArnLike, s.Condition.ArnEquals)))]
      if s.Effect == "Allow"
      } == {
      AnnouncementsFromOwn    = ["s3.amazonaws.com", "111122223333", "arn:aws:s3:::own-logs"]
      AnnouncementsFromTheirs = ["s3.amazonaws.com", "444455556666", "arn:aws:s3:::their-logs"]
      EventsFromEvents        = ["events.amazonaws.com", "111122223333", "arn:aws:events:eu-central-1:111122223333:rule/flowtrail-events"]
    }
    error_message = "The queue takes messages of others, or not those of its buckets."
  }

  assert {
    condition = {
      for s in jsondecode(aws_kms_key.this[0].policy).Statement : s.Sid => try(s.Principal.Service, s.Principal.AWS)
      } == {
      Account                        = "arn:aws:iam::111122223333:root"
      EncryptLog                     = "logs.eu-central-1.amazonaws.com"
      EncryptAlarms                  = "cloudwatch.amazonaws.com"
      EncryptAnnouncementsFromOwn    = "s3.amazonaws.com"
      EncryptAnnouncementsFromTheirs = "s3.amazonaws.com"
      EncryptEventsFromEvents        = "events.amazonaws.com"
    }
    error_message = "Others can use the key, or those cannot who have to."
  }

  assert {
    condition = one([
      for s in jsondecode(aws_kms_key.this[0].policy).Statement : s.Condition if s.Sid == "EncryptLog"
    ]) == { ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/flowtrail" } }
    error_message = "Other log groups could be encrypted with the key."
  }

  assert {
    condition = one([
      for s in jsondecode(aws_kms_key.this[0].policy).Statement : s.Condition if s.Sid == "EncryptAlarms"
      ]) == {
      StringEquals = {
        "aws:SourceAccount"                      = "111122223333"
        "kms:EncryptionContext:aws:sns:topicArn" = "arn:aws:sns:eu-central-1:111122223333:flowtrail"
      }
      ArnLike = { "aws:SourceArn" = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:flowtrail-*" }
    }
    error_message = "Other alarms than this deployment's could use the key."
  }

  assert {
    condition     = length(aws_s3_bucket_notification.logs) == 1
    error_message = "Only a bucket of ours is configured here."
  }

  # Nobody speaks to any of them without TLS.
  assert {
    condition = alltrue([
      for policy in [
        aws_sqs_queue_policy.ingest.policy, aws_sqs_queue_policy.dead_letters.policy,
        aws_sns_topic_policy.this.policy, aws_s3_bucket_policy.findings.policy,
        ] : anytrue([
          for s in jsondecode(policy).Statement :
          s.Effect == "Deny" && s.Principal == "*" && try(s.Condition.Bool["aws:SecureTransport"], "") == "false"
      ])
    ])
    error_message = "Something can be reached without TLS."
  }
}

run "key_of_yours" {
  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/yours"
  }

  assert {
    condition = (
      length(aws_kms_key.this) == 0 && output.kms_key_arn == var.kms_key_arn
      && length(jsondecode(output.kms_key_statements)) == 3
      && strcontains(aws_iam_role_policy.function.policy, "key/yours")
    )
    error_message = "The key that was given is not used."
  }
}
