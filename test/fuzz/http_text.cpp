#include "http_gateway/cookies.hpp"
#include "model/host_pattern.hpp"
#include "test/fuzz/targets.hpp"

namespace berth::fuzz {

namespace {

constexpr std::string_view own_name = "_gitpod_";

void try_http_text(std::string_view input) {
  (void)http::cookies_called(input, own_name);
  auto kept = http::without_cookies(input, own_name);
  require(http::cookies_called(kept, own_name).empty()
            && http::without_cookies(kept, own_name) == kept,
          "no cookie of ours is passed on");
  if (auto text = http::percent_decoded(input))
    require(text->size() <= input.size(), "what is decoded does not grow");
  auto host = host_of(input);
  require(host.find_first_of(":/?#") == host.npos && to_lower(host) == host,
          "a host name is without port and path");
}

} // namespace

const target http_text{"http_text", try_http_text};

} // namespace berth::fuzz
