mock_provider "aws" {
  source = "../../tests"
}

variables {
  bucket_name = "example-state"
}

run "bootstrap" {
  assert {
    condition = (
      aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
      && one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).kms_master_key_id == aws_kms_key.state.arn
    )
    error_message = "State would be lost by a mistake, or lie in clear."
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.state.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    error_message = "State could be read without TLS."
  }

  assert {
    condition     = output.backend_hcl == <<-HCL
      bucket       = "example-state"
      key          = "flowtrail/terraform.tfstate"
      region       = "eu-central-1"
      encrypt      = true
      kms_key_id   = "arn:aws:kms:eu-central-1:111122223333:key/own"
      use_lockfile = true
    HCL
    error_message = "The backend that is written down is not encrypted, or not locked."
  }
}
