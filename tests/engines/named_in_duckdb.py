"""The named queries in DuckDB: its own reading of the same logs.

Views `cloudtrail` and `vpcflow` over raw logs (gzipped JSON, gzipped text) or
over what `flowtrail compact` wrote, and macros for the functions that the
queries use, written anew in DuckDB's SQL. The text of a query is that of its
file, with its parameters put in.

    named_in_duckdb.py QUERY VIEWS [NAME=VALUE…]

prints the answer as JSON lines, over the views that the statements in the file
VIEWS make; with MEMORY and THREADS in the environment it keeps to these. The
query `-` asks nothing: it shows what a start costs.
"""

import datetime
import decimal
import gzip
import json
import os
import pathlib
import re
import struct
import sys

import duckdb

QUERIES = pathlib.Path(__file__).parents[2] / "crates/flowtrail-table/queries"

# The fields of CloudTrail that the queries use. What is an object of any shape
# is JSON.
RECORD = {
    **dict.fromkeys(
        """eventTime eventSource eventName eventType awsRegion sourceIPAddress userAgent errorCode errorMessage
        eventID readOnly recipientAccountId eventCategory""".split(),
        "VARCHAR",
    ),
    **dict.fromkeys(["requestParameters", "responseElements", "additionalEventData"], "JSON"),
    "resources": 'STRUCT(ARN VARCHAR, accountId VARCHAR, "type" VARCHAR)[]',
    "tlsDetails": "STRUCT(tlsVersion VARCHAR, cipherSuite VARCHAR, clientProvidedHostHeader VARCHAR)",
    "userIdentity": """STRUCT("type" VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, invokedBy VARCHAR,
        accessKeyId VARCHAR, userName VARCHAR, identityProvider VARCHAR, onBehalfOf STRUCT(userId VARCHAR),
        sessionContext STRUCT(attributes STRUCT(mfaAuthenticated VARCHAR),
        sessionIssuer STRUCT("type" VARCHAR, arn VARCHAR, userName VARCHAR)))""",
}

# What other columns are made of, and what tells Insights from events.
MADE_OF = {"time": "eventTime", "account": "recipientAccountId"}

FLOW_TEXTS = ["interface-id", "srcaddr", "dstaddr", "action", "log-status"]
FLOW_NUMBERS = ["srcport", "dstport", "protocol", "packets", "bytes", "start", "end", "tcp-flags"]

# Words of calls that only read, and of calls that change something.
READS = (
    "BatchGet|Check|Count|Describe|Detect|Discover|Download|Estimate|Filter|Get|Head|List|Lookup|Preview|Query|Read|"
    "Scan|Search|Select|Simulate|Test|Validate|Verify|View"
)
WRITES = (
    "Accept|Add|Allocate|Apply|Associate|Attach|Authorize|BatchDelete|BatchPut|BatchWrite|Cancel|Change|Complete|"
    "Confirm|Copy|Create|Deactivate|Delete|Deregister|Detach|Disable|Disassociate|Enable|Export|Import|Invite|Leave|"
    "Modify|Move|Publish|Put|Reboot|Register|Release|Remove|Replace|Reset|Restore|Revoke|Rotate|Run|Schedule|Send|Set|"
    "Start|Stop|Tag|Terminate|Unassign|Untag|Update|Upload|Write"
)

