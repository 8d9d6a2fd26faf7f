#include "app/berth-worker/pieces/piece_bytes.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace berth::worker {

namespace {

constexpr uint32_t data_flag = uint32_t{1} << 31;

} // namespace

digest digest_of(std::string_view bytes) {
  auto out = digest{};
  EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, EVP_sha256(),
             nullptr);
  return out;
}

std::string to_hex(const digest& what) {
  constexpr auto digits = std::string_view{"0123456789abcdef"};
  auto out = std::string{};
  for (auto byte : what) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

void byte_writer::add(const piece& what) {
  add(what.object);
  add(what.offset);
  add(what.packed);
  add(what.raw);
  add(what.entries | (what.is_data ? data_flag : 0));
  add(what.sha256);
}

std::string_view byte_reader::take(size_t count) {
  ok_ = ok_ && count <= left_.size();
  if (!ok_)
    return {};
  auto out = left_.substr(0, count);
  left_.remove_prefix(count);
  return out;
}

digest byte_reader::take_digest() {
  auto out = digest{};
  auto bytes = take(out.size());
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

piece byte_reader::take_piece() {
  auto out = piece{};
  out.object = number<uint32_t>();
  out.offset = number<uint64_t>();
  out.packed = number<uint32_t>();
  out.raw = number<uint32_t>();
  auto entries = number<uint32_t>();
  out.entries = entries & ~data_flag;
  out.is_data = (entries & data_flag) != 0;
  out.sha256 = take_digest();
  return out;
}

bool is_possible(const piece& what, uint32_t others) {
  constexpr auto far = uint64_t{1} << 62;
  return what.object <= others && what.offset < far && what.packed > 0
         && what.packed <= longest_piece + longest_piece / 8 && what.raw > 0
         && what.raw <= longest_piece && (!what.is_data || what.entries == 0);
}

} // namespace berth::worker
