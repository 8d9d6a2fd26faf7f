#include "core/s3/signature.hpp"

#include "core/hasher.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <ctime>

namespace berth::s3 {

namespace {

std::string hmac(const std::string& key, std::string_view text) {
  auto raw = std::array<unsigned char, EVP_MAX_MD_SIZE>{};
  auto size = 0U;
  ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         raw.data(), &size);
  return {reinterpret_cast<const char*>(raw.data()), size};
}

std::string to_hex(std::string_view bytes) {
  constexpr auto digits = "0123456789abcdef";
  auto out = std::string{};
  for (auto c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

} // namespace

std::string authorization(const signable& what, const access_key& key,
                          const std::string& region) {
  const auto& time = what.headers.at("x-amz-date");
  auto day = time.substr(0, 8);
  auto scope = day + "/" + region + "/s3/aws4_request";
  auto canonical = what.method + "\n" + what.path + "\n" + what.query + "\n";
  auto names = std::string{};
  for (const auto& [name, value] : what.headers) {
    canonical.append(name).append(":").append(value).append("\n");
    names.append(names.empty() ? "" : ";").append(name);
  }
  canonical.append("\n").append(names).append("\n").append(
    what.headers.at("x-amz-content-sha256"));
  auto signing = hmac("AWS4" + key.secret, day);
  for (const auto& part :
       {region, std::string{"s3"}, std::string{"aws4_request"}})
    signing = hmac(signing, part);
  auto signature
    = to_hex(hmac(signing, "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n"
                             + sha256_hex(canonical)));
  return "AWS4-HMAC-SHA256 Credential=" + key.id + "/" + scope
         + ", SignedHeaders=" + names + ", Signature=" + signature;
}

std::string basic_time(std::chrono::system_clock::time_point when) {
  auto seconds = std::chrono::system_clock::to_time_t(when);
  auto parts = std::tm{};
  ::gmtime_r(&seconds, &parts);
  auto text = std::array<char, 32>{};
  auto size = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
  return {text.data(), size};
}

} // namespace berth::s3
