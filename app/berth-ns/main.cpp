#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/verbs.hpp"

#include <stdio.h>

#include <string_view>

namespace {

struct verb {
  std::string_view name;
  int (*run)(char** args);
};

constexpr verb verbs[] = {
  {"userns", berth::ns::run_userns},   {"container", berth::ns::run_container},
  {"sandbox", berth::ns::run_sandbox}, {"id-map", berth::ns::run_id_map},
  {"mount", berth::ns::run_mount},     {"unmount", berth::ns::run_unmount},
  {"mark", berth::ns::run_mark},       {"unmark", berth::ns::run_unmark},
  {"nfs", berth::ns::run_nfs},         {"netns", berth::ns::run_netns},
};

} // namespace

int main(int argc, char** argv) {
  if (argc < 2)
    berth::ns::fail_usage("usage", "berth-ns VERB [ARGS]");
  auto name = std::string_view{argv[1]};
  if (name == "--version") {
    ::puts("berth-ns " BERTH_VERSION);
    return 0;
  }
  for (auto& candidate : verbs)
    if (candidate.name == name)
      return candidate.run(argv + 2);
  berth::ns::fail_usage(argv[1], "no such verb");
}
