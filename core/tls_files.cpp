#include "core/tls_files.hpp"

#include "sys/file.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace berth {

namespace {

constexpr size_t longest_file = size_t{1} << 20;

using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

bio_ptr reader_of(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
          BIO_free};
}

/// The first one, null if there is none.
certificate_ptr certificate_in(const std::string& text) {
  auto from = reader_of(text);
  return {PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr), X509_free};
}

/// One without a password: there is nobody to ask.
key_ptr key_in(const std::string& text) {
  auto from = reader_of(text);
  auto none = std::string{};
  return {PEM_read_bio_PrivateKey(from.get(), nullptr, nullptr, none.data()),
          EVP_PKEY_free};
}

caf::error fault(const std::filesystem::path& path, const char* what) {
  return make_error(ec::failed_precondition, path.native() + " " + what);
}

result<std::string> text_of(const std::filesystem::path& path) {
  auto text = sys::read_file(path, longest_file);
  return text ? std::move(text)
              : result<std::string>{fault(path, "is not readable")};
}

} // namespace

result<tls_texts> read_tls_files(const tls_settings& from) {
  auto ca = text_of(from.ca), cert = text_of(from.cert),
       key = text_of(from.key);
  for (const auto* each : {&ca, &cert, &key})
    if (!*each)
      return each->error();
  if (!certificate_in(*ca))
    return fault(from.ca, "has no certificate in PEM");
  auto certificate = certificate_in(*cert);
  if (!certificate)
    return fault(from.cert, "has no certificate in PEM");
  auto secret = key_in(*key);
  if (!secret)
    return fault(from.key, "has no private key in PEM");
  if (X509_check_private_key(certificate.get(), secret.get()) != 1)
    return fault(from.key, "is not the key of the certificate");
  return tls_texts{std::move(*ca), std::move(*cert), std::move(*key)};
}

} // namespace berth
