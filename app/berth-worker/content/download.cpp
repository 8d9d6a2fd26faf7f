#include "app/berth-worker/content/download.hpp"

#include "app/berth-worker/fetch.hpp"
#include "app/berth-worker/speech.hpp"
#include "core/hasher.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <thread>

namespace berth::worker {

namespace {

constexpr int most_attempts = 20;
constexpr auto pause = std::chrono::seconds{1};
constexpr uint64_t most_bytes = 16ull * 1024 * 1024 * 1024;
constexpr auto part_name = ".berth-download";

/// One try, into an unnamed-to-others file of its own.
result<void> fetch_part(int part, const download_plan::file& what,
                        const network_policy& policy) {
  if (::ftruncate(part, 0) < 0 || ::lseek(part, 0, SEEK_SET) < 0)
    return errno_error(errno, "ftruncate", "download");
  auto hash = hasher{what.digest.algorithm};
  uint64_t got = 0;
  auto request = fetch_request{what.url, most_bytes, std::chrono::hours{1}, {}};
  request.on_body = [&](std::string_view piece) {
    hash.add(piece);
    got += piece.size();
    report({"download", what.path, got, 0});
    return write_all(part, piece, "download");
  };
  if (auto ok = fetch(request, policy); !ok)
    return ok;
  if (hash.finish() != what.digest.hex)
    return make_error(ec::data_loss, "digest mismatch");
  return {};
}

result<void> fetch_with_patience(int part, const download_plan::file& what,
                                 const network_policy& policy) {
  for (int attempt = 1;; ++attempt) {
    auto ok = fetch_part(part, what, policy);
    if (ok || code_of(ok.error()) != ec::unavailable
        || attempt == most_attempts)
      return ok;
    std::this_thread::sleep_for(pause);
  }
}

result<void> publish(int dir, int part, const std::string& name,
                     identity owner) {
  if (::fchmod(part, 0644) < 0 || ::fchown(part, owner.uid, owner.gid) < 0
      || ::fsync(part) < 0)
    return errno_error(errno, "fsync", name);
  if (::renameat2(dir, part_name, dir, name.c_str(), RENAME_NOREPLACE) == 0)
    return {};
  if (errno == EEXIST)
    return make_error(ec::invalid_argument,
                      "download: " + name + " is there already");
  return errno_error(errno, "renameat2", name);
}

result<void> download(int root, identity owner, const network_policy& policy,
                      const download_plan::file& what) {
  auto at = split(what.path);
  auto dir = make_directories(root, at.parent, 0755, owner);
  if (!dir)
    return make_error(ec::invalid_argument,
                      "download: " + describe(dir.error()));
  auto part
    = open_beneath(dir->get(), part_name, O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (!part)
    return part.error();
  auto ok = fetch_with_patience(part->get(), what, policy);
  if (ok)
    ok = publish(dir->get(), part->get(), at.name, owner);
  if (!ok)
    ::unlinkat(dir->get(), part_name, 0);
  return ok;
}

} // namespace

result<void> run_download(int root, identity owner,
                          const network_policy& policy,
                          const download_plan& what) {
  for (const auto& file : what.files)
    if (auto ok = download(root, owner, policy, file); !ok)
      return make_error(code_of(ok.error()),
                        file.path + ": " + describe(ok.error()));
  return {};
}

} // namespace berth::worker