MACROS = f"""
CREATE MACRO json_extract_scalar(j, path) AS
  CASE WHEN json_type(CAST(j AS JSON), path) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL
       ELSE json_extract_string(CAST(j AS JSON), path) END;
CREATE MACRO date_bin(width, t) AS time_bucket(width, t);
CREATE MACRO api(source, name) AS
  replace(source, '.amazonaws.com', '') || ':' ||
  regexp_replace(name, '([a-zA-Z])20[0-9]{{2}}(_?)[01][0-9](_?)[0-3][0-9](v[0-9]+)?$', '\\1');
CREATE MACRO is_readonly(name, told) AS CASE
  WHEN told IS NOT NULL THEN CAST(told AS BOOLEAN)
  WHEN regexp_matches(name, '^({READS})([^a-z]|$)') THEN true
  WHEN regexp_matches(name, '^({WRITES})([^a-z]|$)') THEN false END;
CREATE MACRO role_of(u) AS
  coalesce(CASE WHEN u.sessionContext.sessionIssuer.arn LIKE 'arn:%:role/%' THEN u.sessionContext.sessionIssuer.arn END,
    'arn:' || split_part(u.arn, ':', 2) || ':iam::' || split_part(u.arn, ':', 5) || ':role/' || split_part(u.arn, '/', 2));
CREATE MACRO principal(u) AS CASE
  WHEN lower(u.principalId) IN ('anonymous', 'anonymous_principal') OR lower(u.accountId) IN ('anonymous', 'anonymous_principal')
    THEN 'anonymous'
  WHEN u."type" = 'Root' THEN 'root:' || coalesce(nullif(u.accountId, ''), split_part(u.arn, ':', 5))
  WHEN u."type" = 'AssumedRole' OR u.arn LIKE 'arn:%:assumed-role/%' THEN role_of(u) ||
    CASE WHEN role_of(u) LIKE '%/AWSReservedSSO\\_%' ESCAPE '\\' THEN '/' || split_part(u.arn, '/', 3) ELSE '' END
  WHEN u."type" = 'IAMUser' THEN coalesce(nullif(u.arn, ''),
    CASE WHEN u.userName IS NOT NULL AND u.userName NOT LIKE 'HIDDEN%' THEN 'arn:aws:iam::' || u.accountId || ':user/' || u.userName END,
    CASE WHEN u.principalId <> '' THEN 'id:' || split_part(u.principalId, ':', 1) END, 'account:' || u.accountId)
  WHEN u."type" = 'AWSAccount' AND u.accountId IS NOT NULL THEN 'account:' || u.accountId
  WHEN u."type" = 'AWSService' AND u.invokedBy IS NOT NULL THEN 'svc:' || u.invokedBy
  WHEN u."type" = 'SAMLUser' THEN 'saml:' || u.principalId
  WHEN u."type" = 'WebIdentityUser' THEN 'web:' || u.principalId
  WHEN u."type" = 'IdentityCenterUser' THEN 'idc:' || u.onBehalfOf.userId
  ELSE coalesce(nullif(u.arn, ''), 'idc:' || u.onBehalfOf.userId,
    CASE WHEN u.principalId <> '' AND NOT regexp_matches(u.principalId, '^[0-9]{{12}}$') THEN 'id:' || split_part(u.principalId, ':', 1) END,
    'svc:' || u.invokedBy, 'account:' || nullif(u.accountId, '')) END;
CREATE MACRO session(u) AS coalesce(nullif(u.accessKeyId, ''),
  CASE WHEN u."type" NOT IN ('SAMLUser', 'WebIdentityUser') AND u.principalId LIKE '_%:_%' THEN u.principalId END);
CREATE MACRO ip_class(a) AS CASE
  WHEN a LIKE '%.amazonaws.com' THEN 'aws_service'
  WHEN a LIKE 'AWS Internal%' THEN 'aws_internal'
  WHEN regexp_matches(a, '^(10|127)\\.|^192\\.168\\.|^169\\.254\\.|^172\\.(1[6-9]|2[0-9]|3[01])\\.|^100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\\.') THEN 'private'
  WHEN a = '0.0.0.0' THEN 'unspecified'
  WHEN a = '255.255.255.255' THEN 'broadcast'
  WHEN regexp_matches(a, '^(22[4-9]|23[0-9])\\.') THEN 'multicast'
  WHEN regexp_matches(a, '^[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+$') THEN 'public'
  WHEN regexp_matches(lower(a), '^(::1$|f[cd][0-9a-f]{{2}}:|fe[89ab][0-9a-f]:)') THEN 'private'
  WHEN regexp_matches(lower(a), '^ff[0-9a-f]{{2}}:') THEN 'multicast'
  WHEN a LIKE '%:%' THEN 'public' END;
"""


def quoted(text):
    return "'" + str(text).replace("'", "''") + "'"


