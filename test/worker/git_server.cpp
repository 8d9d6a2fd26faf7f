#include "test/worker/git_server.hpp"

namespace berth::test {

namespace {

constexpr auto config = R"(
server.document-root = "@DIR@"
server.port = @PORT@
server.bind = "127.0.0.1"
server.modules = ("mod_auth", "mod_authn_file", "mod_accesslog", "mod_setenv", "mod_alias", "mod_cgi")
server.errorlog = "@DIR@/error.log"
accesslog.filename = "@DIR@/access.log"
accesslog.format = "%u %r %s"
accesslog.use-syslog = "disable"
alias.url = ("/closed/large.git/info/lfs/objects/batch" => "@DIR@/lfs-batch.sh",
             "/open/" => "/usr/lib/git-core/git-http-backend/",
             "/closed/" => "/usr/lib/git-core/git-http-backend/",
             "/flaky/" => "@DIR@/flaky.sh/")
$HTTP["url"] =~ "^/(open|closed|flaky)/" {
  cgi.assign = ("" => "")
  setenv.set-environment = ("GIT_PROJECT_ROOT" => "@DIR@/git", "GIT_HTTP_EXPORT_ALL" => "1",
    "GIT_CONFIG_COUNT" => "1", "GIT_CONFIG_KEY_0" => "safe.directory", "GIT_CONFIG_VALUE_0" => "*")
}
auth.backend = "plain"
auth.backend.plain.userfile = "@DIR@/users"
auth.require = ("/closed/" => ("method" => "basic", "realm" => "git", "require" => "valid-user"),
                "/lfs/" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
)";

/// Where the one file is that it is asked for.
constexpr auto lfs_batch = R"sh(#!/bin/sh
request=$(cat)
oid=$(printf %s "$request" | grep -o '[0-9a-f]\{64\}' | head -n 1)
size=$(stat -c %s @DIR@/lfs/$oid)
printf 'Content-Type: application/vnd.git-lfs+json\r\n\r\n'
printf '{"transfer":"basic","objects":[{"oid":"%s","size":%s,"actions":{"download":{"href":"http://127.0.0.1:@PORT@/lfs/%s"}}}]}' \
  "$oid" "$size" "$oid"
)sh";

constexpr auto flaky = R"(#!/bin/sh
n=$(cat @DIR@/flaky.count)
if [ "$n" -gt 0 ]; then
  echo $((n - 1)) > @DIR@/flaky.count
  printf 'Status: 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\nbusy'
  exit 0
fi
exec /usr/lib/git-core/git-http-backend
)";

std::string filled(std::string text, const std::string& dir, int port) {
  auto replace = [&](const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at))
      text.replace(at, what.size(), by);
  };
  replace("@DIR@", dir);
  replace("@PORT@", std::to_string(port));
  return text;
}

} // namespace

git_server::git_server(int flaky_times) {
  auto dir = temp_.path().string();
  temp_.make("git");
  temp_.make("files");
  temp_.make("lfs");
  write_file(temp_ / "conf", filled(config, dir, port_));
  write_file(temp_ / "flaky.sh", filled(flaky, dir, port_));
  write_file(temp_ / "flaky.count", std::to_string(flaky_times));
  write_file(temp_ / "users", "oauth2:s3cret-token\n");
  write_file(temp_ / "lfs-batch.sh", filled(lfs_batch, dir, port_));
  shell("chmod +x " + dir + "/flaky.sh " + dir + "/lfs-batch.sh");
  server_.emplace(std::vector<std::string>{"/usr/sbin/lighttpd", "-D", "-f",
                                           (temp_ / "conf").string()},
                  port_);
}

std::string git_server::stop() {
  server_.reset();
  return read_file(temp_ / "access.log");
}

std::string git_server::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::filesystem::path git_server::repository(const std::string& name) const {
  return temp_ / ("git/" + name);
}

} // namespace berth::test
