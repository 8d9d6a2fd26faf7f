#include "bench/iws_client.hpp"

#include "bench/private_node.hpp"
#include "bench/ring.hpp"
#include "bench/statistics.hpp"
#include "sys/cgroup.hpp"
#include "sys/process.hpp"

#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "ws-daemon-api/workspace_daemon.grpc.pb.h"

namespace berth::bench {

namespace {

using namespace std::chrono_literals;
using stub = iws::InWorkspaceService::Stub;
using clock = std::chrono::steady_clock;

constexpr auto throng_length = 2s;
constexpr unsigned callers_at_once = 8;
constexpr unsigned client_connections = 4;

std::unique_ptr<stub> new_stub(const std::string& socket) {
  return iws::InWorkspaceService::NewStub(dial("unix:" + socket));
}

template <class Method, class Request, class Response>
grpc::StatusCode code_of_call(stub& to, Method method, const Request& request,
                              Response&& response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 30s);
  return (to.*method)(&context, request, &response).error_code();
}

/// A call that costs the node little, and how it is answered.
struct cheap_call {
  std::string name;
  grpc::StatusCode expected;
  std::function<grpc::StatusCode(stub&)> make;
};

std::vector<cheap_call> cheap_calls() {
  iws::WriteIDMappingRequest wrong_map;
  wrong_map.set_pid(1);
  wrong_map.add_mapping()->set_size(1); // id 0 of the machine
  iws::MountProcRequest nobody;
  nobody.set_pid(4'000'000);
  nobody.set_target("/tmp");
  return {
    {"WorkspaceInfo", grpc::OK,
     [](stub& to) {
       return code_of_call(to, &stub::WorkspaceInfo,
                           iws::WorkspaceInfoRequest{},
                           iws::WorkspaceInfoResponse{});
     }},
    {"WipingTeardown of nothing", grpc::OK,
     [](stub& to) {
       return code_of_call(to, &stub::WipingTeardown,
                           iws::WipingTeardownRequest{},
                           iws::WipingTeardownResponse{});
     }},
    {"WriteIDMapping of a wrong map", grpc::INVALID_ARGUMENT,
     [wrong_map](stub& to) {
       return code_of_call(to, &stub::WriteIDMapping, wrong_map,
                           iws::WriteIDMappingResponse{});
     }},
    {"MountProc for nobody", grpc::INVALID_ARGUMENT,
     [nobody](stub& to) {
       return code_of_call(to, &stub::MountProc, nobody,
                           iws::MountProcResponse{});
     }},
  };
}

/// What is measured, by name; the first thing that went wrong ends it.
class measurement {
public:
  measurement(const iws_visit& where, const sys::pinned_process& container)
    : socket_(where.socket), container_(container),
      rounds_(std::stoul(where.rounds)) {
    for (unsigned i = 0; i < client_connections; ++i)
      stubs_.push_back(new_stub(socket_));
  }

  /// Samples of latencies by name, in microseconds, and rates of calls.
  const nlohmann::json& found() const { return found_; }

  result<void> run() {
    for (const auto& each : cheap_calls())
      if (auto done = throng(each); !done)
        return done;
    for (unsigned i = 0; i < rounds_; ++i)
      if (auto made = mapped_ring(); !made)
        return made.error();
    return mount_many();
  }

private:
  template <class Call>
  result<void> timed(const std::string& name, Call call) {
    auto began = clock::now();
    auto code = call();
    found_["samples"][name].push_back(1000 * milliseconds_since(began));
    if (code != grpc::OK)
      return make_error(ec::internal,
                        name + " was answered with " + std::to_string(code));
    return {};
  }

  result<void> throng(const cheap_call& which) {
    std::atomic<uint64_t> count{0}, wrong{0};
    std::vector<std::thread> all;
    auto end = clock::now() + throng_length;
    for (unsigned i = 0; i < callers_at_once; ++i)
      all.emplace_back([&, i] {
        while (clock::now() < end)
          ++(which.make(*stubs_[i % client_connections]) == which.expected
               ? count
               : wrong);
      });
    for (auto& each : all)
      each.join();
    if (wrong > 0)
      return make_error(ec::internal, which.name + ": " + std::to_string(wrong)
                                        + " unexpected answers");
    found_["rates"][which.name]
      = static_cast<double>(count)
        / std::chrono::duration<double>(throng_length).count();
    return {};
  }

  result<ring> mapped_ring() {
    auto made = ring::start(container_);
    if (!made)
      return made;
    iws::WriteIDMappingRequest request;
    request.set_pid(made->pid());
    auto add = [&request](uint32_t inside, uint32_t outside, uint32_t size) {
      auto& line = *request.add_mapping();
      line.set_container_id(inside);
      line.set_host_id(outside);
      line.set_size(size);
    };
    add(0, 33333, 1);
    add(1, 100000, 65534);
    for (auto gid : {false, true}) {
      request.set_gid(gid);
      auto written = timed("WriteIDMapping", [&] {
        return code_of_call(*stubs_[0], &stub::WriteIDMapping, request,
                            iws::WriteIDMappingResponse{});
      });
      if (!written)
        return written.error();
    }
    return made;
  }

  result<void> mount_many() {
    auto made = mapped_ring();
    if (!made)
      return made.error();
    if (auto furnished = made->furnish(); !furnished)
      return furnished;
    iws::MountProcRequest mount;
    iws::UmountProcRequest unmount;
    mount.set_pid(made->pid());
    unmount.set_pid(made->pid());
    mount.set_target(ring_place);
    unmount.set_target(ring_place);
    for (unsigned i = 0; i < rounds_; ++i) {
      auto mounted = timed("MountProc", [&] {
        return code_of_call(*stubs_[0], &stub::MountProc, mount,
                            iws::MountProcResponse{});
      });
      if (!mounted)
        return mounted;
      auto unmounted = timed("UmountProc", [&] {
        return code_of_call(*stubs_[0], &stub::UmountProc, unmount,
                            iws::UmountProcResponse{});
      });
      if (!unmounted)
        return unmounted;
    }
    return {};
  }

  std::string socket_;
  const sys::pinned_process& container_;
  unsigned long rounds_;
  std::vector<std::unique_ptr<stub>> stubs_;
  nlohmann::json found_;
};

nlohmann::json failure(const caf::error& why) {
  nlohmann::json told;
  told["failed"] = describe(why);
  return told;
}

/// In the container's pid namespace, of which only children become processes.
int measure_there(const iws_visit& where,
                  const sys::pinned_process& container) {
  auto child = ::fork();
  if (child != 0) {
    auto code = sys::wait_child(child);
    return code ? *code : 1;
  }
  measurement all{where, container};
  auto done = all.run();
  std::cout << (done ? all.found() : failure(done.error())) << std::endl;
  ::_exit(done ? 0 : 1);
}

result<sys::pinned_process> go_there(const iws_visit& where) {
  auto container = sys::pin_process(std::stoi(where.pid));
  if (!container)
    return container;
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  if (auto put = sys::put_process(*layout, where.cgroup, ::getpid()); !put)
    return put.error();
  if (::setns(container->pid_ns.get(), CLONE_NEWPID) < 0)
    return errno_error(errno, "setns", "pid namespace");
  return container;
}

} // namespace

int call_from_inside(const iws_visit& where) {
  auto container = go_there(where);
  if (container)
    return measure_there(where, *container);
  std::cout << failure(container.error()) << std::endl;
  return 1;
}

} // namespace berth::bench
