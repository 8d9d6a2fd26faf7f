#pragma once

#include <string_view>

namespace berth {

/// What of /proc and /sys tells, or lets change, something beyond a workspace:
/// hidden or read-only in every one of them, the container's own and those that
/// it mounts inside.
inline constexpr std::string_view masked_in_proc[] = {
  "acpi",          "asound",      "interrupts", "kcore",      "keys",
  "latency_stats", "sched_debug", "scsi",       "timer_list", "timer_stats",
};

inline constexpr std::string_view read_only_in_proc[] = {
  "bus", "fs", "irq", "sys", "sysrq-trigger",
};

inline constexpr std::string_view masked_in_sys[] = {
  "devices/virtual/powercap",
  "firmware",
  "fs/bpf",
  "fs/selinux",
  "kernel/debug",
  "kernel/security",
  "kernel/tracing",
};

} // namespace berth
