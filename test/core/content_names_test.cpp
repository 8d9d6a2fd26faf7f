#include "core/content/digest.hpp"
#include "core/content/git_names.hpp"
#include "core/content/git_url.hpp"
#include "core/content/network.hpp"
#include "core/content/paths.hpp"
#include "core/content/snapshot_name.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

BOOST_AUTO_TEST_SUITE(content_names_test)

BOOST_AUTO_TEST_CASE(takes_addresses_of_repositories) {
  auto url = parse_git_url("https://GitHub.com:8443/a/b.git");
  BOOST_REQUIRE(url);
  BOOST_TEST(url->host == "github.com");
  BOOST_TEST(url->effective_port() == 8443);
  BOOST_TEST(url->origin() == "https://github.com:8443");
  BOOST_TEST(url->path == "/a/b.git");
  auto six = parse_git_url("http://[::1]/x");
  BOOST_REQUIRE(six);
  BOOST_TEST(six->origin() == "http://[::1]");
  BOOST_TEST(six->effective_port() == 80);
  for (auto* text :
       {"git://h.example/x", "ssh://git@h.example:22/x", "http://10.0.0.1/x",
        "https://xn--bcher-kva.example/x", "https://h/a%20b"})
    BOOST_TEST(bool{parse_git_url(text)}, text);
  BOOST_TEST(bool{parse_git_url("file:///srv/x", true)});
}

BOOST_AUTO_TEST_CASE(refuses_addresses_that_are_commands_or_disguises) {
  for (auto* text : {"",
                     "ext::sh -c touch% /x",
                     "file:///etc",
                     "/etc",
                     "./x",
                     "a@b:c",
                     "ssh://-oProxyCommand=x/y",
                     "ssh://git:pw@h/x",
                     "ssh://-x@h/x",
                     "http+unix://x/y",
                     "--upload-pack=touch /x",
                     "-x",
                     "https://u:p@h.example/",
                     "https://u@h.example/x",
                     "https://h.example/x\r\nHost: y",
                     "https:///evil/x",
                     "https://h.example",
                     "https://h.example/",
                     "https://127.1/x",
                     "https://0x7f000001/x",
                     "https://2130706433/x",
                     "https://0177.0.0.1/x",
                     "https://1.2.3.0x4/x",
                     "https://h:0/x",
                     "https://h:65536/x",
                     "https://h:/x",
                     "https://h:1a/x",
                     "https://a..b/x",
                     "https://-h/x",
                     "https://[::1/x",
                     "https://[zz]/x",
                     "https://b\u00fccher.example/x",
                     "https://h/x\\y",
                     "https://h/a b",
                     "https://h/%00",
                     "https://h/../x",
                     "https://h/x#y",
                     "HTTPS://h/x",
                     "https://h'/x"})
    BOOST_TEST(!parse_git_url(text), text);
  BOOST_TEST(!parse_git_url("file://host/x", true));
  BOOST_TEST(!parse_git_url("https://h/" + std::string(3000, 'a')));
}

BOOST_AUTO_TEST_CASE(knows_names_of_branches_and_tags) {
  for (auto* name :
       {"main", "feat/x-1", "v1.2.3", "release-2", "a@b", "b\u00fccher"})
    BOOST_TEST(is_ref_name(name), name);
  for (auto* name : {"",          "-f",       "--upload-pack=touch /x",
                     "@",         "@{-1}",    "a@{1}",
                     "refs/../x", "a..b",     ":refs/heads/x",
                     "a b",       "a~1",      "a^",
                     "a?",        "a*",       "a[",
                     "a\\b",      "/a",       "a/",
                     "a//b",      ".a",       "a/.b",
                     "a.lock",    "a.lock/b", "a.",
                     "a\x7f",     "a\nb",     "HEAD"})
    BOOST_TEST(!is_ref_name(name), name);
  BOOST_TEST(!is_ref_name(std::string(1024 * 1024, 'a')));
  BOOST_TEST(is_object_id(std::string(40, 'f')));
  BOOST_TEST(!is_object_id(std::string(39, 'f')));
  BOOST_TEST(!is_object_id(std::string(40, 'F')));
}

BOOST_AUTO_TEST_CASE(allows_harmless_git_config_only) {
  for (auto* key : {"user.name", "core.autocrlf", "init.defaultBranch",
                    "merge.conflictStyle", "http.version"})
    BOOST_TEST(bool{check_git_config(key, "x")}, key);
  for (auto* key : {"core.hooksPath",
                    "core.sshCommand",
                    "core.fsmonitor",
                    "core.gitProxy",
                    "core.editor",
                    "core.pager",
                    "core.askPass",
                    "core.worktree",
                    "core.alternateRefsCommand",
                    "credential.helper",
                    "filter.x.smudge",
                    "diff.external",
                    "merge.x.driver",
                    "alias.x",
                    "include.path",
                    "includeIf.x.path",
                    "url.x.insteadOf",
                    "http.proxy",
                    "http.cookieFile",
                    "http.sslCert",
                    "http.sslVerify",
                    "http.extraHeader",
                    "protocol.ext.allow",
                    "remote.origin.url",
                    "remote.origin.partialclonefilter",
                    "remote.up.partialclonefilter",
                    "uploadpack.packObjectsHook",
                    "gpg.program",
                    "safe.directory",
                    "submodule.x.update",
                    "user.name\n",
                    "user.name=x",
                    "user",
                    "",
                    "-c"})
    BOOST_TEST(!check_git_config(key, "x"), key);
  auto filter = check_git_config("remote.origin.partialCloneFilter", "tree:0");
  BOOST_TEST(bool{filter});
  BOOST_TEST(!check_git_config("user.name", "a\nb"));
  BOOST_TEST(!check_git_config("user.name", std::string(1025, 'a')));
}

