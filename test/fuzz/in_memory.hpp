#pragma once

#include "sys/fd.hpp"
#include "test/fuzz/target.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace berth::fuzz {

/// A file of these bytes that lies in no directory, open at its start.
inline sys::fd in_memory(std::string_view bytes) {
  auto file = sys::fd{::memfd_create("input", MFD_CLOEXEC)};
  require(::pwrite(file.get(), bytes.data(), bytes.size(), 0)
            == static_cast<ssize_t>(bytes.size()),
          "an input fits into memory");
  return file;
}

} // namespace berth::fuzz
