variable "region" {
  description = "Region of the bucket."
  type        = string
  default     = "eu-central-1"
}

variable "bucket_name" {
  description = "The bucket; names are unique in all of AWS."
  type        = string
}
