#include "model/host_pattern.hpp"
#include "model/ids.hpp"
#include "model/url_template.hpp"
#include "test/fuzz/targets.hpp"

namespace berth::fuzz {

namespace {

const auto some_fields
  = url_fields{"0f0e-1", "amber-fox-abc123", "ws.example.com", 8080};

bool has_field(const url_template& url, url_template::field which) {
  for (const auto& piece : url.pieces())
    if (piece.then == which)
      return true;
  return false;
}

/// `found` is what a host name says of `some_fields`, maybe not all.
bool agrees(const url_fields& found) {
  return (found.id.empty() || found.id == some_fields.id)
         && (found.prefix.empty() || found.prefix == some_fields.prefix)
         && (found.port == 0 || found.port == some_fields.port);
}

/// Nobody would have a workspace stand where the scheme does.
bool has_field_in_scheme(std::string_view text) {
  auto mark = text.find("://");
  return mark != text.npos && text.find("{{") < mark;
}

void try_template(std::string_view text, url_kind kind, std::string_view name) {
  auto url = url_template::parse(text, kind);
  if (!url)
    return;
  require(kind == url_kind::port || !has_field(*url, url_template::field::port),
          "no port in the URL of a workspace");
  auto pattern = host_pattern::of(*url, some_fields.host);
  if (!pattern || has_field_in_scheme(text))
    return;
  auto found = pattern->match(host_of(url->render(some_fields)));
  require(found && agrees(*found), "a pattern knows the hosts it was made of");
  require(!found->id.empty() || !found->prefix.empty(),
          "a host says whose it is");
  if (auto other = pattern->match(name)) {
    require(other->id.empty() || is_valid_id(other->id), "only ids are found");
    require(other->prefix.empty() || is_valid_id(other->prefix),
            "only prefixes are found");
    require(other->port <= 65535, "only ports are found");
  }
}

void try_url_template(std::string_view input) {
  auto [text, name] = split(input, "\n");
  try_template(text, url_kind::workspace, name);
  try_template(text, url_kind::port, name);
}

} // namespace

const target url_templates{"url_templates", try_url_template};

} // namespace berth::fuzz
