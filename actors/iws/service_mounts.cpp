#include "actors/ask.hpp"
#include "actors/iws/call_limits.hpp"
#include "actors/iws/workspace_service.hpp"
#include "core/log.hpp"

#include <algorithm>

namespace berth {

using namespace std::chrono_literals;

namespace {

struct fs_words {
  kernel_fs type;
  const char *mount_method, *umount_method, *cannot_mount, *cannot_umount;
};

const fs_words& words_for(nested_fs type) {
  static constexpr fs_words words[] = {
    {kernel_fs::proc, iws_method::mount_proc, iws_method::umount_proc,
     "cannot mount proc", "cannot umount proc"},
    {kernel_fs::sysfs, iws_method::mount_sysfs, iws_method::umount_sysfs,
     "cannot mount sysfs", "cannot umount sysfs"},
    {kernel_fs::nfs, iws_method::mount_nfs, iws_method::umount_nfs,
     "cannot mount nfs", "cannot umount nfs"},
  };
  return words[static_cast<size_t>(type)];
}

} // namespace

void workspace_service_state::mount(const mount_nested& request) {
  admit(words_for(request.type).mount_method, request.to,
        [this, request] { mount_now(request); });
}

void workspace_service_state::go_inside(
  int64_t pid, const char* cannot, const answer<done>& to,
  std::function<void(const pinned&)> then) {
  if (lost_calls_ >= most_lost_calls)
    return settle<done>(
      to,
      told_as(cannot, make_error(ec::exhausted, "too many calls are lost")));
  pin(pid, std::move(then), unpinned(to, cannot));
}

void workspace_service_state::mount_now(const mount_nested& request) {
  auto cannot = words_for(request.type).cannot_mount;
  auto to = request.to;
  auto go_on = [this, request, to, cannot] {
    go_inside(request.pid, cannot, to, [this, request](const pinned& process) {
      mount_at(request, process);
    });
  };
  if_room(request.type, go_on, ends(to, cannot));
}

void workspace_service_state::mount_at(const mount_nested& request,
                                       const pinned& process) {
  const auto& words = words_for(request.type);
  auto mounted
    = [this, request, process](const done&) { note_mount(request, process); };
  auto failed = ends_inside(request.to, words.cannot_mount);
  auto hand = deps_.hands.mount();
  if (request.type != nested_fs::nfs)
    ask_actor(self_, hand, hand_patience,
              mount_kernel_fs{process, words.type, request.target})
      .then(mounted, failed);
  else
    ask_actor(self_, hand, hand_patience,
              mount_nfs{process, request.source, request.target,
                        request.options,
                        nfs_policy{deps_.settings->runtime.nfs_hosts}})
      .then(mounted, failed);
}

/// It is made: that it cannot be counted is not its caller's failure.
void workspace_service_state::note_mount(const mount_nested& request,
                                         const pinned& process) {
  auto tell = [this, to = request.to] { settle<done>(to, done{}); };
  auto note = [this, tell, type = request.type](const mount_namespace& in) {
    auto& all = record_.mounts;
    auto at = std::ranges::find(all, in.id, &mounts_made::mount_namespace);
    if (at == all.end())
      at = all.insert(at, {in.id, 0, 0});
    ++(type == nested_fs::nfs ? at->nfs : at->kernel);
    save(tell, [tell](const caf::error&) { tell(); });
  };
  ask_actor(self_, deps_.mounts(), hand_patience, find_mount_namespace{process})
    .then(note, [this, tell](const caf::error& why) {
      log_error("mount-not-counted", record_.id, describe(why));
      tell();
    });
}

bool workspace_service_state::has_room(nested_fs type) const {
  auto is_nfs = type == nested_fs::nfs;
  auto there = uint64_t{0};
  for (const auto& made : record_.mounts)
    there += is_nfs ? made.nfs : made.kernel;
  return there < (is_nfs ? most_nfs_mounts : most_kernel_mounts);
}

void workspace_service_state::if_room(nested_fs type, job then,
                                      const failure& otherwise) {
  if (has_room(type))
    return then();
  // Some are gone by now: with their processes, or taken away from inside.
  ask_actor(self_, deps_.mounts(), hand_patience,
            recount_mounts{record_.mounts})
    .then(
      [this, type, then = std::move(then), otherwise](const mounts_left& left) {
        record_.mounts = left.made;
        if (has_room(type))
          return then();
        otherwise(make_error(ec::exhausted, "too many mounts"));
      },
      otherwise);
}

void workspace_service_state::unmount(const unmount_nested& request) {
  const auto& words = words_for(request.type);
  admit(words.umount_method, request.to, [this, request, &words] {
    auto to = request.to;
    auto unmount_at = [this, request, to, &words](const pinned& process) {
      ask_actor(self_, deps_.hands.mount(), hand_patience,
                unmount_fs{process, words.type, request.target})
        .then([this, to](const done&) { settle<done>(to, done{}); },
              ends_inside(to, words.cannot_umount));
    };
    go_inside(request.pid, words.cannot_umount, to, unmount_at);
  });
}

} // namespace berth
