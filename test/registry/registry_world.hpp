#pragma once

#include "test/objects/fault_proxy.hpp"
#include "test/support/registry_server.hpp"
#include "test/worker/oci_layout.hpp"

#include <map>
#include <string>

/// Registries that are real, and what can go wrong on the way to them.
namespace berth::test {

/// The first line of a request, and a header of it, "" if it has none.
std::string first_line(const std::string& head);
std::string header_of(const std::string& head, const std::string& name);

/// An index with one entry, as a registry has it.
std::string index_with(const std::string& digest, const std::string& os);
std::string digest_of(const std::string& document);

/// An image as an OCI layout, and one that is an index of it for this machine
/// and, in front, for one of another kind.
class sample_images {
public:
  sample_images();

  const std::string& digest() const { return single_.digest; }
  const std::filesystem::path& single() const { return directory_; }
  std::filesystem::path multi() const { return temp_ / "multi"; }

private:
  temp_dir temp_;
  oci_layout single_;
  std::filesystem::path directory_;
};

/// Gives tokens, without TLS.
class token_service {
public:
  token_service();

  std::string realm() const {
    return "http://127.0.0.1:" + std::to_string(proxy_.port()) + "/token";
  }
  int requests() const { return proxy_.requests(); }

  /// What it wants to see as Authorization; "": nothing.
  std::string wanted;
  std::string last_head; ///< of what it was asked last
  std::string answer = R"({"token": "good-token"})";

private:
  fault_proxy proxy_{0};
};

/// A registry with the samples as "team/app:1" and "team/multi:1", and a proxy
/// in front of it.
class proxied_registry {
public:
  explicit proxied_registry(registry_server::manner how = {});

  /// Asks about `path` as seen through the proxy, once and for a short time.
  resolve_job job(const std::string& path) const;
  /// The digest, or why there is none.
  static std::string ask(const resolve_job&);

  /// Serves only requests with the token "good-token", to be had at `realm`.
  void want_tokens(const std::string& realm);
  /// The first `times` requests fare so, or as long as they come.
  void spoil(const fault& how, int times = 1'000'000);

  sample_images images;
  registry_server server;
  fault_proxy proxy{server.port()};
  std::vector<std::string> heads; ///< of all requests since a rule was set
};

} // namespace berth::test
