#include "app/berth-worker/registry/web.hpp"

#include "app/berth-worker/libcurl.hpp"
#include "core/content/network.hpp"

#include <cstdlib>
#include <string_view>

namespace berth::worker {

namespace {

constexpr long connect_limit_ms = 10'000;

struct kept_body {
  size_t most;
  std::string bytes = {};
};

size_t keep(char* bytes, size_t, size_t size, void* to) {
  auto& body = *static_cast<kept_body*>(to);
  if (body.bytes.size() + size > body.most)
    return 0;
  body.bytes.append(bytes, size);
  return size;
}

/// All values of a header of the last answer, joined by commas.
std::string header(CURL* c, const char* name) {
  auto out = std::string{};
  curl_header* found = nullptr;
  for (size_t i = 0;
       curl().easy_header(c, name, i, CURLH_HEADER, -1, &found) == CURLHE_OK;
       ++i)
    out.append(out.empty() ? "" : ", ").append(found->value);
  return out;
}

web_end judge_transfer(CURLcode code) {
  switch (code) {
    case CURLE_OK: return web_end::answered;
    case CURLE_SSL_CONNECT_ERROR: return web_end::no_tls;
    case CURLE_PEER_FAILED_VERIFICATION: return web_end::bad_certificate;
    case CURLE_WRITE_ERROR:
    case CURLE_FILESIZE_EXCEEDED: return web_end::too_large;
    case CURLE_ABORTED_BY_CALLBACK: return web_end::not_there;
    default: return web_end::broken;
  }
}

/// Behind a proxy all addresses are the proxy's.
bool has_proxy(const std::string& url) {
  auto is_set = [](const char* name) { return std::getenv(name) != nullptr; };
  return is_set("all_proxy") || is_set("ALL_PROXY")
         || (url.starts_with("https:")
               ? is_set("https_proxy") || is_set("HTTPS_PROXY")
               : is_set("http_proxy"));
}

/// Once a connection is there, before it is used.
int refuse_loopback(void*, char* peer, char*, int, int) {
  auto address = parse_address(peer);
  return address && !is_loopback(*address) ? CURL_PREREQFUNC_OK
                                           : CURL_PREREQFUNC_ABORT;
}

/// As other programs that speak TLS here.
void set_trust(CURL* c, bool any_certificate) {
  if (any_certificate) {
    curl().easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
    curl().easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (auto* file = std::getenv("SSL_CERT_FILE"))
    curl().easy_setopt(c, CURLOPT_CAINFO, file);
  if (auto* directory = std::getenv("SSL_CERT_DIR"))
    curl().easy_setopt(c, CURLOPT_CAPATH, directory);
}

void set_request(CURL* c, const web_request& what, long left_ms) {
  curl().easy_setopt(c, CURLOPT_URL, what.url.c_str());
  curl().easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl().easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, connect_limit_ms);
  curl().easy_setopt(c, CURLOPT_TIMEOUT_MS, left_ms);
  curl().easy_setopt(c, CURLOPT_USERAGENT, "berth-worker/" BERTH_VERSION);
  if (!what.may_be_here && has_proxy(what.url))
    curl().easy_setopt(c, CURLOPT_NOPROXY, ""); // which has no way past it
  else if (!what.may_be_here)
    curl().easy_setopt(c, CURLOPT_PREREQFUNCTION, refuse_loopback);
  if (!what.form.empty()) {
    curl().easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(what.form.size()));
    curl().easy_setopt(c, CURLOPT_POSTFIELDS, what.form.c_str());
  }
}

} // namespace

void web_client::close_handle::operator()(void* handle) const {
  curl().easy_cleanup(handle);
}

web_client::web_client() : curl_(curl().easy_init()) {}

web_answer web_client::perform(const web_request& what) {
  auto* c = curl_.get();
  auto answer = web_answer{};
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
    what.until - std::chrono::steady_clock::now());
  if (left.count() <= 0) {
    answer.reason = "no time left";
    return answer;
  }
  curl().easy_reset(c); // connections stay
  set_request(c, what, static_cast<long>(left.count()));
  set_trust(c, what.any_certificate);
  auto body = kept_body{what.most_bytes};
  curl().easy_setopt(c, CURLOPT_WRITEFUNCTION, keep);
  curl().easy_setopt(c, CURLOPT_WRITEDATA, &body);
  auto lines = curl_lines{};
  for (const auto& line : what.headers)
    lines.reset(curl().slist_append(lines.release(), line.c_str()));
  curl().easy_setopt(c, CURLOPT_HTTPHEADER, lines.get());
  auto code = curl().easy_perform(c);
  curl().easy_setopt(c, CURLOPT_HTTPHEADER, nullptr);
  answer.end = judge_transfer(code);
  if (code != CURLE_OK) {
    answer.reason = curl().easy_strerror(code);
    return answer;
  }
  auto status = 0L;
  curl().easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  answer.body = std::move(body.bytes);
  answer.challenges = header(c, "WWW-Authenticate");
  answer.digest = header(c, "Docker-Content-Digest");
  char* next = nullptr;
  curl().easy_getinfo(c, CURLINFO_REDIRECT_URL, &next);
  answer.next = next ? next : "";
  auto pause = curl_off_t{0};
  curl().easy_getinfo(c, CURLINFO_RETRY_AFTER, &pause);
  answer.retry_after = std::chrono::seconds{pause};
  return answer;
}

} // namespace berth::worker
