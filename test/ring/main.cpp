/// Stands for the program that runs around everything in a workspace of the
/// platform: see `rings.hpp`. Static, for it runs in any root.
///
///     ring run SCRIPT              the rings, around a shell script
///     ring ask METHOD TARGET       from the script: asks for this process
///     ring storm WORKERS TIMES     from the script: mounts, in parallel

#include "test/ring/broker.hpp"
#include "test/ring/caller.hpp"
#include "test/ring/rings.hpp"

#include <stdio.h>
#include <stdlib.h>

#include <string_view>

int main(int argc, char** argv) {
  using namespace berth::ring;
  auto verb = std::string_view{argc > 1 ? argv[1] : ""};
  if (verb == "run" && argc == 3)
    return run_rings(argv[2]);
  if (verb == "ask" && argc == 4) {
    auto answer = ask_broker(argv[2], argv[3]);
    ::puts(answer.c_str());
    return answer.starts_with("OK ") ? 0 : 1;
  }
  if (verb == "storm" && argc == 4) {
    auto good = storm(::atoi(argv[2]), ::atoi(argv[3]));
    ::printf("%d of %d\n", good, ::atoi(argv[2]) * ::atoi(argv[3]));
    return 0;
  }
  ::fputs("usage: ring run SCRIPT | ask METHOD TARGET | storm WORKERS TIMES\n",
          stderr);
  return 2;
}
