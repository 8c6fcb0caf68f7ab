# One account: trail, flow logs, the function, alarms, dashboard.
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

provider "aws" {
  region = var.region
}

module "log_source" {
  source = "../../modules/log-source"

  bucket_name          = var.log_bucket_name
  flow_log_vpc_ids     = var.flow_log_vpc_ids
  flow_log_account_ids = []
}

module "flowtrail" {
  source = "../../modules/flowtrail"

  package_file = var.package_file
  architecture = var.architecture
  emails       = var.emails
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
