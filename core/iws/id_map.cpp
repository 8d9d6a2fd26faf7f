#include "core/iws/id_map.hpp"

#include <algorithm>

namespace berth {

namespace {

/// The kernel's limit on lines of a map.
constexpr size_t most_lines = 340;
/// 2^32-1 itself means "no id" to the kernel.
constexpr uint64_t end_of_ids = UINT32_MAX;

constexpr uint32_t range_size = 65536;
constexpr uint32_t stock_root = 33333;
constexpr uint32_t stock_first = 100000;
constexpr uint32_t stock_others = 65534;
constexpr uint32_t literal_others = 70000;

bool is_stock(const id_map& map) {
  auto is = [](const id_map_line& line, uint32_t id, uint32_t host,
               uint32_t size) {
    return line.container_id == id && line.host_id == host && line.size == size;
  };
  return map.size() == 2 && is(map[0], 0, stock_root, 1)
         && is(map[1], 1, stock_first, stock_others);
}

bool lies_in(const id_map_line& line, id_interval allowed) {
  auto end = uint64_t{line.host_id} + line.size;
  return line.host_id >= allowed.start
         && end <= uint64_t{allowed.start} + allowed.size;
}

/// Whether two lines of the map name one id on a side of it.
bool overlaps(const id_map& map, uint32_t id_map_line::*side) {
  auto sorted = map;
  std::sort(sorted.begin(), sorted.end(),
            [side](const auto& a, const auto& b) { return a.*side < b.*side; });
  auto met = [side](const auto& a, const auto& b) {
    return uint64_t{a.*side} + a.size > b.*side;
  };
  return std::adjacent_find(sorted.begin(), sorted.end(), met) != sorted.end();
}

caf::error refusal(std::string why) {
  return make_error(ec::invalid_argument, "id map: " + std::move(why));
}

} // namespace

id_allowance allowance_of(container_kind kind, uint32_t first_id) {
  if (kind == container_kind::compatible)
    return {{stock_root, 1}, {stock_first, literal_others}};
  return {{first_id, range_size}, {first_id, range_size}};
}

id_map in_own_range(id_map map, uint32_t first_id) {
  if (is_stock(map))
    return {{0, first_id, 1}, {1, first_id + 1, stock_others}};
  return map;
}

id_map disk_map(container_kind kind, uint32_t first_id) {
  if (kind == container_kind::compatible)
    return {{0, stock_root, 1}, {1, stock_first, stock_others}};
  return {{0, first_id, range_size}};
}

std::optional<uint32_t> host_id(const id_map& map, uint32_t inside) {
  for (const auto& line : map)
    if (inside >= line.container_id && inside - line.container_id < line.size)
      return line.host_id + (inside - line.container_id);
  return std::nullopt;
}

result<void> check_id_map(const id_map& map, const id_allowance& allowed) {
  if (map.empty())
    return refusal("empty");
  if (map.size() > most_lines)
    return refusal("too long");
  for (const auto& line : map) {
    auto id = std::to_string(line.container_id);
    if (line.size == 0)
      return refusal("nothing for id " + id);
    if (uint64_t{line.container_id} + line.size > end_of_ids
        || uint64_t{line.host_id} + line.size > end_of_ids)
      return refusal("the end for id " + id + " is no id");
    if (!lies_in(line, line.container_id == 0 ? allowed.root : allowed.others))
      return refusal("the mapping for id " + id + " is out of range");
  }
  for (auto side : {&id_map_line::container_id, &id_map_line::host_id})
    if (overlaps(map, side))
      return refusal("an id stands twice");
  return {};
}

std::string id_map_text(const id_map& map, uint32_t first_id) {
  auto text = std::string{};
  for (const auto& line : map)
    text += std::to_string(line.container_id) + " "
            + std::to_string(line.host_id - first_id) + " "
            + std::to_string(line.size) + "\n";
  return text;
}

} // namespace berth
