#include "bench/git_peer.hpp"

#include "sys/process.hpp"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>

#include <chrono>
#include <fstream>
#include <random>
#include <vector>

namespace berth::bench {

namespace {

namespace fs = std::filesystem;

constexpr int repository_files = 2000;
constexpr int repository_commits = 1200;
constexpr int changes_each = 12;
constexpr int lines_each = 60;
constexpr int far_kilobytes_per_second = 100'000 / 8;

/// Text that compresses as text does.
class typist {
public:
  std::string line() {
    auto out = std::string{};
    for (auto i = 0; i < 12; ++i)
      out += words_[random_() % words_.size()] + ' ';
    return out + '\n';
  }
  size_t below(size_t limit) { return random_() % limit; }

private:
  static std::vector<std::string> make_words() {
    auto random = std::minstd_rand{7};
    auto out = std::vector<std::string>{};
    for (auto i = 0; i < 4000; ++i)
      out.push_back(std::to_string(random()));
    return out;
  }

  std::minstd_rand random_{11};
  std::vector<std::string> words_ = make_words();
};

/// A stream for git-fast-import(1).
void write_history(std::ostream& out) {
  auto type = typist{};
  auto files = std::vector<std::vector<std::string>>(repository_files);
  auto put = [&](size_t number) {
    auto text = std::string{};
    for (const auto& line : files[number])
      text += line;
    out << "M 100644 inline d" << number % 50 << "/f" << number << ".txt\ndata "
        << text.size() << '\n'
        << text << '\n';
  };
  for (auto commit = 0; commit < repository_commits; ++commit) {
    out << "commit refs/heads/main\ncommitter A <a@b> " << 1600000000 + commit
        << " +0000\ndata 2\nc\n";
    if (commit == 0) {
      for (size_t i = 0; i < files.size(); ++i) {
        for (auto n = 0; n < lines_each; ++n)
          files[i].push_back(type.line());
        put(i);
      }
      continue;
    }
    for (auto change = 0; change < changes_each; ++change) {
      auto number = type.below(files.size());
      files[number][type.below(lines_each)] = type.line();
      put(number);
    }
  }
}

int port_that_was_free() {
  auto socket = sys::fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  auto address = sockaddr_in{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto size = socklen_t{sizeof(address)};
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), raw, size) < 0
      || ::getsockname(socket.get(), raw, &size) < 0)
    return 0;
  return ntohs(address.sin_port);
}

} // namespace

std::string git_peer::description() {
  return std::to_string(repository_commits) + " commits, "
         + std::to_string(repository_files) + " files of 8 KB";
}

result<std::unique_ptr<git_peer>> git_peer::start(const fs::path& home) {
  auto peer = std::unique_ptr<git_peer>{new git_peer{home}};
  auto err = std::error_code{};
  fs::create_directories(home, err);
  if (auto made = peer->make_repository(); !made)
    return made.error();
  if (auto served = peer->serve(); !served)
    return served.error();
  return peer;
}

result<void> git_peer::make_repository() const {
  {
    auto stream = std::ofstream{home_ / "history"};
    write_history(stream);
  }
  auto at = home_.native();
  auto made = must_run(
    {"/bin/sh", "-c",
     "cd " + at
       + " && git init -q --bare -b main repository && "
         "git -C repository fast-import --quiet < history && rm history && "
         "git -C repository repack -adq"});
  if (!made)
    return made.error();
  return {};
}

result<void> git_peer::serve() {
  port_ = port_that_was_free();
  auto at = home_.native();
  std::ofstream{home_ / "conf"}
    << "server.modules = (\"mod_setenv\", \"mod_alias\", \"mod_cgi\")\n"
    << "server.document-root = \"" << at << "\"\nserver.bind = \"127.0.0.1\"\n"
    << "server.port = " << port_ << "\nserver.errorlog = \"" << at << "/log\"\n"
    << "alias.url = (\"/git/\" => \"/usr/lib/git-core/git-http-backend/\", "
       "\"/far/\" => \"/usr/lib/git-core/git-http-backend/\")\n"
    << "$HTTP[\"url\"] =~ \"^/far/\" {\n connection.kbytes-per-second = "
    << far_kilobytes_per_second << "\n}\n"
    << "$HTTP[\"url\"] =~ \"^/(git|far)/\" {\n cgi.assign = (\"\" => \"\")\n"
    << " setenv.add-environment = (\"GIT_PROJECT_ROOT\" => \"" << at
    << "\", \"GIT_HTTP_EXPORT_ALL\" => \"1\", \"GIT_CONFIG_COUNT\" => \"1\", "
       "\"GIT_CONFIG_KEY_0\" => \"safe.directory\", \"GIT_CONFIG_VALUE_0\" => "
       "\"*\")\n}\n";
  auto child = sys::spawn(
    {.argv = {"/usr/sbin/lighttpd", "-D", "-f", (home_ / "conf").native()},
     .env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}});
  if (!child)
    return child.error();
  server_ = std::move(*child);
  auto ready = must_run(
    {"/bin/sh", "-c",
     "for i in $(seq 400); do git ls-remote \"$0\" && exit 0; done; exit 1",
     "http://127.0.0.1:" + std::to_string(port_) + "/git/repository"});
  if (!ready)
    return ready.error();
  return {};
}

git_peer::~git_peer() {
  if (server_.pid <= 0)
    return;
  ::kill(server_.pid, SIGTERM);
  wait_for_end(server_.pidfd);
  (void)sys::wait_child(server_.pid);
}

result<std::string> git_peer::fresh_url(distance from) {
  auto name = "copy" + std::to_string(++urls_);
  auto err = std::error_code{};
  fs::create_directory_symlink("repository", home_ / name, err);
  if (err)
    return errno_error(err.value(), "symlink", name);
  return "http://127.0.0.1:" + std::to_string(port_)
         + (from == distance::far ? "/far/" : "/git/") + name;
}

result<double> git_peer::clone(const std::string& url, bool full) {
  // Stays: ext4 makes files slowly where others have just gone.
  auto to = home_ / ("clone" + std::to_string(++clones_));
  auto argv = std::vector<std::string>{
    "/usr/bin/git", "-c", "transfer.fsckObjects=true", "clone", "--quiet"};
  if (!full)
    argv.insert(argv.end(), {"--depth=1", "--shallow-submodules"});
  argv.insert(argv.end(), {"--template=", url, to.native()});
  auto began = std::chrono::steady_clock::now();
  auto cloned = must_run(std::move(argv));
  auto took = std::chrono::steady_clock::now() - began;
  if (!cloned)
    return cloned.error();
  return std::chrono::duration<double>(took).count();
}

} // namespace berth::bench
