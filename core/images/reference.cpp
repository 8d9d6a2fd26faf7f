#include "core/images/reference.hpp"

#include "model/digit.hpp"

#include <algorithm>

namespace berth {

namespace {

constexpr std::string_view default_registry = "docker.io";
constexpr size_t longest_name = 255;
constexpr size_t longest_text = longest_name + 1 + 128 + 1 + 71;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_alnum(char c) {
  return is_digit(c) || is_lower(c) || is_upper(c);
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

template <class Predicate>
bool all(std::string_view text, Predicate is) {
  return std::all_of(text.begin(), text.end(), is);
}

/// Calls `is_part` on what stands between separators; all must hold.
template <class Predicate>
bool all_parts(std::string_view text, char separator, Predicate is_part) {
  for (;;) {
    auto end = text.find(separator);
    if (!is_part(text.substr(0, end)))
      return false;
    if (end == std::string_view::npos)
      return true;
    text.remove_prefix(end + 1);
  }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
bool is_path_component(std::string_view part) {
  auto is_word = [](char c) { return is_lower(c) || is_digit(c); };
  if (part.empty() || !is_word(part.front()) || !is_word(part.back()))
    return false;
  for (size_t i = 0; i < part.size();) {
    auto begin = i;
    while (!is_word(part[i]))
      ++i;
    auto gap = part.substr(begin, i - begin);
    if (!gap.empty() && gap != "." && gap != "_" && gap != "__"
        && !all(gap, [](char c) { return c == '-'; }))
      return false;
    while (i < part.size() && is_word(part[i]))
      ++i;
  }
  return true;
}

bool is_host_label(std::string_view label) {
  return !label.empty() && label.front() != '-' && label.back() != '-'
         && all(label, [](char c) { return is_alnum(c) || c == '-'; });
}

bool is_registry(std::string_view text) {
  auto colon = text.find(':');
  if (colon != std::string_view::npos) {
    auto port = text.substr(colon + 1);
    if (port.empty() || port.size() > 5 || !all(port, is_digit))
      return false;
  }
  return all_parts(text.substr(0, colon), '.', is_host_label);
}

/// Docker's rule: a first part with a dot or a port, or `localhost`, is a
/// registry; anything else belongs to the path on the default one.
bool looks_like_registry(std::string_view part) {
  return part.find_first_of(".:") != std::string_view::npos
         || part == "localhost";
}

bool is_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= 128
         && (is_alnum(tag.front()) || tag.front() == '_')
         && all(tag, [](char c) {
              return is_alnum(c) || c == '_' || c == '.' || c == '-';
            });
}

bool is_digest(std::string_view digest) {
  constexpr std::string_view algorithm = "sha256:";
  return digest.starts_with(algorithm) && digest.size() == algorithm.size() + 64
         && all(digest.substr(algorithm.size()), is_hex);
}

/// Splits `<registry>/<path>` in place of what people leave out.
void name_in_full(std::string_view name, image_reference& out) {
  auto slash = name.find('/');
  auto first = name.substr(0, slash);
  if (slash != std::string_view::npos && looks_like_registry(first)) {
    out.registry = first == "index.docker.io" ? default_registry : first;
    out.repository = name.substr(slash + 1);
  } else {
    out.registry = default_registry;
    out.repository = name;
  }
  if (out.registry == default_registry
      && out.repository.find('/') == std::string::npos)
    out.repository.insert(0, "library/");
}

bool is_sound(const image_reference& it) {
  return is_registry(it.registry)
         && all_parts(it.repository, '/', is_path_component)
         && it.registry.size() + 1 + it.repository.size() <= longest_name
         && (it.tag.empty() || is_tag(it.tag))
         && (it.digest.empty() || is_digest(it.digest));
}

} // namespace

std::string image_reference::canonical() const {
  auto out = registry + "/" + repository;
  if (!tag.empty())
    out += ":" + tag;
  if (!digest.empty())
    out += "@" + digest;
  return out;
}

bool image_reference::is_internal() const {
  auto host = registry.substr(0, registry.find(':'));
  return host.find('.') == std::string::npos
         || all(host, [](char c) { return is_digit(c) || c == '.'; });
}

bool is_local_repository(std::string_view repository) {
  return repository.starts_with("localhost/");
}

result<image_reference> parse_image_reference(std::string_view text) {
  auto refused = make_error(ec::invalid_argument, "image reference not valid");
  if (text.empty() || text.size() > longest_text)
    return refused;
  auto out = image_reference{};
  auto has_digest = false;
  if (auto at = text.find('@'); at != std::string_view::npos) {
    has_digest = true;
    out.digest = text.substr(at + 1);
    text = text.substr(0, at);
  }
  auto colon = text.rfind(':');
  auto has_tag = colon != std::string_view::npos
                 && text.find('/', colon) == std::string_view::npos;
  if (has_tag) {
    out.tag = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  if ((has_tag && out.tag.empty()) || (has_digest && out.digest.empty()))
    return refused;
  if (!has_tag && !has_digest)
    out.tag = "latest";
  name_in_full(text, out);
  if (!is_sound(out))
    return refused;
  return out;
}

} // namespace berth
