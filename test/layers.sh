#!/usr/bin/env bash
# Reads every `#include "..."` of the tree and looks the pair up in
# cmake/layers.txt; also warns of files past 300 lines and fails past 400.
set -u
cd "$(dirname "$0")/.."
failed=0

declare -A allowed
while IFS=: read -r folder list; do
  case $folder in '#'* | '') continue ;; esac
  allowed[$folder]=$list
done < cmake/layers.txt

# The entry for a file: its own pattern first, then its program, then its folder.
# In `rule`: a thousand subshells would take most of the time.
find_rule() {
  local file=$1 program
  case $file in
    actors/*_worker.cpp) rule='actors/*_worker.cpp' ;;
    actors/*_worker.hpp) rule='actors/*_worker.hpp' ;;
    app/*) program=${file#app/}; rule=app/${program%%/*} ;;
    *) rule=${file%%/*} ;;
  esac
}

may_include() { # file, included path
  local file=$1 path=$2 rule pattern
  find_rule "$file"
  # A family and a folder may use its own; actors only their own family.
  case $rule in
    actors*) [ "${path%/*}" = "${file%/*}" ] && return 0 ;;
    *) case $path in "$rule"/*) return 0 ;; esac ;;
  esac
  set -f
  for pattern in ${allowed[$rule]-}; do
    case $pattern in
      '*') set +f; return 0 ;;
      */*) case $path in $pattern | $pattern/*) set +f; return 0 ;; esac ;;
      *) case $path in "$pattern"/*) set +f; return 0 ;; esac ;;
    esac
  done
  set +f
  return 1
}

while IFS=: read -r file _ text; do
  path=${text#*\"}; path=${path%%\"*}
  case $path in *.pb.h) case $file in
      grpc_gateway/* | app/berth/* | app/berth-worker/* | app/berthd/* | test/* | bench/*) continue ;;
      *) echo "$file: protobuf stops at the gateway: $path"; failed=1; continue ;;
    esac ;;
  esac
  may_include "$file" "$path" || { echo "$file may not include $path"; failed=1; }
done < <(grep -rnE '^#include "' --include='*.cpp' --include='*.hpp' \
  model sys core actors grpc_gateway http_gateway app test bench)

while read -r lines file; do
  [ "$file" = total ] && continue
  if [ "$lines" -gt 400 ]; then echo "$file has $lines lines: find its second idea"; failed=1
  elif [ "$lines" -gt 300 ]; then echo "warning: $file has $lines lines"; fi
done < <(find model sys core actors grpc_gateway http_gateway app test bench -name '*.?pp' -print0 | xargs -0 wc -l)
exit $failed
