"""Tests of what tells where our packages come from: `make lint` runs them."""

import pathlib
import tempfile
import unittest

import check_dependencies
import licenses
import sbom
import shipped


def package(name, source=sbom.REGISTRY, **more):
    """A package as cargo tells it."""
    manifest = more.pop("manifest_path", f"/registry/{name}/Cargo.toml")
    told = {
        "id": f"{name} 1.0.0",
        "name": name,
        "version": "1.0.0",
        "source": source,
        "license": "MIT",
        "license_file": None,
        "authors": [],
        "description": None,
        "repository": None,
        "manifest_path": manifest,
    }
    return told | more


def workspace(packages, links):
    """What cargo says of a workspace: links are (from, to, kind)."""
    ids = [one["id"] for one in packages]
    nodes = {id: {"id": id, "deps": []} for id in ids}
    for begin, end, kind in links:
        dependency = {"pkg": f"{end} 1.0.0", "dep_kinds": [{"kind": kind}]}
        nodes[f"{begin} 1.0.0"]["deps"].append(dependency)
    members = [one["id"] for one in packages if one["source"] is None]
    return {
        "packages": packages,
        "workspace_members": members,
        "resolve": {"nodes": list(nodes.values())},
    }


WORKSPACE = workspace(
    [
        package("tickets", None, manifest_path="/x/functions/tickets/Cargo.toml"),
        package("api", None, manifest_path="/x/shared/api/Cargo.toml"),
        package("local", None, manifest_path="/x/local/Cargo.toml"),
        *(package(name) for name in ("http", "bytes", "cc", "proptest", "sqlite")),
    ],
    [
        ("tickets", "api", None),
        ("api", "http", None),
        ("http", "bytes", None),
        ("bytes", "cc", "build"),
        ("api", "proptest", "dev"),
        ("local", "sqlite", None),
    ],
)


class Shipped(unittest.TestCase):
    def test_what_functions_link_is_shipped_and_what_tests_and_the_laptop_link_is_not(self):
        packages, edges, direct = shipped.shipped([WORKSPACE, WORKSPACE])
        self.assertEqual(set(packages), {"http 1.0.0", "bytes 1.0.0", "cc 1.0.0"})
        self.assertEqual(edges["http 1.0.0"], {"bytes 1.0.0"})
        self.assertEqual(direct, {"http 1.0.0"})

    def test_a_slash_of_old_manifests_is_an_or(self):
        self.assertEqual(shipped.spdx(package("a", license="MIT/Apache-2.0")), "MIT OR Apache-2.0")


class Bill(unittest.TestCase):
    def test_each_package_is_told_once_with_its_digest_and_what_it_needs(self):
        packages, edges, direct = shipped.shipped([WORKSPACE])
        checksums = {(one["name"], one["version"]): "00" for one in packages.values()}
        bill = sbom.bill(packages, edges, direct, checksums, "0.1.0")
        self.assertEqual(bill["specVersion"], "1.6")
        refs = [one["bom-ref"] for one in bill["components"]]
        self.assertEqual(refs, [f"pkg:cargo/{name}@1.0.0" for name in ("bytes", "cc", "http")])
        needed = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
        self.assertEqual(needed["pkg:cargo/tsunagu@0.1.0"], ["pkg:cargo/http@1.0.0"])
        self.assertEqual(needed["pkg:cargo/http@1.0.0"], ["pkg:cargo/bytes@1.0.0"])
        self.assertEqual(set(needed), {*refs, "pkg:cargo/tsunagu@0.1.0"})

    def test_a_package_from_elsewhere_is_refused(self):
        with self.assertRaises(SystemExit):
            sbom.component(package("a", "git+https://example.com/a"), {})


class Licenses(unittest.TestCase):
    def test_a_text_stands_once_with_all_that_bring_it_however_its_lines_are_broken(self):
        texts = {"a": ["Same\nterms"], "b": ["Same terms"], "c": ["Others"]}
        packages = [package(name) for name in ("c", "b", "a")]
        document = licenses.document(packages, lambda one: texts[one["name"]])
        self.assertEqual(document.count("Same\nterms") + document.count("Same terms"), 1)
        self.assertIn(f"{licenses.RULE}\na 1.0.0\nb 1.0.0\n{licenses.RULE}", document)
        self.assertIn("c 1.0.0 (MIT) https://crates.io/crates/c", document)

    def test_terms_are_found_in_the_package_and_code_is_none(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("LICENSE-MIT", "terms  \r\n"), ("license.rs", "fn main() {}")):
                pathlib.Path(folder, name).write_text(text, encoding="utf-8", newline="")
            found = licenses.own_texts(package("a", manifest_path=f"{folder}/Cargo.toml"))
        self.assertEqual(found, ["terms"])

    def test_a_package_without_terms_has_those_of_its_licence_and_no_others_are_made_up(self):
        with tempfile.TemporaryDirectory() as folder:
            manifest = f"{folder}/Cargo.toml"
            bare = lambda licence: package("a", manifest_path=manifest, license=licence)
            self.assertEqual(licenses.texts(bare("MIT OR Apache-2.0"), "apache"), ["apache"])
            self.assertIn("the authors of a", licenses.texts(bare("MIT"), "apache")[0])
            with self.assertRaises(SystemExit):
                licenses.texts(bare("MPL-2.0"), "apache")


class Bans(unittest.TestCase):
    def test_a_ban_up_to_a_version_is_read_as_cargo_deny_reads_it(self):
        old, new = package("h2", version="0.3.26"), package("h2", version="0.4.20")
        self.assertTrue(check_dependencies.is_banned(old, "h2:<0.4"))
        self.assertFalse(check_dependencies.is_banned(new, "h2:<0.4"))
        self.assertTrue(check_dependencies.is_banned(new, "h2"))
        with self.assertRaises(SystemExit):
            check_dependencies.is_banned(new, "h2:=0.4.20")


if __name__ == "__main__":
    unittest.main()
