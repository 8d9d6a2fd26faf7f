#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace berth {

/// A digest that grows with the data.
class hasher {
public:
  /// `algorithm` is sha256, sha384, sha512, sha1 or md5.
  explicit hasher(std::string_view algorithm = "sha256");

  void add(std::string_view bytes);

  /// The hex digits; once, as the last call.
  std::string finish();

private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> ctx_;
};

std::string sha256_hex(std::string_view bytes);

} // namespace berth
