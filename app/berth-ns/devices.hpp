#pragma once

namespace berth::ns {

/// A tmpfs in no namespace that holds nodes null, zero, full, random, urandom
/// and tty of its own: who changes their owner or mode changes no node of the
/// host. The descriptor is its mount.
int make_device_nodes();

/// Puts a node of its own over each of the host's in /dev, in this mount
/// namespace, which must be private.
void cover_device_nodes();

} // namespace berth::ns
