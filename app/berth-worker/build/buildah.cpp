#include "app/berth-worker/build/buildah.hpp"

#include "app/berth-worker/beneath.hpp"
#include "core/json_text.hpp"
#include "core/utf8.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

namespace berth::worker {

namespace {

constexpr auto buildah_path = "/usr/bin/buildah";
/// Who started us sets the real one.
constexpr auto buildah_deadline = std::chrono::hours{24};
constexpr size_t longest_words = 600;
constexpr size_t longest_list = size_t{64} << 20;

/// The last line that says something, for people.
std::string final_words(std::string_view err) {
  auto end = err.find_last_not_of(" \n");
  if (end == err.npos)
    return "it failed";
  auto begin = err.rfind('\n', end);
  begin = begin == err.npos ? 0 : begin + 1;
  auto line = err.substr(begin, end + 1 - begin);
  for (auto prefix : {std::string_view{"Error: "}, std::string_view{"error "}})
    if (line.starts_with(prefix))
      line.remove_prefix(prefix.size());
  return printable(line.substr(0, longest_words));
}

} // namespace

result<void> write_text(const std::string& path, std::string_view text) {
  auto file = sys::fd{
    ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  if (!file)
    return errno_error(errno, "open", path);
  return write_all(file.get(), text, path);
}

child_command buildah::command(std::vector<std::string> args) const {
  auto out = child_command{};
  out.argv = {buildah_path, "--storage-driver", "overlay",        "--root",
              storage_,     "--runroot",        "/run/containers"};
  out.argv.insert(out.argv.end(), args.begin(), args.end());
  out.env
    = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
       "HOME=" + scratch_, "TMPDIR=" + scratch_, "XDG_RUNTIME_DIR=/run",
       "BUILDAH_ISOLATION=chroot",
       // It lives for seconds, of which its collector took a twentieth.
       "GOGC=400", "GOMEMLIMIT=512MiB",
       // We are user 0 of a user namespace already.
       "_CONTAINERS_USERNS_CONFIGURED=done", "LC_ALL=C.UTF-8"};
  out.may_gain_privileges = true;
  out.deadline = buildah_deadline;
  return out;
}

void buildah::say(std::string_view line) const {
  auto text = std::string{line} + "\n";
  for (auto left = std::string_view{text}; !left.empty();) {
    auto n = ::write(log_fd_, left.data(), left.size());
    if (n < 0 && errno != EINTR)
      return; // nobody reads it any more
    left.remove_prefix(n < 0 ? 0 : static_cast<size_t>(n));
  }
}

bool buildah::has_image(const std::string& name) const {
  auto path = storage_ + "/overlay-images/images.json";
  auto file = sys::fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file)
    return false;
  auto text = read_text(file.get(), path, longest_list, "too many images");
  if (!text)
    return false;
  auto list = parse_json_or_discard(*text);
  return std::any_of(list.begin(), list.end(), [&](const auto& image) {
    auto names = image.is_object() ? image.value("names", nlohmann::json{})
                                   : nlohmann::json{};
    return std::find(names.begin(), names.end(), name) != names.end();
  });
}

result<std::string> buildah::ask(std::vector<std::string> args) const {
  auto end = run_child(command(std::move(args)));
  if (!end)
    return end.error();
  if (end->exit_code != 0)
    return make_error(ec::failed_precondition, final_words(end->err));
  while (end->out.ends_with('\n'))
    end->out.pop_back();
  return std::move(end->out);
}

result<void> buildah::run(
  std::vector<std::string> args,
  const std::function<std::string(std::string_view)>& in_words) const {
  auto program = command(std::move(args));
  auto tell = [&](std::string_view line) { say(in_words(line)); };
  program.on_line = tell;
  program.on_error_line = tell;
  auto end = run_child(program);
  if (!end)
    return end.error();
  if (end->exit_code != 0)
    return make_error(ec::failed_precondition, final_words(in_words(end->err)));
  return {};
}

} // namespace berth::worker
