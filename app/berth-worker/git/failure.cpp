#include "app/berth-worker/git/failure.hpp"

#include "app/berth-worker/speech.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace berth::worker {

namespace {

constexpr size_t longest_reason = 600;

/// What callers are told: sentences of ours, never git's or a server's.
constexpr auto denied = "access to the repository was denied; please check "
                        "your permissions on it";
constexpr auto no_repository = "there is no such repository, or none that "
                               "these credentials may see";
constexpr auto no_ref = "the repository has no such branch, tag or commit";
constexpr auto unsupported = "this kind of repository address is not supported";
constexpr auto redirected = "the repository's server redirects elsewhere, "
                            "which is not followed";
constexpr auto no_space = "there is not enough space for the repository";
constexpr auto no_git = "there is no git repository at this address";
constexpr auto untrusted = "the certificate of the repository's server is not "
                           "trusted";
constexpr auto dangerous = "the repository has an object that git holds for "
                           "malformed or dangerous";
constexpr auto bad_config = "a value of the git configuration is none that git "
                            "takes";
constexpr auto timed_out
  = "the git host timed out (HTTP 524); please try again";
constexpr auto too_many = "the repository's server has too many requests; "
                          "please try again later";
constexpr auto in_trouble = "the repository's server has a problem; please try "
                            "again later";
constexpr auto unreachable = "the repository's server cannot be reached";
constexpr auto broken_off = "the connection to the repository's server broke "
                            "off; please try again";

struct symptom {
  std::string_view words;
  ec code;
  const char* sentence;
};

// git tells its failures apart only in words. The first that occurs decides.
constexpr std::array symptoms{
  symptom{"returned error: 524", ec::unavailable, timed_out},
  symptom{"Access denied", ec::permission_denied, denied},
  symptom{"Authentication failed", ec::permission_denied, denied},
  symptom{"could not read Username", ec::permission_denied, denied},
  symptom{"could not read Password", ec::permission_denied, denied},
  symptom{"Permission denied (publickey", ec::permission_denied, denied},
  symptom{"Host key verification failed", ec::permission_denied, denied},
  symptom{"returned error: 401", ec::permission_denied, denied},
  symptom{"returned error: 403", ec::permission_denied, denied},
  symptom{"transport '", ec::invalid_argument, unsupported},
  symptom{"returned error: 404", ec::not_found, no_repository},
  symptom{"returned error: 410", ec::not_found, no_repository},
  symptom{"Repository not found", ec::not_found, no_repository},
  symptom{"' not found", ec::not_found, no_repository},
  symptom{"does not appear to be a git repository", ec::not_found,
          no_repository},
  symptom{"is this a git repository?", ec::not_found, no_git},
  symptom{"ertificate verification failed", ec::failed_precondition, untrusted},
  symptom{"SSL certificate problem", ec::failed_precondition, untrusted},
  symptom{"fsck error", ec::failed_precondition, dangerous},
  symptom{"bad boolean config value", ec::invalid_argument, bad_config},
  symptom{"bad numeric config value", ec::invalid_argument, bad_config},
  symptom{"unable to parse '", ec::invalid_argument, bad_config},
  symptom{"couldn't find remote ref", ec::not_found, no_ref},
  symptom{"not our ref", ec::not_found, no_ref},
  symptom{"unable to update url base from redirection", ec::permission_denied,
          redirected},
  symptom{"returned error: 30", ec::permission_denied, redirected},
  symptom{"No space left on device", ec::exhausted, no_space},
  symptom{"Disk quota exceeded", ec::exhausted, no_space},
  symptom{"returned error: 429", ec::unavailable, too_many},
  symptom{"returned error: 5", ec::unavailable, in_trouble},
  symptom{"Could not resolve", ec::unavailable, unreachable},
  symptom{"Failed to connect", ec::unavailable, unreachable},
  symptom{"Connection refused", ec::unavailable, unreachable},
  symptom{"No route to host", ec::unavailable, unreachable},
  symptom{"Network is unreachable", ec::unavailable, unreachable},
  symptom{"Connection timed out", ec::unavailable, broken_off},
  symptom{"Connection reset", ec::unavailable, broken_off},
  symptom{"Operation timed out", ec::unavailable, broken_off},
  symptom{"Operation too slow", ec::unavailable, broken_off},
  symptom{"early EOF", ec::unavailable, broken_off},
  symptom{"unexpected disconnect", ec::unavailable, broken_off},
  symptom{"hung up unexpectedly", ec::unavailable, broken_off},
  symptom{"RPC failed", ec::unavailable, broken_off},
  symptom{"Empty reply from server", ec::unavailable, broken_off},
  symptom{"GnuTLS recv error", ec::unavailable, broken_off},
  symptom{"HTTP/2 stream", ec::unavailable, broken_off},
};

bool tells_why(std::string_view line) {
  return line.starts_with("fatal: ") || line.starts_with("error: ")
         || line.starts_with("remote: ") || line.starts_with("ERROR: ");
}

/// The lines that give a reason, or all of them if none does.
std::string reason_of(std::string_view err) {
  auto reasons = std::string{};
  for (size_t begin = 0; begin < err.size();) {
    auto end = std::min(err.find_first_of("\r\n", begin), err.size());
    auto line = err.substr(begin, end - begin);
    if (tells_why(line))
      reasons += (reasons.empty() ? "" : "; ") + printable(line);
    begin = end + 1;
  }
  auto text = reasons.empty() ? printable(err) : reasons;
  if (text.size() > longest_reason)
    text = text.substr(text.size() - longest_reason);
  return text;
}

void redact(std::string& text, const std::string& secret) {
  if (secret.size() < 4)
    return;
  for (auto at = text.find(secret); at != text.npos; at = text.find(secret, at))
    text.replace(at, secret.size(), "****");
}

std::string_view command_name(const git_call& call) {
  // Options of git itself come first, as "-c name=value".
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (call.args[i] == "-c") {
      ++i;
      continue;
    }
    return call.args[i];
  }
  return "";
}

} // namespace

caf::error git_failure(const git_call& call, const child_end& end) {
  auto reason = reason_of(end.err);
  if (call.remote != nullptr && call.remote->credentials)
    redact(reason, call.remote->credentials->password);
  auto command = "git " + std::string{command_name(call)};
  log_line(command + ": " + reason);
  auto found = std::find_if(symptoms.begin(), symptoms.end(), [&](auto& one) {
    return end.err.find(one.words) != end.err.npos;
  });
  if (found == symptoms.end())
    return make_error(ec::failed_precondition, command + " failed");
  return make_error(found->code, found->sentence);
}

bool is_unreachable(const caf::error& why) {
  auto text = describe(why);
  return text == unreachable || text.find("cannot resolve") != text.npos;
}

} // namespace berth::worker
