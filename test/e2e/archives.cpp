#include "test/e2e/archives.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <thread>

#include "content-service-api/initializer.pb.h"

namespace berth::e2e {

using namespace std::chrono_literals;

namespace fs = std::filesystem;

std::string running(service& node, const wsman::StartWorkspaceRequest& what) {
  auto started = node.start(what);
  BOOST_REQUIRE_MESSAGE(started.ok(), started.error_message());
  auto status = node.await(what.id(), wsman::RUNNING);
  BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                        status.conditions().failed() + "\n" + node.log_text());
  return what.id();
}

std::optional<std::string> snapshot(service& node, const std::string& id,
                                    bool at_once) {
  auto context = grpc::ClientContext{};
  context.set_deadline(std::chrono::system_clock::now() + 60s);
  auto what = wsman::TakeSnapshotRequest{};
  what.set_id(id);
  what.set_return_immediately(at_once);
  auto reply = wsman::TakeSnapshotResponse{};
  auto status = node.manager().TakeSnapshot(&context, what, &reply);
  if (!status.ok()) {
    BOOST_TEST_MESSAGE("no snapshot: " << status.error_message());
    return std::nullopt;
  }
  return reply.url();
}

wsman::StartWorkspaceRequest restored(const std::string& url) {
  auto what = service::request(fresh_id());
  auto& content = *what.mutable_spec()->mutable_initializer();
  content.mutable_snapshot()->set_snapshot(url);
  return what;
}

void await_message(service& node, const std::string& id,
                   const std::string& text) {
  auto context = grpc::ClientContext{};
  context.set_deadline(std::chrono::system_clock::now() + 60s);
  auto stream = node.manager().Subscribe(&context, {});
  auto update = wsman::SubscribeResponse{};
  while (stream->Read(&update))
    if (update.status().id() == id
        && update.status().message().starts_with(text)) {
      context.TryCancel();
      return;
    }
  BOOST_FAIL("nobody said: " << text << "\n" << node.log_text());
}

std::string tree_of(const fs::path& content) {
  auto found = run({"/bin/sh", "-c",
                    "cd " + content.native()
                      + " && { find . -mindepth 1 ! -path './.gitpod*' "
                        "-printf '%p %y %m %U %G %T@ %l\\n' | LC_ALL=C sort; "
                        "find . -type f ! -path './.gitpod*' -print0 | "
                        "LC_ALL=C sort -z | xargs -0r sha256sum; } | "
                        "sha256sum"});
  BOOST_REQUIRE_EQUAL(found.code, 0);
  return found.text;
}

void await_archives(const service& node) {
  auto deadline = std::chrono::steady_clock::now() + 60s;
  auto is_empty = [](const fs::path& path) {
    auto err = std::error_code{};
    return fs::is_empty(path, err) || err;
  };
  while (!(is_empty(node.state() / "views")
           && is_empty(node.state() / "objects/.staging"))) {
    BOOST_REQUIRE_MESSAGE(std::chrono::steady_clock::now() < deadline,
                          "archives stay on their way\n"
                            << node.log_text());
    // There is no event for it.
    std::this_thread::sleep_for(20ms);
  }
}

} // namespace berth::e2e
