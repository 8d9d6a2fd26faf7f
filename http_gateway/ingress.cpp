#include "http_gateway/ingress.hpp"

#include "core/log.hpp"
#include "http_gateway/cookies.hpp"
#include "model/url_template.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace berth::http {

namespace {

constexpr auto supervisor_port = 22999u;
constexpr auto ide_port = 23000u;

page refuse(unsigned status) {
  return {status == 401 ? 401u : 403u,
          "text/plain; charset=utf-8",
          "",
          {{"X-Berth-Status", std::to_string(status)}}};
}

std::optional<host_pattern> pattern_of(const std::string& text, url_kind kind,
                                       const std::string& host) {
  auto refused = [&](const caf::error& why) {
    log_warning("url-not-routable", "", text + ": " + describe(why));
    return std::nullopt;
  };
  auto url = url_template::parse(text, kind);
  if (!url)
    return refused(url.error());
  auto pattern = host_pattern::of(*url, host);
  if (!pattern)
    return refused(pattern.error());
  if (kind == url_kind::port && !pattern->names_port())
    return refused(
      make_error(ec::failed_precondition, "the host does not name a port"));
  return std::move(*pattern);
}

/// `wanted` has an id, a prefix or both, in lower case.
bool is_called(const workspace_record& record, const url_fields& wanted) {
  auto fits = [](const std::string& asked, const std::string& has) {
    return asked.empty() || asked == to_lower(has);
  };
  return fits(wanted.id, record.spec.id)
         && fits(wanted.prefix, record.spec.meta_id);
}

/// The one that lives, else the newest that lived. Nothing if two live whose
/// names differ in case only: neither may get what is meant for the other.
record_ptr find(const url_fields& wanted, const records& all) {
  auto found = record_ptr{};
  auto is_live = [](const auto& it) { return it->phase != phase::stopped; };
  for (const auto& it : all) {
    if (!is_called(*it, wanted))
      continue;
    if (found && is_live(found) && is_live(it))
      return nullptr;
    auto is_better = !found || is_live(it)
                     || (!is_live(found) && it->created_at > found->created_at);
    if (is_better)
      found = it;
  }
  return found;
}

bool has_server(const workspace_record& record) {
  return (record.phase == phase::running || record.phase == phase::interrupted)
         && !record.node_ip.empty();
}

const exposed_port* port_of(const workspace_record& record, uint32_t number) {
  const auto& ports = record.spec.ports;
  auto found = std::find_if(ports.begin(), ports.end(), [&](const auto& it) {
    return it.number == number;
  });
  return found == ports.end() ? nullptr : &*found;
}

/// Takes as long wherever the first difference is.
bool is_token_of(const workspace_record& record, const std::string& token) {
  const auto& right = record.owner_token;
  return !right.empty() && token.size() == right.size()
         && CRYPTO_memcmp(token.data(), right.data(), right.size()) == 0;
}

page pass(const ingress_request& request, const workspace_record& record,
          const url_fields& wanted, const std::string& cookie_prefix) {
  auto number = wanted.port;
  auto is_port = number != 0;
  if (!is_port)
    number = request.to_supervisor ? supervisor_port : ide_port;
  auto* port = port_of(record, wanted.port);
  auto scheme = port != nullptr && port->https ? "https://" : "http://";
  return {200,
          "text/plain; charset=utf-8",
          "",
          {{"X-Berth-Upstream",
            scheme + record.node_ip + ":" + std::to_string(number)},
           {"X-Berth-Cookie", without_cookies(request.cookie, cookie_prefix)},
           {"X-Berth-Kind", is_port ? "port" : "workspace"}}};
}

} // namespace

ingress::ingress(const settings& settings)
  : workspaces_(pattern_of(settings.ingress.workspace_url, url_kind::workspace,
                           settings.ingress.host)),
    ports_(pattern_of(settings.ingress.port_url, url_kind::port,
                      settings.ingress.host)),
    host_(host_of(settings.ingress.host)), cookie_prefix_("_" + host_ + "_") {
  std::replace_if(
    cookie_prefix_.begin(), cookie_prefix_.end(),
    [](char c) { return c == ' ' || c == '-' || c == '.'; }, '_');
}

/// A host that reads both ways is a port's: so it always means the same.
std::optional<url_fields> ingress::whose(const std::string& host) const {
  auto found = std::optional<url_fields>{};
  if (ports_)
    found = ports_->match(host);
  if (!found && workspaces_)
    found = workspaces_->match(host);
  return found;
}

page ingress::decide(const ingress_request& request,
                     const result<records>& all) const {
  if (!all)
    return refuse(503);
  auto wanted = whose(request.host);
  if (!wanted)
    return refuse(404);
  auto record = find(*wanted, *all);
  if (!record)
    return refuse(404);
  if (!has_server(*record))
    return refuse(503);
  auto refusal = 0u;
  if (!may_pass(request, *record, *wanted, refusal))
    return refuse(refusal);
  return pass(request, *record, *wanted, cookie_prefix_);
}

bool ingress::may_pass(const ingress_request& request,
                       const workspace_record& record, const url_fields& wanted,
                       unsigned& refusal) const {
  auto* port = port_of(record, wanted.port);
  if (record.spec.admit_everyone || (port != nullptr && port->is_public))
    return true;
  auto tokens = std::vector<std::string>{};
  if (!request.token.empty())
    tokens.push_back(request.token);
  else if (is_trusted_origin(request, record))
    tokens = cookies_called(request.cookie, cookie_prefix_ + "ws_"
                                              + record.spec.id + "_owner_");
  refusal = tokens.empty() ? 401 : 403;
  for (const auto& token : tokens) {
    auto decoded = percent_decoded(token);
    if (!decoded)
      refusal = 400;
    else if (is_token_of(record, *decoded))
      return true;
  }
  return false;
}

/// A browser sends the owner's cookie with what a page of somebody else's
/// workspace asks for, too, and lets that page read from a WebSocket.
bool ingress::is_trusted_origin(const ingress_request& request,
                                const workspace_record& record) const {
  if (request.origin.empty())
    return true;
  auto host = host_of(request.origin);
  if (host == host_)
    return true;
  auto whose_page = whose(host);
  return whose_page && is_called(record, *whose_page);
}

} // namespace berth::http
