"""Other engines read what `flowtrail compact` writes.

    read_compacted.py FLOWTRAIL LOGS

Compacts LOGS into a temporary folder, runs the statements of
`flowtrail export ddl --for duckdb` in DuckDB and compares its answers with
those of `flowtrail query` over the same folder and over LOGS; and has sqlglot
parse the statements for Athena and Spark.
"""

import csv
import io
import json
import logging
import pathlib
import subprocess
import sys
import tempfile

import duckdb
import sqlglot
from sqlglot import exp

TABLES = ["cloudtrail", "cloudtrail_insights", "vpcflow", "tgwflow"]

# What both engines have to answer alike. Names are those of the files.
QUESTIONS = {
    "cloudtrail": [
        "SELECT count(*) FROM cloudtrail",
        "SELECT account, region, count(*) FROM cloudtrail GROUP BY 1, 2 ORDER BY 1, 2",
        "SELECT day, count(*) FROM cloudtrail GROUP BY 1 ORDER BY 1 NULLS LAST",
        "SELECT eventname, count(*) FROM cloudtrail GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20",
        "SELECT useridentity.type, count(*) FROM cloudtrail GROUP BY 1 ORDER BY 1 NULLS LAST",
        "SELECT count(*) FROM cloudtrail WHERE useridentity.sessioncontext.sessionissuer.arn IS NOT NULL",
        "SELECT count(DISTINCT eventid) FROM cloudtrail WHERE errorcode IS NULL",
        "SELECT count(*) FROM cloudtrail WHERE day = DATE '{day}'",
        "SELECT sum(length(requestparameters)) FROM cloudtrail",
        "SELECT CAST(date_part('epoch', min(time)) AS BIGINT), CAST(date_part('epoch', max(time)) AS BIGINT) FROM cloudtrail",
        "SELECT resources[1].arn, count(*) FROM cloudtrail GROUP BY 1 ORDER BY 2 DESC, 1 NULLS LAST LIMIT 5",
    ],
    "vpcflow": [
        "SELECT count(*), sum(bytes), sum(packets) FROM vpcflow",
        "SELECT account, region, count(*) FROM vpcflow GROUP BY 1, 2 ORDER BY 1, 2",
        "SELECT action, protocol, count(*) FROM vpcflow GROUP BY 1, 2 ORDER BY 1 NULLS LAST, 2 NULLS LAST",
        "SELECT dstport, sum(bytes) FROM vpcflow GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1 LIMIT 10",
        'SELECT min("start"), max("end") FROM vpcflow',
    ],
}


def ran(*words):
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8")
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: status {done.returncode}\n{done.stderr}")
    return done.stdout


def asked(flowtrail, statement, logs):
    text = ran(flowtrail, "query", statement, "--format", "csv", "--max-rows", "0", logs)
    return list(csv.reader(io.StringIO(text)))[1:]


def written(value):
    """A value of DuckDB as our CSV writes it."""
    if value is None:
        return ""
    return str(value)


def compare(flowtrail, base, logs, folder):
    """How many answers are equal."""
    statements = ran(flowtrail, "export", "ddl", "--for", "duckdb", folder)
    db = duckdb.connect()
    db.execute(statements)
    views = {name for (name,) in db.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()}
    equal = 0
    for table, questions in QUESTIONS.items():
        if table not in views:
            sys.exit(f"there is no view {table}")
        day = db.execute(f"SELECT max(day) FROM {table}").fetchone()[0]
        for question in questions:
            question = question.format(day=day)
            theirs = [[written(v) for v in row] for row in db.execute(question).fetchall()]
            ours = asked(flowtrail, question, folder)
            if theirs != ours:
                sys.exit(f"{question}\n  DuckDB: {theirs}\n  Flowtrail: {ours}")
            equal += 1
        # And what was compacted is all that was there, each record once.
        distinct = "DISTINCT record" if table == "cloudtrail" else "*"
        raw = int(asked(flowtrail, f"SELECT count({distinct}) FROM {table}", logs)[0][0])
        kept = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        if raw != kept or kept == 0:
            sys.exit(f"{table}: {raw} records, and DuckDB sees {kept}")
    columns = [c[0] for c in db.execute("DESCRIBE vpcflow_plain").fetchall()]
    if "end_time" not in columns or "end" in columns:
        sys.exit(f"the view without reserved names has {columns}")
    db.execute("SELECT end_time, start FROM vpcflow_plain LIMIT 1")
    accounts = {a for (a,) in db.execute("SELECT DISTINCT account FROM cloudtrail").fetchall()}
    if not all(isinstance(a, str) for a in accounts):
        sys.exit(f"accounts are no texts: {accounts}")
    return equal


def parse(statements, dialect):
    """The parsed statements; none of them left as unread words."""
    try:
        parsed = [p for p in sqlglot.parse(statements, read=dialect) if p]
    except sqlglot.errors.ParseError as error:
        sys.exit(f"{dialect}: {error}\n{statements}")
    for one in parsed:
        is_repair = dialect == "spark" and one.sql().upper().startswith("MSCK REPAIR")
        if isinstance(one, exp.Command) and not is_repair:
            sys.exit(f"{dialect} does not parse: {one.sql()[:300]}")
    return parsed


def columns_of(create):
    return [c.name for c in create.this.find_all(exp.ColumnDef) if c.parent is create.this]


def others(flowtrail, folder):
    """How many statements for Athena and Spark parse, and say what they should."""
    place = "s3://bucket/compacted"
    known = {t: set(json.loads(line)) for t, line in files(folder).items()}
    count = 0
    for dialect in ["athena", "spark"]:
        text = ran(flowtrail, "export", "ddl", "--for", dialect, "--location", place, "--database", "logs", folder)
        parsed = parse(text, dialect)
        creates = [p for p in parsed if isinstance(p, exp.Create) and p.kind == "TABLE"]
        for create in creates:
            table = create.this.this.name
            columns = columns_of(create)
            wanted = known.pop((dialect, table), None) or known[table]
            extra = {"account", "region", "day"}
            if not wanted - extra <= set(columns):
                sys.exit(f"{dialect} {table}: lacks {wanted - set(columns)}")
            if len(columns) != len(set(columns)):
                sys.exit(f"{dialect} {table}: a column twice in {columns}")
        if {c.this.this.name for c in creates} < {"cloudtrail", "vpcflow"}:
            sys.exit(f"{dialect}: only {creates}")
        count += len(parsed)
    raw = ran(
        flowtrail, "export", "ddl", "--for", "athena", "--raw", "--account", "111122223333",
        "--region", "eu-west-1", "--first-day", "2026-01-01", "s3://bucket/AWSLogs",
    )
    return count + len(parse(raw, "athena"))


def files(folder):
    """The columns of the files of each table, by the files themselves."""
    known = {}
    for table in TABLES:
        first = next(pathlib.Path(folder, f"table={table}").rglob("*.parquet"), None)
        if first is not None:
            schema = duckdb.sql(f"SELECT * FROM read_parquet('{first}', hive_partitioning = false) LIMIT 0")
            known[table] = json.dumps(schema.columns)
    return known


def main():
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    flowtrail, logs = sys.argv[1], sys.argv[2]
    with tempfile.TemporaryDirectory() as base:
        folder = str(pathlib.Path(base, "compacted"))
        ran(flowtrail, "compact", logs, "--to", folder)
        equal = compare(flowtrail, base, logs, folder)
        parsed = others(flowtrail, folder)
    print(f"DuckDB {duckdb.__version__}: {equal} answers equal; sqlglot {sqlglot.__version__}: {parsed} statements parsed")


main()
