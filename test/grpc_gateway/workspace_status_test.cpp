#include "grpc_gateway/convert/timestamp.hpp"
#include "grpc_gateway/convert/workspace_status.hpp"
#include "grpc_gateway/status_cache.hpp"
#include "test/grpc_gateway/gateway_fixture.hpp"

#include <boost/test/unit_test.hpp>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

using namespace berth;
using namespace berth::gateway;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

wsman::WorkspaceStatus show(const workspace_record& record) {
  return (*status_projection::make(sample_settings()))(record);
}

std::string text(const grpc::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

/// Every flag of `conditions`, by reflection: none is forgotten.
std::vector<int> flags(const wsman::WorkspaceConditions& conditions) {
  auto out = std::vector<int>{};
  const auto* type = conditions.GetDescriptor();
  for (auto i = 0; i < type->field_count(); ++i)
    if (type->field(i)->enum_type() != nullptr)
      out.push_back(
        conditions.GetReflection()->GetEnumValue(conditions, type->field(i)));
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(workspace_status_test)

BOOST_AUTO_TEST_CASE(a_prebuilds_failed_task_is_told_with_its_snapshot) {
  auto record = sample_record();
  record.spec.type = workspace_type::prebuild;
  record.phase = phase::stopping;
  record.conditions = {.headless_task_failed = "headless task failed: x",
                       .content_ready = true};
  BOOST_TEST(show(record).conditions().headless_task_failed() == "");
  auto saved = record;
  saved.conditions.snapshot = "object@bucket";
  saved.conditions.final_backup_complete = true;
  BOOST_TEST(show(saved).conditions().headless_task_failed()
             == "headless task failed: x");
  auto lost = record;
  lost.conditions.backup_failed = true;
  BOOST_TEST(show(lost).conditions().headless_task_failed()
             == "headless task failed: x");
  // A build has no snapshot to wait for.
  auto build = record;
  build.spec.type = workspace_type::imagebuild;
  BOOST_TEST(show(build).conditions().headless_task_failed()
             == "headless task failed: x");
}

BOOST_AUTO_TEST_CASE(shows_a_record) {
  auto record = sample_record();
  record.spec.team = "team";
  record.spec.closed_timeout = duration{0};
  record.initializer_metrics = {{"git", 1s, 5}, {"git", 2s, 6}};
  record.repo = git_status{.branch = "main",
                           .latest_commit = "c",
                           .uncommitted_files = {"b", "a"},
                           .total_uncommitted_files = 2};
  auto status = show(record);
  BOOST_TEST(status.id() == "w1");
  BOOST_TEST(status.status_version() == 7);
  BOOST_TEST(status.phase() == wsman::RUNNING);
  BOOST_TEST(status.metadata().team() == "team");
  BOOST_TEST(!status.metadata().has_project());
  BOOST_TEST(status.metadata().started_at().seconds() == 1'700'000'000);
  BOOST_TEST(status.metadata().started_at().nanos() == 500'000'000);
  BOOST_TEST(status.spec().timeout() == "30m0s");
  BOOST_TEST(status.spec().closed_timeout() == "0s");
  BOOST_TEST(status.spec().ide_image().web_ref() == "ide");
  BOOST_TEST(status.spec().deprecated_ide_image() == "ide");
  BOOST_REQUIRE(status.spec().exposed_ports_size() == 2);
  const auto& port = status.spec().exposed_ports(0);
  BOOST_TEST(port.port() == 3000);
  BOOST_TEST(port.target() == 3000);
  BOOST_TEST(port.visibility() == wsman::PORT_VISIBILITY_PUBLIC);
  BOOST_TEST(port.url() == "http://3000-meta-w1.ws.example.com");
  BOOST_TEST(status.spec().exposed_ports(1).protocol()
             == wsman::PORT_PROTOCOL_HTTPS);
  BOOST_TEST(status.runtime().pod_name() == "ws-w1");
  BOOST_TEST(status.auth().owner_token() == "secret");
  BOOST_TEST(status.initializer_metrics().git().size() == 6);
  BOOST_TEST(!status.initializer_metrics().has_composite());
  BOOST_TEST(status.repo().uncommited_files(0) == "b");
}

BOOST_AUTO_TEST_CASE(is_complete_even_for_an_empty_record) {
  auto status = show({});
  BOOST_TEST(status.has_metadata());
  BOOST_TEST(status.metadata().has_started_at());
  BOOST_TEST(status.has_spec());
  BOOST_TEST(status.has_conditions());
  BOOST_TEST(status.has_auth());
  BOOST_TEST(!status.has_runtime());
  BOOST_TEST(!status.has_repo());
  BOOST_TEST(!status.has_initializer_metrics());
}

BOOST_AUTO_TEST_CASE(no_flag_is_ever_empty) {
  for (auto bits = 0u; bits < 256; ++bits) {
    auto record = sample_record();
    auto& c = record.conditions;
    record.phase = static_cast<phase>(bits % 8);
    c.deployed = bits & 1;
    c.pulling_images = bits & 2;
    c.network_not_ready = bits & 4;
    c.stopped_by_request = bits & 8;
    c.aborted = bits & 16;
    c.final_backup_complete = bits & 32;
    c.closed = bits & 64;
    c.backup_failed = bits & 128;
    for (auto flag : flags(show(record).conditions()))
      BOOST_REQUIRE(flag == wsman::FALSE || flag == wsman::TRUE);
  }
}

BOOST_AUTO_TEST_CASE(equal_records_have_equal_bytes) {
  auto one = status_cache{*status_projection::make(sample_settings())};
  auto other = status_cache{*status_projection::make(sample_settings())};
  auto first = std::make_shared<workspace_record>(sample_record());
  auto second = std::make_shared<workspace_record>(sample_record());
  BOOST_TEST(text(one.encode(first).bytes) == text(other.encode(second).bytes));
  second->version = 8;
  auto later = one.encode(second);
  BOOST_TEST(later.fingerprint == one.encode(first).fingerprint);
  BOOST_TEST(text(later.bytes) != text(one.encode(first).bytes));
  auto third = std::make_shared<workspace_record>(sample_record());
  third->message = "new";
  BOOST_TEST(one.encode(third).fingerprint != later.fingerprint);
}

BOOST_AUTO_TEST_CASE(encodes_a_part_of_a_response) {
  auto cache = status_cache{*status_projection::make(sample_settings())};
  auto record = std::make_shared<workspace_record>(sample_record());
  auto bytes = text(cache.encode(record).bytes);
  auto response = wsman::GetWorkspacesResponse{};
  BOOST_REQUIRE(response.ParseFromString(bytes + bytes));
  BOOST_REQUIRE(response.status_size() == 2);
  BOOST_TEST(response.status(1).SerializeAsString().size()
             == show(*record).SerializeAsString().size());
}

BOOST_AUTO_TEST_SUITE_END()