def header(name):
    """The parameters of a named query: name to (kind, default or None)."""
    text = (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    found = {}
    for line in text.splitlines():
        param = re.match(r"-- @param (\w+) (\w+)( optional)?(?: = ([^;]*))?;", line)
        if param:
            found[param[1]] = (param[2], param[4])
    return text, found


def statement(name, given):
    """The query with its parameters put in."""
    text, known = header(name)
    sql = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    for param, (kind, default) in known.items():
        value = given.get(param, default)
        if value is None:
            literal = "NULL"
        elif kind == "duration":
            literal = f"INTERVAL {quoted(value)}"
        elif kind in ("integer", "number"):
            literal = str(value)
        else:
            literal = quoted(value)
        sql = re.sub(rf"\${param}\b", lambda _: literal, sql)
    return sql


def largest(files):
    """The bytes of the largest file when it is inflated, by its last four."""
    sizes = [1]
    for file in files:
        with open(file, "rb") as opened:
            opened.seek(-4, os.SEEK_END)
            sizes.append(struct.unpack("<I", opened.read(4))[0])
    return max(sizes)


def by_header(files):
    """The files by their columns. DuckDB could find these out by itself, with 32
    MB for each file, and has not the memory for many small ones."""
    groups = {}
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as opened:
            groups.setdefault(opened.readline().strip(), []).append(file)
    return groups


def trails_of(files, sql):
    """CloudTrail from gzipped JSON: the fields that a statement asks for, or all
    of them. DuckDB would read every field that it is told of, asked for or not."""
    asks = lambda name: sql is None or re.search(rf"\b{name}\b", sql, re.IGNORECASE)
    made = {name: field for name, field in MADE_OF.items() if asks(name)}
    fields = [f for f in RECORD if f == "eventType" or f in made.values() or asks(f)]
    columns = [f"CAST(r.{f} AS VARCHAR) AS {f.lower()}" if RECORD[f] == "JSON" else f"r.{f} AS {f.lower()}" for f in fields]
    columns += ["CAST(r.eventTime AS TIMESTAMP) AS time"] if "time" in made else []
    columns += ["r.recipientAccountId AS account"] if "account" in made else []
    record = ", ".join(f"{f} {' '.join(RECORD[f].split())}" for f in fields)
    size = largest(files) * 5 // 4 + 65536
    return f"""
CREATE VIEW cloudtrail AS
SELECT {', '.join(columns)}
FROM (SELECT unnest(Records) AS r FROM read_json(
  [{', '.join(quoted(f) for f in files)}],
  columns = {{Records: {quoted(f'STRUCT({record})[]')}}}, format = 'unstructured', compression = 'gzip',
  maximum_object_size = {size}))
WHERE r.eventType IS DISTINCT FROM 'AwsCloudTrailInsight'"""


def flows_of(files):
    """Flow logs from gzipped text, each group of columns by itself."""
    parts = []
    for header, group in by_header(files).items():
        there = header.split(" ")
        columns = [f'"{c}" AS {c.replace("-", "_")}' for c in FLOW_TEXTS]
        for column in FLOW_NUMBERS:
            value = f'CAST("{column}" AS BIGINT)' if column in there else "CAST(NULL AS BIGINT)"
            columns.append(f'{value} AS "{column.replace("-", "_")}"')
        types = ", ".join(f"{quoted(c)}: 'VARCHAR'" for c in there)
        parts.append(f"""
SELECT make_timestamp(coalesce(CAST("end" AS BIGINT), CAST("start" AS BIGINT)) * 1000000) AS time,
  nullif("account-id", 'unknown') AS account, {', '.join(columns)}
FROM read_csv([{', '.join(quoted(f) for f in group)}], auto_detect = false, columns = {{{types}}}, delim = ' ',
  header = true, nullstr = '-', compression = 'gzip', quote = '', escape = '')""")
    return "CREATE VIEW vpcflow AS " + " UNION ALL ".join(parts)


def raw(folder, tables=("cloudtrail", "vpcflow"), sql=None):
    """Views over raw logs, for every statement or for one."""
    files = sorted(pathlib.Path(folder).rglob("*.gz"))
    flows = [str(f) for f in files if "vpcflowlogs" in str(f)]
    trails = [str(f) for f in files if "vpcflowlogs" not in str(f) and f.name.endswith(".json.gz")]
    views = []
    if trails and "cloudtrail" in tables:
        views.append(trails_of(trails, sql))
    if flows and "vpcflow" in tables:
        views.append(flows_of(flows))
    return ";".join(views)


def connect(views):
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'; SET default_null_order = 'nulls_last_on_asc_first_on_desc'")
    if os.environ.get("MEMORY"):
        db.execute(f"SET memory_limit = {quoted(os.environ['MEMORY'])}")
    if os.environ.get("THREADS"):
        db.execute(f"SET threads = {os.environ['THREADS']}")
    if views:
        db.execute(views)
    db.execute(MACROS)
    return db


def plain(value):
    """A value as JSON has it; points in time in milliseconds."""
    if isinstance(value, datetime.datetime):
        value = value.replace(tzinfo=None)
        return value.isoformat(timespec="milliseconds") + "Z"
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def answer(db, sql):
    relation = db.sql(sql)
    names = relation.columns
    # DuckDB hands out points in time with a zone only to those who have pytz.
    zoned = ["WITH TIME ZONE" in str(t) for t in relation.types]
    columns = [f'CAST("{n}" AS TIMESTAMP) AS "{n}"' if z else f'"{n}"' for n, z in zip(names, zoned)]
    found = relation.project(", ".join(columns)).fetchall()
    return [dict(zip(names, (plain(v) for v in row))) for row in found]


def main():
    name, views, *given = sys.argv[1:]
    sql = "SELECT 1 AS one" if name == "-" else statement(name, dict(g.split("=", 1) for g in given))
    db = connect(pathlib.Path(views).read_text(encoding="utf-8"))
    for row in answer(db, sql):
        print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
