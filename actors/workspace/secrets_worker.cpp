#include "actors/workspace/secrets_worker.hpp"

#include "actors/one_job.hpp"
#include "core/seal.hpp"
#include "sys/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

namespace berth {

namespace {

namespace fs = std::filesystem;

constexpr size_t largest_file = 1 << 20;

/// Of two that make it at once, the one whose link is first wins.
result<void> make_key(const fs::path& at) {
  auto key = make_seal_key();
  if (!key)
    return key.error();
  auto fresh = fs::path{at} += "." + std::to_string(::gettid());
  auto written = sys::replace_file(fresh, *key, 0600);
  if (!written)
    return written;
  auto failed = ::link(fresh.c_str(), at.c_str()) < 0 ? errno : 0;
  ::unlink(fresh.c_str());
  if (failed && failed != EEXIST)
    return errno_error(failed, "link", at.native());
  return {};
}

result<std::string> key_of(const layout& where) {
  auto key = sys::read_file(where.secrets_key(), seal_key_bytes);
  if (key || !is_errno(key.error(), ENOENT))
    return key;
  if (auto made = make_key(where.secrets_key()); !made)
    return made.error();
  return sys::read_file(where.secrets_key(), seal_key_bytes);
}

result<void> keep(const layout& where, const keep_secrets& job) {
  auto key = key_of(where);
  if (!key)
    return key.error();
  // CBOR, as JSON would refuse what is no UTF-8.
  auto bytes = nlohmann::json::to_cbor(nlohmann::json(job.secrets));
  auto sealed = seal(
    {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, job.id, *key);
  if (!sealed)
    return sealed.error();
  if (auto made = sys::make_directories(where.secrets(), 0700); !made)
    return made.error();
  return sys::replace_file(where.secrets(job.id), *sealed, 0600);
}

result<recalled_secrets> recall(const layout& where, const std::string& id) {
  auto sealed = sys::read_file(where.secrets(id), largest_file);
  if (!sealed && is_errno(sealed.error(), ENOENT))
    return recalled_secrets{};
  if (!sealed)
    return sealed.error();
  auto key = key_of(where);
  if (!key)
    return key.error();
  auto text = unseal(*sealed, id, *key);
  if (!text)
    return make_error(ec::data_loss,
                      "kept secrets of " + id + " are not readable any more");
  return recalled_secrets{
    nlohmann::json::from_cbor(*text).get<initializer_secrets>()};
}

result<void> erase(const fs::path& file) {
  if (::unlink(file.c_str()) < 0 && errno != ENOENT)
    return errno_error(errno, "unlink", file.native());
  return {};
}

result<void> sweep_out(const layout& where, const sweep_secrets& job) {
  auto outcome = result<void>{};
  auto err = std::error_code{};
  for (const auto& entry : fs::directory_iterator{where.secrets(), err}) {
    auto name = entry.path().filename().native();
    if (std::find(job.known.begin(), job.known.end(), name) != job.known.end())
      continue;
    if (auto erased = erase(entry.path()); !erased)
      outcome = erased;
  }
  return outcome;
}

} // namespace

secret_keeper_actor::behavior_type
secrets_worker(secret_keeper_actor::pointer self, layout where) {
  return {
    [=](const keep_secrets& job) {
      return one_job(self, [&] { return keep(where, job); });
    },
    [=](const recall_secrets& job) {
      return one_job(self, [&] { return recall(where, job.id); });
    },
    [=](const erase_secrets& job) {
      return one_job(self, [&] { return erase(where.secrets(job.id)); });
    },
    [=](const sweep_secrets& job) {
      return one_job(self, [&] { return sweep_out(where, job); });
    },
  };
}

} // namespace berth
