#include "test/fuzz/targets.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace berth::fuzz {

namespace {

constexpr auto target_variable = "BERTH_FUZZ_TARGET";

constexpr std::array all_targets{
  &addresses,    &archives,       &compressed,    &configurations,
  &dockerfiles,  &durations,      &encodings,     &git_names,
  &git_urls,     &http_text,      &image_layouts, &image_names,
  &in_workspace, &init_tasks,     &kernel_text,   &log_lines,
  &mount_tables, &paths,          &quantities,    &records,
  &s3_answers,   &start_requests, &url_templates, &worker_messages,
};

const target* chosen = nullptr;

/// Takes the target's name off the front of the arguments. What libFuzzer
/// starts again finds it in the environment.
void choose(int& argc, char**& argv) {
  if (argc > 1 && argv[1][0] != '-') {
    ::setenv(target_variable, argv[1], 1);
    std::swap(argv[0], argv[1]);
    ++argv;
    --argc;
  }
  const auto* name = std::getenv(target_variable);
  auto found
    = std::find_if(all_targets.begin(), all_targets.end(),
                   [&](const auto* it) { return name && it->name == name; });
  if (found != all_targets.end()) {
    chosen = *found;
    return;
  }
  std::fputs("usage: fuzz TARGET [libFuzzer's arguments]\ntargets:", stderr);
  for (const auto* it : all_targets)
    std::fprintf(stderr, " %s", it->name.data());
  std::fputs("\n", stderr);
  std::exit(2);
}

} // namespace

} // namespace berth::fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  using namespace berth::fuzz;
  choose(*argc, *argv);
  if (chosen->prepare)
    chosen->prepare();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  berth::fuzz::chosen->try_input({reinterpret_cast<const char*>(data), size});
  return 0;
}
