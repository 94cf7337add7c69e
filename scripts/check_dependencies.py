"""Holds the dependency graph to deny.toml: licences, bans and sources, without a network.

cargo-deny reads the same file and knows advisories besides; this check is for machines and build
servers that have only a package index for Python. It understands what deny.toml uses, and refuses
what it does not understand.
"""

import json
import subprocess
import sys
import tomllib

from license_expression import LicenseWithExceptionSymbol, get_spdx_licensing

SPDX = get_spdx_licensing()


def licence_allowed(expression, allowed):
    """Whether some choice within a parsed SPDX expression needs allowed licences only."""
    if isinstance(expression, SPDX.AND):
        return all(licence_allowed(part, allowed) for part in expression.args)
    if isinstance(expression, SPDX.OR):
        return any(licence_allowed(part, allowed) for part in expression.args)
    if isinstance(expression, LicenseWithExceptionSymbol):
        return str(expression) in allowed
    return expression.key in allowed


def licence_problem(package, allowed):
    """Why the licence of a package is refused, or None."""
    text = package["license"]
    if not text:
        return "names no licence"
    # Crates of before 2019 write a slash where SPDX writes OR.
    expression = SPDX.parse(text.replace("/", " OR "), validate=True)
    return None if licence_allowed(expression, allowed) else f"has the licence {text}"


def version_tuple(version):
    """The numbers of a version, without what comes after a hyphen or a plus."""
    return tuple(int(part) for part in version.split("-")[0].split("+")[0].split("."))


def is_banned(package, crate):
    """Whether a package is meant by `name` or `name:<version` of deny.toml."""
    name, _, requirement = crate.partition(":")
    if package["name"] != name:
        return False
    if not requirement:
        return True
    if not requirement.startswith("<") or requirement.startswith("<="):
        sys.exit(f"deny.toml: {crate}: only `<version` is understood here")
    return version_tuple(package["version"]) < version_tuple(requirement[1:])


def ban_problem(package, bans, dependents):
    """Why a package is banned, or None: a ban may name the crates that are allowed to use it."""
    for ban in bans:
        if is_banned(package, ban["crate"]):
            others = sorted(dependents - set(ban.get("wrappers", [])))
            if others or "wrappers" not in ban:
                return f"is banned ({ban['reason']}), used by {', '.join(others) or 'nobody'}"
    return None


def source_problem(package, registries):
    """Why the place that a package comes from is refused, or None. Our own have no source."""
    source = package["source"]
    if source is None or source.removeprefix("registry+") in registries:
        return None
    return f"comes from {source}"


def dependents_by_package(metadata):
    """For each package id, the names of the packages that link it directly, not only in tests."""
    names = {package["id"]: package["name"] for package in metadata["packages"]}
    dependents = {package_id: set() for package_id in names}
    for node in metadata["resolve"]["nodes"]:
        for dependency in node["deps"]:
            if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"]):
                dependents[dependency["pkg"]].add(names[node["id"]])
    return dependents


def main():
    """Prints every problem and ends with 1 where there is one."""
    with open("deny.toml", "rb") as file:
        rules = tomllib.load(file)
    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    answer = subprocess.run(command, check=False, stdout=subprocess.PIPE)
    if answer.returncode != 0:
        sys.exit("cargo metadata failed, see above")
    metadata = json.loads(answer.stdout)
    dependents = dependents_by_package(metadata)
    allowed = set(rules["licenses"]["allow"])
    problems = []
    for package in metadata["packages"]:
        found = (
            licence_problem(package, allowed),
            ban_problem(package, rules["bans"]["deny"], dependents[package["id"]]),
            source_problem(package, rules["sources"]["allow-registry"]),
        )
        problems += [f"{package['name']} {package['version']} {why}" for why in found if why]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(metadata['packages'])} packages against deny.toml: {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
