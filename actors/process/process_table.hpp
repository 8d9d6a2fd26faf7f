#pragma once

#include "actors/process/api.hpp"
#include "actors/process/captured_child.hpp"
#include "actors/process/child_session.hpp"
#include "actors/process/uv_loop.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace berth {

/// Everything that runs on the loop's thread, by the name it is spoken to with.
/// Each callback is called exactly once, unless the table is cleared before.
class process_table {
public:
  using exit_callback = captured_child::exit_listener;
  using gone_callback = std::function<void(result<process_gone>)>;
  using open_callback = child_session::open_listener;

  void run(uv_loop_t* loop, const run_child& what, exit_callback on_exit);
  void follow(uv_loop_t* loop, const follow_child& what, exit_callback on_exit);
  void kill(const kill_child& what);
  void await(uv_loop_t* loop, await_exit what, gone_callback on_gone);
  void open(uv_loop_t* loop, open_session what, open_callback on_open);
  void input(const session_input& what);
  void resize(const session_resize& what);
  void resume(const session_resume& what);
  void close(const close_session& what);

  /// Kills every child and drops every watch.
  void clear();

private:
  void start(uv_loop_t* loop, const follow_child& what, exit_callback on_exit);

  uint64_t last_ = 0; ///< number of a child or watch
  std::map<uint64_t, std::unique_ptr<captured_child>> children_;
  std::map<std::string, uint64_t> followed_; ///< by token
  std::map<uint64_t, fd_watch> watches_;
  std::map<std::string, std::unique_ptr<child_session>> sessions_;
};

} // namespace berth
