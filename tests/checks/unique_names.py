#!/usr/bin/env python3
"""unique_names.py FOLDER: names in anonymous namespaces are of one file only, of those that are compiled together.

.ci/run and scripts/build-boards compile twelve files at a time (CMAKE_UNITY_BUILD); ./test compiles each on its own, and
would not notice. Aliases may be repeated where they mean the same.
"""

import collections
import pathlib
import re
import sys

# As src/CMakeLists.txt has them.
LIBRARIES = (("base", "wire", "link", "mux", "legacy", "secure", "tunnel", "telnet", "ip", "ppp"), ("sim",), ("cli",), None)
# Compiled on their own.
OTHERS = ("_full.cpp", "_lite.cpp", "cli/main.cpp", "_modes_linux.cpp")

# No system has the files of both.
EITHER = (("_windows.cpp",), ("_linux.cpp", "_posix.cpp", "_macos.cpp"))

ANONYMOUS = re.compile(r"\nnamespace \{\n(.*?)\n\}  // namespace\n", re.S)
NAMESPACE = re.compile(r"\nnamespace ([\w:]+) \{")
ALIAS = re.compile(r"using (\w+) = ([^;]*);|using ([\w:]+)::(\w+);")
CONSTANT = re.compile(r"(?:constexpr|constinit|const|static|inline)\b[^=({;]*?\b(k[A-Z]\w*)\s*(?:=|\[|\{)")
TYPE = re.compile(r"(?:struct|class|enum class) (\w+)\b(?!;)")
FUNCTION = re.compile(r"[\w:<>,\s*&\[\]]+?[\s*&](\w+)\(([^()]*)\)[^;=]*\{")


def names_of(text):
    """Pairs: what must be unique, and a meaning with which it may be repeated."""
    for line in re.sub(r"\n {6,}", " ", text).split("\n"):
        if found := ALIAS.match(line):
            name, meaning = (found[1], found[2]) if found[1] else (found[4], f"{found[3]}::{found[4]}")
            yield name, meaning
        elif found := CONSTANT.match(line) or TYPE.match(line):
            yield found[1], None
        elif line[:1].isalpha() and (found := FUNCTION.match(line)):
            types = [re.sub(r"\s*\b\w+$", "", one.strip()) for one in found[2].split(",")]
            yield f"{found[1]}({', '.join(types)})", None


def main():
    root = pathlib.Path(sys.argv[1])
    places = collections.defaultdict(list)
    for path in sorted(root.glob("src/*/*.cpp")):
        if str(path).endswith(OTHERS):
            continue
        library = next(i for i, rooms in enumerate(LIBRARIES) if rooms is None or path.parent.name in rooms)
        text = path.read_text(encoding="utf-8")
        space = NAMESPACE.search(text)
        for anonymous in ANONYMOUS.findall(text):
            for name, meaning in names_of(anonymous):
                places[library, space[1] if space else "", name].append((path.relative_to(root), meaning))
    bad = False
    for (_, space, name), where in sorted(places.items()):
        for absent in EITHER:
            there = [(path, meaning) for path, meaning in where if not str(path).endswith(absent)]
            files = {path for path, _ in there}
            meanings = {meaning for _, meaning in there}
            if len(files) > 1 and (None in meanings or len(meanings) > 1):
                print(f"{space}::{name} is in {', '.join(map(str, sorted(files)))}: they cannot be compiled together")
                bad = True
                break
    return bad


if __name__ == "__main__":
    sys.exit(main())
