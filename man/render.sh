#!/bin/sh
# A page of scdoc for man: man/render.sh SCDOC <PAGE.scd >PAGE
# scdoc leaves hyphens as they are, which newer groffs show as typographic ones: an option that
# is copied from such a page is refused.
set -eu
page=$("$1")
printf '%s\n' "$page" | sed "/^[.']/!s/-/\\\\-/g"
