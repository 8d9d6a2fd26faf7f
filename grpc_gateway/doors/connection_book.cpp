#include "grpc_gateway/doors/connection_book.hpp"

#include <sys/stat.h>

#include <charconv>
#include <string_view>

namespace berth::gateway {

namespace {

constexpr size_t most_connections = 32; ///< of one socket

/// What tells a socket from a later one of the same number.
ino_t inode_of(int fd) {
  struct stat found {};
  return ::fstat(fd, &found) == 0 ? found.st_ino : 0;
}

/// "fd:17"
int number_in(std::string_view peer) {
  constexpr auto prefix = std::string_view{"fd:"};
  auto number = -1;
  if (peer.starts_with(prefix))
    std::from_chars(peer.data() + prefix.size(), peer.data() + peer.size(),
                    number);
  return number;
}

} // namespace

bool connection_book::enter(int fd, const step_ptr& at,
                            const caf::error& stranger) {
  auto lock = std::lock_guard{mutex_};
  // One that had the number before is closed.
  if (auto former = by_fd_.find(fd); former != by_fd_.end()) {
    --counts_[former->second.at.get()];
    by_fd_.erase(former);
  }
  auto& count = counts_[at.get()];
  if (count >= most_connections)
    drop_closed(at);
  if (count >= most_connections)
    return false;
  ++count;
  by_fd_[fd] = {inode_of(fd), at, stranger};
  return true;
}

void connection_book::drop_closed(const step_ptr& at) {
  counts_[at.get()] -= std::erase_if(by_fd_, [&](const auto& entry) {
    return entry.second.at == at && inode_of(entry.first) != entry.second.inode;
  });
}

result<workspace_service_actor>
connection_book::find(const std::string& peer) const {
  auto lock = std::lock_guard{mutex_};
  auto found = by_fd_.find(number_in(peer));
  if (found == by_fd_.end())
    return make_error(ec::unavailable, "the workspace is gone");
  if (found->second.stranger)
    return found->second.stranger;
  return found->second.at->service;
}

void connection_book::forget(const step_ptr& at) {
  auto lock = std::lock_guard{mutex_};
  std::erase_if(by_fd_,
                [&](const auto& entry) { return entry.second.at == at; });
  counts_.erase(at.get());
}

} // namespace berth::gateway
