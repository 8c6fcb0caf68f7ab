"""Where moto answers otherwise than AWS and tests would be wrong by it, or never end."""

import copy

from moto.cloudwatch.models import CloudWatchBackend
from moto.dynamodb.models.table import Table


def apply():
    exact_dimensions()
    one_partition()


def exact_dimensions():
    """A series of CloudWatch is a name with a set of dimensions, and no other.

    moto also counts the series that have further dimensions.
    """
    inner = CloudWatchBackend.get_metric_statistics

    def get_metric_statistics(self, namespace, metric_name, *rest, **named):
        dimensions = named.get("dimensions") or []
        wanted = sorted((d["Name"], d["Value"]) for d in dimensions)
        view = copy.copy(self)
        view.metric_data = [
            datum
            for datum in self.metric_data
            if datum.namespace == namespace
            and datum.name == metric_name
            and sorted((d.name, d.value) for d in datum.dimensions) == wanted
        ]
        return inner(view, namespace, metric_name, *rest, **named)

    CloudWatchBackend.get_metric_statistics = get_metric_statistics


def one_partition():
    """A query without an index looks at one partition only.

    moto sorts the whole table for each, which takes a second when it is large.
    """
    inner = Table.query

    def query(self, hash_key, *rest, **named):
        index = rest[6] if len(rest) > 6 else named.get("index_name")
        if index is not None:
            return inner(self, hash_key, *rest, **named)
        view = copy.copy(self)
        partition = self.items.get(hash_key)
        view.items = {} if partition is None else {hash_key: partition}
        return inner(view, hash_key, *rest, **named)

    Table.query = query
