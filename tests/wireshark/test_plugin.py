"""Where Wireshark looks for dissectors by itself, as tools/install says."""

import os
import subprocess

from dissection import DISSECTOR
from talks import HELLO, SERVER, Talk


def test_it_is_loaded_from_the_personal_folder(tmp_path):
    folder = tmp_path / ".local" / "lib" / "wireshark" / "plugins"
    folder.mkdir(parents=True)
    (folder / "wiretale.lua").symlink_to(DISSECTOR)
    talk = Talk()
    talk.connect(port=40001)
    talk.say(SERVER, HELLO)
    path = talk.write(tmp_path / "hello.pcap")
    environment = {**os.environ, "HOME": str(tmp_path)}
    for name in ("XDG_CONFIG_HOME", "WIRESHARK_CONFIG_DIR", "WIRESHARK_PLUGIN_DIR"):
        environment.pop(name, None)
    done = subprocess.run(["tshark", "-n", "-r", path, "-Y", "wiretale"], env=environment,
                          capture_output=True, text=True, check=True, timeout=60)
    assert "HELLO indication" in done.stdout
    assert "Lua" not in done.stderr
