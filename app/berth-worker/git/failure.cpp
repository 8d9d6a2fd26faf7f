#include "app/berth-worker/git/failure.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace berth::worker {

namespace {

constexpr size_t longest_reason = 600;

struct symptom {
  std::string_view words;
  ec code;
};

// git tells its failures apart only in words. The first that occurs decides.
constexpr std::array symptoms{
  symptom{"Access denied", ec::permission_denied},
  symptom{"Authentication failed", ec::permission_denied},
  symptom{"could not read Username", ec::permission_denied},
  symptom{"could not read Password", ec::permission_denied},
  symptom{"Permission denied (publickey", ec::permission_denied},
  symptom{"Host key verification failed", ec::permission_denied},
  symptom{"returned error: 401", ec::permission_denied},
  symptom{"returned error: 403", ec::permission_denied},
  symptom{"transport '", ec::invalid_argument},
  symptom{"returned error: 404", ec::not_found},
  symptom{"returned error: 410", ec::not_found},
  symptom{"Repository not found", ec::not_found},
  symptom{"' not found", ec::not_found},
  symptom{"does not appear to be a git repository", ec::not_found},
  symptom{"couldn't find remote ref", ec::not_found},
  symptom{"not our ref", ec::not_found},
  symptom{"unable to update url base from redirection", ec::permission_denied},
  symptom{"returned error: 30", ec::permission_denied},
  symptom{"No space left on device", ec::exhausted},
  symptom{"Disk quota exceeded", ec::exhausted},
  symptom{"returned error: 429", ec::unavailable},
  symptom{"returned error: 5", ec::unavailable},
  symptom{"Could not resolve", ec::unavailable},
  symptom{"Failed to connect", ec::unavailable},
  symptom{"Connection refused", ec::unavailable},
  symptom{"Connection reset", ec::unavailable},
  symptom{"Connection timed out", ec::unavailable},
  symptom{"Operation timed out", ec::unavailable},
  symptom{"Operation too slow", ec::unavailable},
  symptom{"No route to host", ec::unavailable},
  symptom{"Network is unreachable", ec::unavailable},
  symptom{"early EOF", ec::unavailable},
  symptom{"unexpected disconnect", ec::unavailable},
  symptom{"hung up unexpectedly", ec::unavailable},
  symptom{"RPC failed", ec::unavailable},
  symptom{"Empty reply from server", ec::unavailable},
  symptom{"GnuTLS recv error", ec::unavailable},
  symptom{"HTTP/2 stream", ec::unavailable},
};

bool tells_why(std::string_view line) {
  return line.starts_with("fatal: ") || line.starts_with("error: ")
         || line.starts_with("remote: ") || line.starts_with("ERROR: ");
}

std::string printable(std::string_view text) {
  auto out = std::string{text};
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f)
      c = ' ';
  return out;
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
  if (end.err.find("returned error: 524") != end.err.npos)
    return make_error(ec::unavailable,
                      "the git host timed out (HTTP 524); please try again");
  auto reason = reason_of(end.err);
  if (call.remote != nullptr && call.remote->credentials)
    redact(reason, call.remote->credentials->password);
  auto found = std::find_if(symptoms.begin(), symptoms.end(), [&](auto& one) {
    return end.err.find(one.words) != end.err.npos;
  });
  auto code = found == symptoms.end() ? ec::failed_precondition : found->code;
  auto text = "git " + std::string{command_name(call)} + ": " + reason;
  if (code == ec::permission_denied)
    text += " (please check your permissions on the repository)";
  return make_error(code, std::move(text));
}

bool is_unreachable(const caf::error& why) {
  auto text = describe(why);
  auto says
    = [&](std::string_view words) { return text.find(words) != text.npos; };
  return says("ould not resolve") || says("cannot resolve")
         || says("Failed to connect") || says("Connection refused");
}

} // namespace berth::worker
