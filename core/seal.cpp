#include "core/seal.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>

namespace berth {

namespace {

constexpr int nonce_bytes = 12;
constexpr int tag_bytes = 16;

using context = std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)>;

context make_context() {
  return {EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text, size_t from = 0) {
  return reinterpret_cast<unsigned char*>(text.data() + from);
}

int length_of(std::string_view text) {
  return static_cast<int>(text.size());
}

result<std::string> random_bytes(size_t count) {
  auto bytes = std::string(count, '\0');
  if (RAND_bytes(bytes_of(bytes), length_of(bytes)) != 1)
    return make_error(ec::internal, "no random bytes");
  return bytes;
}

} // namespace

result<std::string> seal(std::string_view text, std::string_view subject,
                         std::string_view key) {
  auto nonce = random_bytes(nonce_bytes);
  if (!nonce)
    return nonce.error();
  auto out = *nonce + std::string(text.size() + tag_bytes, '\0');
  auto cipher = make_context();
  auto length = 0;
  auto is_sealed
    = key.size() == seal_key_bytes && cipher
      && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                            bytes_of(key), bytes_of(*nonce))
      && EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes_of(subject),
                           length_of(subject))
      && EVP_EncryptUpdate(cipher.get(), bytes_of(out, nonce_bytes), &length,
                           bytes_of(text), length_of(text))
      && EVP_EncryptFinal_ex(cipher.get(), nullptr, &length)
      && EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes,
                             bytes_of(out, nonce_bytes + text.size()));
  if (!is_sealed)
    return make_error(ec::internal, "cannot seal");
  return out;
}

result<std::string> unseal(std::string_view sealed, std::string_view subject,
                           std::string_view key) {
  auto refused = make_error(ec::data_loss, "sealed otherwise, or damaged");
  if (sealed.size() < nonce_bytes + tag_bytes || key.size() != seal_key_bytes)
    return refused;
  auto nonce = sealed.substr(0, nonce_bytes);
  auto tag = std::string{sealed.substr(sealed.size() - tag_bytes)};
  auto body
    = sealed.substr(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
  auto out = std::string(body.size(), '\0');
  auto cipher = make_context();
  auto length = 0;
  auto is_open = cipher
                 && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                                       bytes_of(key), bytes_of(nonce))
                 && EVP_DecryptUpdate(cipher.get(), nullptr, &length,
                                      bytes_of(subject), length_of(subject))
                 && EVP_DecryptUpdate(cipher.get(), bytes_of(out), &length,
                                      bytes_of(body), length_of(body))
                 && EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG,
                                        tag_bytes, bytes_of(tag))
                 && EVP_DecryptFinal_ex(cipher.get(), nullptr, &length) > 0;
  if (!is_open)
    return refused;
  return out;
}

result<std::string> make_seal_key() {
  return random_bytes(seal_key_bytes);
}

} // namespace berth
