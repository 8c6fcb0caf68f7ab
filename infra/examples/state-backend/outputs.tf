output "backend_hcl" {
  description = "The file backend.hcl of the other examples: `terraform output -raw backend_hcl > ../single-account/backend.hcl`."
  value = templatefile("${path.module}/backend.hcl.tftpl", {
    bucket      = aws_s3_bucket.state.bucket
    region      = var.region
    kms_key_arn = aws_kms_key.state.arn
  })
}
