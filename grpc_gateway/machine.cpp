#include "grpc_gateway/machine.hpp"

#include "core/slots.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>

namespace berth::gateway {

namespace {

/// A line "<name>: <n> kB" of /proc/meminfo, in bytes.
uint64_t memory(const std::string& name) {
  auto file = std::ifstream{"/proc/meminfo"};
  auto word = std::string{};
  auto kib = uint64_t{0};
  while (file >> word)
    if (word == name && file >> kib)
      return kib << 10;
  return 0;
}

} // namespace

uint32_t workspace_capacity(const settings& settings) {
  auto most = workspace_slots(settings).size();
  auto wanted = settings.runtime.max_workspaces;
  return wanted == 0 ? most : std::min(wanted, most);
}

v1::NodeInfoResponse describe_machine(const settings& settings,
                                      const std::vector<record_ptr>& records) {
  auto info = v1::NodeInfoResponse{};
  info.set_name(settings.node.name);
  info.set_workspaces(static_cast<uint32_t>(
    std::count_if(records.begin(), records.end(), [](const auto& record) {
      return record->phase != phase::stopped;
    })));
  info.set_workspace_capacity(workspace_capacity(settings));
  info.set_cpus(std::thread::hardware_concurrency());
  info.set_memory_bytes(memory("MemTotal:"));
  info.set_memory_available_bytes(memory("MemAvailable:"));
  struct statvfs disk {};
  if (::statvfs(settings.node.state_dir.c_str(), &disk) == 0) {
    info.set_disk_bytes(disk.f_blocks * disk.f_frsize);
    info.set_disk_available_bytes(disk.f_bavail * disk.f_frsize);
  }
  return info;
}

} // namespace berth::gateway
