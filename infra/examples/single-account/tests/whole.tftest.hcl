mock_provider "aws" {
  source = "../../tests"
}

variables {
  log_bucket_name  = "example-logs"
  package_file     = "main.tf"
  flow_log_vpc_ids = { main = "vpc-0123456789abcdef0" }
  emails           = ["security@example.com"]
}

run "one_apply" {
  assert {
    condition     = output.log_bucket == "example-logs" && output.findings_bucket == "flowtrail-findings-111122223333-eu-central-1"
    error_message = "The buckets are not those that were asked for."
  }

  assert {
    condition     = contains(output.alarm_names, "flowtrail-silence") && contains(output.alarm_names, "flowtrail-findings-critical")
    error_message = "There are no working alarms after one apply."
  }
}

# The trail's logs alone: the role asks for the trail, so the drill has to be it.
run "drill_of_a_trail_alone" {
  variables {
    flow_log_vpc_ids = {}
  }

  assert {
    condition     = strcontains(output.drill_command.logs, "--trail arn:aws:cloudtrail:eu-central-1:111122223333:trail/") && strcontains(output.drill_command.logs, "--log-key arn:aws:kms:")
    error_message = "The drill would write what the role cannot read."
  }
}
