#include "test/registry/registry_world.hpp"

#include "core/hasher.hpp"
#include "core/registry/platform.hpp"

namespace berth::test {

using namespace std::chrono_literals;

namespace {

constexpr auto index_type = "application/vnd.oci.image.index.v1+json";

std::string lower(std::string text) {
  for (auto& c : text)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

nlohmann::json entry_of(const std::string& digest, size_t size,
                        const std::string& os) {
  return {{"mediaType", "application/vnd.oci.image.manifest.v1+json"},
          {"digest", digest},
          {"size", size},
          {"platform", {{"os", os}, {"architecture", image_architecture}}}};
}

} // namespace

std::string first_line(const std::string& head) {
  return head.substr(0, head.find("\r\n"));
}

std::string header_of(const std::string& head, const std::string& name) {
  auto at = lower(head).find("\r\n" + lower(name) + ": ");
  if (at == head.npos)
    return {};
  auto begin = at + 2 + name.size() + 2;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

std::string index_with(const std::string& digest, const std::string& os) {
  return nlohmann::json{
    {"schemaVersion", 2},
    {"mediaType", index_type},
    {"manifests", nlohmann::json::array({entry_of(digest, 7, os)})}}
    .dump();
}

std::string digest_of(const std::string& document) {
  return "sha256:" + sha256_hex(document);
}

sample_images::sample_images() {
  single_.add_layer(std::string(1024, '\0')); // an empty tar
  directory_ = single_.finish();
  shell("cp -r " + directory_.string() + " " + multi().string());
  auto blob = [this](const std::string& digest) {
    return multi() / "blobs" / "sha256" / digest.substr(7);
  };
  auto manifest = read_file(blob(digest()));
  auto foreign = nlohmann::json::parse(manifest);
  foreign["annotations"] = {{"for", "another machine"}};
  auto foreign_digest = digest_of(foreign.dump());
  write_file(blob(foreign_digest), foreign.dump());
  auto index
    = nlohmann::json{{"schemaVersion", 2},
                     {"mediaType", index_type},
                     {"manifests",
                      {entry_of(foreign_digest, foreign.dump().size(), "plan9"),
                       entry_of(digest(), manifest.size(), "linux")}}}
        .dump();
  write_file(blob(digest_of(index)), index);
  auto top = nlohmann::json{
    {"schemaVersion", 2},
    {"manifests",
     {{{"mediaType", index_type},
       {"digest", digest_of(index)},
       {"size", index.size()},
       {"annotations", {{"org.opencontainers.image.ref.name", "image"}}}}}}};
  write_file(multi() / "index.json", top.dump());
}

token_service::token_service() {
  proxy_.set([this](const std::string& head) {
    last_head = head;
    auto shown = header_of(head, "Authorization");
    return wanted.empty() || shown == wanted ? reply("200 OK", answer)
                                             : reply("401 Unauthorized", "{}");
  });
}

proxied_registry::proxied_registry(registry_server::manner how) : server(how) {
  if (how.tls)
    return;
  server.push(images.single(), "team/app:1");
  server.push(images.multi(), "team/multi:1");
}

resolve_job proxied_registry::job(const std::string& path) const {
  auto out = resolve_job{};
  out.reference = "127.0.0.1:" + std::to_string(proxy.port()) + "/" + path;
  out.insecure = true;
  out.attempt_limit = 20s;
  out.first_pause = 2ms;
  out.longest_pause = 4ms;
  return out;
}

std::string proxied_registry::ask(const resolve_job& job) {
  auto run = run_worker(job);
  return run.outcome ? std::get<resolve_outcome>(*run.outcome).digest
                     : to_string(code_of(run.outcome.error()));
}

void proxied_registry::want_tokens(const std::string& realm) {
  proxy.set([this, realm](const std::string& head) {
    heads.push_back(head);
    if (header_of(head, "Authorization") == "Bearer good-token")
      return fault{};
    return reply("401 Unauthorized", "{}",
                 "WWW-Authenticate: Bearer realm=\"" + realm
                   + "\",service=\"berth test\",scope=\"repository:other:push\""
                     "\r\n");
  });
}

void proxied_registry::spoil(const fault& how, int times) {
  heads.clear();
  proxy.set([this, how, times](const std::string& head) mutable {
    heads.push_back(head);
    return times-- > 0 ? how : fault{};
  });
}

} // namespace berth::test
