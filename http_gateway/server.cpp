#include "http_gateway/server.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"
#include "http_gateway/ingress.hpp"
#include "http_gateway/listen_address.hpp"
#include "http_gateway/pages.hpp"

#include <microhttpd.h>

#include <cstring>
#include <mutex>
#include <optional>
#include <set>

namespace berth::http {

namespace {

constexpr auto max_connections = 256u;
constexpr auto idle_seconds = 30u;
/// Of one connection: all headers that the proxy lets a client send, 32 KiB, in
/// a request and again in its answer.
constexpr auto max_memory = size_t{128} << 10;

/// One request. While the manager is asked its connection is suspended; the
/// first answer resumes it.
struct pending {
  std::mutex mutex;
  MHD_Connection* connection = nullptr;
  bool suspended = false;
  bool answered = false;
  result<records> found = records{};
  std::optional<ingress_request> held_back; ///< by the proxy that asks

  void answer_with(result<records> outcome) {
    auto lock = std::lock_guard{mutex};
    if (std::exchange(answered, true))
      return;
    found = std::move(outcome);
    if (std::exchange(suspended, false))
      MHD_resume_connection(connection);
  }
};

using pending_ptr = std::shared_ptr<pending>;

MHD_Result send(MHD_Connection* connection, const page& what) {
  auto* response = MHD_create_response_from_buffer(
    what.body.size(), const_cast<char*>(what.body.data()),
    MHD_RESPMEM_MUST_COPY);
  if (response == nullptr)
    return MHD_NO;
  MHD_add_response_header(response, "Content-Type", what.type.c_str());
  for (const auto& [name, value] : what.headers)
    MHD_add_response_header(response, name.c_str(), value.c_str());
  MHD_add_response_header(response, "Cache-Control", "no-store");
  MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
  MHD_add_response_header(
    response, "Content-Security-Policy",
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'");
  auto queued = MHD_queue_response(connection, what.status, response);
  MHD_destroy_response(response);
  return queued;
}

std::string header(MHD_Connection* connection, const char* name) {
  const auto* value
    = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value != nullptr ? value : "";
}

ingress_request read_held_back(MHD_Connection* connection) {
  return {header(connection, "X-Berth-Host"),
          header(connection, "X-Gitpod-Owner-Token"),
          header(connection, "Cookie"), header(connection, "Origin"),
          !header(connection, "X-Berth-Supervisor").empty()};
}

} // namespace

class http_gateway::server {
public:
  server(const settings& settings, workspace_manager_actor manager,
         page_sources sources)
    : manager_(std::move(manager)), sources_(std::move(sources)),
      ingress_(settings), authorize_path_(settings.ingress.authorize_path) {}

  ~server() { stop(); }

  result<void> listen(const std::string& wanted) {
    auto where = parse_listen_address(wanted);
    if (!where)
      return std::move(where.error());
    auto flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO
                 | MHD_ALLOW_SUSPEND_RESUME
                 | (where->family() == AF_INET6 ? MHD_USE_IPv6 : 0);
    daemon_ = MHD_start_daemon(
      flags, 0, nullptr, nullptr, &server::on_request, this,
      MHD_OPTION_SOCK_ADDR, where->get(), MHD_OPTION_NOTIFY_COMPLETED,
      &server::on_completed, this, MHD_OPTION_CONNECTION_LIMIT, max_connections,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, max_memory,
      MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds, MHD_OPTION_END);
    if (daemon_ == nullptr)
      return make_error(ec::unavailable, "listen on " + wanted);
    auto port = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT)->port;
    address = wanted.substr(0, wanted.rfind(':') + 1) + std::to_string(port);
    return {};
  }

  void stop() {
    if (daemon_ == nullptr)
      return;
    auto waiting = std::set<pending_ptr>{};
    {
      auto lock = std::lock_guard{mutex_};
      stopping_ = true;
      waiting = waiting_;
    }
    // A daemon must not be stopped while connections are suspended.
    for (const auto& request : waiting)
      request->answer_with(
        make_error(ec::unavailable, "the node is shutting down"));
    MHD_stop_daemon(std::exchange(daemon_, nullptr));
  }

  std::string address;

private:
  static MHD_Result on_request(void* self, MHD_Connection* connection,
                               const char* url, const char* method, const char*,
                               const char*, size_t* body_bytes, void** state) {
    try {
      return static_cast<server*>(self)->handle(connection, url, method,
                                                body_bytes, state);
    } catch (const std::exception& thrown) {
      log_error("http-request-threw", url, thrown.what());
      return MHD_NO;
    }
  }

  MHD_Result handle(MHD_Connection* connection, const char* url,
                    const char* method, size_t* body_bytes, void** state) {
    if (*state != nullptr) {
      *body_bytes = 0; // whatever a client uploads is not looked at
      auto& request = **static_cast<pending_ptr*>(*state);
      auto lock = std::lock_guard{request.mutex};
      return send(connection,
                  request.held_back
                    ? ingress_.decide(*request.held_back, request.found)
                    : render(url, request.found, sources_));
    }
    if (std::strcmp(method, "GET") != 0 && std::strcmp(method, "HEAD") != 0)
      return send(connection,
                  {405, "text/plain; charset=utf-8", "only GET and HEAD\n"});
    auto from_proxy = url == authorize_path_;
    if (!from_proxy && !needs_records(url))
      return send(connection, render(url, records{}, sources_));
    auto request = std::make_shared<pending>();
    if (from_proxy)
      request->held_back = read_held_back(connection);
    *state = new pending_ptr{request};
    ask(connection, request);
    return MHD_YES;
  }

  void ask(MHD_Connection* connection, const pending_ptr& request) {
    {
      auto lock = std::lock_guard{mutex_};
      if (stopping_)
        return request->answer_with(
          make_error(ec::unavailable, "the node is shutting down"));
      waiting_.insert(request);
      request->connection = connection;
      request->suspended = true;
      MHD_suspend_connection(connection);
    }
    tell_actor(
      manager_,
      get_workspaces{{}, answer<records>{[request](result<records> found) {
                       request->answer_with(std::move(found));
                     }}});
  }

  static void on_completed(void* self, MHD_Connection*, void** state,
                           MHD_RequestTerminationCode) {
    auto* request = static_cast<pending_ptr*>(std::exchange(*state, nullptr));
    if (request == nullptr)
      return;
    auto& owner = *static_cast<server*>(self);
    {
      auto lock = std::lock_guard{owner.mutex_};
      owner.waiting_.erase(*request);
    }
    delete request;
  }

  workspace_manager_actor manager_;
  page_sources sources_;
  ingress ingress_;
  std::string authorize_path_;
  MHD_Daemon* daemon_ = nullptr;
  std::mutex mutex_;
  bool stopping_ = false;
  std::set<pending_ptr> waiting_;
};

result<std::unique_ptr<http_gateway>>
http_gateway::start(const settings& settings, workspace_manager_actor manager,
                    page_sources sources) {
  auto made = std::make_unique<server>(settings, std::move(manager),
                                       std::move(sources));
  if (auto listening = made->listen(settings.http.address); !listening)
    return listening.error();
  return std::unique_ptr<http_gateway>{new http_gateway{std::move(made)}};
}

http_gateway::http_gateway(std::unique_ptr<server> made)
  : server_(std::move(made)) {}

http_gateway::~http_gateway() = default;

const std::string& http_gateway::address() const {
  return server_->address;
}

void http_gateway::stop() {
  server_->stop();
}

} // namespace berth::http
