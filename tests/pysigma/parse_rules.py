"""Parses every shipped rule with pySigma, an implementation that is not ours.

Usage: parse_rules.py FOLDER. Exits 1 and names the file if one does not parse,
or if pySigma meets a document that it leaves out.
"""

import sys
from pathlib import Path

from sigma.collection import SigmaCollection


def main(folder: Path) -> int:
    files = sorted(p for p in folder.rglob("*.yml") if not p.name.endswith(".cases.yml"))
    failed = 0
    documents = 0
    for file in files:
        text = file.read_text(encoding="utf-8")
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
    print(f"pySigma: {documents} rules in {len(files)} files, {failed} files failed")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
