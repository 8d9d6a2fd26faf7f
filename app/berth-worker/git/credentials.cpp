#include "app/berth-worker/fetch.hpp"
#include "app/berth-worker/git/checkout.hpp"

#include <algorithm>
#include <thread>

namespace berth::worker {

namespace {

constexpr int most_attempts = 20;
constexpr auto pause = std::chrono::seconds{1};
constexpr uint64_t longest_credentials = 8 * 1024;

/// git sends no password without a name; hosts that take tokens ignore it.
constexpr auto any_user = "oauth2";

/// "user:password", or a password alone; perhaps as a line.
result<git_credentials> parse_answer(std::string body) {
  for (auto end : {'\n', '\r'})
    if (body.ends_with(end))
      body.pop_back();
  auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7f; };
  if (std::any_of(body.begin(), body.end(), is_control))
    return make_error(ec::invalid_argument,
                      "cannot get OTS: the answer has control bytes");
  auto colon = body.find(':');
  if (colon == body.npos)
    return git_credentials{any_user, body};
  return git_credentials{body.substr(0, colon), body.substr(colon + 1)};
}

result<git_credentials> ask_once_only_url(const std::string& url,
                                          const network_policy& policy) {
  auto body = std::string{};
  auto request
    = fetch_request{url, longest_credentials, std::chrono::seconds{30}, {}};
  request.on_body = [&](std::string_view piece) -> result<void> {
    body.append(piece);
    return {};
  };
  for (int attempt = 1;; ++attempt) {
    auto ok = fetch(request, policy);
    if (ok)
      return parse_answer(std::move(body));
    // It answers only once: after a first byte there is no second chance.
    auto again = code_of(ok.error()) == ec::unavailable && body.empty();
    if (!again || attempt == most_attempts)
      return make_error(ec::invalid_argument,
                        "cannot get OTS: " + describe(ok.error()));
    std::this_thread::sleep_for(pause);
  }
}

} // namespace

result<std::optional<git_credentials>>
find_credentials(const git_plan& plan, const network_policy& policy) {
  if (plan.auth == git_auth::none)
    return std::nullopt;
  if (plan.auth == git_auth::basic)
    return std::optional{
      git_credentials{plan.user.empty() ? any_user : plan.user, plan.password}};
  auto found = ask_once_only_url(plan.one_time_url, policy);
  if (!found)
    return found.error();
  return std::optional{std::move(*found)};
}

} // namespace berth::worker
