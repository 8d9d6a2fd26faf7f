#include "test/worker/worker_process.hpp"

#include <boost/test/unit_test.hpp>

#include <content-service-api/initializer.pb.h>

using namespace berth;
using namespace berth::test;

namespace {

/// A repository of one commit, and a content to be.
struct one_repository {
  one_repository() {
    shell("git init -q -b main " + repository.string() + " && cd "
          + repository.string()
          + " && git config user.email a@b && git config user.name n"
            " && echo one > file && git add . && git commit -qm one");
  }

  contentservice::GitInitializer git(const std::string& location) const {
    auto out = contentservice::GitInitializer{};
    out.set_remote_uri("file://" + repository.string());
    out.set_checkout_location(location);
    out.mutable_config();
    return out;
  }

  void fill(const contentservice::WorkspaceInitializer& with) const {
    auto job = initialize_job{};
    job.destination = content;
    job.initializer = with.SerializeAsString();
    job.allow_file_urls = true;
    run_ok<initialize_outcome>(job);
  }

  temp_dir temp;
  std::filesystem::path repository = temp.make("repository");
  std::filesystem::path content = temp.make("content");
};

} // namespace

// A worker takes what the gateway took: a start was acknowledged by then.
BOOST_FIXTURE_TEST_SUITE(git_plans_test, one_repository)

BOOST_AUTO_TEST_CASE(the_remote_head_has_no_name) {
  auto it = contentservice::WorkspaceInitializer{};
  *it.mutable_git() = git("repo");
  it.mutable_git()->set_clone_taget("no..name");
  fill(it);
  BOOST_TEST(read_file(content / "repo/file") == "one\n");
}

BOOST_AUTO_TEST_CASE(a_content_may_be_of_many_repositories) {
  auto it = contentservice::WorkspaceInitializer{};
  for (auto i = 0; i < 20; ++i)
    *it.mutable_composite()->add_initializer()->mutable_git()
      = git("r" + std::to_string(i));
  fill(it);
  BOOST_TEST(read_file(content / "r19/file") == "one\n");
}

BOOST_AUTO_TEST_SUITE_END()
