#pragma once

#include "actors/workspace/api.hpp"
#include "core/metrics/exposition.hpp"
#include "model/error.hpp"
#include "model/settings.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace berth::http {

/// What the pages say beside what the manager knows.
struct page_sources {
  std::string node_name;
  std::string version;
  /// What else /metrics says, of the node and of its workspaces; may be unset.
  /// Run on the server's thread.
  std::function<void(exposition&)> metrics;
  std::function<void(exposition&, const std::vector<record_ptr>&)> gauges;
  /// Why nothing starts; empty: it does. May be unset.
  std::function<std::string()> shortage = nullptr;
};

/// The small HTTP door of the node, read-only: `/` is a status page for people,
/// `/api/workspaces` the same as JSON, `/metrics` for Prometheus, `/healthz`
/// says that the program runs and `/readyz` that it serves (503 while it still
/// recovers; /metrics then leaves out what it does not know). The proxy in
/// front of workspaces asks `ingress.authorize_path` about each request
/// (`ingress`). No page ever names an owner token. Serves from `start` to its
/// end, on a thread of its own; no thread waits for an actor.
class http_gateway {
public:
  /// Listens on `http.address` of the settings; port 0 means any free one.
  static result<std::unique_ptr<http_gateway>>
  start(const settings&, workspace_manager_actor, page_sources);

  ~http_gateway();

  /// Host and port as bound.
  const std::string& address() const;

  /// Ends all requests and the server. Again: no effect.
  void stop();

private:
  class server;
  explicit http_gateway(std::unique_ptr<server>);

  std::unique_ptr<server> server_;
};

} // namespace berth::http
