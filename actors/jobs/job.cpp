#include "actors/jobs/job.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <set>

namespace berth {

namespace {

constexpr std::array proxy_variables{"http_proxy", "https_proxy", "no_proxy",
                                     "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"};
constexpr std::array certificate_variables{"GIT_SSL_CAPATH", "GIT_SSL_CAINFO",
                                           "SSL_CERT_FILE", "SSL_CERT_DIR"};
/// See `sandbox_root.cpp` of berth-ns.
constexpr std::array shown_anyway{"/usr/", "/etc/ssl", "/etc/pki",
                                  "/etc/ca-certificates"};

using namespace std::chrono_literals;

constexpr int userns_fd = 3;
/// Beyond what a job numbers itself.
constexpr int first_workshop_fd = 100;
constexpr auto userns_limit = 30s;
/// What the process actor may take beyond the child's own deadline.
constexpr auto answer_slack = 30s;
constexpr size_t longest_text = 2048;

std::string last_words(const std::string& err) {
  auto end = err.find_last_not_of(" \n");
  if (end == std::string::npos)
    return {};
  auto begin = err.rfind('\n', end);
  begin = begin == std::string::npos ? 0 : begin + 1;
  return err.substr(begin, std::min(end + 1 - begin, longest_text));
}

/// A worker's refusal, as far as it may be believed.
caf::error refusal(const caf::error& err) {
  return make_error(code_of(err), describe(err).substr(0, longest_text));
}

} // namespace

std::vector<std::string> network_environment() {
  auto out = std::vector<std::string>{};
  auto add = [&](const char* name) {
    if (auto* value = std::getenv(name))
      out.push_back(std::string{name} + "=" + value);
  };
  std::ranges::for_each(proxy_variables, add);
  std::ranges::for_each(certificate_variables, add);
  return out;
}

std::vector<std::string> network_files() {
  auto out = std::set<std::string>{};
  for (auto* name : certificate_variables) {
    auto* value = std::getenv(name);
    auto path = std::string{value ? value : ""};
    auto is_shown = std::ranges::any_of(
      shown_anyway, [&](auto* prefix) { return path.starts_with(prefix); });
    auto err = std::error_code{};
    if (path.starts_with('/') && !is_shown
        && std::filesystem::exists(path, err))
      out.insert(path);
  }
  return {out.begin(), out.end()};
}

void job_state::take_charge(job_actor::pointer self, job_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
}

caf::typed_response_promise<job_ended> job_state::run(const run_job& what) {
  what_ = what;
  promise_ = self_->make_response_promise<job_ended>();
  ask_actor(self_, deps_.hands.idmap(), userns_limit, make_userns{what_.range})
    .then([this](const userns& ns) { start(ns); },
          [this](const caf::error& err) { finish(err); });
  return promise_;
}

void job_state::cancel() {
  cancelled_ = true;
  // Unlike SIGKILL this lets berth-ns see the whole sandbox dead before it
  // ends.
  self_->send(deps_.process,
              kill_child{"job-" + std::to_string(self_->id()), SIGTERM});
}

/// Adds what makes a sandbox a workshop.
void job_state::furnish(const workshop& shop, child_spec& child) {
  auto number = first_workshop_fd;
  auto pass = [&](const char* option, const sys::shared_fd& file,
                  const std::string& rest = {}) {
    child.argv.emplace_back(option);
    child.argv.push_back(std::to_string(number) + rest);
    child.fds.emplace_back(file, number++);
  };
  child.argv.emplace_back("--workshop");
  pass("--net-fd", shop.network);
  for (const auto& door : shop.cgroups)
    pass("--cgroup-fd", door);
  for (const auto& [mount, target] : shop.trees)
    pass("--tree-fd", mount, ":" + target);
  for (const auto& file : shop.files)
    child.argv.insert(child.argv.end(),
                      {"--bind", file.host + ":" + file.inside});
}

child_spec job_state::sandboxed(const userns& ns) const {
  auto worker = (deps_.helper_dir / "berth-worker").native();
  auto child = child_spec{};
  child.argv = {(deps_.helper_dir / "berth-ns").native(), "sandbox",
                "--userns-fd", std::to_string(userns_fd)};
  if (!what_.workshop)
    child.argv.insert(child.argv.end(),
                      {"--net", what_.network ? "host" : "none"});
  for (const auto& shown : what_.directories) {
    child.argv.push_back("--idmap");
    child.argv.push_back(shown.host + ":" + shown.inside);
  }
  for (const auto& shown : what_.read_only) {
    child.argv.push_back("--bind");
    child.argv.push_back(shown.host + ":" + shown.inside);
  }
  if (what_.network)
    for (const auto& path : deps_.network_files)
      child.argv.insert(child.argv.end(), {"--bind", path + ":" + path});
  child.fds = {{ns.ns, userns_fd}};
  if (what_.workshop)
    furnish(*what_.workshop, child);
  for (const auto& [file, number] : what_.fds) {
    child.argv.push_back("--keep-fd");
    child.argv.push_back(std::to_string(number));
    child.fds.emplace_back(file, number);
  }
  child.argv.insert(child.argv.end(), {"--", worker});
  if (what_.workshop)
    child.argv.emplace_back("--workshop");
  child.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin"
               ":/bin",
               "LC_ALL=C.UTF-8", "HOME=/tmp"};
  if (what_.network)
    child.env.insert(child.env.end(), deps_.network_env.begin(),
                     deps_.network_env.end());
  child.input = to_json(what_.job);
  child.deadline = what_.deadline;
  return child;
}

