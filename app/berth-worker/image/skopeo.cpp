#include "app/berth-worker/image/skopeo.hpp"

#include "app/berth-worker/speech.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>

namespace berth::worker {

namespace {

constexpr auto skopeo_path = "/usr/bin/skopeo";
constexpr size_t longest_reason = 600;
constexpr auto transfer_deadline = std::chrono::hours{1};
constexpr int most_attempts = 4;
constexpr auto first_pause = std::chrono::milliseconds{500}; ///< then doubled

struct symptom {
  std::string_view words;
  ec code;
  const char* sentence;
};

/// What callers are told: sentences of ours, never skopeo's or a server's.
constexpr auto no_image = "there is no such image, or none that these "
                          "credentials may see";
constexpr auto denied = "the registry denies access to the image; please check "
                        "its credentials";
constexpr auto wrong_machine = "the image is not made for this kind of machine";
constexpr auto not_an_image = "this is no image reference";
constexpr auto no_space = "there is not enough space for the image";
constexpr auto too_many = "the registry has too many requests; please try "
                          "again later";
constexpr auto insecure = "the registry's certificate is not trusted, or it "
                          "speaks plain HTTP";
constexpr auto unreachable = "the registry cannot be reached";
constexpr auto broken_off = "the connection to the registry broke off; please "
                            "try again";
constexpr auto in_trouble
  = "the registry has a problem; please try again later";
constexpr auto damaged
  = "the registry has other bytes than the image's digests "
    "tell";
constexpr auto too_old = "the image is of a kind that nobody makes any more "
                         "(schema 1)";
constexpr auto no_answer = "the registry does not answer";
constexpr auto stands_still = "the registry stands still";
constexpr auto failed = "the image could not be transferred";

// skopeo tells its failures apart only in words.
constexpr std::array symptoms{
  symptom{"manifest unknown", ec::not_found, no_image},
  symptom{"name unknown", ec::not_found, no_image},
  symptom{"repository name not known", ec::not_found, no_image},
  symptom{"not found", ec::not_found, no_image},
  symptom{"StatusCode: 404", ec::not_found, no_image},
  symptom{"registry 404", ec::not_found, no_image},
  symptom{"unauthorized", ec::permission_denied, denied},
  symptom{"authentication required", ec::permission_denied, denied},
  symptom{"denied: ", ec::permission_denied, denied},
  symptom{"403 Forbidden", ec::permission_denied, denied},
  symptom{"StatusCode: 403", ec::permission_denied, denied},
  symptom{"401 Unauthorized", ec::permission_denied, denied},
  symptom{"no image found in", ec::failed_precondition, wrong_machine},
  symptom{"invalid reference", ec::invalid_argument, not_an_image},
  symptom{"no space left", ec::exhausted, no_space},
  symptom{"toomanyrequests", ec::unavailable, too_many},
  symptom{"StatusCode: 429", ec::unavailable, too_many},
  symptom{"Too Many Requests", ec::unavailable, too_many},
  symptom{"did not match, expected", ec::unavailable, damaged},
  symptom{"does not match provided manifest digest", ec::unavailable, damaged},
  symptom{"digest mismatch", ec::unavailable, damaged},
  symptom{"unsupported schema version", ec::failed_precondition, too_old},
  symptom{"received unexpected HTTP status: 5", ec::unavailable, in_trouble},
  symptom{"StatusCode: 5", ec::unavailable, in_trouble},
  symptom{"error parsing HTTP 5", ec::unavailable, in_trouble},
  symptom{"unexpected EOF", ec::unavailable, broken_off},
  symptom{"connection reset by peer", ec::unavailable, broken_off},
  symptom{"x509: ", ec::unavailable, insecure},
  symptom{"server gave HTTP response to HTTPS client", ec::unavailable,
          insecure},
  symptom{"i/o timeout", ec::unavailable, no_answer},
  symptom{"dial tcp", ec::unavailable, unreachable},
  symptom{"no such host", ec::unavailable, unreachable},
};

/// What callers are told of its failure; what skopeo and the registry say goes
/// to the log.
caf::error skopeo_failure(const child_end& end) {
  auto found
    = std::find_if(symptoms.begin(), symptoms.end(), [&](const auto& one) {
        return end.err.find(one.words) != end.err.npos;
      });
  auto text = end.err.substr(0, end.err.find_last_not_of('\n') + 1);
  if (text.size() > longest_reason)
    text = text.substr(text.size() - longest_reason);
  log_line("skopeo: " + printable(text));
  return found == symptoms.end() ? make_error(ec::unavailable, failed)
                                 : make_error(found->code, found->sentence);
}

/// Whether another attempt may go better. Those that wait for long are none.
bool may_pass(const caf::error& why) {
  auto text = describe(why);
  return code_of(why) == ec::unavailable && text != insecure
         && text != no_answer && text != stands_still;
}

} // namespace

child_command skopeo::command(const std::vector<std::string>& args) const {
  auto out = child_command{};
  out.secret = auth_json_;
  out.argv = {skopeo_path, "--insecure-policy"};
  out.argv.insert(out.argv.end(), args.begin(), args.end());
  out.env = {"PATH=/usr/bin:/bin",
             "HOME=" + scratch_,
             "TMPDIR=" + scratch_,
             "XDG_RUNTIME_DIR=" + scratch_,
             "REGISTRY_AUTH_FILE=/proc/self/fd/3",
             "LC_ALL=C"};
  for (auto* name : {"http_proxy", "https_proxy", "no_proxy", "SSL_CERT_DIR",
                     "SSL_CERT_FILE"})
    if (auto* value = ::getenv(name))
      out.env.push_back(std::string{name} + "=" + value);
  return out;
}

result<std::string>
skopeo::run_once(const std::vector<std::string>& args,
                 std::chrono::seconds patience,
                 const std::function<void(std::string_view)>& on_line) const {
  auto call = command(args);
  call.deadline = transfer_deadline;
  call.patience = patience;
  call.on_line = on_line;
  auto end = run_child(call);
  if (!end && code_of(end.error()) == ec::timeout)
    return make_error(ec::unavailable, stands_still);
  if (!end)
    return end.error();
  if (end->exit_code != 0)
    return skopeo_failure(*end);
  return std::move(end->out);
}

result<std::string>
skopeo::run(const std::vector<std::string>& args, std::chrono::seconds patience,
            const std::function<void(std::string_view)>& on_line) const {
  auto pause = first_pause;
  for (int attempt = 1;; ++attempt) {
    auto done = run_once(args, patience, on_line);
    if (done || attempt == most_attempts || !may_pass(done.error()))
      return done;
    std::this_thread::sleep_for(pause);
    pause *= 2;
  }
}

std::string skopeo_name(const image_reference& what) {
  auto name = "docker://" + what.registry + "/" + what.repository;
  return what.digest.empty() ? name + ":" + what.tag : name + "@" + what.digest;
}

std::string tls_option(const std::string& name, bool insecure) {
  return "--" + name + (insecure ? "=false" : "=true");
}

} // namespace berth::worker
