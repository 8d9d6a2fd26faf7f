#include "actors/resolve/registry_questions.hpp"

#include "actors/ask.hpp"

namespace berth {

namespace {

using namespace std::chrono_literals;

constexpr size_t most_at_once = 16; ///< workers
constexpr uint32_t patient_attempts = 4;
/// What a worker may take beside its attempts: a pause after each that the
/// registry asks for, and its own start.
constexpr auto longest_break = 15s;
constexpr auto start_slack = 15s;

/// All that makes two questions one. In memory only: it holds the credentials.
std::string key_of(const image_reference& what, const registry_login& login,
                   bool is_patient) {
  auto key = std::string{is_patient ? "patient" : "once"};
  for (const auto& part :
       {what.canonical(), login.user, login.password, login.identity_token})
    key += "\n" + std::to_string(part.size()) + " " + part;
  return key;
}

} // namespace

void registry_questions::take_charge(resolver_actor::pointer self,
                                     resolver_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
}

run_job registry_questions::job_for(const image_reference& what,
                                    const registry_login& login,
                                    bool is_patient) const {
  const auto& known = deps_.config->images.registries;
  auto job = resolve_job{};
  job.reference = what.canonical();
  auto found = known.find(what.registry);
  job.insecure = found != known.end() && found->second.insecure;
  job.login = login;
  for (const auto& [host, registry] : known)
    job.known_hosts.push_back(host);
  job.attempts = is_patient ? patient_attempts : 1;
  job.attempt_limit = deps_.attempt_limit;
  job.first_pause = deps_.first_pause;
  job.longest_pause = deps_.longest_pause;
  auto out = run_job{};
  out.deadline = job.attempts * (job.attempt_limit + longest_break);
  out.job = std::move(job);
  out.range = deps_.range;
  out.network = true;
  return out;
}

void registry_questions::ask(const image_reference& what,
                             const registry_login& login, bool is_patient,
                             hearer hear) {
  auto key = key_of(what, login, is_patient);
  auto& asked = open_[key];
  asked.hearers.push_back(std::move(hear));
  if (asked.hearers.size() > 1)
    return;
  asked.job = job_for(what, login, is_patient);
  queue_.push_back(std::move(key));
  ask_next();
}

void registry_questions::ask_next() {
  if (queue_.empty() || asking_ == most_at_once)
    return;
  auto key = std::move(queue_.front());
  queue_.pop_front();
  ++asking_;
  auto& job = open_[key].job;
  ask_actor(self_, deps_.job(), job.deadline + start_slack, std::move(job))
    .then(
      [this, key](const job_ended& end) {
        auto* said = std::get_if<resolve_outcome>(&end.outcome);
        answered(key,
                 said ? result<std::string>{said->digest}
                      : make_error(ec::internal, "the worker did another job"));
      },
      [this, key](const caf::error& err) { answered(key, err); });
}

void registry_questions::answered(const std::string& key,
                                  const result<std::string>& digest) {
  --asking_;
  auto asked = open_.extract(key);
  for (const auto& hear : asked.mapped().hearers)
    hear(digest);
  ask_next();
}

} // namespace berth
