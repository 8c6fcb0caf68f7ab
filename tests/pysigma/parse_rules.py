"""Parses every shipped rule with pySigma, an implementation that is not ours.

Usage: parse_rules.py FOLDER. Exits 1 and names the file if one does not parse,
or if pySigma meets a document that it leaves out. Correlations of the types that
Sigma has not (beyond.rs of flowtrail-sigma), and those over them, are counted and
left out; the rules that they gather are Sigma's.
"""

import re
import sys
from pathlib import Path

from sigma.collection import SigmaCollection

BEYOND = {"beacon", "ratio", "scan", "score", "silence", "travel"}
TYPE = re.compile(r"^correlation:\n    type: (\S+)$", re.MULTILINE)


NAME = re.compile(r"^name: (\S+)$", re.MULTILINE)
GATHERED = re.compile(r"^    rules:\n((?: +- \S+\n)+)", re.MULTILINE)


def of_sigma(documents: list[str]) -> list[str]:
    """Those that are no correlation of a type of our own, nor rest on one."""
    beyond: set[str] = set()
    left = []
    for document in documents:  # each rests only on what stands before it
        kind = TYPE.search(document)
        gathered = GATHERED.search(document)
        names = set(re.findall(r"- (\S+)", gathered.group(1))) if gathered else set()
        if (kind and kind.group(1) in BEYOND) or names & beyond:
            name = NAME.search(document)
            beyond.update([name.group(1)] if name else [])
        else:
            left.append(document)
    return left


def main(folder: Path) -> int:
    files = sorted(p for p in folder.rglob("*.yml") if not p.name.endswith(".cases.yml"))
    failed = 0
    documents = 0
    beyond = 0
    for file in files:
        parts = file.read_text(encoding="utf-8").split("\n---\n")
        ours = of_sigma(parts)
        beyond += len(parts) - len(ours)
        text = "\n---\n".join(ours)
        expected = sum(line.startswith("title:") for line in text.splitlines())
        try:
            collection = SigmaCollection.from_yaml(text)
        except Exception as error:  # whatever it is, the rule is not portable
            print(f"{file}: {error}", file=sys.stderr)
            failed += 1
            continue
        documents += len(collection.rules)
        if collection.errors or len(collection.rules) != expected:
            print(
                f"{file}: {len(collection.rules)} of {expected} documents, {collection.errors}",
                file=sys.stderr,
            )
            failed += 1
    print(
        f"pySigma: {documents} rules in {len(files)} files, {failed} files failed; "
        f"{beyond} of types that Sigma has not were left out"
    )
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
