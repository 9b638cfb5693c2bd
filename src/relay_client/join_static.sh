#!/bin/sh
# join_static.sh COMPILER... -- OUTPUT ARCHIVE...: links the archives into one object in which only
# the names that the public header exports can be seen from outside.
set -eu
compiler=
while [ "$1" != -- ]; do
	compiler="$compiler $1"
	shift
done
shift
output=$1
shift
# Word splitting is what is wanted: the compiler may be "ccache cc".
# shellcheck disable=SC2086
$compiler -nostdlib -r -o "$output" -Wl,--whole-archive "$1" -Wl,--no-whole-archive \
	-Wl,--start-group "$@" -Wl,--end-group
objcopy --localize-hidden "$output"
