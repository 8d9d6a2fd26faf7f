#include "actors/iws/mark_worker.hpp"

#include "actors/iws/helper_worker.hpp"
#include "actors/iws/target_worker.hpp"
#include "sys/file.hpp"

namespace berth {

namespace {

constexpr auto mark_name = "mark";

helper_call call_in_container(const char* verb,
                              const sys::pinned_process& container) {
  auto call = helper_call{verb};
  call.option("--mntns-fd", container.mount_ns)
    .option("--root-fd", container.root);
  return call;
}

} // namespace

result<void> make_mark(const std::filesystem::path& helper,
                       const prepare_mark& what) {
  auto container = pin_container(what.container);
  if (!container)
    return container.error();
  // Within a directory that a workspace sees but cannot write to.
  auto place = std::filesystem::path{what.shared} / mark_name;
  if (auto made = sys::make_directories(place, 0755); !made)
    return made;
  auto call = call_in_container("mark", *container);
  // Root of the other kind of container, to its /dev, is this machine's.
  if (what.container.kind == container_kind::own)
    call.option("--first-id", std::to_string(what.container.first_id));
  return call.run(helper);
}

result<mark_removed> take_mark_away(const std::filesystem::path& helper,
                                    const remove_mark& what) {
  auto container = pin_container(what.container);
  if (!container) {
    if (code_of(container.error()) != ec::unavailable)
      return container.error();
    return mark_removed{true}; // it went with its namespace
  }
  auto call = call_in_container("unmark", *container);
  if (what.even_if_busy)
    call.word("--even-if-busy");
  auto removed = call.run(helper);
  if (!removed && code_of(removed.error()) != ec::aborted)
    return removed.error();
  return mark_removed{static_cast<bool>(removed)};
}

} // namespace berth
