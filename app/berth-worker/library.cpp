#include "app/berth-worker/library.hpp"

#include <dlfcn.h>

#include <stdexcept>

namespace berth::worker {

library::library(const char* soname)
  : handle_(::dlopen(soname, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr)
    throw std::runtime_error(::dlerror());
}

library::function library::find(const char* name) const {
  if (auto* found = ::dlsym(handle_, name))
    return function{found};
  throw std::runtime_error(::dlerror());
}

} // namespace berth::worker
