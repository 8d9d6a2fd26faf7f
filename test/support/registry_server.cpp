#include "test/support/registry_server.hpp"

#include "sys/process.hpp"
#include "sys/spawn.hpp"
#include "test/support/certificate.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string_view>

namespace berth::test {

namespace {

/// Of "secret", by bcrypt with few rounds.
constexpr auto password_line
  = "anna:$2b$04$rqyFguTacIK8Q7RNmWL/f.rJwMty/l413J83wLxAzlSxK93qg9Q12\n";

std::string config_text(const std::filesystem::path& dir,
                        registry_server::manner how) {
  auto at = dir.native();
  auto text = "version: 0.1\nlog: {level: info}\n"
              "storage: {filesystem: {rootdirectory: "
              + at + "/data}}\n";
  if (how.wants_login)
    text += "auth: {htpasswd: {realm: berth, path: " + at + "/htpasswd}}\n";
  text += "http:\n  addr: '127.0.0.1:0'\n";
  if (how.tls)
    text
      += "  tls: {certificate: " + at + "/cert.pem, key: " + at + "/key.pem}\n";
  return text;
}

} // namespace

registry_server::registry_server(manner how) {
  char path[] = "/tmp/berth-registry-XXXXXX";
  BOOST_REQUIRE(::mkdtemp(path));
  dir_ = path;
  std::ofstream{dir_ / "config"} << config_text(dir_, how);
  std::ofstream{dir_ / "htpasswd"} << password_line;
  if (how.tls)
    make_certificate(dir_);
  auto ends = std::array<int, 2>{};
  BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  log_ = sys::fd{ends[0]};
  auto theirs = sys::fd{ends[1]};
  auto spec = sys::spawn_spec{};
  spec.argv = {"/usr/bin/docker-registry", "serve", dir_ / "config"};
  spec.env = {"PATH=/usr/bin:/bin", "OTEL_TRACES_EXPORTER=none"};
  spec.fds = {{theirs.get(), 1}, {theirs.get(), 2}};
  auto child = sys::spawn(spec);
  BOOST_REQUIRE(child);
  pid_ = child->pid;
  theirs = sys::fd{};
  await_port();
  reading_ = std::jthread{[log = log_.get()] {
    auto rest = std::array<char, 4096>{};
    while (::read(log, rest.data(), rest.size()) > 0) {
    }
  }};
}

registry_server::~registry_server() {
  ::kill(pid_, SIGTERM);
  (void)sys::wait_child(pid_);
  reading_.join();
  std::filesystem::remove_all(dir_);
}

void registry_server::await_port() {
  constexpr auto marker = std::string_view{"listening on 127.0.0.1:"};
  auto text = std::string{};
  auto piece = std::array<char, 1024>{};
  for (;;) {
    auto n = ::read(log_.get(), piece.data(), piece.size());
    BOOST_REQUIRE_MESSAGE(n > 0, "docker-registry does not start: " + text);
    text.append(piece.data(), static_cast<size_t>(n));
    auto at = text.find(marker);
    if (at != text.npos
        && text.find_first_of(",\" \n", at + marker.size()) != text.npos) {
      port_ = std::atoi(text.c_str() + at + marker.size());
      return;
    }
  }
}

void registry_server::push(const std::filesystem::path& layout,
                           const std::string& name) const {
  auto line = "skopeo --insecure-policy copy -q --all --dest-tls-verify=false "
              "--dest-creds "
              + std::string{user} + ":" + password + " oci:" + layout.native()
              + ":image docker://" + host() + "/" + name;
  BOOST_REQUIRE_MESSAGE(std::system(line.c_str()) == 0, line);
}

} // namespace berth::test
