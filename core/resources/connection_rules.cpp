#include "core/resources/connection_rules.hpp"

#include <charconv>
#include <sstream>
#include <vector>

namespace berth {

namespace {

constexpr std::string_view annotation = "gitpod.io/netConnLimitPerMinute";
constexpr auto usual = connection_limit{3000, 1000, false};

constexpr std::string_view chain_prefix = "connections_";
constexpr std::string_view counter_prefix = "refused_";

/// A name of the table `inet berth`: `prefix`, then the instance's key and what
/// is its own.
std::string name_of(std::string_view prefix, std::string_view link) {
  return std::string{prefix} + std::string{link};
}

std::string map_of(std::string_view key) {
  return "limited_" + std::string{key};
}

std::string hook_of(std::string_view key) {
  return "limits_" + std::string{key};
}

/// What is common to all: it is there once the first has a limit.
std::string common_part(std::string_view key) {
  auto table = std::string{"inet berth "};
  auto text = std::string{"add table inet berth\n"};
  text += "add map " + table + map_of(key) + " { type ifname : verdict; }\n";
  text += "add chain " + table + hook_of(key)
          + " { type filter hook forward priority -10; policy accept; }\n";
  text += "flush chain " + table + hook_of(key) + "\n";
  text += "add rule " + table + hook_of(key)
          + " meta l4proto tcp ct state new iifname vmap @" + map_of(key)
          + "\n";
  return text;
}

std::string own_part(const std::string& link) {
  return "add counter inet berth " + name_of(counter_prefix, link)
         + "\nadd chain inet berth " + name_of(chain_prefix, link)
         + "\nflush chain inet berth " + name_of(chain_prefix, link) + "\n";
}

std::string element(std::string_view key, const std::string& link) {
  return "element inet berth " + map_of(key) + " { \"" + link + "\" : jump "
         + name_of(chain_prefix, link) + " }\n";
}

std::string removed(std::string_view key, const std::string& link) {
  return "add " + element(key, link) + "delete " + element(key, link)
         + "delete chain inet berth " + name_of(chain_prefix, link)
         + "\ndelete counter inet berth " + name_of(counter_prefix, link)
         + "\n";
}

std::vector<std::string> words_in(std::string_view listing) {
  auto words = std::istringstream{std::string{listing}};
  auto all = std::vector<std::string>{};
  for (auto word = std::string{}; words >> word;)
    all.push_back(std::move(word));
  return all;
}

uint64_t number_of(const std::string& word) {
  auto value = uint64_t{0};
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

} // namespace

std::optional<connection_limit>
connection_limit_of(const workspace_spec& spec,
                    const connection_limit& of_class) {
  auto has_limit = of_class.per_minute > 0;
  auto asked = spec.annotations.find(std::string{annotation});
  if (asked == spec.annotations.end())
    return has_limit ? std::optional{of_class} : std::nullopt;
  auto limit = has_limit ? of_class : usual;
  const auto& text = asked->second;
  auto number = uint32_t{0};
  auto* end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, number);
  if (read.ec == std::errc{} && read.ptr == end && number > 0)
    limit.per_minute = number;
  return limit;
}

std::string limit_connections(std::string_view key, const std::string& link,
                              const connection_limit& limit) {
  auto burst = limit.burst == 0 ? usual.burst : limit.burst;
  return common_part(key) + own_part(link) + "add rule inet berth "
         + name_of(chain_prefix, link) + " limit rate over "
         + std::to_string(limit.per_minute) + "/minute burst "
         + std::to_string(burst) + " packets counter name \""
         + name_of(counter_prefix, link) + "\"" + (limit.enforce ? " drop" : "")
         + "\nadd " + element(key, link);
}

std::string unlimit_connections(std::string_view key, const std::string& link) {
  return common_part(key) + own_part(link) + removed(key, link);
}

std::string unlimit_all_connections(std::string_view key,
                                    std::string_view listing) {
  auto text = std::string{};
  auto own = std::string{chain_prefix} + "bth" + std::string{key};
  auto words = words_in(listing);
  auto has_common = false;
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i - 1] != "chain")
      continue;
    has_common = has_common || words[i] == hook_of(key);
    if (words[i].starts_with(own))
      text += unlimit_connections(key, words[i].substr(chain_prefix.size()));
  }
  if (has_common || !text.empty())
    text += common_part(key) + "flush chain inet berth " + hook_of(key)
            + "\ndelete chain inet berth " + hook_of(key)
            + "\ndelete map inet berth " + map_of(key) + "\n";
  return text;
}

std::map<std::string, connection_drops>
connection_drops_in(std::string_view key, std::string_view listing) {
  auto found = std::map<std::string, connection_drops>{};
  auto own = std::string{counter_prefix} + "bth" + std::string{key};
  auto words = words_in(listing);
  // counter NAME { packets N bytes N }
  for (size_t i = 0; i + 6 < words.size(); ++i)
    if (words[i] == "counter" && words[i + 1].starts_with(own)
        && words[i + 3] == "packets" && words[i + 5] == "bytes")
      found[words[i + 1].substr(counter_prefix.size())]
        = {number_of(words[i + 4]), number_of(words[i + 6])};
  return found;
}

} // namespace berth
