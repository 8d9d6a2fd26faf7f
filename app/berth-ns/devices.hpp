#pragma once

#include <span>

namespace berth::ns {

/// A character device.
struct device_node {
  const char* name;
  unsigned major_number, minor_number;
};

/// A tmpfs in no namespace that holds `nodes` of its own, mode 0666. The
/// descriptor is its mount.
int make_nodes(std::span<const device_node> nodes);

/// A tmpfs in no namespace that holds nodes null, zero, full, random, urandom
/// and tty of its own: who changes their owner or mode changes no node of the
/// host. The descriptor is its mount.
int make_device_nodes();

/// Puts a node of its own over each of the host's in /dev, in this mount
/// namespace, which must be private.
void cover_device_nodes();

} // namespace berth::ns
