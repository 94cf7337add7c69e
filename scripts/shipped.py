"""Which packages of others go into the functions, as Cargo.lock pins them.

What `make sbom` and `make licenses` tell of: everything that a function links or is built with on
Lambda's two architectures, without what only tests, benchmarks and the local server use. Traces are
among it, which `make build TRACES=1` alone links.
"""

import json
import subprocess
import sys

TARGETS = ("aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu")


def metadata(target):
    """What cargo says of the workspace for one target."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
    answer = subprocess.run(command, check=False, stdout=subprocess.PIPE)
    if answer.returncode != 0:
        sys.exit("cargo metadata failed, see above")
    return json.loads(answer.stdout)


def is_function(package):
    """Whether a package is one of the functions that are deployed."""
    return "/functions/" in package["manifest_path"].replace("\\", "/")


def links(metadata_of_target):
    """For each package id, the ids that it links or is built with: tests bring nothing along."""
    nodes = metadata_of_target["resolve"]["nodes"]
    is_needed = lambda dependency: any(kind["kind"] != "dev" for kind in dependency["dep_kinds"])
    return {node["id"]: {one["pkg"] for one in node["deps"] if is_needed(one)} for node in nodes}


def reached(begin, edges):
    """Everything that is reached from some ids, themselves included."""
    found, left = set(), list(begin)
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left.extend(edges[one])
    return found


def shipped(all_metadata):
    """Over all targets: the packages of others by id, the links between them, and which of them are
    ours directly."""
    packages, edges, direct = {}, {}, set()
    for one in all_metadata:
        known = {package["id"]: package for package in one["packages"]}
        linked = links(one)
        functions = [id for id in one["workspace_members"] if is_function(known[id])]
        ids = reached(functions, linked)
        theirs = {id for id in ids if known[id]["source"] is not None}
        for id in theirs:
            packages[id] = known[id]
            edges.setdefault(id, set()).update(linked[id] & theirs)
        for id in ids - theirs:
            direct |= linked[id] & theirs
    return packages, edges, direct


def in_order(packages):
    """Packages by name and version."""
    return sorted(packages, key=lambda package: (package["name"], package["version"]))


def spdx(package):
    """The licence as SPDX writes it: crates of before 2019 write a slash for OR."""
    return package["license"].replace("/", " OR ").replace("  ", " ")


def of_workspace():
    """The same of this workspace."""
    return shipped([metadata(target) for target in TARGETS])
