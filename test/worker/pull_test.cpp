#include "sys/fd.hpp"
#include "test/worker/oci_layout.hpp"
#include "test/worker/server_process.hpp"
#include "test/worker/tar_bytes.hpp"

#include <boost/test/unit_test.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

/// A port on loopback that takes connections and says nothing.
class silent_port {
public:
  silent_port() {
    auto address = sockaddr_in{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto size = socklen_t{sizeof address};
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_.get(), raw, size) < 0 || ::listen(socket_.get(), 9) < 0
        || ::getsockname(socket_.get(), raw, &size) < 0)
      throw std::runtime_error("no port");
    port_ = ntohs(address.sin_port);
  }
  std::string name() const { return "127.0.0.1:" + std::to_string(port_); }

private:
  sys::fd socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  int port_ = 0;
};

/// docker-registry on loopback with one image of two layers, "x/y:1".
struct registry {
  temp_dir temp;
  int port = free_port();
  std::optional<server_process> server;
  oci_layout image;
  fs::path out = temp.make("out");

  registry() {
    write_file(temp / "conf",
               "version: 0.1\nlog: {level: error}\nstorage: {filesystem: "
               "{rootdirectory: "
                 + (temp / "data").string() + "}}\nhttp: {addr: 127.0.0.1:"
                 + std::to_string(port) + "}\n");
    server.emplace(std::vector<std::string>{"/usr/bin/docker-registry", "serve",
                                            (temp / "conf").string()},
                   port);
    image.add_layer(tar_bytes{}
                      .dir("etc")
                      .file("etc/hosts", "h")
                      .file("data", "12345")
                      .bytes());
    image.add_layer(tar_bytes{}.file("top", "t").bytes());
    shell("skopeo --insecure-policy copy -q --dest-tls-verify=false oci:"
          + image.finish().string() + ":image docker://" + name("x/y:1"));
  }

  std::string name(const std::string& path) const {
    return "127.0.0.1:" + std::to_string(port) + "/" + path;
  }
  pull_job job(const std::string& path) {
    shell("rm -rf " + (temp / "scratch").string());
    return {name(path), out, temp.make("scratch"), true, {}, {}};
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(pull_test)

BOOST_AUTO_TEST_CASE(pulls_by_tag_and_by_digest_what_is_missing) {
  auto at = registry{};
  auto run = run_worker(at.job("x/y:1"));
  BOOST_REQUIRE_MESSAGE(run.outcome, run.why());
  auto first = std::get<unpack_outcome>(*run.outcome);
  BOOST_TEST(first.digest == at.image.digest);
  BOOST_REQUIRE(first.layers.size() == 3u);
  BOOST_TEST(first.layers[1].directory == at.image.diff_ids[1]);
  BOOST_TEST(read_file(at.out / at.image.diff_ids[1] / "top") == "t");
  BOOST_TEST(run.progress.front().what == "pull");

  shell("rm -rf " + at.out.string() + " && mkdir " + at.out.string());
  auto again = at.job("x/y@" + first.digest);
  again.have = {at.image.diff_ids[0]};
  auto second = run_ok<unpack_outcome>(again);
  BOOST_TEST(second.digest == first.digest);
  BOOST_TEST(second.layers[0].directory == first.layers[0].directory);
  // What is not written counts all the same.
  BOOST_TEST(second.layers[2].bytes == 6u);
  BOOST_TEST(first.layers[2].bytes == 6u);
  BOOST_TEST(fs::exists(at.out / at.image.diff_ids[1]));
  BOOST_TEST(std::distance(fs::directory_iterator{at.out}, {}) == 2);
}

// It is Go's runtime that moves bytes then, from itself to itself.
BOOST_AUTO_TEST_CASE(a_registry_that_says_nothing_is_given_up) {
  auto silent = silent_port{};
  auto temp = temp_dir{};
  auto job = pull_job{silent.name() + "/x:1",
                      temp.make("out"),
                      temp.make("scratch"),
                      true,
                      {},
                      {}};
  job.patience = std::chrono::seconds{2};
  auto run = run_worker(job);
  BOOST_TEST((code_of(run.outcome.error()) == ec::unavailable));
  BOOST_TEST(run.why().find("stands still") != std::string::npos, run.why());
}

BOOST_AUTO_TEST_CASE(says_why_an_image_cannot_be_had) {
  auto at = registry{};
  BOOST_TEST(run_refused(at.job("x/none:1")) == ec::not_found);
  BOOST_TEST(run_refused(at.job("x/y@sha256:" + std::string(64, '0')))
             == ec::not_found);
  BOOST_TEST(run_refused(at.job("X Y")) == ec::invalid_argument);
  at.server.reset();
  BOOST_TEST(run_refused(at.job("x/y:1")) == ec::unavailable);
}

BOOST_AUTO_TEST_SUITE_END()
