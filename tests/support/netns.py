"""A network namespace of a test's own: its loopback is nobody else's, and in it the test may
capture even where its user may not. As root only the network is new, so that users can be changed;
else the users are new too.
"""

import os
import shutil
import subprocess
import sys

import pytest


class NotPermitted(Exception):
    """This machine gives us no namespace: the sentence says why."""


# What runs behind it has no capability and cannot get one: another program of the same user, which
# gave its privileges up, may look at it.
WITHOUT_CAPABILITIES = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]


class Namespace:
    """with Namespace() as ns: ns.popen([...]), ns.run([...]), ns.python("source", ...)."""

    def __init__(self):
        for tool in ("unshare", "nsenter", "setpriv", "ip"):
            if not find(tool):
                raise NotPermitted(f"there is no {tool}")
        self.is_root = os.geteuid() == 0
        users = [] if self.is_root else ["--user", "--map-root-user"]
        self.holder = subprocess.Popen(  # pylint: disable=consider-using-with
            [find("unshare"), *users, "--net", "sh", "-c",
             f"{find('ip')} link set lo up && echo up && exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.holder.stdout.readline() != b"up\n":
            said = self.holder.stderr.read().decode("utf-8", "replace").strip()
            self.close()
            raise NotPermitted(f"no network namespace: {said}")
        enter = [] if self.is_root else ["--user", "--preserve-credentials"]
        self.prefix = [find("nsenter"), "--target", str(self.holder.pid), *enter, "--net"]

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        self.holder.stdin.close()
        self.holder.wait()
        self.holder.stdout.close()
        self.holder.stderr.close()

    def command(self, arguments):
        return [*self.prefix, *[str(argument) for argument in arguments]]

    def popen(self, arguments, **keywords):
        return subprocess.Popen(self.command(arguments), **keywords)

    def run(self, arguments, **keywords):
        return subprocess.run(self.command(arguments), check=False, **keywords)

    def python(self, source, *arguments, before=(), **keywords):
        """Python's own sockets, inside."""
        return self.popen([*before, sys.executable, "-c", source, *arguments], **keywords)

    def wrapper(self, path, program):
        """A script that is that program, inside: for those who start it by its name."""
        quoted = " ".join(f"'{part}'" for part in [*self.prefix, program])
        path.write_text(f'#!/bin/sh\nexec {quoted} "$@"\n')
        path.chmod(0o755)
        return str(path)

    def hold(self, monkeypatch, module, name, folder):
        """The program that a module names is inside from now on, by a wrapper in the folder."""
        program = os.path.abspath(getattr(module, name))
        monkeypatch.setattr(module, name, self.wrapper(folder / name.lower(), program))


def made_or_skipped():
    """For a test, which is skipped where this machine gives none."""
    try:
        return Namespace()
    except NotPermitted as reason:
        pytest.skip(str(reason))


def find(tool):
    return shutil.which(tool) or shutil.which(tool, path="/usr/sbin:/sbin:/usr/bin:/bin")
