#include "test/support/s3_server.hpp"

#include "core/s3/client.hpp"
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

namespace berth::test {

using namespace std::chrono_literals;

s3_server::s3_server(bool tls) : tls_(tls) {
  char path[] = "/tmp/berth-s3-XXXXXX";
  BOOST_REQUIRE(::mkdtemp(path));
  dir_ = path;
  auto ends = std::array<int, 2>{};
  BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  auto ours = sys::fd{ends[0]};
  auto theirs = sys::fd{ends[1]};
  auto log = sys::fd{
    ::open((dir_ / "log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  auto program = std::filesystem::path{__FILE__}.parent_path() / "s3d.py";
  auto spec = sys::spawn_spec{};
  spec.argv
    = {"/usr/bin/python3", std::filesystem::absolute(program), dir_ / "data"};
  spec.env = {"PATH=/usr/bin:/bin", "S3D_MIN_PART=1"};
  if (tls) {
    make_certificate(dir_);
    spec.env.push_back("S3D_CERT=" + (dir_ / "cert.pem").native());
    spec.env.push_back("S3D_KEY=" + (dir_ / "key.pem").native());
  }
  spec.fds = {{theirs.get(), 1}, {log.get(), 2}};
  std::filesystem::create_directories(dir_ / "data");
  auto child = sys::spawn(spec);
  BOOST_REQUIRE(child);
  pid_ = child->pid;
  theirs = sys::fd{};
  auto line = std::array<char, 16>{};
  BOOST_REQUIRE_MESSAGE(
    ::read(ours.get(), line.data(), line.size() - 1) > 0,
    "the S3 server does not start: is python3-swift there?");
  port_ = std::atoi(line.data());
  std::ofstream{dir_ / "id"} << "testkey\n";
  std::ofstream{dir_ / "secret"} << "testsecret\n";
}

s3_server::~s3_server() {
  ::kill(pid_, SIGTERM);
  (void)sys::wait_child(pid_);
  std::filesystem::remove_all(dir_);
}

std::string s3_server::endpoint() const {
  return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:")
         + std::to_string(port_);
}

s3::settings s3_server::make_bucket(int port) const {
  static auto count = 0;
  auto out = s3::settings{};
  out.endpoint = endpoint();
  out.region = "us-east-1";
  out.bucket = "bucket-" + std::to_string(++count);
  out.access_key_file = dir_ / "id";
  out.secret_key_file = dir_ / "secret";
  if (tls_)
    out.ca_file = dir_ / "cert.pem";
  out.limits = {.connect = 5s,
                .stall = 2s,
                .first_pause = 5ms,
                .longest_pause = 20ms,
                .gap = 5ms,
                .reading = 20s,
                .writing = 20s,
                .abandoned = 1h,
                .part_bytes = 100'000,
                .parallel = 3};
  auto stop = s3::stop_signal{};
  auto made = s3::client{out, stop}.send({"PUT"}, s3::deadline::max());
  BOOST_REQUIRE_MESSAGE(!!made, (made ? "" : describe(made.error())));
  if (port != port_)
    out.endpoint = "http://127.0.0.1:" + std::to_string(port);
  return out;
}

} // namespace berth::test
