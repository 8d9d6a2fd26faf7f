#include "grpc_gateway/image_upload.hpp"

#include "core/images/reference.hpp"
#include "grpc_gateway/offload.hpp"
#include "grpc_gateway/status.hpp"

#include <fcntl.h>

#include <cerrno>

namespace berth::gateway {

namespace {

using namespace std::chrono_literals;

/// Unpacking a large image takes its time.
constexpr auto import_deadline = 30min;

/// A connection that breaks ends the stream like a client that has sent all;
/// gRPC says which of both it was a moment later.
constexpr auto cancellation_delay = 50ms;

} // namespace

v1::Image to_proto(const stored_image& image) {
  auto out = v1::Image{};
  out.set_name(image.name);
  out.set_digest(image.digest);
  out.set_bytes(image.bytes);
  out.set_layers(static_cast<uint32_t>(image.layers.size()));
  out.set_created_unix_ns(image.created_ns);
  return out;
}

image_upload::image_upload(caf::actor_system& system, image_store_actor images,
                           std::filesystem::path directory,
                           grpc::CallbackServerContext* ctx,
                           v1::ImportImageResponse* response)
  : system_(system), images_(std::move(images)),
    directory_(std::move(directory)), ctx_(ctx), response_(response) {}

void image_upload::open() {
  self_ = shared_from_this();
  read();
}

void image_upload::read() {
  auto lock = std::lock_guard{mutex_};
  if (!finished_)
    StartRead(&piece_);
}

void image_upload::OnReadDone(bool ok) {
  if (ok)
    offload(system_, [self = shared_from_this()] { self->save_piece(); });
  else
    run_after(cancellation_delay,
              [self = shared_from_this()] { self->import(); });
}

void image_upload::save_piece() {
  if (auto written = write_piece(); !written)
    return finish(to_status(written.error()));
  read();
}

result<void> image_upload::write_piece() {
  if (!file_) {
    auto raw = sys::fd{
      ::open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    if (!raw)
      return errno_error(errno, "open", "a file for the archive");
    file_ = std::make_shared<const sys::fd>(std::move(raw));
  }
  if (name_.empty())
    name_ = piece_.name();
  if (!parse_image_reference(name_))
    return make_error(ec::invalid_argument, "name is no image reference");
  auto rest = std::string_view{piece_.chunk()};
  if ((bytes_ += rest.size()) > max_bytes)
    return make_error(ec::exhausted, "the archive is larger than 64 GiB");
  while (!rest.empty()) {
    auto written = ::write(file_->get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return errno_error(errno, "write", "the archive");
    rest.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

void image_upload::import() {
  auto lock = std::unique_lock{mutex_};
  if (finished_)
    return;
  auto cancelled = ctx_->IsCancelled();
  lock.unlock();
  if (cancelled)
    return finish(grpc::Status::CANCELLED);
  if (bytes_ == 0)
    return finish({grpc::StatusCode::INVALID_ARGUMENT, "the archive is empty"});
  ::lseek(file_->get(), 0, SEEK_SET);
  auto done = answer<stored_image>{
    [self = shared_from_this()](result<stored_image> imported) {
      if (!imported)
        return self->finish(to_status(imported.error()));
      auto lock = std::unique_lock{self->mutex_};
      if (self->finished_)
        return;
      *self->response_->mutable_image() = to_proto(*imported);
      lock.unlock();
      self->finish(grpc::Status::OK);
    }};
  ask(system_, images_, import_image{name_, file_}, import_deadline,
      std::move(done));
}

void image_upload::finish(const grpc::Status& status) {
  {
    auto lock = std::lock_guard{mutex_};
    if (std::exchange(finished_, true))
      return;
  }
  Finish(status);
}

void image_upload::close(const grpc::Status& why) {
  finish(why);
}

void image_upload::OnDone() {
  self_.reset();
}

} // namespace berth::gateway
