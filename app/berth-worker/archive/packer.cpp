#include "app/berth-worker/archive/packer.hpp"

#include <algorithm>
#include <thread>

namespace berth::worker {

namespace {

constexpr unsigned most_threads = 8;
constexpr int bytes_per_block = 256 * 1024;

} // namespace

packer::packer(int out_fd, int signal_fd)
  : out_(out_fd, signal_fd), ctx_(ZSTD_createCCtx(), ZSTD_freeCCtx),
    tar_([this](
           std::string_view bytes) { return compress(bytes, ZSTD_e_continue); },
         bytes_per_block),
    buffer_(1024 * 1024) {}

result<void> packer::open() {
  auto threads
    = std::clamp(std::thread::hardware_concurrency(), 1u, most_threads);
  ZSTD_CCtx_setParameter(ctx_.get(), ZSTD_c_compressionLevel,
                         compression_level);
  ZSTD_CCtx_setParameter(ctx_.get(), ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(ctx_.get(), ZSTD_c_nbWorkers,
                         static_cast<int>(threads));
  return tar_.open();
}

result<void> packer::finish() {
  if (auto ok = tar_.finish(); !ok)
    return ok;
  if (auto ok = compress({}, ZSTD_e_end); !ok)
    return ok;
  sha256_ = out_.sha256();
  return {};
}

result<void> packer::compress(std::string_view bytes, ZSTD_EndDirective mode) {
  auto in = ZSTD_inBuffer{bytes.data(), bytes.size(), 0};
  for (;;) {
    auto out = ZSTD_outBuffer{buffer_.data(), buffer_.size(), 0};
    auto left = ZSTD_compressStream2(ctx_.get(), &out, &in, mode);
    if (ZSTD_isError(left))
      return make_error(ec::internal,
                        std::string{"zstd: "} + ZSTD_getErrorName(left));
    if (auto ok = out_.put({buffer_.data(), out.pos}); !ok)
      return ok;
    if (mode == ZSTD_e_end ? left == 0 : in.pos == in.size)
      return {};
  }
}

} // namespace berth::worker
