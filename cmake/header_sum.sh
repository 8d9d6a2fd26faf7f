#!/bin/sh
# header_sum.sh OUT DEPFILE COMPILER ARGS... HEADER: a sum of the bytes of a
# header and of all that it includes, wherever they lie; what they are, for make.
set -eu
out=$1 deps=$2
shift 2
"$@" -M -MF "$deps" -MT "$out"
sed -e 's/^[^:]*: *//' -e 's/\\$//' "$deps" | xargs cat | sha256sum >"$out"
