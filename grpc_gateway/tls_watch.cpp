#include "grpc_gateway/tls_watch.hpp"

#include "core/log.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace berth::gateway {

namespace {

constexpr auto between_looks = std::chrono::seconds{1};

result<sys::fd> in_memory(const std::string& text) {
  auto file = sys::fd{::memfd_create("tls", MFD_CLOEXEC)};
  if (!file)
    return errno_error(errno, "memfd_create", "tls");
  auto size = static_cast<ssize_t>(text.size());
  if (::write(file.get(), text.data(), text.size()) != size)
    return errno_error(errno, "write", "tls");
  return file;
}

/// Puts `text` in the place of `file`, whose number stays.
result<void> replace(sys::fd& file, const std::string& text) {
  auto fresh = in_memory(text);
  if (!fresh)
    return fresh.error();
  if (!file)
    file = std::move(*fresh);
  else if (::dup3(fresh->get(), file.get(), O_CLOEXEC) < 0)
    return errno_error(errno, "dup3", "tls");
  return {};
}

} // namespace

result<std::unique_ptr<tls_watch>> tls_watch::open(const tls_settings& files) {
  auto texts = read_tls_files(files);
  if (!texts)
    return texts.error();
  auto self = std::unique_ptr<tls_watch>{new tls_watch{files}};
  if (auto shown = self->show(std::move(*texts)); !shown)
    return shown.error();
  self->thread_ = std::thread{[watch = self.get()] { watch->watch(); }};
  return self;
}

tls_watch::~tls_watch() {
  {
    auto lock = std::lock_guard{mutex_};
    is_over_ = true;
  }
  ending_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

std::string tls_watch::path_of(const sys::fd& file) {
  return "/proc/self/fd/" + std::to_string(file.get());
}

result<void> tls_watch::show(tls_texts texts) {
  for (auto [file, text] :
       {std::pair{&ca_, &texts.ca}, {&cert_, &texts.cert}, {&key_, &texts.key}})
    if (auto ok = replace(*file, *text); !ok)
      return ok;
  shown_ = std::move(texts);
  return {};
}

void tls_watch::look() {
  auto texts = read_tls_files(files_);
  auto taken = texts ? result<void>{} : result<void>{texts.error()};
  auto is_new = texts && *texts != shown_;
  if (is_new)
    taken = show(std::move(*texts));
  auto complaint = taken ? std::string{} : describe(taken.error());
  if (is_new && taken)
    log_info("tls-files-taken", files_.cert.native());
  if (!complaint.empty() && complaint != complaint_)
    log_error("tls-files-refused", files_.cert.native(),
              complaint + "; those of before are used");
  complaint_ = std::move(complaint);
}

void tls_watch::watch() {
  auto lock = std::unique_lock{mutex_};
  while (!ending_.wait_for(lock, between_looks, [this] { return is_over_; }))
    look();
}

} // namespace berth::gateway
