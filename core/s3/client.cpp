#include "core/s3/client.hpp"

#include "core/back_off.hpp"
#include "core/hasher.hpp"
#include "core/s3/signature.hpp"
#include "core/s3/xml.hpp"
#include "core/uri.hpp"
#include "sys/file.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>

namespace berth::s3 {

using std::chrono::seconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

namespace {

/// Stores take signatures that are up to a quarter of an hour off.
constexpr int64_t most_skew = 60;

result<std::string> read_key(const std::filesystem::path& file) {
  constexpr auto blanks = " \t\r\n";
  auto text = sys::read_file(file, 4096);
  if (!text)
    return make_error(ec::failed_precondition,
                      "the store's key: " + describe(text.error()));
  auto first = text->find_first_not_of(blanks);
  if (first == text->npos)
    return make_error(ec::failed_precondition,
                      "the store's key: " + file.native() + " is empty");
  auto key = text->substr(first, text->find_last_not_of(blanks) - first + 1);
  if (key.find_first_of(blanks) != key.npos)
    return make_error(ec::failed_precondition,
                      "the store's key: " + file.native()
                        + " holds more than one word");
  return key;
}

std::string query_text(const std::map<std::string, std::string>& query) {
  auto out = std::string{};
  for (const auto& [name, value] : query)
    out.append(out.empty() ? "" : "&")
      .append(uri_encoded(name, true))
      .append("=")
      .append(uri_encoded(value, true));
  return out;
}

/// Codes that come with a status 400 and tell of the way, not of the request.
bool is_broken_transfer(std::string_view code) {
  constexpr auto codes
    = std::array<std::string_view, 4>{"BadDigest", "XAmzContentSHA256Mismatch",
                                      "IncompleteBody", "RequestTimeout"};
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

ec code_for(int status, std::string_view code) {
  switch (status) {
    case 401:
    case 403: return ec::permission_denied;
    case 404:
      return code == "NoSuchBucket" ? ec::failed_precondition : ec::not_found;
    case 307:
    case 408:
    case 409: // another request for the same key is under way
    case 429: return ec::unavailable;
    case 412: return ec::aborted;
    case 416: return ec::data_loss;
    case 501: return ec::unimplemented;
    default: break;
  }
  if (status >= 500 || (status == 400 && is_broken_transfer(code)))
    return ec::unavailable;
  return ec::failed_precondition;
}

/// Printable and short: it comes from outside and goes into logs.
std::string tamed(std::string_view text) {
  auto out = std::string{text.substr(0, 100)};
  std::replace_if(
    out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

} // namespace

bool is_passing(const caf::error& why) {
  return code_of(why) == ec::unavailable;
}

std::string error_code_in(std::string_view body) {
  auto root = parse_xml(body);
  if (!root || root->name != "Error")
    return {};
  auto code = root->text_of("Code");
  return code.empty() ? "Error" : code;
}

client::client(settings told, const stop_signal& stop)
  : settings_(std::move(told)), stop_(stop),
    http_(settings_.limits, settings_.ca_file.native(), stop),
    pace_(settings_.limits.gap) {
  auto at = settings_.endpoint.find("://");
  scheme_ = settings_.endpoint.substr(0, at);
  host_ = settings_.endpoint.substr(at + 3);
  while (host_.ends_with('/'))
    host_.pop_back();
  if (!settings_.path_style)
    host_ = settings_.bucket + "." + host_;
}

result<http_answer> client::send(const request& what, deadline until) {
  for (auto n = 0U;; ++n) {
    auto got = attempt(what, until);
    if (got || !is_passing(got.error()))
      return got;
    if (!pause(n, until))
      return stop_.is_set() ? make_error(ec::cancelled, "cancelled")
                            : got.error();
  }
}

bool client::pause(uint32_t n, deadline until) const {
  const auto& limits = settings_.limits;
  auto span = back_off(n, limits.first_pause, limits.longest_pause);
  return steady_clock::now() + span < until && stop_.sleep(span);
}

result<http_answer> client::attempt(const request& what, deadline until) {
  auto now = steady_clock::now();
  auto wait
    = std::chrono::ceil<std::chrono::milliseconds>(pace_.reserve(now) - now);
  if (!stop_.sleep(wait))
    return make_error(ec::cancelled, "cancelled");
  auto got = attempt_once(what, until);
  if (!got && is_passing(got.error()))
    pace_.failed();
  else
    pace_.answered();
  return got;
}

result<http_answer> client::attempt_once(const request& what, deadline until) {
  for (auto is_first = true;; is_first = false) {
    auto offset = clock_offset_.load();
    auto ready = prepared(what, offset);
    if (!ready)
      return ready.error();
    ready->until = until;
    auto answer = http_.perform(*ready);
    if (!answer && code_of(answer.error()) == ec::unavailable)
      return make_error(ec::unavailable,
                        "the store: " + describe(answer.error()));
    if (!answer || answer->status / 100 == 2)
      return answer;
    if (answer->status != 403 || !is_first || !adopt_time_of(*answer, offset))
      return refused(what, *answer);
  }
}

result<http_request> client::prepared(const request& what,
                                      int64_t offset) const {
  auto id = read_key(settings_.access_key_file);
  if (!id)
    return id.error();
  auto secret = read_key(settings_.secret_key_file);
  if (!secret)
    return secret.error();
  auto path = std::string{"/"};
  if (settings_.path_style)
    path += settings_.bucket + (what.key.empty() ? "" : "/");
  path += uri_encoded(what.key, false);
  auto to_sign = signable{what.method, path, query_text(what.query), {}};
  to_sign.headers = what.headers;
  to_sign.headers["host"] = host_;
  to_sign.headers["x-amz-date"]
    = basic_time(system_clock::now() + seconds{offset});
  to_sign.headers["x-amz-content-sha256"]
    = what.file.fd < 0 ? sha256_hex(what.text) : what.sha256;
  auto out = http_request{what.method, scheme_ + "://" + host_ + path};
  if (!to_sign.query.empty())
    out.url += "?" + to_sign.query;
  out.headers = to_sign.headers;
  out.headers["authorization"]
    = authorization(to_sign, {*id, *secret}, settings_.region);
  out.text = what.text;
  out.file = what.file;
  out.sink = what.sink;
  out.sink_status = what.sink_status;
  return out;
}

caf::error client::refused(const request& what,
                           const http_answer& answer) const {
  auto code = error_code_in(answer.body);
  auto text = "the store refuses " + what.method + " "
              + (what.key.empty() ? settings_.bucket : what.key) + ": "
              + std::to_string(answer.status) + " " + tamed(code);
  if (answer.status == 403 && code == "RequestTimeTooSkewed")
    text += " (this machine's clock is wrong, and so is the store's date)";
  if (answer.status == 301 || code == "AuthorizationHeaderMalformed")
    text += " (is storage.region the bucket's?)";
  return make_error(code_for(answer.status, code), std::move(text));
}

/// Whether the store's clock, and not the key, may have been the reason that it
/// refused what was signed `offset` from ours. An answer to HEAD has no body
/// that could say.
bool client::adopt_time_of(const http_answer& answer, int64_t offset) {
  auto theirs = curl_getdate(answer.header("date").c_str(), nullptr);
  if (theirs < 0)
    return false;
  auto fresh = int64_t{theirs} - int64_t{std::time(nullptr)};
  if (std::abs(fresh - offset) < most_skew)
    return false;
  clock_offset_ = fresh;
  return true;
}

std::string client::copy_source(const std::string& key) const {
  return "/" + settings_.bucket + "/" + uri_encoded(key, false);
}

} // namespace berth::s3
