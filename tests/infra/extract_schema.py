"""Reads the schema of Terraform's AWS provider out of its generated bindings.

    extract_schema.py BINDINGS CONFIGURATION OUT

BINDINGS is the unpacked npm package @cdktn/provider-aws, whose classes are
generated from the provider's own schema. CONFIGURATION is a folder of .tf files;
only the types that they use are written, so that OUT stays small enough to read.

What the bindings do not say, and the written schema therefore lacks: defaults,
which values an argument may have, which arguments exclude each other, and which
optional ones AWS fills in where they are left out (see COMPUTED).
"""

import json
import pathlib
import re
import sys

# Optional attributes that have a value after apply even where nobody sets them.
# The bindings do not tell them from other optional ones.
COMPUTED = {"id", "region", "tags_all"}
# What the bindings call a type, and what Terraform calls it.
TYPES = {"string": "string", "number": "number", "boolean": "bool"}
KINDS = {"resource": "", "data": "data-", "provider": ""}

USED = re.compile(r'^\s*(resource|data) "(aws_\w+)"', re.M)
ENTRY = re.compile(
    r"(\w+): \{\s+value: (?P<value>[^\n]+),\s+isBlock: (?P<block>true|false),"
    r'\s+type: "(?P<type>\w+)",\s+storageClassType: "(?P<storage>[^"]+)",\s+\}'
)
FUNCTION = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{(.*?)^\}", re.M | re.S)
INTERFACE = re.compile(r"^export interface (\w+)[^{]*\{(.*?)^\}", re.M | re.S)
MEMBER = re.compile(r"^    readonly (\w+)(\?)?:", re.M)
GETTER = re.compile(r"this\.get(\w*?)(List|Map|Set)?Attribute\('(\w+)'\)")


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def attribute_type(kind, storage):
    """`stringList`, said to be a `set`, is ["set", "string"]."""
    base = re.match(r"string|number|boolean", storage)
    if base is None:
        raise ValueError(f"a type that is not known: {storage}")
    found = TYPES[base.group()]
    for word in reversed(re.findall(r"List|Set|Map", storage)):
        found = [word.lower(), found]
    if kind == "set" and isinstance(found, list):
        found[0] = "set"
    return found


class Bindings:
    """One class of the bindings."""

    def __init__(self, folder):
        # Behind the code comes its source map, one word of megabytes.
        self.code = (folder / "index.js").read_text().split("//# sourceMappingURL")[0]
        self.types = (folder / "index.d.ts").read_text()
        self.functions = dict(FUNCTION.findall(self.code))
        members = INTERFACE.findall(self.types)
        self.required = {
            name.lower(): {m for m, optional in MEMBER.findall(body) if not optional}
            for name, body in members
        }

    def block(self, text, interface):
        required = self.required[interface.lower()]
        attributes, blocks = {}, {}
        for entry in ENTRY.finditer(text):
            name, needed = entry[1], camel(entry[1]) in required
            nested = re.search(r"(\w+)ToHclTerraform", entry["value"])
            if entry["block"] == "true" and nested and nested[1] in self.functions:
                many = "listMapperHcl" in entry["value"]
                single = entry["type"] == "struct"
                blocks[name] = {
                    "nesting": "single" if single else entry["type"],
                    "min": int(needed and not single),
                    "max": int(not many and not single),
                    "block": self.block(self.functions[nested[1]], nested[1]),
                }
            else:
                kind = attribute_type(entry["type"], entry["storage"])
                attributes[name] = {"type": kind, "is": "required" if needed else "optional"}
        return {"attributes": attributes, "blocks": blocks}

    def whole(self):
        found = re.findall(r"^class (\w+) extends cdktn\.Terraform", self.code, re.M)[-1]
        body = self.code[self.code.index(f"class {found} extends cdktn.Terraform") :]
        block = self.block(body[body.index("synthesizeHclAttributes() {") :], f"{found}Config")
        known = block["attributes"]
        for base, collection, name in GETTER.findall(body):
            if name not in known and name not in block["blocks"]:
                kind = TYPES.get((base or "string").lower(), "string")
                kind = [collection.lower(), kind] if collection else kind
                known[name] = {"type": kind, "is": "computed"}
        for name in COMPUTED & known.keys():
            if known[name]["is"] == "optional":
                known[name]["is"] = "optional computed"
        return block


def without_alias(provider):
    # Terraform's own, which the bindings count among the arguments.
    del provider["attributes"]["alias"]
    return provider


def main(bindings, configuration, out):
    bindings = pathlib.Path(bindings)
    package = json.loads((bindings / "package.json").read_text())
    provider = Bindings(bindings / "lib/provider")
    texts = [p.read_text() for p in sorted(pathlib.Path(configuration).rglob("*.tf"))]
    used = sorted({pair for text in texts for pair in USED.findall(text)})
    schema = {
        "source": f"{package['name']}@{package['version']} (npm, {package['license']})",
        "provider_version": re.search(r"providerVersion: '([\d.]+)'", provider.code)[1],
        "provider": without_alias(provider.whole()),
        "resource": {},
        "data": {},
    }
    for kind, name in used:
        folder = KINDS[kind] + name.replace("_", "-")
        short = folder.replace("aws-", "", 1) if kind == "resource" else folder
        schema[kind][name] = Bindings(bindings / "lib" / short).whole()
    pathlib.Path(out).write_text(written(schema) + "\n")
    print(f"{len(schema['resource'])} resources, {len(schema['data'])} data sources")


def written(found, indent=""):
    """JSON with an attribute a line: a change of the provider is a diff to be read."""
    if not isinstance(found, dict) or set(found) == {"type", "is"} or not found:
        return json.dumps(found, sort_keys=True)
    inner = indent + " "
    lines = [f"{inner}{json.dumps(k)}: {written(found[k], inner)}" for k in sorted(found)]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


if __name__ == "__main__":
    main(*sys.argv[1:])
