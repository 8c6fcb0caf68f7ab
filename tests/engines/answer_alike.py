"""Flowtrail and DuckDB answer the named queries alike, over the same files.

    answer_alike.py FLOWTRAIL LOGS

Each query runs in both over the raw logs, gzipped JSON and gzipped text, and
over what `flowtrail compact` makes of them. Whole answers are compared, sorted.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import duckdb

import named_in_duckdb as duck

# What is asked, with values for parameters that have none. Queries that ask for
# what only Flowtrail has (families of user agents, the context file, whole
# records as they were written) are left out.
ASKED = {
    "access-denied-apis": {},
    "access-denied-by-principal": {},
    "access-key-owner": {"key": None},
    "access-keys-created": {},
    "anonymous-requests": {},
    "assumed-roles": {},
    "bucket-exposure": {},
    "change-then-traffic": {},
    "console-logins": {},
    "credentials-added": {},
    "cross-account-access": {},
    "denied-bursts": {},
    "error-bursts": {"least": 2},
    "errors": {},
    "first-seen-apis": {},
    "iam-changes": {},
    "instance-profile-apis": {},
    "kms-use": {},
    "logging-disruption": {},
    "principals-created": {},
    "privilege-escalation": {},
    "regions": {},
    "role-chains": {},
    "s3-reads": {},
    "secrets-read": {},
    "sharing": {},
    "tls-versions": {},
    "volume": {},
    "flow-address": {"address": None},
    "flow-admin-ports": {},
    "flow-coverage": {},
    "flow-egress-anomalies": {"score": 1, "bytes": 1000},
    "flow-from-internet": {},
    "flow-new-edges": {},
    "flow-rare-destinations": {"bytes": 1000},
    "flow-rejects": {},
    "flow-scan-candidates": {"hosts": 5, "ports": 5},
    "flow-top-talkers": {},
}

# Answers without rows show little; so many of them have some.
WITH_ROWS_MIN = 30

# Values for parameters that name something in the logs.
FROM_LOGS = {
    "key": "SELECT max(userIdentity.accessKeyId) FROM cloudtrail WHERE userIdentity.accessKeyId LIKE 'A%'",
    "address": "SELECT srcaddr FROM vpcflow GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
}


def ran(*words):
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8")
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: status {done.returncode}\n{done.stderr}")
    return done.stdout


def canonical(value):
    """Values of both engines in one form: times in milliseconds, numbers with
    nine digits, JSON without the order of its keys, nulls as nothing."""
    if isinstance(value, dict):
        return {k: canonical(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [canonical(v) for v in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        return float(f"{value:.9g}") if isinstance(value, float) else float(value) if abs(value) < 2**53 else value
    if value[:1] in "{[":
        try:
            return json.dumps(canonical(json.loads(value)), sort_keys=True)
        except ValueError:
            return value
    time = re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|\+00:00)?", value)
    return f"{time[1]}T{time[2]}.{(time[3] or '').ljust(3, '0')[:3]}Z" if time else value


def rows(answer):
    return sorted(json.dumps(canonical(row), sort_keys=True, ensure_ascii=False) for row in answer)


def flowtrail_answers(flowtrail, name, given, logs):
    params = [w for k, v in given.items() for w in ("--param", f"{k}={v}")]
    text = ran(flowtrail, "query", "--name", name, *params, "--format", "jsonl", "--max-rows", "0", logs)
    return [json.loads(line) for line in text.splitlines()]


def compare(flowtrail, form, db, logs):
    """Compares every query. How many answers are equal, and how many have rows."""
    wrong, with_rows = [], 0
    for name, given in ASKED.items():
        given = {k: db.execute(FROM_LOGS[k]).fetchall()[0][0] if v is None else v for k, v in given.items()}
        theirs = rows(duck.answer(db, duck.statement(name, given)))
        ours = rows(flowtrail_answers(flowtrail, name, given, logs))
        with_rows += bool(ours)
        if theirs != ours:
            lost, more = sorted(set(theirs) - set(ours)), sorted(set(ours) - set(theirs))
            wrong.append(f"{form} {name}: {len(theirs)} rows of DuckDB, {len(ours)} of Flowtrail")
            wrong += [f"  DuckDB alone: {row}" for row in lost[:3]] + [f"  Flowtrail alone: {row}" for row in more[:3]]
    if wrong:
        sys.exit("\n".join(wrong))
    if with_rows < WITH_ROWS_MIN:
        sys.exit(f"{form}: only {with_rows} answers have rows")
    return len(ASKED), with_rows


def main():
    flowtrail, logs = sys.argv[1], sys.argv[2]
    with tempfile.TemporaryDirectory() as base:
        folder = str(pathlib.Path(base, "compacted"))
        ran(flowtrail, "compact", logs, "--to", folder)
        views = ran(flowtrail, "export", "ddl", "--for", "duckdb", folder)
        for form, views, place in [("raw", duck.raw(logs), logs), ("compacted", views, folder)]:
            db = duck.connect(views)
            equal, with_rows = compare(flowtrail, form, db, place)
            print(f"DuckDB {duckdb.__version__}, {form}: {equal} named queries answered alike, {with_rows} of them with rows")


if __name__ == "__main__":
    main()
