#include "app/berth-worker/registry/resolution.hpp"

#include "app/berth-worker/speech.hpp"
#include "core/base64.hpp"
#include "core/content/git_url.hpp"
#include "core/hasher.hpp"
#include "core/registry/manifest.hpp"
#include "core/registry/platform.hpp"
#include "core/registry/token_service.hpp"
#include "core/uri.hpp"

namespace berth::worker {

namespace {

constexpr int most_hops = 3;
constexpr size_t most_answer_bytes = 64 * 1024;

constexpr auto accepted
  = "Accept: application/vnd.oci.image.index.v1+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json";

/// Where `url` leads, as far as credentials care.
std::string origin_of(const std::string& url) {
  auto parts = parse_git_url(url.substr(0, url.find_first_of("?#")));
  if (!parts || !parts->is_http())
    return {};
  return parts->scheme + "://" + parts->host + ":"
         + std::to_string(parts->effective_port());
}

std::string basic(const registry_login& login) {
  return "Authorization: Basic " + to_base64(login.user + ":" + login.password);
}

} // namespace

resolution::resolution(const resolve_job& job, const image_reference& what,
                       std::chrono::steady_clock::time_point until)
  : job_(job), what_(what), until_(until) {}

caf::error resolution::refuse(ec code, const char* why) {
  may_pass_ = false;
  return make_error(code, why);
}

caf::error resolution::refuse_for_now(ec code, const char* why) {
  may_pass_ = true;
  return make_error(code, why);
}

result<std::string> resolution::run() {
  auto name = what_.digest.empty() ? what_.tag : what_.digest;
  for (int depth = 0; depth <= most_index_depth; ++depth) {
    auto bytes = document(name);
    if (!bytes)
      return bytes.error();
    auto next = entry_for(*bytes, image_architecture);
    if (!next) {
      may_pass_ = code_of(next.error()) == ec::unavailable;
      return next.error();
    }
    if (!*next)
      return "sha256:" + sha256_hex(*bytes);
    name = std::move(**next);
  }
  return refuse(ec::unavailable, "the registry's indexes are too deep");
}

result<std::string> resolution::document(const std::string& name) {
  auto answer = get("/v2/" + what_.repository + "/manifests/" + name);
  if (!answer)
    return answer.error();
  if (answer->status != 200)
    return judge_status(*answer);
  auto promised = name.starts_with("sha256:") ? name : answer->digest;
  if (promised.starts_with("sha256:")
      && promised != "sha256:" + sha256_hex(answer->body))
    return refuse_for_now(ec::unavailable,
                          "the registry sent other bytes than it promised");
  return std::move(answer->body);
}

result<web_answer> resolution::get(const std::string& path) {
  auto answer = follow(path);
  auto may_authenticate = authorization_.empty() && !is_elsewhere_;
  if (!answer || answer->status != 401 || !may_authenticate)
    return answer;
  if (auto known = authenticate(*answer); !known)
    return known.error();
  return follow(path);
}

result<web_answer> resolution::follow(const std::string& path) {
  auto home = host_of_registry(what_.registry) + path;
  auto url = scheme_ + "://" + home;
  is_elsewhere_ = false;
  for (int hop = 0; hop <= most_hops; ++hop) {
    auto request = web_request{
      url, {accepted}, {}, false, may_be_here(url), most_manifest_bytes, {}};
    if (!authorization_.empty() && !is_elsewhere_)
      request.headers.push_back(authorization_);
    auto answer = perform(request);
    if (answer.end == web_end::no_tls && job_.insecure && hop == 0
        && scheme_ == "https") {
      scheme_ = "http";
      url = scheme_ + "://" + home;
      answer = perform(
        {url, request.headers, {}, false, true, most_manifest_bytes, {}});
    }
    if (answer.end != web_end::answered)
      return judge_end(answer);
    if (answer.status / 100 != 3)
      return answer;
    auto from = origin_of(url);
    auto to = origin_of(answer.next);
    if (to.empty() || (from.starts_with("https:") && !to.starts_with("https:")))
      return refuse(ec::permission_denied,
                    "the registry redirects to where nothing is trusted");
    // Once elsewhere, credentials stay behind even if the way leads back.
    is_elsewhere_ = is_elsewhere_ || from != to;
    url = std::move(answer.next);
  }
  return refuse(ec::unavailable, "the registry redirects too often");
}

/// A registry cannot have us ask around on this machine.
bool resolution::may_be_here(const std::string& url) const {
  if (!is_elsewhere_)
    return true;
  auto parts = parse_git_url(url.substr(0, url.find_first_of("?#")));
  return parts && is_known_host(*parts, job_.known_hosts);
}

web_answer resolution::perform(web_request request) {
  request.any_certificate = job_.insecure;
  request.until = until_;
  return web_.perform(request);
}

result<void> resolution::authenticate(const web_answer& refused) {
  auto offers = parse_challenges(refused.challenges);
  for (const auto& offer : offers)
    if (offer.scheme == "bearer") {
      auto token = fetch_token(offer);
      if (!token)
        return token.error();
      authorization_ = "Authorization: Bearer " + *token;
      return {};
    }
  for (const auto& offer : offers)
    if (offer.scheme == "basic" && !job_.login.user.empty()) {
      authorization_ = basic(job_.login);
      return {};
    }
  return refuse(ec::unauthenticated, "the registry wants credentials");
}

result<std::string> resolution::fetch_token(const auth_challenge& offer) {
  auto url = token_url(
    offer, {what_.registry, what_.repository, job_.insecure, job_.known_hosts});
  if (!url) {
    may_pass_ = false;
    return url.error();
  }
  auto request = web_request{};
  request.url = *url;
  request.most_bytes = most_answer_bytes;
  if (!job_.login.identity_token.empty()) {
    auto question = url->find('?');
    request.url = url->substr(0, question);
    request.form = url->substr(question + 1)
                   + "&grant_type=refresh_token&client_id=berth&refresh_token="
                   + uri_encoded(job_.login.identity_token, true);
  } else if (!job_.login.user.empty()) {
    request.headers = {basic(job_.login)};
  }
  auto answer = perform(std::move(request));
  if (answer.end != web_end::answered)
    return judge_end(answer);
  if (answer.status == 400 || answer.status == 401 || answer.status == 403)
    return refuse(ec::unauthenticated,
                  "the registry does not accept the credentials");
  if (answer.status >= 429)
    return judge_status(answer);
  auto token = token_in(answer.status == 200 ? answer.body : "");
  if (!token)
    return refuse_for_now(ec::unavailable, "the registry gave no token");
  return token;
}

caf::error resolution::judge_status(const web_answer& answer) {
  log_line("registry: status " + std::to_string(answer.status));
  retry_after_ = answer.retry_after;
  switch (answer.status) {
    case 401:
      return refuse(ec::unauthenticated,
                    "the registry does not accept the credentials");
    case 403:
      return refuse(ec::permission_denied,
                    "the registry denies access to the image");
    case 404:
      return refuse(ec::not_found, "there is no such image, or none that these "
                                   "credentials may see");
    case 429:
      return refuse_for_now(ec::unavailable,
                            "the registry has too many requests");
    case 500: return refuse_for_now(ec::internal, "the registry is broken");
    case 501: break;
    default:
      if (answer.status > 501)
        return refuse_for_now(ec::unavailable, "the registry is not available");
  }
  return refuse(ec::internal, "the registry does not answer as it should");
}

caf::error resolution::judge_end(const web_answer& answer) {
  log_line("registry: " + answer.reason);
  switch (answer.end) {
    case web_end::bad_certificate:
      return refuse(ec::unavailable,
                    "the registry's certificate is not trusted");
    case web_end::too_large:
      return refuse(ec::unavailable, "the registry's answer is too large");
    case web_end::not_there:
      return refuse(ec::permission_denied,
                    "the registry redirects to where nothing is trusted");
    case web_end::no_tls:
      return refuse_for_now(ec::unavailable, "the registry speaks no TLS");
    default: break;
  }
  return refuse_for_now(ec::unavailable, "the registry cannot be reached");
}

} // namespace berth::worker