void job_state::start(const userns& ns) {
  if (cancelled_)
    return finish(make_error(ec::cancelled, "cancelled"));
  auto me = job_actor{self_};
  auto following = follow_child{};
  following.what = sandboxed(ns);
  following.token = "job-" + std::to_string(self_->id());
  following.longest_line = longest_worker_message;
  following.on_line = [me, spoken = spoken_](std::string line) {
    if (spoken->put(std::move(line)))
      tell_actor(me, worker_spoke{});
  };
  ask_actor(self_, deps_.process, what_.deadline + answer_slack,
            std::move(following))
    .then([this](const child_exit& end) { ended(end); },
          [this](const caf::error& err) { finish(err); });
}

void job_state::listen() {
  auto line = spoken_->read();
  if (!promise_.pending() || !what_.on_progress)
    return;
  auto message = message_from_json(line);
  if (!message)
    return; // if it was the last word, `ended` judges it
  if (auto* progress = std::get_if<worker_progress>(&*message))
    what_.on_progress(*progress);
}

void job_state::ended(const child_exit& end) {
  if (cancelled_)
    return finish(make_error(ec::cancelled, "cancelled"));
  if (end.timed_out)
    return finish(make_error(ec::timeout, "took too long"));
  auto said = message_from_json(spoken_->read());
  auto* outcome = said ? std::get_if<result<worker_outcome>>(&*said) : nullptr;
  if (outcome && !*outcome) {
    log_info("worker-refused", self_->name(),
             describe(refusal(outcome->error())) + ": " + last_words(end.err));
    return finish(refusal(outcome->error()));
  }
  if (outcome && end.code == 0)
    return finish(std::move(*outcome));
  auto how = end.signal != 0 ? "signal " + std::to_string(end.signal)
                             : "exit code " + std::to_string(end.code);
  log_error("worker-lost", self_->name(), how + ": " + last_words(end.err));
  finish(make_error(ec::internal, "the worker ended early"));
}

void job_state::finish(result<worker_outcome> outcome) {
  if (outcome)
    promise_.deliver(job_ended{std::move(*outcome)});
  else
    promise_.deliver(std::move(outcome.error()));
  self_->quit();
}

job_actor::behavior_type job(job_actor::stateful_pointer<job_state> self,
                             job_deps deps) {
  self->state.take_charge(self, std::move(deps));
  return {
    [self](const run_job& what) { return self->state.run(what); },
    [self](cancel_job) { self->state.cancel(); },
    [self](worker_spoke) { self->state.listen(); },
  };
}

} // namespace berth
