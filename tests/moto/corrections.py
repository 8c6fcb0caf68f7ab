"""Where moto answers otherwise than AWS and tests would be wrong by it."""

import copy

from moto.cloudwatch.models import CloudWatchBackend


def apply():
    exact_dimensions()


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
