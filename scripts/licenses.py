"""Writes THIRD-PARTY-LICENSES: who wrote what goes into the functions, and on what terms.

With --check it compares instead, and ends with 1 where the file is not that of this Cargo.lock.
"""

import pathlib
import sys

from shipped import in_order, of_workspace, spdx

FILE = pathlib.Path("THIRD-PARTY-LICENSES")
RULE = "=" * 100
# How files with terms are called.
NAMES = ("license", "licence", "copying", "notice", "unlicense", "copyright")
MIT = """MIT License

Copyright (c) {authors}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense,
and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN
NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY,
WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""


def is_terms(path):
    """Whether a file of a package holds terms: text, never code that is called so."""
    name = path.name.lower()
    return path.is_file() and name.startswith(NAMES) and path.suffix.lower() not in (".rs", ".py", ".html")


def tidy(text):
    """A text without what differs between copies of the same terms and means nothing."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\f", "").split("\n")]
    return "\n".join(lines).strip("\n")


def own_texts(package):
    """The terms that a package brings along."""
    folder = pathlib.Path(package["manifest_path"]).parent
    paths = {path for path in folder.iterdir() if is_terms(path)}
    if package["license_file"]:
        paths.add(folder / package["license_file"])
    return [tidy(path.read_text(encoding="utf-8", errors="replace")) for path in sorted(paths)]


def texts(package, apache):
    """The terms of a package; those that its licence stands for, where it brings none along."""
    found = own_texts(package)
    if found:
        return found
    if "Apache-2.0" in package["license"]:
        return [apache]
    if package["license"] == "MIT":
        authors = ", ".join(package["authors"]) or f"the authors of {package['name']}"
        return [MIT.format(authors=authors)]
    sys.exit(f"{package['name']} {package['version']} brings no text of {package['license']}")


def document(packages, texts_of):
    """The whole file: a list of packages, then each text once with the packages that it is of."""
    lines = [
        "What others wrote and goes into the functions of Tsunagu, and the terms of it.",
        "Made by `make licenses` from Cargo.lock. The source of each is at its address, unchanged.",
        "",
    ]
    users = {}
    for package in in_order(packages):
        name = f"{package['name']} {package['version']}"
        address = package["repository"] or f"https://crates.io/crates/{package['name']}"
        lines.append(f"{name} ({spdx(package)}) {address}")
        for text in texts_of(package):
            # Copies that are broken into lines in another way are the same terms.
            users.setdefault(" ".join(text.split()), (text, []))[1].append(name)
    for text, names in users.values():
        lines += ["", RULE, *names, RULE, "", text]
    return "\n".join(lines) + "\n"


def main():
    """Writes the file, or says that it is not up to date."""
    packages, _, _ = of_workspace()
    apache = tidy(pathlib.Path("LICENSE").read_text(encoding="utf-8"))
    text = document(packages.values(), lambda package: texts(package, apache))
    if sys.argv[1:] == ["--check"]:
        if not FILE.exists() or FILE.read_text(encoding="utf-8") != text:
            sys.exit(f"{FILE} is not that of this Cargo.lock: make licenses")
        print(f"{FILE} is that of this Cargo.lock: {len(packages)} packages")
        return
    FILE.write_text(text, encoding="utf-8", newline="\n")
    print(f"{FILE} is written: {len(packages)} packages")


if __name__ == "__main__":
    main()
