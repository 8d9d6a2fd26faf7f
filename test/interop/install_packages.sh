#!/bin/sh
# The packages of package-lock.json, exactly, in DIR/node_modules.
#   install_packages.sh NPM DIR
set -eu
from=$(realpath "$(dirname "$0")")
mkdir -p "$2"
cd "$2"
cmp -s "$from/package-lock.json" installed.json && exit 0
cp "$from/package.json" "$from/package-lock.json" .
"$1" ci --ignore-scripts --no-audit --no-fund --fetch-retries=5
cp package-lock.json installed.json
