"""The schema of Terraform's AWS provider, served as a plugin. It is not the provider.

Terraform asks a provider for its schema, and with `mock_provider` for nothing
else. So `validate` and `test` find unknown types and arguments, wrong types of
values, and what is missing, without AWS and without the provider itself. What only the
provider knows is not checked: which values an argument may have, whether an ARN
is one, and anything that AWS would say. Without mocks a plan fails here.
"""

import json
import os
import sys

import tf.provider
from tf.gen import tfplugin_pb2 as pb
from tf.gen import tfplugin_pb2_grpc as rpc
from tf.runner import run_provider

NESTING = pb.Schema.NestedBlock.NestingMode


def block(found):
    attributes = [
        pb.Schema.Attribute(
            name=name,
            type=json.dumps(a["type"]).encode(),
            required="required" in a["is"],
            optional="optional" in a["is"],
            computed="computed" in a["is"],
        )
        for name, a in found["attributes"].items()
    ]
    nested = [
        pb.Schema.NestedBlock(
            type_name=name,
            nesting=NESTING.Value(b["nesting"].upper()),
            min_items=b["min"],
            max_items=b["max"],
            block=block(b["block"]),
        )
        for name, b in found["blocks"].items()
    ]
    return pb.Schema.Block(attributes=attributes, block_types=nested)


def schema(found):
    return pb.Schema(version=0, block=block(found))


class SchemaOnly(rpc.ProviderServicer):
    """Answers what validation asks. Everything else is not implemented, and says so."""

    def __init__(self, _provider):
        with open(os.environ["FLOWTRAIL_AWS_SCHEMA"], encoding="utf-8") as file:
            self.known = json.load(file)

    def GetMetadata(self, request, context):
        resource, data = pb.GetMetadata.ResourceMetadata, pb.GetMetadata.DataSourceMetadata
        return pb.GetMetadata.Response(
            server_capabilities=pb.ServerCapabilities(),
            resources=[resource(type_name=name) for name in self.known["resource"]],
            data_sources=[data(type_name=name) for name in self.known["data"]],
        )

    def GetProviderSchema(self, request, context):
        return pb.GetProviderSchema.Response(
            provider=schema(self.known["provider"]),
            provider_meta=pb.Schema(block=pb.Schema.Block()),
            resource_schemas={n: schema(s) for n, s in self.known["resource"].items()},
            data_source_schemas={n: schema(s) for n, s in self.known["data"].items()},
        )

    def ValidateProviderConfig(self, request, context):
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request, context):
        return pb.ValidateResourceConfig.Response()

    def ValidateDataResourceConfig(self, request, context):
        return pb.ValidateDataResourceConfig.Response()

    def ConfigureProvider(self, request, context):
        return pb.ConfigureProvider.Response()

    def StopProvider(self, request, context):
        return pb.StopProvider.Response()

    def GetFunctions(self, request, context):
        return pb.GetFunctions.Response()


class Named:
    """All that the package wants of a provider."""

    def full_name(self):
        return "registry.terraform.io/hashicorp/aws"


if __name__ == "__main__":
    tf.provider.ProviderServicer = SchemaOnly
    run_provider(Named(), sys.argv)
