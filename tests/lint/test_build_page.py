"""The page is built whole, or wiretale goes on without it and says why; never half of one.

npm and node are played by scripts in a folder that is all of PATH; the tree is one of the test's.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BUILD_PAGE = Path(__file__).resolve().parents[2] / "tools" / "build_page"
SH = shutil.which("sh")
MARK = '<script type="application/json" id="wiretale-document">null</script>'
PAGE = f"<!doctype html>\n<p>a page</p>{MARK}\n"
LOCK = '{"packages": {"": {}, "node_modules/vite": {"version": "6", "integrity": "x"}}}'
LICENCE = "The MIT License -- as it is"

# What npm does: as the lock file says, or not.
NPM = {
    "good": 'mkdir -p node_modules/vite/bin node_modules/plot; echo npm >>"$LOG"\n'
            f"echo '{LICENCE}' >node_modules/plot/LICENSE\n"
            "cp package-lock.json node_modules/.package-lock.json",
    "idle": 'echo npm >>"$LOG"',
    "failing": "echo 'npm error: no network' >&2; exit 1",
}
NODE = ('[ "$1" != --version ] || { echo "${VERSION:-v18.20.4}"; exit; }\n'
        'while [ "$1" != --outDir ]; do shift; done; out=$2; echo vite >>"$LOG"\n'
        '[ -z "${VITE_FAILS:-}" ] || { echo "vite: no such import"; exit 1; }\n'
        'printf "%s" "$PAGE" >"$out/index.html"\n'
        '[ -z "${MORE:-}" ] || echo >"$out/$MORE"')


class Tree:
    def __init__(self, folder, npm="good"):
        self.folder, self.log = folder, folder / "log"
        self.web, self.build, self.path = (folder / name for name in ("web", "build", "bin"))
        for name in ("tools", "web/src", "build", "bin"):
            (folder / name).mkdir(parents=True)
        shutil.copy(BUILD_PAGE, folder / "tools")
        for name in (".npmrc", "index.html", "tsconfig.json", "vite.config.ts", "src/main.ts"):
            (self.web / name).write_text("\n", encoding="utf-8")
        (self.web / "package.json").write_text('{"dependencies": {"plot": "1.2"}}')
        (self.web / "package-lock.json").write_text(LOCK)
        for tool in ("mkdir", "cp"):
            (self.path / tool).symlink_to(shutil.which(tool))
        if npm:
            self.script("npm", NPM[npm])
            self.script("node", NODE)

    def script(self, name, body):
        (self.path / name).write_text(f"#!{SH}\n{body}\n", encoding="utf-8")
        (self.path / name).chmod(0o755)

    def make(self, mode="auto", **environment):
        environment = {"PATH": str(self.path), "LOG": str(self.log), "PAGE": PAGE, **environment}
        return subprocess.run(
            [sys.executable, self.folder / "tools" / "build_page", "page_template.c", "d", mode],
            cwd=self.build, capture_output=True, text=True, timeout=120, check=False,
            env=environment, stdin=subprocess.DEVNULL)

    def made(self):
        """Returns what the C file defines: the page, its length, and why there is none."""
        lines = (self.build / "page_template.c").read_text(encoding="utf-8").split("\n")
        texts, octets, length = [], None, None
        for line in lines:
            if line.endswith("[] = {"):
                octets = bytearray()
            elif line == "};":
                assert octets.pop() == 0
                texts.append(octets.decode("utf-8"))
                octets = None
            elif octets is not None:
                octets += bytes(int(item.strip("'").replace("\\x", "0x"), 0)
                                for item in line.rstrip(",").split(","))
            elif "page_template_length" in line:
                length = int(line.split("=")[1].rstrip(";"))
        return texts[0], length, texts[1]

    def logged(self):
        return self.log.read_text(encoding="utf-8").split() if self.log.exists() else []


def test_the_page_is_built_quietly_with_the_licences_in_it(tmp_path):
    tree = Tree(tmp_path)
    done = tree.make()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    page, length, missing = tree.made()
    assert page.startswith("<!doctype html>\n<!--\nThis page contains plot 1.2:\n\nThe MIT")
    assert page.endswith(PAGE.split("\n", 1)[1])
    assert page.count("--") == 2  # of the comment itself: an end within it would show the rest
    assert (length, missing) == (len(page.encode()), "")
    assert not (tree.build / "page.missing").exists()


def test_characters_beyond_ascii_come_through(tmp_path):
    tree = Tree(tmp_path)
    tree.make(PAGE=PAGE.replace("a page", "三次握手"))
    assert "<p>三次握手</p>" in tree.made()[0]


def test_packages_are_installed_once_and_again_when_the_lock_file_is_another(tmp_path):
    tree = Tree(tmp_path)
    tree.make()
    tree.make()
    assert tree.logged() == ["npm", "vite", "vite"]
    (tree.web / "package-lock.json").write_text(LOCK.replace('"6"', '"7"'))
    tree.make()
    assert tree.logged()[-2:] == ["npm", "vite"]


def test_what_is_the_same_keeps_its_time(tmp_path):
    tree = Tree(tmp_path)
    tree.make()
    os.utime(tree.build / "page_template.c", (1, 1))
    tree.make()
    assert (tree.build / "page_template.c").stat().st_mtime == 1
    tree.make(PAGE=PAGE + "more")
    assert (tree.build / "page_template.c").stat().st_mtime > 1


def test_ninja_hears_of_every_file_and_folder(tmp_path):
    tree = Tree(tmp_path)
    tree.make()
    said = (tree.build / "d").read_text(encoding="utf-8")
    assert said.startswith("page_template.c: ")
    for name in ("web/src", "web/src/main.ts", "web/package-lock.json", "web/index.html",
                 "tools/build_page"):
        assert f"{tmp_path}/{name} " in said.replace("\n", " "), name
    assert "page.missing" not in said


# what is wrong: npm, what vite is told, what is said of it
FAULTS = {
    "no npm": (None, {}, "install npm (Debian: apt install npm) and build again"),
    "an old node": ("good", {"VERSION": "v16.9.0"}, "node v16.9.0 is too old: install 18"),
    "npm fails": ("failing", {}, "`npm install` in web/ failed"),
    "npm does nothing": ("idle", {}, "did not do what package-lock.json says"),
    "vite fails": ("good", {"VITE_FAILS": "1"}, "Vite failed"),
    "no place for data": ("good", {"PAGE": "<!doctype html>\n"}, "has 0 places for its data"),
    "two places": ("good", {"PAGE": PAGE + MARK}, "has 2 places for its data"),
    "a script from outside": ("good", {"PAGE": PAGE + '<script src="x.js">'}, "load something"),
    "a sheet from outside": ("good", {"PAGE": PAGE + '<link rel="x" href="x.css">'},
                             "load something"),
    "two files": ("good", {"MORE": "more.js"}, "not one file"),
    "no document": ("good", {"PAGE": "<p>" + MARK}, "does not begin with <!doctype html>"),
}


@pytest.mark.parametrize(("npm", "environment", "said"), FAULTS.values(), ids=FAULTS)
def test_without_a_page_the_build_goes_on_and_says_why(tmp_path, npm, environment, said):
    tree = Tree(tmp_path, npm)
    assert tree.make(**environment).returncode == 0
    page, length, missing = tree.made()
    assert (page, length) == ("", 0)
    assert missing.startswith("this wiretale was built without its page: ")
    assert said in missing
    assert (tree.build / "page.missing").read_text(encoding="utf-8") == missing + "\n"
    assert "page.missing" in (tree.build / "d").read_text(encoding="utf-8")
    assert list(tree.build.glob("vite-*")) == []


@pytest.mark.parametrize(("npm", "environment", "said"), FAULTS.values(), ids=FAULTS)
def test_enabled_makes_it_an_error_and_leaves_what_there_was(tmp_path, npm, environment, said):
    tree = Tree(tmp_path, npm)
    (tree.build / "page_template.c").write_text("as it was")
    done = tree.make("enabled", **environment)
    assert done.returncode == 1
    assert said in done.stderr
    assert (tree.build / "page_template.c").read_text() == "as it was"


def test_the_last_of_what_a_failed_tool_said_is_shown(tmp_path):
    done = Tree(tmp_path, "failing").make()
    assert done.stderr == "npm error: no network\n"


def test_it_comes_back_when_npm_does(tmp_path):
    tree = Tree(tmp_path, None)
    tree.make()
    tree.script("npm", NPM["good"])
    tree.script("node", NODE)
    tree.make()
    assert tree.made()[1] > 0
    assert not (tree.build / "page.missing").exists()


def test_disabled_tries_nothing(tmp_path):
    tree = Tree(tmp_path)
    assert tree.make("disabled").returncode == 0
    assert tree.logged() == []
    assert tree.made()[1:] == (
        0, "this wiretale was built without its page: build it with -Dpage=auto")
    assert not (tree.build / "page.missing").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to give a tree to somebody else")
def test_somebody_elses_tree_is_left_alone(tmp_path):
    tree = Tree(tmp_path)
    os.chown(tree.web, 65534, 65534)
    before = sorted(tree.web.rglob("*"))
    assert tree.make().returncode == 0
    assert tree.made()[1] > 0
    assert sorted(tree.web.rglob("*")) == before
    assert (tree.build / "tree" / "node_modules" / "vite").is_dir()


def test_where_the_packages_are_is_told(tmp_path):
    tree = Tree(tmp_path)
    done = subprocess.run(
        [sys.executable, tmp_path / "tools" / "build_page", "modules", tree.build],
        capture_output=True, text=True, timeout=120, check=False,
        env={"PATH": str(tree.path), "LOG": str(tree.log)})
    assert (done.returncode, done.stdout.strip()) == (0, str(tree.web)), done.stderr
    assert tree.logged() == ["npm"]
