#pragma once

#include <type_traits>

namespace berth::worker {

/// A shared library that is loaded when it is first needed, and never let go.
/// libcurl and libgit2 bring forty others along: more than half of what it
/// takes to start a worker, and most jobs need neither.
class library {
public:
  /// Becomes a pointer to the function, of the type that is wanted.
  class function {
  public:
    explicit function(void* address) : address_(address) {}

    template <class Function>
    requires std::is_function_v<Function>
    operator Function*() const { return reinterpret_cast<Function*>(address_); }

  private:
    void* address_;
  };

  /// Throws `std::runtime_error` if there is none of that name.
  explicit library(const char* soname);

  /// As the constructor, if it lacks the function.
  function find(const char* name) const;

private:
  void* handle_;
};

} // namespace berth::worker
