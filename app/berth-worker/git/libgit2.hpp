#pragma once

#include "model/error.hpp"

#include <git2.h>

#include <memory>
#include <string>
#include <string_view>

namespace berth::worker {

template <class T, void (*Free)(T*)>
struct freed_by {
  void operator()(T* pointer) const { Free(pointer); }
};

/// What libgit2 gives out and takes back.
template <class T, void (*Free)(T*)>
using handle = std::unique_ptr<T, freed_by<T, Free>>;

/// Why the last call failed.
inline caf::error libgit2_error(std::string_view what) {
  auto* why = git_error_last();
  return make_error(ec::internal,
                    std::string{what} + ": "
                      + (why && why->message ? why->message : "?"));
}

} // namespace berth::worker
