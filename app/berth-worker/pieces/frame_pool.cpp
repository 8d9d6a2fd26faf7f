#include "app/berth-worker/pieces/frame_pool.hpp"

#include "app/berth-worker/archive/packed_output.hpp"

#include <algorithm>

namespace berth::worker {

namespace {

constexpr unsigned most_frame_threads = 8;
constexpr size_t ahead = 4; ///< pieces a thread that may wait in memory

} // namespace

frame_pool::frame_pool(std::function<bool(const digest&)> is_known)
  : is_known_(std::move(is_known)) {
  auto count
    = std::clamp(std::thread::hardware_concurrency(), 1u, most_frame_threads);
  for (unsigned i = 0; i < count; ++i)
    threads_.emplace_back([this] { work(); });
}

frame_pool::~frame_pool() {
  auto lock = std::lock_guard{mutex_};
  is_over_ = true;
  wake_.notify_all();
}

void frame_pool::put(std::string raw) {
  auto fresh = std::make_shared<task>();
  fresh->raw = std::move(raw);
  in_order_.push_back(fresh);
  auto lock = std::lock_guard{mutex_};
  waiting_.push_back(std::move(fresh));
  wake_.notify_one();
}

std::string frame_pool::spare() {
  auto lock = std::lock_guard{mutex_};
  if (spare_.empty())
    return {};
  auto out = std::move(spare_.back());
  spare_.pop_back();
  out.clear();
  return out;
}

bool frame_pool::is_full() const {
  return in_order_.size() >= ahead * threads_.size();
}

result<frame_pool::frame> frame_pool::take() {
  auto oldest = std::move(in_order_.front());
  in_order_.pop_front();
  auto lock = std::unique_lock{mutex_};
  done_.wait(lock, [&] { return oldest->is_done; });
  if (oldest->failure)
    return oldest->failure;
  return std::move(oldest->out);
}

void frame_pool::work() {
  auto at = workplace{{ZSTD_createCCtx(), ZSTD_freeCCtx}, {}};
  ZSTD_CCtx_setParameter(at.with.get(), ZSTD_c_compressionLevel,
                         compression_level);
  ZSTD_CCtx_setParameter(at.with.get(), ZSTD_c_checksumFlag, 1);
  auto lock = std::unique_lock{mutex_};
  for (;;) {
    wake_.wait(lock, [this] { return is_over_ || !waiting_.empty(); });
    if (is_over_)
      return;
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    compress(*next, at);
    lock.lock();
    spare_.push_back(std::move(next->raw));
    next->is_done = true;
    done_.notify_all();
  }
}

void frame_pool::compress(task& what, workplace& at) const {
  what.out.raw = static_cast<uint32_t>(what.raw.size());
  what.out.sha256 = digest_of(what.raw);
  if (!is_known_(what.out.sha256)) {
    auto most = ZSTD_compressBound(what.raw.size());
    if (at.room.size() < most)
      at.room.resize(most);
    auto n = ZSTD_compress2(at.with.get(), at.room.data(), at.room.size(),
                            what.raw.data(), what.raw.size());
    if (ZSTD_isError(n))
      what.failure = make_error(ec::internal,
                                std::string{"zstd: "} + ZSTD_getErrorName(n));
    else
      what.out.packed.assign(at.room.data(), n);
  }
}

} // namespace berth::worker
