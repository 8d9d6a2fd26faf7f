#pragma once

#include "actors/process/uv_loop.hpp"

#include <cstdint>
#include <functional>

namespace berth {

/// Calls `on_gone` once when the process that started at `start_time` as `pid`
/// ends. A watch that is empty means that it is gone already; then `on_gone` is
/// never called.
result<fd_watch> watch_exit(uv_loop_t* loop, int32_t pid, uint64_t start_time,
                            std::function<void()> on_gone);

} // namespace berth