BOOST_AUTO_TEST_CASE(keeps_locations_below_the_workspace) {
  BOOST_TEST(*checkout_location("") == "");
  BOOST_TEST(*checkout_location("/workspace") == "");
  BOOST_TEST(*checkout_location("/") == "");
  BOOST_TEST(*checkout_location(".") == "");
  BOOST_TEST(*checkout_location("/workspace/a/b") == "a/b");
  BOOST_TEST(*checkout_location("a/b/") == "a/b");
  BOOST_TEST(*checkout_location(".gitpod") == ".gitpod");
  for (auto* path :
       {"..", "../x", "a/../b", "a/../../b", "/etc", "/workspacex", "a//b",
        "./a", "a/.", ".git", "a/.git", "a/.GIT/b", "/workspace//a"})
    BOOST_TEST(!checkout_location(path), path);
  BOOST_TEST(!checkout_location(std::string(4097, 'a')));
  BOOST_TEST(!checkout_location(std::string(256, 'a')));
  BOOST_TEST(!checkout_location(std::string{"a\0b", 3}));
  BOOST_TEST(bool{content_location("a/.git/hooks")});
}

BOOST_AUTO_TEST_CASE(takes_digests_and_snapshot_names) {
  BOOST_TEST(bool{parse_digest("sha256:" + std::string(64, 'a'))});
  BOOST_TEST(bool{parse_digest("sha512:" + std::string(128, '0'))});
  for (const auto& text :
       {std::string{}, "md5:" + std::string(32, 'a'),
        "sha256:" + std::string(63, 'a'), "sha256:" + std::string(64, 'A'),
        std::string(64, 'a')})
    BOOST_TEST(!parse_digest(text), text);
  auto name = parse_qualified_name("o/workspaces/m/snapshot-1.tar@bucket");
  BOOST_REQUIRE(name);
  BOOST_TEST(name->object == "o/workspaces/m/snapshot-1.tar");
  BOOST_TEST(name->bucket == "bucket");
  for (auto* text : {"", "a", "@b", "a@", "a@b@c", "../a@b", "a/../b@c", "/a@b",
                     "a//b@c", ".a@b", "a b@c", "https://x/y@z", "a@../b"})
    BOOST_TEST(!parse_qualified_name(text), text);
}

BOOST_AUTO_TEST_CASE(sees_through_embedded_addresses) {
  auto nets = std::vector<ip_network>{};
  for (auto* text : {"127.0.0.0/8", "10.1.2.3", "fc00::/7", "192.168.4.0/22"})
    nets.push_back(*parse_network(text));
  auto is_denied = [&](const char* text) {
    return any_contains(nets, *parse_address(text));
  };
  for (auto* text :
       {"127.0.0.1", "127.255.0.9", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::1", "10.1.2.3", "fd00::1", "192.168.7.255"})
    BOOST_TEST(is_denied(text), text);
  for (auto* text : {"128.0.0.1", "10.1.2.4", "2001:db8::1", "192.168.8.0",
                     "64:ff9b::8.8.8.8"})
    BOOST_TEST(!is_denied(text), text);
  for (auto* text : {"", "10.0.0.0/33", "::/129", "10.0.0/8", "x/8",
                     "10.0.0.0/", "10.0.0.0/-1"})
    BOOST_TEST(!parse_network(text), text);
}

BOOST_AUTO_TEST_CASE(knows_which_addresses_are_the_internets) {
  auto is_public
    = [](const char* text) { return is_of_internet(*parse_address(text)); };
  for (auto* text : {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.128.0.1",
                     "172.32.0.1", "192.169.0.1", "223.255.255.255",
                     "2606:4700::1111", "64:ff9b::8.8.8.8", "2002:808:808::1"})
    BOOST_TEST(is_public(text), text);
  for (auto* text : {"0.0.0.0",
                     "10.0.0.1",
                     "100.64.0.1",
                     "127.0.0.1",
                     "169.254.169.254",
                     "172.16.0.1",
                     "172.31.255.255",
                     "192.0.0.8",
                     "192.168.1.1",
                     "198.19.0.1",
                     "224.0.0.1",
                     "255.255.255.255",
                     "::",
                     "::1",
                     "::ffff:10.0.0.1",
                     "64:ff9b::7f00:1",
                     "2002:a00:1::1",
                     "2001::1",
                     "2001:db8::1",
                     "fc00::1",
                     "fd12::1",
                     "fe80::1",
                     "fec0::1",
                     "ff02::1"})
    BOOST_TEST(!is_public(text), text);
}

BOOST_AUTO_TEST_CASE(an_address_does_not_end_at_a_nul) {
  using namespace std::string_view_literals;
  for (auto text : {"127.0.0.1\0"sv, "127.0.0.1\0.example.com"sv, "::1\0x"sv}) {
    BOOST_TEST(!parse_address(text), text);
    BOOST_TEST(!parse_network(text), text);
    BOOST_TEST(!is_plain_host(text), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
