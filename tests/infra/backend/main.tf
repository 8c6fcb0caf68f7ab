# A state that is worth keeping, and a writer that can be made to wait while it holds
# the lock. The backend is filled in by the file that the example state-backend gives out.
terraform {
  required_version = ">= 1.10"

  backend "s3" {}
}

variable "wait" {
  description = "Wait for the file `go`."
  type        = bool
  default     = true
}

resource "terraform_data" "kept" {
  input = var.wait

  provisioner "local-exec" {
    command = self.input ? "for _ in $(seq 600); do [ -e go ] && exit 0; sleep 0.1; done; exit 1" : "true"
  }
}
