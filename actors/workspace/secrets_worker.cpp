#include "actors/workspace/secrets_worker.hpp"

#include "sys/file.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cerrno>
#include <nlohmann/json.hpp>

namespace berth {

namespace {

constexpr size_t largest_file = 1 << 20;

caf::result<done> keep(const std::filesystem::path& directory,
                       const keep_secrets& job) {
  if (auto made = sys::make_directories(directory, 0700); !made)
    return made.error();
  auto written = sys::replace_file(directory / job.id,
                                   nlohmann::json(job.secrets).dump(), 0600);
  if (!written)
    return written.error();
  return done{};
}

caf::result<recalled_secrets> recall(const std::filesystem::path& directory,
                                     const std::string& id) {
  auto text = sys::read_file(directory / id, largest_file);
  if (!text && is_errno(text.error(), ENOENT))
    return recalled_secrets{};
  if (!text)
    return text.error();
  auto parsed = nlohmann::json::parse(*text, nullptr, false);
  if (!parsed.is_object())
    return make_error(ec::data_loss,
                      "kept secrets of " + id + " are not readable any more");
  return recalled_secrets{parsed.get<initializer_secrets>()};
}

caf::result<done> erase(const std::filesystem::path& directory,
                        const std::string& id) {
  auto failed = std::error_code{};
  std::filesystem::remove(directory / id, failed);
  if (failed)
    return errno_error(failed.value(), "unlink", (directory / id).native());
  return done{};
}

} // namespace

secret_keeper_actor::behavior_type
secrets_worker(secret_keeper_actor::pointer self,
               std::filesystem::path directory) {
  return {
    [=](const keep_secrets& job) -> caf::result<done> {
      self->quit();
      return keep(directory, job);
    },
    [=](const recall_secrets& job) -> caf::result<recalled_secrets> {
      self->quit();
      return recall(directory, job.id);
    },
    [=](const erase_secrets& job) -> caf::result<done> {
      self->quit();
      return erase(directory, job.id);
    },
  };
}

} // namespace berth
