"""Writes a bill of materials of the functions in CycloneDX 1.6, on standard output.

It is made of what cargo says alone, so that the same Cargo.lock gives the same bytes: no time and no
serial number stand in it.
"""

import json
import sys
import tomllib

from shipped import in_order, of_workspace, spdx

REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


def purl(package):
    """The address of a package, as package URLs write it."""
    return f"pkg:cargo/{package['name']}@{package['version'].replace('+', '%2B')}"


def digests(lock):
    """The SHA-256 of each package from the registry, by name and version."""
    return {
        (package["name"], package["version"]): package["checksum"]
        for package in lock["package"]
        if "checksum" in package
    }


def component(package, checksums):
    """What is told of a package."""
    if package["source"] != REGISTRY:
        sys.exit(f"{package['name']} {package['version']} comes from {package['source']}")
    told = {
        "type": "library",
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package),
        "licenses": [{"expression": spdx(package)}],
        "hashes": [{"alg": "SHA-256", "content": checksums[package["name"], package["version"]]}],
    }
    if package["description"]:
        told["description"] = " ".join(package["description"].split())
    if package["repository"]:
        told["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return told


def bill(packages, edges, direct, checksums, version):
    """The whole bill: what is in it, and what needs what."""
    root = f"pkg:cargo/tsunagu@{version}"
    ordered = in_order(packages.values())
    named = lambda ids: sorted(purl(packages[id]) for id in ids)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": "tsunagu",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [component(package, checksums) for package in ordered],
        "dependencies": [
            {"ref": root, "dependsOn": named(direct)},
            *({"ref": purl(package), "dependsOn": named(edges[package["id"]])} for package in ordered),
        ],
    }


def main():
    """Prints the bill of this workspace."""
    with open("Cargo.lock", "rb") as file:
        checksums = digests(tomllib.load(file))
    with open("Cargo.toml", "rb") as file:
        version = tomllib.load(file)["workspace"]["package"]["version"]
    packages, edges, direct = of_workspace()
    json.dump(bill(packages, edges, direct, checksums, version), sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
