"""CloudWatch's binary protocol in front of moto, which does not know it.

The Rust SDK sends Smithy RPC v2 CBOR to
`/service/GraniteServiceVersion20100801/operation/NAME`. Such a call is taken
apart with botocore's model of CloudWatch, handed to moto in the older JSON
protocol, and the answer put together again. PutMetricData is measured against
the limits of the service first, which moto does not know either.
"""

import gzip
import io
import math
import re
import zlib
from datetime import datetime, timedelta, timezone

import botocore.session
from botocore.model import DenormalizedStructureBuilder
from botocore.parsers import RpcV2CBORParser, create_parser
from botocore.serialize import RpcV2CBORSerializer, create_serializer
from werkzeug.test import run_wsgi_app

OPERATION = re.compile(r"/service/GraniteServiceVersion20100801/operation/(\w+)")
ERROR_SHAPE = (
    DenormalizedStructureBuilder()
    .with_members({"__type": {"type": "string"}, "message": {"type": "string"}})
    .build_model()
)
# moto keeps every count of a value as a value of its own.
EXPANDED_MAX = 1_000


class Refused(Exception):
    """An answer of CloudWatch that is not moto's."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class CloudWatch:
    """WSGI: translates what is meant for CloudWatch, passes on the rest."""

    def __init__(self, app):
        self.app = app
        self.model = botocore.session.Session().get_service_model("cloudwatch")
        self.cbor_in = RpcV2CBORParser()
        self.cbor_out = RpcV2CBORSerializer()
        self.json_out = create_serializer("json", include_validation=False)
        self.json_in = create_parser("json")

    def __call__(self, environ, start_response):
        found = OPERATION.fullmatch(environ.get("PATH_INFO", ""))
        if not found:
            return self.app(environ, start_response)
        try:
            status, value, shape = 200, *self.translated(found[1], environ)
        except Refused as refused:
            status, shape = 400, ERROR_SHAPE
            kind = f"com.amazonaws.cloudwatch#{refused.code}"
            value = {"__type": kind, "message": str(refused)}
        body = bytearray(b"" if shape else b"\xa0")
        if shape:
            self.cbor_out._serialize_data_item(body, value, shape)
        head = [
            ("Content-Type", "application/cbor"),
            ("smithy-protocol", "rpc-v2-cbor"),
            ("Content-Length", str(len(body))),
        ]
        start_response(f"{status} {'OK' if status == 200 else 'Bad Request'}", head)
        return [bytes(body)]

    def translated(self, name, environ):
        """The answer to a call, and its shape."""
        if name not in self.model.operation_names:
            raise Refused("UnknownOperationException", f"there is no {name}")
        operation = self.model.operation_model(name)
        given = self.parameters(environ)
        if name == "PutMetricData":
            check_metric_data(given, datetime.now(timezone.utc))
            given["MetricData"] = [aggregated(d) for d in given["MetricData"]]
        sent = self.json_out.serialize_to_request(given, operation)
        inner = {
            k: v
            for k, v in environ.items()
            if not k.startswith("HTTP_") or k in ("HTTP_HOST", "HTTP_AUTHORIZATION")
        }
        inner.update(
            REQUEST_METHOD="POST",
            PATH_INFO="/",
            QUERY_STRING="",
            RAW_URI="/",
            REQUEST_URI="/",
            CONTENT_TYPE=sent["headers"]["Content-Type"],
            CONTENT_LENGTH=str(len(sent["body"])),
            HTTP_X_AMZ_TARGET=sent["headers"]["X-Amz-Target"],
        )
        inner["wsgi.input"] = io.BytesIO(sent["body"])
        parts, status, headers = run_wsgi_app(self.app, inner)
        answer = {
            "body": b"".join(parts),
            "headers": {k.lower(): v for k, v in headers},
            "status_code": int(status.split()[0]),
        }
        parsed = self.json_in.parse(answer, operation.output_shape)
        if answer["status_code"] >= 300:
            error = parsed.get("Error", {})
            raise Refused(error.get("Code", "InternalFailure"), error.get("Message", ""))
        parsed.pop("ResponseMetadata", None)
        return parsed, operation.output_shape

    def parameters(self, environ):
        """What the client sent, inflated and read."""
        length = environ.get("CONTENT_LENGTH")
        stream = environ["wsgi.input"]
        raw = stream.read(int(length)) if length else stream.read()
        if len(raw) > 1_000_000:
            raise Refused("RequestEntityTooLarge", "a request has at most 1 MB")
        try:
            if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
                raw = gzip.decompress(raw)
            read = io.BufferedReader(io.BytesIO(raw))
            return self.cbor_in.parse_data_item(read) if raw else {}
        except (OSError, EOFError, zlib.error, ValueError) as e:
            raise Refused("SerializationException", str(e)) from e


def check_metric_data(given, now):
    """Refuses what CloudWatch would refuse (API reference, PutMetricData)."""

    def need(held, message):
        if not held:
            raise Refused("InvalidParameterValue", message)

    namespace, data = given.get("Namespace", ""), given.get("MetricData", [])
    need(0 < len(namespace) <= 255, "a namespace has 1 to 255 characters")
    need(not namespace.startswith(("AWS/", ":")), f"{namespace} may not be used")
    need(0 < len(data) <= 1_000, f"{len(data)} data; there are 1 to 1000")
    for n, datum in enumerate(data, 1):
        name, at = datum.get("MetricName", ""), f"MetricData.member.{n}"
        need(0 < len(name) <= 255, f"{at}: a name has 1 to 255 characters")
        dimensions = datum.get("Dimensions", [])
        need(len(dimensions) <= 30, f"{at}: {len(dimensions)} dimensions")
        for d in dimensions:
            key, value = d.get("Name", ""), d.get("Value", "")
            need(0 < len(key) <= 255 and 0 < len(value) <= 1_024, f"{at}: {key}={value}")
            need((key + value).isascii() and value.strip(), f"{at}: {key}={value}")
        need(len({d["Name"] for d in dimensions}) == len(dimensions), f"{at}: twice")
        check_values(datum, at, need)
        when = datum.get("Timestamp", now)
        old, soon = now - timedelta(weeks=2), now + timedelta(hours=2)
        need(old <= when <= soon, f"{at}: {when} is out of range")
        need(datum.get("StorageResolution", 60) in (1, 60), f"{at}: resolution")


def check_values(datum, at, need):
    """One of value, values, statistics; numbers that CloudWatch can keep."""
    forms = [k for k in ("Value", "Values", "StatisticValues") if k in datum]
    need(len(forms) == 1, f"{at}: {forms}; exactly one is wanted")
    values, counts = datum.get("Values", [0]), datum.get("Counts")
    need(0 < len(values) <= 150, f"{at}: {len(values)} values")
    need(counts is None or len(counts) == len(values), f"{at}: counts")
    statistics = list(datum.get("StatisticValues", {}).values())
    for number in [datum.get("Value", 0), *values, *(counts or []), *statistics]:
        need(math.isfinite(number) and abs(number) <= 2.0**360, f"{at}: {number}")


def aggregated(datum):
    """A datum with many counts, as its statistics."""
    counts = datum.get("Counts", [])
    if sum(counts) <= EXPANDED_MAX:
        return datum
    values = datum["Values"]
    rest = {k: v for k, v in datum.items() if k not in ("Values", "Counts")}
    statistics = {
        "SampleCount": sum(counts),
        "Sum": sum(v * c for v, c in zip(values, counts)),
        "Minimum": min(values),
        "Maximum": max(values),
    }
    return {**rest, "StatisticValues": statistics}
