#pragma once

#include "app/berth-worker/library.hpp"

#include <curl/curl.h>

#include <memory>

namespace berth::worker {

#define BERTH_FROM_CURL(name)                                                  \
  decltype(&::curl_##name) name                                                \
    = from_.find<decltype(&::curl_##name)>("curl_" #name)

/// What workers call of libcurl, by the names that it has behind `curl_`.
class libcurl {
  library from_{"libcurl.so.4"};

public:
  BERTH_FROM_CURL(easy_cleanup);
  BERTH_FROM_CURL(easy_getinfo);
  BERTH_FROM_CURL(easy_header);
  BERTH_FROM_CURL(easy_init);
  BERTH_FROM_CURL(easy_perform);
  BERTH_FROM_CURL(easy_reset);
  BERTH_FROM_CURL(easy_setopt);
  BERTH_FROM_CURL(easy_strerror);
  BERTH_FROM_CURL(slist_append);
  BERTH_FROM_CURL(slist_free_all);
};

#undef BERTH_FROM_CURL

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
