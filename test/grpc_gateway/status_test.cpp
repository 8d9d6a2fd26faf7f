#include "grpc_gateway/status.hpp"
#include "grpc_gateway/unary.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/sec.hpp>

#include <cerrno>

using namespace berth;
using namespace berth::gateway;

BOOST_AUTO_TEST_SUITE(status_test)

BOOST_AUTO_TEST_CASE(each_code_has_a_status) {
  using grpc::StatusCode;
  auto code = [](const caf::error& e) { return to_status(e).error_code(); };
  BOOST_TEST(to_status({}).ok());
  BOOST_TEST(code(make_error(ec::exhausted, ""))
             == StatusCode::RESOURCE_EXHAUSTED);
  BOOST_TEST(code(make_error(ec::timeout, ""))
             == StatusCode::DEADLINE_EXCEEDED);
  BOOST_TEST(code(make_error(ec::data_loss, "")) == StatusCode::DATA_LOSS);
  BOOST_TEST(code(errno_error(ENOSPC, "write", "x"))
             == StatusCode::RESOURCE_EXHAUSTED);
  BOOST_TEST(code(errno_error(ENOENT, "open", "x")) == StatusCode::INTERNAL);
  BOOST_TEST(code(caf::make_error(caf::sec::request_timeout))
             == StatusCode::DEADLINE_EXCEEDED);
  BOOST_TEST(to_status(make_error(ec::aborted, "why")).error_message()
             == "why");
}

BOOST_AUTO_TEST_CASE(exceptions_become_errors_with_their_text) {
  auto thrown = contained([] { throw std::runtime_error{"boom"}; });
  BOOST_REQUIRE(!thrown);
  BOOST_CHECK(code_of(thrown.error()) == ec::internal);
  BOOST_TEST(describe(thrown.error()) == "boom");
  BOOST_CHECK(!contained([] { throw 1; }));
  BOOST_CHECK(contained([] {}));
}

BOOST_AUTO_TEST_SUITE_END()
