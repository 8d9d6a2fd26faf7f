#include "sys/process.hpp"
#include "sys/spawn.hpp"
#include "test/e2e/service.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

namespace berth::e2e {

namespace {

/// A port of loopback that was free a moment ago.
int free_port() {
  auto socket = sys::fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  auto address = sockaddr_in{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto size = socklen_t{sizeof(address)};
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  BOOST_REQUIRE(::bind(socket.get(), raw, size) == 0);
  BOOST_REQUIRE(::getsockname(socket.get(), raw, &size) == 0);
  return ntohs(address.sin_port);
}

constexpr auto make_repository = R"(set -e
  cd "$0"; git init -q -b main work; cd work
  git config user.name Anna; git config user.email anna@example.com
  echo hello > README.md; git add .; git commit -qm first
  git checkout -q -b feature; echo more >> README.md; git commit -qam second
  git checkout -q main
  git clone -q --bare . ../project.git)";

} // namespace

git_server::git_server(const std::filesystem::path& dir,
                       const std::string& password)
  : dir_(dir / "git"), port_(free_port()) {
  std::filesystem::create_directories(dir_);
  auto made = run({"/bin/sh", "-c", make_repository, dir_.native()});
  BOOST_REQUIRE_MESSAGE(made.code == 0, made.text);
  auto exec_path = run({"/usr/bin/git", "--exec-path"}).text;
  exec_path.pop_back();
  auto config = std::ofstream{dir_ / "lighttpd.conf"};
  config << "server.modules = (\"mod_auth\", \"mod_authn_file\", \"mod_cgi\", "
            "\"mod_alias\", \"mod_setenv\")\n"
         << "server.document-root = \"" << dir_.native() << "\"\n"
         << "server.bind = \"127.0.0.1\"\nserver.port = " << port_ << "\n"
         << "server.errorlog = \"" << (dir_ / "web.log").native() << "\"\n"
         << "alias.url = (\"/git/\" => \"" << exec_path
         << "/git-http-backend/\")\n"
         << "$HTTP[\"url\"] =~ \"^/git/\" {\n cgi.assign = (\"\" => \"\")\n"
         << " setenv.add-environment = (\"GIT_PROJECT_ROOT\" => \""
         << dir_.native() << "\", \"GIT_HTTP_EXPORT_ALL\" => \"1\", "
         << "\"GIT_CONFIG_COUNT\" => \"1\", \"GIT_CONFIG_KEY_0\" => "
            "\"safe.directory\", \"GIT_CONFIG_VALUE_0\" => \"*\")\n}\n";
  if (!password.empty()) {
    std::ofstream{dir_ / "users"} << "anna:" << password << "\n";
    config << "auth.backend = \"plain\"\nauth.backend.plain.userfile = \""
           << (dir_ / "users").native() << "\"\n"
           << "auth.require = (\"/git/\" => (\"method\" => \"basic\", "
              "\"realm\" => \"git\", \"require\" => \"valid-user\"))\n";
  }
  config.close();
  auto spec = sys::spawn_spec{};
  spec.argv = {"/usr/sbin/lighttpd", "-D", "-f", dir_ / "lighttpd.conf"};
  spec.env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  auto child = sys::spawn(spec);
  BOOST_REQUIRE(child);
  pid_ = child->pid;
  auto ready
    = run({"/bin/sh", "-c",
           "for i in $(seq 400); do git ls-remote \"$0\" && exit 0; "
           "done; exit 1",
           password.empty() ? url()
                            : "http://anna:" + password + "@"
                                + url().substr(std::string{"http://"}.size())});
  BOOST_REQUIRE_MESSAGE(ready.code == 0, ready.text);
}

void git_server::hold() const {
  ::kill(pid_, SIGSTOP);
}

void git_server::go_on() const {
  ::kill(pid_, SIGCONT);
}

git_server::~git_server() {
  go_on();
  ::kill(pid_, SIGTERM);
  (void)sys::wait_child(pid_);
}

std::string git_server::url() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/git/project.git";
}

} // namespace berth::e2e
