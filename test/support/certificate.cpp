#include "test/support/certificate.hpp"

#include "sys/process.hpp"
#include "sys/spawn.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

namespace berth::test {

void make_certificate(const std::filesystem::path& dir) {
  auto spec = sys::spawn_spec{};
  spec.argv = {"/usr/bin/openssl",
               "req",
               "-x509",
               "-newkey",
               "ec",
               "-pkeyopt",
               "ec_paramgen_curve:P-256",
               "-nodes",
               "-subj",
               "/CN=localhost",
               "-addext",
               "subjectAltName=IP:127.0.0.1",
               "-keyout",
               dir / "key.pem",
               "-out",
               dir / "cert.pem"};
  auto null = sys::fd{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  spec.fds = {{null.get(), 2}};
  auto child = sys::spawn(spec);
  BOOST_REQUIRE(child);
  BOOST_REQUIRE_EQUAL(*sys::wait_child(child->pid), 0);
}

} // namespace berth::test
