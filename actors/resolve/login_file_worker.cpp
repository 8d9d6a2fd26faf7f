#include "actors/resolve/login_file_worker.hpp"

#include "actors/one_job.hpp"
#include "core/builds/registry_auth.hpp"
#include "sys/file.hpp"

namespace berth {

namespace {

constexpr size_t largest_login_file = 1024 * 1024;

result<installation_login> read_installation(const read_login& what) {
  auto text = sys::read_file(what.file, largest_login_file);
  if (!text)
    return make_error(ec::failed_precondition,
                      "registry credentials: " + describe(text.error()));
  auto login = login_in(*text, what.image);
  if (!login)
    return login.error();
  return installation_login{std::move(*login)};
}

} // namespace

login_file_actor::behavior_type
login_file_worker(login_file_actor::pointer self) {
  return {
    [self](const read_login& what) {
      return one_job(self, [&] { return read_installation(what); });
    },
  };
}

} // namespace berth
