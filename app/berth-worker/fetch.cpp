#include "app/berth-worker/fetch.hpp"

#include "app/berth-worker/libcurl.hpp"
#include "core/content/git_url.hpp"

namespace berth::worker {

namespace {

constexpr int most_redirects = 3;
constexpr long connect_seconds = 30;
constexpr long stalled_seconds = 60;

/// One exchange with one server.
class exchange {
public:
  exchange(const fetch_request& request, const network_policy& policy)
    : request_(request), policy_(policy), curl_(curl().easy_init()) {}

  /// Empty when the body has been delivered, else where to go next.
  result<std::string> run(const std::string& url);

private:
  static size_t take(char* data, size_t, size_t size, void* self_ptr);
  result<void> prepare(const std::string& url, const git_url& parts);
  result<std::string> judge(CURLcode rc);

  const fetch_request& request_;
  const network_policy& policy_;
  curl_handle curl_;
  curl_lines resolve_;
  uint64_t got_ = 0;
  caf::error failure_;
};

size_t exchange::take(char* data, size_t, size_t size, void* self_ptr) {
  auto* self = static_cast<exchange*>(self_ptr);
  auto status = 0L;
  curl().easy_getinfo(self->curl_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200)
    return size; // the body of an error page says nothing to us
  self->got_ += size;
  if (self->got_ > self->request_.most_bytes) {
    self->failure_ = make_error(ec::exhausted, "download is too large");
    return 0;
  }
  auto ok = self->request_.on_body({data, size});
  if (ok)
    return size;
  self->failure_ = ok.error();
  return 0;
}

result<void> exchange::prepare(const std::string& url, const git_url& parts) {
  auto* c = curl_.get();
  auto addresses = policy_.addresses(parts.host);
  if (!addresses)
    return addresses.error();
  // A proxy would look the name up again.
  if (!addresses->empty())
    curl().easy_setopt(c, CURLOPT_PROXY, "");
  auto entry = resolve_entry(parts.host, parts.effective_port(), *addresses);
  if (!entry.empty()) {
    resolve_.reset(curl().slist_append(nullptr, entry.c_str()));
    curl().easy_setopt(c, CURLOPT_RESOLVE, resolve_.get());
  }
  curl().easy_setopt(c, CURLOPT_URL, url.c_str());
  curl().easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl().easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(c, CURLOPT_CONNECTTIMEOUT, connect_seconds);
  curl().easy_setopt(c, CURLOPT_TIMEOUT,
                     static_cast<long>(request_.deadline.count()));
  curl().easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 100L);
  curl().easy_setopt(c, CURLOPT_LOW_SPEED_TIME, stalled_seconds);
  curl().easy_setopt(c, CURLOPT_USERAGENT, "berth-worker/" BERTH_VERSION);
  curl().easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
  curl().easy_setopt(c, CURLOPT_WRITEDATA, this);
  return {};
}

result<std::string> exchange::judge(CURLcode rc) {
  if (failure_)
    return failure_;
  if (rc != CURLE_OK)
    return make_error(ec::unavailable,
                      std::string{"download: "} + curl().easy_strerror(rc));
  auto status = 0L;
  curl().easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status == 200)
    return std::string{};
  char* next = nullptr;
  curl().easy_getinfo(curl_.get(), CURLINFO_REDIRECT_URL, &next);
  if (status >= 300 && status < 400 && next != nullptr)
    return std::string{next};
  auto text = "download: the server answered " + std::to_string(status);
  if (status == 404 || status == 410)
    return make_error(ec::not_found, std::move(text));
  if (status >= 500 || status == 429 || status == 408)
    return make_error(ec::unavailable, std::move(text));
  return make_error(ec::permission_denied, std::move(text));
}

result<std::string> exchange::run(const std::string& url) {
  // The grammar is that of a repository's address, minus the other schemes.
  auto parts = parse_git_url(url.substr(0, url.find_first_of("?#")));
  if (!parts)
    return parts.error();
  if (!parts->is_http())
    return make_error(ec::invalid_argument, "download: only http and https");
  if (auto ok = prepare(url, *parts); !ok)
    return ok.error();
  return judge(curl().easy_perform(curl_.get()));
}

} // namespace

result<void> fetch(const fetch_request& request, const network_policy& policy) {
  auto url = request.url;
  for (int hop = 0; hop <= most_redirects; ++hop) {
    auto next = exchange{request, policy}.run(url);
    if (!next)
      return next.error();
    if (next->empty())
      return {};
    if (url.starts_with("https:") && !next->starts_with("https:"))
      return make_error(ec::permission_denied,
                        "download: a redirect away from https");
    url = std::move(*next);
  }
  return make_error(ec::unavailable, "download: too many redirects");
}

} // namespace berth::worker
