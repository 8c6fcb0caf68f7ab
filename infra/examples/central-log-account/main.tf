# An organisation: its trail is made in the management account, everything else lives in
# the account that keeps the logs. Members deliver their flow logs to the output
# `flow_log_destination_arn`, in the format of `flow_log_format`.
terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  # Filled in by `terraform init -backend-config=backend.hcl`; the example state-backend
  # writes that file.
  backend "s3" {}
}

# The account that keeps the logs.
provider "aws" {
  region = var.region
}

provider "aws" {
  alias  = "management"
  region = var.region

  assume_role {
    role_arn = var.management_role_arn
  }
}

locals {
  trail_name = "flowtrail"
}

module "log_source" {
  source = "../../modules/log-source"

  bucket_name          = var.log_bucket_name
  flow_log_account_ids = var.flow_log_account_ids
  # Other readers of the bucket may want its notifications, too.
  eventbridge = true
  trail = {
    name            = local.trail_name
    create          = false
    organization_id = var.organization_id
    account_id      = var.management_account_id
  }
}

resource "aws_cloudtrail" "organization" {
  #checkov:skip=CKV_AWS_252:S3 announces each object; a topic of the trail would say the same a second time.
  #checkov:skip=CKV2_AWS_10:The function reads the objects; CloudWatch Logs would cost $0.50 for each GB of the same records.
  provider = aws.management

  name                          = local.trail_name
  s3_bucket_name                = module.log_source.bucket
  kms_key_id                    = module.log_source.kms_key_arn
  enable_log_file_validation    = true
  is_multi_region_trail         = true
  is_organization_trail         = true
  include_global_service_events = true
}

module "flowtrail" {
  source = "../../modules/flowtrail"

  package_file = var.package_file
  architecture = var.architecture
  emails       = var.emails
  concurrency  = 50
  log_buckets  = { logs = module.log_source.log_bucket }
  settings     = { flow_format = module.log_source.flow_log_format }
}

module "alarms" {
  source = "../../modules/alarms"

  alarms_file = var.alarms_file
  names       = module.flowtrail.names
  actions = {
    critical = [module.flowtrail.topic_arn]
    high     = [module.flowtrail.topic_arn]
    health   = [module.flowtrail.topic_arn]
  }
}

module "dashboard" {
  source = "../../modules/dashboard"

  names = module.flowtrail.names
}
