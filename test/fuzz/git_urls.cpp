#include "core/content/git_url.hpp"
#include "core/content/network.hpp"
#include "model/host_pattern.hpp"
#include "test/fuzz/targets.hpp"

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>

namespace berth::fuzz {

namespace {

/// A part of a URL as libcurl, and with it git, takes it apart.
std::optional<std::string> part_of(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (::curl_url_get(url, which, &text, 0) != CURLUE_OK)
    return std::nullopt;
  auto out = std::string{text};
  ::curl_free(text);
  return out;
}

bool is_same_host(const std::string& ours, std::string theirs) {
  if (theirs.starts_with('['))
    theirs = theirs.substr(1, theirs.size() - 2);
  auto a = parse_address(ours);
  auto b = parse_address(theirs);
  return a && b ? *a == *b : ours == to_lower(theirs);
}

void compare_with_libcurl(const std::string& text, const git_url& ours) {
  auto url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>{
    ::curl_url(), curl_url_cleanup};
  if (::curl_url_set(url.get(), CURLUPART_URL, text.c_str(),
                     CURLU_NON_SUPPORT_SCHEME)
      != CURLUE_OK)
    return;
  auto host = part_of(url.get(), CURLUPART_HOST);
  require(host && is_same_host(ours.host, *host),
          "the host that we judge is the one that is asked");
  auto port = part_of(url.get(), CURLUPART_PORT);
  require(!port || ours.port == std::stoi(*port),
          "so is the port that we judge");
  auto user = part_of(url.get(), CURLUPART_USER);
  require(user.value_or("") == ours.user, "so is the user");
  require(!part_of(url.get(), CURLUPART_PASSWORD), "there is no password");
}

void try_git_url(std::string_view input) {
  auto text = std::string{input};
  auto url = parse_git_url(text, text.size() % 2 == 0);
  if (!url)
    return;
  require(text.front() != '-' && text.find('\0') == text.npos
            && text.find_first_of(" \t\r\n\"'`\\") == text.npos,
          "a URL can stand in a command line");
  if (url->scheme == "file")
    return;
  require(is_plain_host(url->host), "the host is a plain one");
  auto again = url->scheme + "://" + (url->user.empty() ? "" : url->user + "@")
               + url->origin().substr(url->scheme.size() + 3) + url->path;
  auto same = parse_git_url(again);
  require(same && same->host == url->host && same->port == url->port
            && same->path == url->path && same->user == url->user,
          "a URL survives being taken apart and put together");
  compare_with_libcurl(text, *url);
}

} // namespace

const target git_urls{"git_urls", try_git_url};

} // namespace berth::fuzz
