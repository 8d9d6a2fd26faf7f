#pragma once

namespace berth::worker {

/// A shared library that is loaded when it is first needed, and never let go.
/// libcurl and libgit2 bring forty others along: more than half of what it
/// takes to start a worker, and most jobs need neither.
class library {
public:
  /// Throws `std::runtime_error` if there is none of that name.
  explicit library(const char* soname);

  /// As the constructor, if it lacks the function.
  template <class Function>
  Function find(const char* name) const {
    return reinterpret_cast<Function>(symbol(name));
  }

private:
  void* symbol(const char* name) const;

  void* handle_;
};

} // namespace berth::worker
