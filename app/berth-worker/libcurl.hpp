#pragma once

#include "app/berth-worker/library.hpp"

#include <curl/curl.h>

#include <memory>

namespace berth::worker {

/// What workers call of libcurl, by the names that it has behind `curl_`.
class libcurl {
  library from_{"libcurl.so.4"};

public:
  decltype(&::curl_easy_cleanup) easy_cleanup = from_.find("curl_easy_cleanup");
  decltype(&::curl_easy_getinfo) easy_getinfo = from_.find("curl_easy_getinfo");
  decltype(&::curl_easy_header) easy_header = from_.find("curl_easy_header");
  decltype(&::curl_easy_init) easy_init = from_.find("curl_easy_init");
  decltype(&::curl_easy_perform) easy_perform = from_.find("curl_easy_perform");
  decltype(&::curl_easy_reset) easy_reset = from_.find("curl_easy_reset");
  decltype(&::curl_easy_setopt) easy_setopt = from_.find("curl_easy_setopt");
  decltype(&::curl_easy_strerror) easy_strerror
    = from_.find("curl_easy_strerror");
  decltype(&::curl_slist_append) slist_append = from_.find("curl_slist_append");
  decltype(&::curl_slist_free_all) slist_free_all
    = from_.find("curl_slist_free_all");
};

/// Loads it the first time.
inline const libcurl& curl() {
  static const auto loaded = libcurl{};
  return loaded;
}

struct close_curl {
  void operator()(CURL* handle) const { curl().easy_cleanup(handle); }
};
using curl_handle = std::unique_ptr<CURL, close_curl>;

struct free_curl_lines {
  void operator()(curl_slist* lines) const { curl().slist_free_all(lines); }
};
using curl_lines = std::unique_ptr<curl_slist, free_curl_lines>;

} // namespace berth::worker
