#include "core/hasher.hpp"

#include <array>
#include <stdexcept>

namespace berth {

namespace {

void check(int ok) {
  // Only an allocation can fail here; main() answers for it.
  if (ok != 1)
    throw std::runtime_error("OpenSSL has no such digest");
}

} // namespace

hasher::hasher(std::string_view algorithm)
  : ctx_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  auto* md = EVP_get_digestbyname(std::string{algorithm}.c_str());
  check(md != nullptr && ctx_ ? EVP_DigestInit_ex(ctx_.get(), md, nullptr) : 0);
}

void hasher::add(std::string_view bytes) {
  check(EVP_DigestUpdate(ctx_.get(), bytes.data(), bytes.size()));
}

std::string hasher::finish() {
  constexpr auto digits = "0123456789abcdef";
  auto raw = std::array<unsigned char, EVP_MAX_MD_SIZE>{};
  auto size = 0u;
  check(EVP_DigestFinal_ex(ctx_.get(), raw.data(), &size));
  auto out = std::string{};
  for (size_t i = 0; i < size; ++i) {
    out += digits[raw[i] >> 4];
    out += digits[raw[i] & 15];
  }
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  auto hash = hasher{};
  hash.add(bytes);
  return hash.finish();
}

} // namespace berth
