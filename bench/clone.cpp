#include "bench/git_peer.hpp"
#include "bench/private_node.hpp"
#include "bench/scenario.hpp"
#include "bench/statistics.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <thread>

namespace berth::bench {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr unsigned default_clone_rounds = 3;
constexpr auto clone_patience = std::chrono::minutes{5};

/// What is cloned, and from where.
struct clone_kind {
  const char* name;
  bool full;
  git_peer::distance from;
  target second; ///< of first / second
};

const auto clone_kinds = std::array{
  clone_kind{"full", true, git_peer::distance::here, at_least(5)},
  clone_kind{"full, at 100 Mbit/s", true, git_peer::distance::far, at_least(5)},
  // Of a shallow clone on this machine, the checkout is nearly all.
  clone_kind{"shallow", false, git_peer::distance::here, {}},
};

struct clone_times {
  std::vector<double> first, second, peer;
};

/// What the git initializer of a workspace took, in seconds: from its start to
/// a working copy that is where it shall be.
result<double> clone_by_node(private_node& node, const std::string& url,
                             bool full) {
  auto stub = wsman::WorkspaceManager::NewStub(dial(node.address()));
  wsman::StartWorkspaceRequest request;
  auto id = next_id();
  request.set_id(id);
  request.set_service_prefix(id);
  request.mutable_metadata()->set_owner("bench");
  request.mutable_metadata()->set_meta_id(id);
  auto& spec = *request.mutable_spec();
  spec.set_workspace_image("bench");
  spec.set_workspace_location("/workspace");
  spec.mutable_ide_image();
  auto& git = *spec.mutable_initializer()->mutable_git();
  git.set_remote_uri(url);
  git.set_checkout_location("repo");
  git.set_full_clone(full);
  git.mutable_config();
  {
    grpc::ClientContext context;
    wsman::StartWorkspaceResponse accepted;
    auto status = stub->StartWorkspace(&context, request, &accepted);
    if (!status.ok())
      return make_error(ec::internal, id + ": " + status.error_message());
  }
  auto deadline = std::chrono::steady_clock::now() + clone_patience;
  while (std::chrono::steady_clock::now() < deadline) {
    auto now = node.describe(id);
    if (!now)
      return now.error();
    const auto& status = now->status();
    if (!status.conditions().failed().empty())
      return make_error(ec::internal, id + ": " + status.conditions().failed());
    if (status.phase() == wsman::RUNNING) {
      const auto& took = status.initializer_metrics().git().duration();
      if (auto stopped = node.stop_workspace(id); !stopped)
        return stopped.error();
      return static_cast<double>(took.seconds()) + took.nanos() / 1e9;
    }
    std::this_thread::sleep_for(10ms);
  }
  return make_error(ec::timeout, id + " does not run");
}

size_t mirrors_of(const private_node& node) {
  auto count = size_t{0};
  for (const auto& entry : fs::directory_iterator{node.paths().mirrors()})
    count += entry.path().filename().native().starts_with('.') ? 0 : 1;
  return count;
}

/// The mirror is made in the background, after the clone.
result<void> await_mirrors(const private_node& node, size_t count) {
  auto deadline = std::chrono::steady_clock::now() + clone_patience;
  while (mirrors_of(node) < count) {
    if (std::chrono::steady_clock::now() > deadline)
      return make_error(ec::timeout, "no mirror was made");
    std::this_thread::sleep_for(20ms);
  }
  return {};
}

result<clone_times> measure_clones(private_node& node, git_peer& peer,
                                   const clone_kind& kind, unsigned rounds) {
  auto times = clone_times{};
  for (unsigned round = 0; round < rounds; ++round) {
    auto url = peer.fresh_url(kind.from);
    if (!url)
      return url.error();
    auto before = mirrors_of(node);
    auto by_git = peer.clone(*url, kind.full);
    if (!by_git)
      return by_git.error();
    times.peer.push_back(*by_git);
    auto first = clone_by_node(node, *url, kind.full);
    if (!first)
      return first.error();
    times.first.push_back(*first);
    if (auto made = await_mirrors(node, before + 1); !made)
      return made.error();
    auto second = clone_by_node(node, *url, kind.full);
    if (!second)
      return second.error();
    times.second.push_back(*second);
  }
  return times;
}

void tell(report& to, const clone_kind& kind, const clone_times& times) {
  auto first = median(times.first), second = median(times.second),
       peer = median(times.peer);
  to.add("git clone", kind.name, peer * 1000, "ms");
  to.add("berthd, first", kind.name, first * 1000, "ms");
  to.add("berthd, second", kind.name, second * 1000, "ms");
  to.add("first / git clone", kind.name, first / peer, "x", at_most(1.05));
  to.add("first / second", kind.name, first / second, "x", kind.second);
}

result<void> run_clone(const options& how, report& to) {
  auto node = private_node::start(how);
  if (!node)
    return node.error();
  auto peer = git_peer::start((*node)->directory() / "git");
  if (!peer)
    return peer.error();
  auto rounds = how.rounds ? how.rounds : default_clone_rounds;
  for (const auto& kind : clone_kinds) {
    auto times = measure_clones(**node, **peer, kind, rounds);
    if (!times)
      return times.error();
    tell(to, kind, *times);
  }
  to.note(
    "ours: the git initializer, as the status tells; peer: git clone with "
    "the same options from the same server, on this machine; "
    + git_peer::description());
  return {};
}

} // namespace

const scenario clone_scenario = {
  .name = "clone",
  .question = "what does a repository cost the first time and the second, "
              "beside git clone?",
  .run = run_clone,
};

} // namespace berth::bench
