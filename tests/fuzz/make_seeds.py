#!/usr/bin/env python3
"""Writes the fuzz targets' seeds from docs/protocol-vectors.tsv: tests/fuzz/make_seeds.py

Each vector becomes a file of its name in corpus/<target>/. Run it after the vectors changed, and
commit what it wrote; with --check it only says whether that was done (exit status 1: it was not).
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VECTORS = HERE.parent.parent / "docs" / "protocol-vectors.tsv"
HEADER_BYTES = 16


def vectors():
    """(name, from, verdict, bytes) of each row."""
    for line in VECTORS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, sender, verdict, octets, _ = line.split("\t")
            yield name, sender, verdict, bytes.fromhex("" if octets == "-" else octets)


def seeds():
    """Path below corpus/ -> bytes."""
    found = {}
    conversation = b""
    for name, sender, verdict, octets in vectors():
        if sender.startswith("classic-"):
            found[f"classic_decode/{name}"] = octets
            if octets[:1] == b"\x05":  # the text alone, too: the target takes it as a SEND
                found[f"classic_decode/{name}-text"] = octets[8:].rstrip(b"\0")
            continue
        if verdict.startswith("end-") or verdict in ("partial", "ok"):
            found[f"frame_decode/{name}"] = octets
        if len(octets) >= HEADER_BYTES and verdict != "partial":
            found[f"message_decode/{name}"] = octets
        if sender == "client" and verdict == "ok":
            conversation += octets
    found["frame_decode/conversation"] = conversation
    return found


def main(arguments):
    wanted = seeds()
    corpus = HERE / "corpus"
    present = {
        path.relative_to(corpus).as_posix(): path.read_bytes()
        for target in ("frame_decode", "message_decode", "classic_decode")
        for path in sorted((corpus / target).glob("*"))
    }
    if "--check" in arguments:
        stale = sorted(name for name in wanted if present.get(name) != wanted[name])
        for name in stale:
            print(f"tests/fuzz/corpus/{name}: not as the vectors say")
            print("    run tests/fuzz/make_seeds.py")
        return 1 if stale else 0
    for name, octets in wanted.items():
        path = corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
    print(f"{len(wanted)} seeds written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
