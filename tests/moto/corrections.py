"""Where moto answers otherwise than AWS and tests would be wrong by it."""

import copy

import moto.dynamodb.models as dynamodb
from moto.cloudwatch.models import CloudWatchBackend
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table


def apply():
    exact_dimensions()
    transactions_by_item()


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


def transactions_by_item():
    """A transaction that fails leaves its own items as they were.

    moto copies the whole table once for each item of a transaction, and puts
    the copy back if one fails: with some thousand items a transaction takes
    seconds. Here only the items that it names are kept.
    """
    inner = DynamoDBBackend.transact_write_items

    class NoTables:
        """`copy`, except that tables stay themselves."""

        copy = staticmethod(copy.copy)

        @staticmethod
        def deepcopy(value):
            return value if isinstance(value, Table) else copy.deepcopy(value)

    def transact_write_items(self, transact_items):
        before = [kept(self, op) for item in transact_items for op in item.values()]
        try:
            inner(self, transact_items)
        except Exception:
            for table, hash_key, range_key, item in filter(None, before):
                if item is None:
                    table.delete_item(hash_key, range_key)
                elif range_key is None:
                    table.items[hash_key] = item
                else:
                    table.items[hash_key][range_key] = item
            raise

    def kept(backend, op):
        table = backend.tables.get(op.get("TableName"))
        key = op.get("Key") or op.get("Item")
        try:
            hash_key, range_key = backend.get_keys_value(table, key)
        except Exception:
            # It names no item: moto refuses the transaction for it.
            return None
        item = table.get_item(hash_key, range_key)
        return table, hash_key, range_key, copy.deepcopy(item)

    dynamodb.copy = NoTables
    DynamoDBBackend.transact_write_items = transact_write_items
