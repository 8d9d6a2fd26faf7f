#include "core/base64.hpp"
#include "core/worker_job.hpp"
#include "test/support/print.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

namespace {

template <class T>
T round_trip(const T& job) {
  auto back = job_from_json(to_json(worker_job{job}));
  BOOST_REQUIRE_MESSAGE(back, describe(back ? caf::error{} : back.error()));
  BOOST_REQUIRE(std::holds_alternative<T>(*back));
  return std::get<T>(*back);
}

std::string one_hex() {
  return std::string(64, 'a');
}

ec refusal(const std::string& text) {
  auto job = job_from_json(text);
  return job ? ec::none : code_of(job.error());
}

} // namespace

BOOST_AUTO_TEST_SUITE(worker_job_test)

BOOST_AUTO_TEST_CASE(an_initialize_job_survives_json) {
  auto job = initialize_job{};
  job.destination = "/dst";
  job.initializer = std::string{"\x00\xff\n bytes", 9};
  job.secrets["initializer.git"] = "p\xffw";
  job.backup = object_source{7, 123, one_hex()};
  job.snapshots["a/b.tar@c"] = object_source{8, 1ull << 40, ""};
  job.meta_id = "m";
  job.uid = 1;
  job.gid = 2;
  job.allow_file_urls = true;
  job.without_history = true;
  job.denied_networks = {"10.0.0.0/8"};
  job.download_networks = {"10.1.0.0/16"};
  auto back = round_trip(job);
  BOOST_TEST(back.destination == job.destination);
  BOOST_TEST(back.initializer == job.initializer);
  BOOST_TEST(back.secrets["initializer.git"] == "p\xffw");
  BOOST_TEST(back.backup->bytes == 123u);
  BOOST_TEST(back.backup->sha256 == one_hex());
  BOOST_TEST(back.snapshots["a/b.tar@c"].bytes == 1ull << 40);
  BOOST_TEST(back.meta_id == "m");
  BOOST_TEST(back.uid == 1u);
  BOOST_TEST(back.gid == 2u);
  BOOST_TEST(back.allow_file_urls);
  BOOST_TEST(back.without_history);
  BOOST_TEST(back.denied_networks == job.denied_networks,
             boost::test_tools::per_element());
  BOOST_TEST(back.download_networks == job.download_networks,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(pieces_survive_json) {
  auto first = initialize_job{};
  first.destination = "/dst";
  first.backup = object_source{7, 123, one_hex()};
  first.backup->parts = {{8, 456, ""}, {9, 789, ""}};
  first.index_fd = 10;
  auto back = round_trip(first);
  BOOST_REQUIRE_EQUAL(back.backup->parts.size(), 2u);
  BOOST_TEST(back.backup->parts[1].fd == 9);
  BOOST_TEST(back.backup->parts[1].bytes == 789u);
  BOOST_TEST(back.index_fd == 10);
  BOOST_TEST(!round_trip(archive_job{"/src", 5, {}}).pieces);
  auto job = archive_job{"/src", 5, {}};
  job.pieces = pieces_wanted{6, {1, 2}, one_hex(), 7, -8, true};
  auto wanted = round_trip(job).pieces.value();
  BOOST_TEST(wanted.index_fd == 6);
  BOOST_TEST((wanted.objects == std::vector<uint64_t>{1, 2}));
  BOOST_TEST(wanted.sha256 == one_hex());
  BOOST_TEST(wanted.new_index_fd == 7);
  BOOST_TEST(wanted.settled_before == -8);
  BOOST_TEST(wanted.is_view);
  auto checked = round_trip(verify_job{{3, 4, ""}, -1, true, true, 5});
  BOOST_TEST(checked.pieces);
  BOOST_TEST(checked.is_partial);
  BOOST_TEST(checked.index_fd == 5);
}

BOOST_AUTO_TEST_CASE(the_other_jobs_survive_json) {
  auto archived = round_trip(archive_job{"/src", 5, "repo"});
  BOOST_TEST(archived.source == "/src");
  BOOST_TEST(archived.out_fd == 5);
  BOOST_TEST(archived.checkout_location.value() == "repo");
  BOOST_TEST(!round_trip(archive_job{"/src", 5, {}}).checkout_location);
  BOOST_TEST(round_trip(status_job{"/src", "repo"}).checkout_location
             == "repo");
  BOOST_TEST(round_trip(verify_job{{3, 4, one_hex()}}).archive.fd == 3);
  BOOST_TEST(round_trip(verify_job{{3, 4, one_hex()}, 7}).signal_fd == 7);
  BOOST_TEST(round_trip(copy_job{"/a", "/b"}).destination == "/b");
  BOOST_TEST(round_trip(copy_job{"/a", "/b", true}).note_origins);
  BOOST_TEST(round_trip(unpack_job{9, "/out"}).out == "/out");
  auto pulled = round_trip(
    pull_job{"host/name:tag", "/out", "/scratch", true, "{}", {one_hex()}});
  BOOST_TEST(pulled.reference == "host/name:tag");
  BOOST_TEST(pulled.insecure);
  BOOST_TEST(pulled.have.size() == 1u);
  BOOST_TEST(pulled.patience.count() == 120);
}

BOOST_AUTO_TEST_CASE(a_malformed_job_is_refused) {
  for (auto* text : {
         "",
         "[]",
         "null",
         "{}",
         R"({"job":"dance"})",
         R"({"job":7})",
         R"({"job":"status","source":"src","checkout_location":""})",
         R"({"job":"unpack","in_fd":3})",
         R"({"job":"unpack","in_fd":3,"out":"relative"})",
         R"({"job":"unpack","in_fd":"3","out":"/x"})",
         R"({"job":"unpack","in_fd":99999999999,"out":"/x"})",
         R"({"job":"verify","archive":{"fd":-1,"bytes":0,"sha256":""}})",
         R"({"job":"verify","archive":{"fd":1,"bytes":-1,"sha256":""}})",
         R"({"job":"verify","archive":{"fd":1,"bytes":1.5,"sha256":""}})",
         R"({"job":"verify","archive":{"fd":1,"bytes":1,"sha256":"AB"}})",
       })
    BOOST_TEST(refusal(text) == ec::invalid_argument, text);
}

BOOST_AUTO_TEST_CASE(base64_is_one_to_one) {
  for (auto* text : {"", "f", "fo", "foo", "foob"})
    BOOST_TEST(from_base64(to_base64(text)).value() == text);
  BOOST_TEST(to_base64("foob") == "Zm9vYg==");
  for (auto* text : {"Zm9vYg", "Zm9vYh==", "Zm9v!g==", "====", "Zg=g"})
    BOOST_TEST(!from_base64(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
