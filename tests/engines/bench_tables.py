"""Speed and memory of the named queries against DuckDB, on given folders.

    bench_tables.py [--rounds N] [--memory SIZE] [--threads N] FLOWTRAIL FOLDER…

Ten of the named queries run over each folder as it lies there, and over what
`flowtrail compact` makes of it: each engine in a process of its own, by turns,
with the same memory and the same threads. Of the rounds the best counts, for
each figure by itself. Answers are compared; a difference ends the bench.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import named_in_duckdb as duck
from answer_alike import ran, rows

HERE = pathlib.Path(__file__).parent

# Ten, of every sort: filters that few rows pass, groupings of all rows, joins,
# windows, JSON inside columns.
ASKED = {
    "cloudtrail": [
        "access-denied-by-principal",
        "access-denied-apis",
        "errors",
        "regions",
        "first-seen-apis",
        "role-chains",
        "secrets-read",
    ],
    "vpcflow": ["flow-top-talkers", "flow-admin-ports", "flow-rare-destinations"],
}


def measured(words, env):
    """The answer, and seconds on the clock, seconds of processors, MB at most."""
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        child = subprocess.Popen(words, stdout=out, stderr=said, env=env)
        _, status, usage = os.wait4(child.pid, 0)
        clock = time.monotonic() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said.seek(0)
        if child.returncode != 0:
            sys.exit(f"{' '.join(words)}: status {child.returncode}\n{said.read().decode()}")
        answer = [json.loads(line) for line in out.read().decode().splitlines()]
    return answer, (clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def least(one, other):
    return other if one is None else tuple(min(pair) for pair in zip(one, other))


class Bench:
    def __init__(self, args):
        self.args = args
        self.env = {**os.environ, "MEMORY": args.memory, "THREADS": str(args.threads)}

    def ours(self, query, place):
        what = ["SELECT 1 AS one"] if query == "-" else ["--name", query]
        return [
            self.args.flowtrail, "query", *what, "--format", "jsonl", "--max-rows", "0",
            "--memory", self.args.memory, "--threads", str(self.args.threads), place,
        ]

    def theirs(self, query, views):
        return [sys.executable, str(HERE / "named_in_duckdb.py"), query, views]

    def query(self, query, place, views):
        """The best figures of both, and how many rows the answer has."""
        best = [None, None]
        for round_ in range(self.args.rounds):
            answers = [None, None]
            # Whoever goes first has the colder caches.
            for ix in ([0, 1], [1, 0])[round_ % 2]:
                words = self.ours(query, place) if ix == 0 else self.theirs(query, views)
                answers[ix], figures = measured(words, self.env)
                best[ix] = least(best[ix], figures)
            if rows(answers[0]) != rows(answers[1]):
                sys.exit(f"{query} over {place}: the answers differ")
        return best, len(answers[0])

    def folder(self, form, name, place, views_of):
        """All queries over one folder. Views are made beforehand: which files
        there are, and which fields are asked for, is told to DuckDB, and found
        by Flowtrail."""
        tables = tables_of(form, place)
        print(f"\n{name}, {form}: {size(place)}")
        print("| query | rows | Flowtrail s | DuckDB s | Flowtrail CPU s | DuckDB CPU s | Flowtrail MB | DuckDB MB | times faster | CPU |")
        print("|---|---|---|---|---|---|---|---|---|---|")
        products, count = [1.0, 1.0], 0
        with tempfile.TemporaryDirectory() as base:
            for table in ["-", *tables]:
                views = pathlib.Path(base, "views.sql")
                for query in ASKED.get(table, ["-"]):
                    views.write_text(views_of(table, query), encoding="utf-8")
                    (ours, theirs), found = self.query(query, place, str(views))
                    ratios = [theirs[ix] / max(ours[ix], 0.001) for ix in (0, 1)]
                    if query != "-":
                        products = [p * r for p, r in zip(products, ratios)]
                        count += 1
                    cells = [f"{pair:.2f}" for ix in (0, 1) for pair in (ours[ix], theirs[ix])]
                    shown = "a start alone" if query == "-" else query
                    print(
                        f"| {shown} | {found} | {' | '.join(cells)} | {ours[2]:.0f} | {theirs[2]:.0f} "
                        f"| {ratios[0]:.1f} | {ratios[1]:.1f} |",
                        flush=True,
                    )
        means = [p ** (1 / max(count, 1)) for p in products]
        print(f"| geometric mean | | | | | | | | {means[0]:.1f} | {means[1]:.1f} |")


def files(place):
    return [f for f in pathlib.Path(place).rglob("*") if f.suffix in (".gz", ".parquet")]


def tables_of(form, place):
    """The tables that a folder has logs of."""
    names = [str(f) for f in files(place)]
    is_flow = [("table=vpcflow" if form == "compacted" else "vpcflowlogs") in n for n in names]
    is_trail = [("table=cloudtrail/" in n) if form == "compacted" else not f for n, f in zip(names, is_flow)]
    return [t for t, there in [("cloudtrail", any(is_trail)), ("vpcflow", any(is_flow))] if there]


def size(place):
    all_files = files(place)
    return f"{len(all_files)} files, {sum(f.stat().st_size for f in all_files) / 1e6:.1f} MB"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("flowtrail")
    parser.add_argument("folders", nargs="+")
    bench = Bench(parser.parse_args())
    for folder in bench.args.folders:
        with tempfile.TemporaryDirectory() as base:
            kept = str(pathlib.Path(base, "compacted"))
            name = pathlib.Path(folder).name
            of_raw = lambda table, query: "" if query == "-" else duck.raw(folder, [table], duck.statement(query, {}))
            bench.folder("raw", name, folder, of_raw)
            ran(bench.args.flowtrail, "compact", folder, "--to", kept)
            views = ran(bench.args.flowtrail, "export", "ddl", "--for", "duckdb", kept)
            bench.folder("compacted", name, kept, lambda _, query: "" if query == "-" else views)


if __name__ == "__main__":
    main()
