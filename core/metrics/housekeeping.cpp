#include "core/metrics/housekeeping.hpp"

namespace berth {

void housekeeping::write(exposition& out, const std::string& node) const {
  auto gauge = [&](const char* name, const char* help, auto value) {
    out.metric(name, "gauge", help, static_cast<double>(value));
  };
  gauge("berth_disk_free_bytes",
        "Bytes left in the file system of the state directory.",
        free_bytes_.load());
  gauge("berth_disk_free_files",
        "Files that fit into the file system of the state directory.",
        free_files_.load());
  gauge("berth_disk_pressure",
        "Whether so little of the disk is left that nothing starts.",
        shortage().empty() ? 0 : 1);
  out.family("gitpod_ws_daemon_working_area_free_bytes", "gauge",
             "Bytes left in the file system of contents.");
  out.sample({{"hostname", node}}, static_cast<double>(free_bytes_.load()));
  gauge("berth_quarantined_contents",
        "Contents that wait for somebody to restore or remove them.",
        quarantined_.load());
  gauge("berth_content_sessions", "Sessions of the content service.",
        sessions_.load());
  gauge("berth_content_sessions_disposing",
        "Those whose disposal has begun or failed, and is to be asked for "
        "again.",
        disposing_sessions_.load());
  gauge("berth_git_mirrors", "Mirrors of git repositories.", mirrors_.load());
  gauge("berth_git_mirrors_bytes", "What the mirrors take.",
        mirror_bytes_.load());
  gauge("berth_build_caches",
        "Caches of layers, each of an owner's builds of a repository.",
        build_caches_.load());
  gauge("berth_build_caches_bytes", "What the layers of builds take.",
        build_cache_bytes_.load());
  out.metric("berth_git_mirror_uses_total", "counter",
             "Clones that took objects from a mirror.",
             static_cast<double>(mirror_uses_.load()));
  out.metric("berth_git_mirror_failures_total", "counter",
             "Mirrors that were of no use to a clone and were thrown away.",
             static_cast<double>(mirror_failures_.load()));
}

} // namespace berth
