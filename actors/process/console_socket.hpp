#pragma once

#include "actors/process/uv_loop.hpp"

#include <functional>
#include <string>

namespace berth {

/// A unix socket on which a container runtime hands over one pty master
/// (`--console-socket`). On the loop's thread.
class console_socket {
public:
  using callback = std::function<void(result<sys::fd> master)>;

  /// Listens on `path`, made with mode 0600, until the master came or this is
  /// destroyed; then the path is removed. `on_master` is called at most once
  /// and may destroy the socket.
  static result<std::unique_ptr<console_socket>>
  listen(uv_loop_t* loop, std::string path, callback on_master);

  console_socket(const console_socket&) = delete;
  console_socket& operator=(const console_socket&) = delete;
  ~console_socket();

  /// Takes the master now if it was sent already, without a callback.
  result<sys::fd> take();

private:
  console_socket(uv_loop_t* loop, std::string path, callback on_master)
    : loop_(loop), path_(std::move(path)), on_master_(std::move(on_master)) {}

  void on_ready();

  uv_loop_t* loop_;
  std::string path_;
  callback on_master_;
  fd_watch listener_, peer_;
};

} // namespace berth
