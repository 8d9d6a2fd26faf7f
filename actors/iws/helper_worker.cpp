#include "actors/iws/helper_worker.hpp"

#include "sys/process.hpp"
#include "sys/spawn.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

namespace berth {

namespace {

constexpr auto first_passed_fd = 3;
constexpr size_t most_words = 4096;

/// Its stdin: whatever it does, writing to a file of ours ends.
result<sys::fd> file_of(const std::string& text) {
  auto file = sys::fd{::memfd_create("input", MFD_CLOEXEC)};
  if (!file)
    return errno_error(errno, "memfd_create", "input");
  auto size = static_cast<ssize_t>(text.size());
  if (::write(file.get(), text.data(), text.size()) != size
      || ::lseek(file.get(), 0, SEEK_SET) != 0)
    return errno_error(errno, "write", "input");
  return file;
}

/// Reads what there is when the program has ended: something it started may
/// hold its end of the pipe for good. Keeps no more than is worth it.
std::string words_from(const sys::fd& reader, const sys::fd& program) {
  auto text = std::string{};
  char bytes[1024];
  for (;;) {
    pollfd waiting[] = {{reader.get(), POLLIN, 0}, {program.get(), POLLIN, 0}};
    if (::poll(waiting, std::size(waiting), -1) < 0)
      continue; // EINTR
    if (waiting[0].revents == 0)
      break;
    auto n = ::read(reader.get(), bytes, sizeof(bytes));
    if (n == 0 || (n < 0 && errno != EINTR))
      break;
    if (n > 0 && text.size() < most_words)
      text.append(bytes, static_cast<size_t>(n));
  }
  while (text.ends_with('\n'))
    text.pop_back();
  return text;
}

/// See `refusal` in app/berth-ns/fail.hpp.
ec meaning_of(int exit_code) {
  switch (exit_code) {
    case 10: return ec::invalid_argument;
    case 11: return ec::not_found;
    case 12: return ec::permission_denied;
    case 13: return ec::failed_precondition;
    case 14: return ec::aborted;
    case 15: return ec::unavailable;
    case 16: return ec::exhausted;
    case 128 + SIGALRM: return ec::timeout;
    default: return ec::internal;
  }
}

} // namespace

helper_call& helper_call::word(std::string text) {
  args_.push_back(std::move(text));
  return *this;
}

helper_call& helper_call::option(std::string name, std::string value) {
  return word(std::move(name)).word(std::move(value));
}

helper_call& helper_call::option(std::string name, const sys::fd& value) {
  auto number = first_passed_fd + static_cast<int>(fds_.size());
  fds_.emplace_back(value.get(), number);
  return option(std::move(name), std::to_string(number));
}

helper_call& helper_call::input(std::string text) {
  input_ = std::move(text);
  return *this;
}

result<void> helper_call::run(const std::filesystem::path& helper) const {
  auto input = file_of(input_);
  if (!input)
    return input.error();
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0)
    return errno_error(errno, "pipe2", "helper");
  auto reader = sys::fd{ends[0]};
  auto writer = sys::fd{ends[1]};
  auto spec = sys::spawn_spec{};
  spec.argv = {helper.native()};
  spec.argv.insert(spec.argv.end(), args_.begin(), args_.end());
  spec.fds = fds_;
  spec.fds.insert(spec.fds.end(), {{input->get(), STDIN_FILENO},
                                   {writer.get(), STDOUT_FILENO},
                                   {writer.get(), STDERR_FILENO}});
  auto child = sys::spawn(spec);
  if (!child)
    return child.error();
  writer = sys::fd{};
  auto words = words_from(reader, child->pidfd);
  auto code = sys::wait_child(child->pid);
  if (!code)
    return code.error();
  if (*code == 0)
    return {};
  return make_error(
    meaning_of(*code),
    args_.front() + ": "
      + (words.empty() ? "ended with " + std::to_string(*code) : words));
}

} // namespace berth
